//! The main path without a pointer, by the names that a screen reader says: open a picture, choose a move and its
//! strength, make two takes, choose one, put it into the film, export the film.
//!
//! Only keys are pressed, and every control is reached with F6, Tab and the arrow keys. Settings that have names are also
//! found by typing the names.

use egui::{Event, Key, Modifiers, Role};
use kinora::app::command::window::Theme;
use kinora::app::query::frame_shape::FrameShape;

use super::{STEPS, Window};

/// More than the number of controls of the window.
const MOST: usize = 200;

impl Window {
    /// Goes to a panel with F6, and in it with Tab to a control; returns how many keys that took.
    fn reach(&mut self, panel: &str, role: Role, name: &str) -> usize {
        for keys in 1..=10 {
            self.press(Key::F6);
            let Some(control) = self.focused() else {
                continue;
            };
            if control.region() != panel {
                continue;
            }
            for tabs in 0..MOST {
                let at = self.focused().expect("Tab goes from control to control");
                if at.region() != panel {
                    break;
                }
                if at.role == role && at.name == name {
                    return keys + tabs;
                }
                self.press(Key::Tab);
            }
            panic!("no {role:?} “{name}” in {panel}");
        }
        panic!("F6 does not reach {panel}");
    }

    /// Makes the take that was asked for, to its end.
    fn rendered(&mut self, takes: usize) {
        self.until("the job", |studio| studio.running().is_some());
        for _ in 0..STEPS {
            let _ = self.permits.send(());
        }
        self.until("the take", |studio| {
            studio.project.takes.len() == takes && studio.runtime.job.is_none()
        });
    }
}

#[test]
fn the_main_path_needs_no_pointer() {
    let mut stage = Window::open();
    stage.until("the moves", |studio| studio.runtime.camera.listed);
    let picture = stage.picture_of("harbour.png", 96, 64);
    *stage.dialogs.pictures.lock().unwrap() = Some(vec![picture]);
    let mut keys = vec![stage.reach("Stage", Role::Button, "Open…")];
    stage.press(Key::Enter);
    stage.until("the picture", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.name == "harbour.png")
    });

    // A move by its row, then its strength.
    keys.push(stage.reach("Direction", Role::Slider, "Pan"));
    let strength = |stage: &Window| {
        let moves = &stage.studio().direction().moves;
        let panned = moves.iter().find(|one| one.name.starts_with("pan-"));
        panned.map(|one| (one.name.clone(), one.strength))
    };
    stage.press(Key::ArrowRight);
    let (name, first) = strength(&stage).expect("a pan");
    stage.press_with(Modifiers::SHIFT, Key::ArrowRight);
    let (same, second) = strength(&stage).expect("a pan");
    assert!(
        name == same && second > first,
        "{name} {first}, {same} {second}"
    );
    assert_eq!(
        stage.focused_name(),
        "Pan",
        "nothing moves the keyboard away"
    );

    keys.push(stage.reach("Direction", Role::Button, "Generate"));
    stage.press(Key::Enter);
    stage.rendered(1);
    keys.push(stage.reach("Direction", Role::Slider, "Zoom"));
    stage.press(Key::ArrowRight);
    stage.press_with(Modifiers::COMMAND, Key::Enter);
    stage.rendered(2);

    // The first take, which the second has replaced on the stage.
    assert_eq!(stage.studio().shown_take().map(|take| take.number), Some(2));
    keys.push(stage.reach("Shelf", Role::Button, "Take 1"));
    stage.press(Key::Enter);
    assert_eq!(stage.studio().shown_take().map(|take| take.number), Some(1));

    keys.push(stage.reach("Stage", Role::Button, "Add to the sequence"));
    stage.press(Key::Enter);
    assert_eq!(stage.studio().sequence().clips().len(), 1);
    stage.press(Key::Q);
    // The sequence has no export button of its own below it.
    stage.press_with(Modifiers::COMMAND, Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(stage.folder.path().to_owned());
    let folder = stage.folder.path().to_owned();
    let sheet = stage.focused().expect("the sheet has the keyboard");
    assert_eq!(sheet.region(), "Export");
    while stage.focused_name() != "Change folder…" {
        stage.press(Key::Tab);
    }
    stage.press(Key::Enter);
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_ref() == Some(&folder)
    });
    while stage.focused_name() != "Export the sequence" {
        stage.press(Key::Tab);
    }
    stage.press(Key::Enter);
    stage.until("the film", |studio| studio.runtime.written.is_some());
    let written = stage.studio().runtime.written.clone();
    assert!(
        written.is_some_and(|file| file.exists()),
        "the film is on disk"
    );
    // A panel is one to five times F6 away, and nothing in it is more than forty Tabs further.
    assert!(keys.iter().all(|&keys| keys <= 45), "{keys:?}");
}

#[test]
fn named_settings_are_found_by_typing() {
    let mut stage = Window::open();
    stage.until("presets", |studio| studio.runtime.presets.len() == 4);
    stage.click("Picture Citrus");
    let type_in = |stage: &mut Window, words: &str| {
        stage.press_with(Modifiers::COMMAND, Key::K);
        stage.window.event(Event::Text(words.to_owned()));
        stage.window.run_steps(3);
        stage.press(Key::Enter);
        assert_eq!(stage.studio().session.overlay, None, "{words}");
    };
    let shape = |stage: &Window| stage.studio().frame_shape();
    assert_ne!(shape(&stage), Some(FrameShape::Phone));
    type_in(&mut stage, "9:16");
    assert_eq!(shape(&stage), Some(FrameShape::Phone));
    type_in(&mut stage, "square");
    assert_eq!(shape(&stage), Some(FrameShape::Square));
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(shape(&stage), Some(FrameShape::Phone));

    let steps = |stage: &Window| stage.studio().settings().unwrap().steps;
    let standard = steps(&stage);
    type_in(&mut stage, "draft");
    assert!(steps(&stage) < standard);
    type_in(&mut stage, "fine");
    assert!(steps(&stage) > standard);

    type_in(&mut stage, "light");
    assert_eq!(stage.studio().preferences.theme, Theme::Light);
    type_in(&mut stage, "dark");
    assert_eq!(stage.studio().preferences.theme, Theme::Dark);
}
