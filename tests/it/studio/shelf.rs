//! The shelf scrolls to the selected card: one that is reached by keys, made or opened. A take says what was asked of its
//! camera and what was measured.

use egui::{Key, Rect, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::engine::protocol::{Order, Still, StillOrder};
use kinora::engine::{JobObserver, RunEnd, Runner};
use kinora::error::GenerateError;
use kinora::measure::{Axes, Measured, Pair};
use kinora::request::CameraReport;

use super::Window;
use super::fakes::FakeRunner;

/// The position of a card, and whether the shelf shows all of it.
fn in_sight(stage: &Window, name: &str) -> bool {
    let shelf = stage
        .window
        .get_by_role_and_label(Role::Region, "Shelf")
        .rect();
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
        assert!(in_sight(&stage, &card), "{card}");
        hidden += usize::from(!in_sight(&stage, "Take 12"));
        stage.press(Key::PageDown);
        stage.window.run_steps(2);
    }
    assert!(hidden > 0, "they do not fit all at once");

    let path = stage.picture("hill.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio.picture().is_some_and(|one| one.name == "hill.png")
    });
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Picture hill.png"));
    stage.press(Key::PageDown);
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Take 12"));
}

/// Finds a pan of 9.6 % in every take, and was asked for 10 %.
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
                inliers: 1.0,
                ..Pair::default()
            };
            let asked = Axes {
                pan: 0.1,
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
        .get_by_label_contains("pan left 10.0%, measured 9.6%");
    // Over its card.
    stage
        .window
        .get_by_role_and_label(Role::Button, "Take 1")
        .hover();
    stage.window.run_steps(30);
    stage
        .window
        .get_by_label_contains("Pan left 10.0%, measured 9.6%");
}
