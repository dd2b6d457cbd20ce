//! The shelf:
//!
//! - it scrolls to the selected card: one that is reached by keys, made or opened; pictures stay in sight below many takes
//! - takes are grouped by picture, and can be renamed on their tiles
//! - a take says what was asked of its camera and what was measured
//! - messages are over the shelf, not over the picture

use egui::{Event, Key, Modifiers, Rect, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::Command;
use kinora::app::command::takes::ShelfCommand;
use kinora::engine::protocol::{Order, Still, StillOrder};
use kinora::engine::{JobObserver, RunEnd, Runner};
use kinora::error::GenerateError;
use kinora::measure::{Axes, Measured, Pair};
use kinora::request::CameraReport;

use super::Window;
use super::fakes::FakeRunner;

impl Window {
    /// Where takes or pictures are on the shelf.
    fn part(&self, name: &str) -> Rect {
        let part = self.window.get_by_role_and_label(Role::Group, name);
        part.rect()
    }

    /// Types a name into the field that is open, and ends with a key.
    fn type_name(&mut self, field: &str, name: &str, end: Key) {
        self.window.get_by_role_and_label(Role::TextInput, field);
        self.press_with(Modifiers::COMMAND, Key::A);
        self.window.event(Event::Text(name.to_owned()));
        self.window.run_steps(2);
        self.press(end);
    }

    fn titles(&self) -> Vec<&str> {
        let takes = self.studio().shelf_takes();
        takes.map(|take| self.studio().take_title(take)).collect()
    }
}

/// Whether this part of the shelf shows all of a card.
fn in_sight(stage: &Window, part: &str, name: &str) -> bool {
    let shelf = stage.part(part);
    let card: Rect = stage
        .window
        .get_by_role_and_label(Role::Button, name)
        .rect();
    shelf.expand(1.0).contains_rect(card)
}

#[test]
fn the_shelf_scrolls_to_what_is_selected() {
    let mut stage = Window::open();
    stage.window.set_size(vec2(1024.0, 640.0));
    stage.make_takes(12);
    let mut hidden = 0;
    for number in (1..=12).rev() {
        let card = format!("Take {number}");
        assert!(in_sight(&stage, "Takes", &card), "{card}");
        hidden += usize::from(!in_sight(&stage, "Takes", "Take 12"));
        stage.press(Key::PageDown);
        stage.window.run_steps(2);
    }
    assert!(hidden > 0, "they do not fit all at once");
    let (takes, pictures) = (stage.part("Takes"), stage.part("Pictures"));
    assert!(takes.bottom() <= pictures.top() + 32.0 && pictures.height() > 60.0);
    assert!(in_sight(&stage, "Pictures", "Picture meadow.png"));

    let path = stage.picture("hill.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio.picture().is_some_and(|one| one.name == "hill.png")
    });
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Pictures", "Picture hill.png"));
    stage.press(Key::PageDown);
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Takes", "Take 12"));
}

#[test]
fn takes_are_renamed_on_their_tiles() {
    let mut stage = Window::open();
    stage.make_takes(2);
    stage.press(Key::F2);
    stage.type_name("Name of the take", "Over the hill", Key::Enter);
    assert_eq!(stage.titles(), ["Over the hill", ""]);
    assert_eq!(stage.studio().export_name(), "Over the hill");
    // Escape leaves the name as it is.
    stage.press(Key::F2);
    stage.type_name("Name of the take", "Something else", Key::Escape);
    assert_eq!(stage.titles(), ["Over the hill", ""]);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.titles(), ["", ""]);
    stage.press_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert_eq!(stage.titles(), ["Over the hill", ""]);

    // Its name finds it, and a take that is not found can still be renamed: the search ends.
    let field = |stage: &Window| {
        let field = stage
            .window
            .get_by_role_and_label(Role::TextInput, "Find takes");
        field.focus();
    };
    field(&stage);
    stage.window.run_steps(2);
    stage.window.event(Event::Text("over HILL".to_owned()));
    stage.window.run_steps(3);
    let names = |stage: &Window| -> Vec<usize> {
        stage
            .studio()
            .found_takes()
            .map(|take| take.number)
            .collect()
    };
    assert_eq!(names(&stage), [2]);
    stage.press(Key::Escape);
    stage.press(Key::PageDown);
    let other = stage.studio().project.takes[0].id;
    let rename = Command::Shelf(ShelfCommand::Rename(other));
    stage.window.state().commands().send(rename);
    stage.window.run_steps(4);
    assert_eq!(names(&stage), [2, 1]);
    stage.type_name("Name of the take", "Down the dale", Key::Enter);
    assert_eq!(stage.titles(), ["Over the hill", "Down the dale"]);

    // A double click, and leaving the field.
    for _ in 0..2 {
        stage
            .window
            .get_by_role_and_label(Role::Button, "Take 1")
            .click();
    }
    stage.window.run_steps(4);
    stage
        .window
        .get_by_role_and_label(Role::TextInput, "Name of the take");
    stage.press_with(Modifiers::COMMAND, Key::A);
    stage.window.event(Event::Text("Dale".to_owned()));
    stage.window.run_steps(2);
    field(&stage);
    stage.window.run_steps(3);
    assert_eq!(stage.titles(), ["Over the hill", "Dale"]);
}

#[test]
fn takes_are_grouped_by_picture() {
    let mut stage = Window::open();
    stage.make_takes(2);
    assert_eq!(stage.studio().found_groups().len(), 1);
    let path = stage.picture_of("tower.png", 30, 60);
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio.picture().is_some_and(|one| one.name == "tower.png")
    });
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.finish();
    stage.until("the take", |studio| studio.project.takes.len() == 3);
    let groups = stage.studio().found_groups();
    let groups: Vec<(&str, usize)> = groups
        .iter()
        .map(|group| (group.picture, group.takes.len()))
        .collect();
    assert_eq!(
        groups,
        [("tower.png", 1), ("meadow.png", 2)],
        "the newest first"
    );
    stage.window.run_steps(3);
    let row = |name: &str| {
        let tile = stage.window.get_by_role_and_label(Role::Button, name);
        tile.rect()
    };
    assert!(row("Take 3").bottom() < row("Take 2").top());
    assert_eq!(row("Take 2").top(), row("Take 1").top());
}

#[test]
fn messages_are_over_the_shelf() {
    let mut stage = Window::open();
    let path = stage.folder.path().join("text.png");
    std::fs::write(&path, "no picture at all").expect("a file in the test's folder");
    stage.drop_file(&path);
    stage.until("the refusal", |studio| !studio.runtime.notices.is_empty());
    stage.window.run_steps(3);
    let region = |name: &str| {
        let region = stage.window.get_by_role_and_label(Role::Region, name);
        region.rect()
    };
    let title = stage.window.get_by_label("Couldn't open text.png").rect();
    assert!(region("Shelf").contains_rect(title), "{title:?}");
    // Without a shelf they are over the stage.
    stage.press_with(Modifiers::COMMAND, Key::Num1);
    let stage_at = stage.window.get_by_role_and_label(Role::Region, "Stage");
    let stage_at = stage_at.rect();
    let title = stage.window.get_by_label("Couldn't open text.png").rect();
    assert!(stage_at.contains_rect(title), "{title:?}");
}

/// Finds a pan of 9.6 % and a tilt of 4.8 % in every take, and was asked for 10 % and 5 %.
struct Measuring(FakeRunner);

impl Runner for Measuring {
    fn run(
        &mut self,
        order: &Order,
        observer: &mut JobObserver<'_>,
    ) -> Result<RunEnd, GenerateError> {
        let mut end = self.0.run(order, observer)?;
        if let RunEnd::Completed(take) = &mut end {
            let step = Pair {
                pan: 0.032,
                tilt: 0.016,
                inliers: 1.0,
                ..Pair::default()
            };
            let asked = Axes {
                pan: 0.1,
                tilt: 0.05,
                ..Axes::default()
            };
            let measured = Measured::of(vec![step; 3], 7.0);
            take.recipe.camera = Some(CameraReport::new(Some(asked), &measured));
        }
        Ok(end)
    }

    fn still(
        &mut self,
        order: &StillOrder,
        observer: &mut JobObserver<'_>,
    ) -> Result<Option<Still>, GenerateError> {
        self.0.still(order, observer)
    }
}

#[test]
fn a_take_says_what_was_asked_of_its_camera_and_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let data = folder.path().join("data");
    let measuring = |fake: FakeRunner| -> Box<dyn Runner> { Box::new(Measuring(fake)) };
    let nobody = "http://127.0.0.1:9";
    let mut stage = Window::running(Harness::builder(), folder, data, nobody, measuring);
    stage.make_takes(1);
    stage.window.run_steps(3);
    // Below the take on stage.
    stage
        .window
        .get_by_label_contains("pan left 10.0% + tilt up 5.0%, measured 9.6% + 4.8%");
    // Over its card.
    stage
        .window
        .get_by_role_and_label(Role::Button, "Take 1")
        .hover();
    stage.window.run_steps(30);
    stage
        .window
        .get_by_label_contains("Pan left 10.0% + tilt up 5.0%, measured 9.6% + 4.8%");
}
