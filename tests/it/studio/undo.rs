//! A long session, undone and redone:
//!
//! - edits of every kind are undone by their labels until none is left, which restores the first document; redoing all
//!   of them restores the last one
//! - holding a key down is one edit; pressing it twice is two
//! - takes and clips that undo removes do not stay on the stage

use std::sync::Arc;

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Shown;
use kinora::media::fit::Fit;
use kinora::project::document::Document;

use super::{STEPS, Window};

const CTRL: Modifiers = Modifiers::COMMAND;
const AGAIN: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

impl Window {
    fn document(&self) -> Document {
        self.studio().project.document.clone()
    }

    fn choose(&mut self, label: &str) {
        self.reveal(Role::RadioButton, label);
        self.window
            .get_by_role_and_label(Role::RadioButton, label)
            .click_accesskit();
        self.window.run_steps(3);
    }

    fn write(&mut self, role: Role, field: &str, text: &str) {
        self.reveal(role, field);
        self.window.get_by_role_and_label(role, field).focus();
        self.window.run_steps(2);
        self.window
            .get_by_role_and_label(role, field)
            .type_text(text);
        self.window.run_steps(2);
        self.press(Key::Escape);
    }

    /// Sends the repeated key press of a key that is held down.
    fn hold(&mut self, key: Key, times: usize) {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        for _ in 0..times {
            // egui recognises a repetition by the key not having been released.
            self.window.event(event(true));
            self.window.step();
        }
        self.window.event(event(false));
        self.window.run_steps(2);
    }

    /// Undoes all edits; returns their labels, starting with the last edit.
    fn undo_all(&mut self) -> Vec<&'static str> {
        let mut undone = Vec::new();
        while let Some(label) = self.studio().history.undo_label() {
            undone.push(label);
            assert!(undone.len() < 200, "it ends");
            self.press_with(CTRL, Key::Z);
        }
        undone
    }
}

#[test]
fn a_long_session_is_undone_to_its_beginning_and_redone_to_its_end() {
    let mut stage = Window::open();
    stage.until("moves and presets", |studio| {
        studio.runtime.camera.listed && studio.runtime.presets.len() == 4
    });
    stage.until("the project", |studio| studio.project.home.is_some());
    let first = stage.document();

    let path = stage.picture("meadow.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.choose("Custom");
    stage.window.get_by_label_contains("Crop window").focus();
    stage.window.run_steps(2);
    stage.press(Key::Minus);
    stage.press(Key::Escape);
    stage.choose("1:1");
    stage.press(Key::Num1);
    stage.press(Key::Num5);
    stage.slide("Pan", 0.5);
    stage.press(Key::G);
    stage
        .window
        .get_by_label("Camera pad on the picture")
        .focus();
    stage.window.run_steps(3);
    stage.press(Key::ArrowDown);
    stage.press(Key::Escape);
    assert!(!stage.studio().session.camera.pad, "Escape closes the pad");
    stage.slide("Pan", 0.0);
    stage.click("Hold the camera still");
    stage.write(Role::TextInput, "Label of the take", "waves");
    stage.slide("Motion", 180.0);
    stage.slide("Frames", 4.0);
    stage.slide("Frames per second", 9.0);
    stage.choose("Fine");
    stage.slide("Guidance curve, first frame", 2.0);
    stage.click("Roll the dice");
    stage.write(Role::TextInput, "Seed", "7");
    // Settings from the preset have no chip; those chosen in addition do.
    stage.slide("Steps", 9.0);
    stage.click("Revert steps");
    stage.close_menus();
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.click("Add to queue");
    for _ in 0..2 * STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("both takes", |studio| studio.project.takes.len() == 2);
    stage.press(Key::Home);
    stage.press(Key::S);
    stage.press(Key::A);
    stage.press(Key::A);
    stage.focus_slider("End of clip 1");
    stage.press(Key::ArrowLeft);
    stage.press(Key::Escape);
    stage.slide("Cross-fade into clip 2", 1.0);
    let clip = stage.clips()[1].clone();
    stage.window.get_by_label(&clip).focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowLeft);
    stage.press(Key::Escape);
    stage.press(Key::Q);
    stage.press(Key::End);
    stage.press_with(CTRL, Key::B);
    stage.press_with(Modifiers::SHIFT, Key::Delete);
    stage.window.get_by_label("Take 1").click_accesskit();
    stage.window.run_steps(3);
    stage.press_with(Modifiers::SHIFT, Key::R);
    stage.press(Key::Delete);
    stage.click("Picture Citrus");
    let last = stage.document();
    assert_eq!(last.direction.fit, Fit::Crop);

    let mut done = stage.undo_all();
    assert_eq!(stage.document(), first, "everything is undone");
    assert_eq!(stage.studio().project.takes.len(), 2, "takes stay");
    done.reverse();
    for kind in [
        "choose picture",
        "change framing",
        "change size",
        "change camera",
        "change camera strength",
        "aim camera",
        "clear camera",
        "change prompt",
        "change motion",
        "change number of frames",
        "change frame rate",
        "choose preset",
        "change guidance",
        "roll the dice",
        "change seed",
        "change steps",
        "star",
        "add clip",
        "trim clip",
        "cross-fade",
        "move clip",
        "split clip",
        "remove clip",
        "apply recipe",
        "remove take",
    ] {
        assert!(done.contains(&kind), "{kind} is missing in {done:?}");
    }
    for label in &done {
        assert_eq!(stage.studio().history.redo_label(), Some(*label));
        stage.press_with(AGAIN, Key::Z);
    }
    assert_eq!(stage.studio().history.redo_label(), None);
    assert_eq!(stage.document(), last, "everything is done again");
    assert_eq!(stage.undo_all().len(), done.len());
    assert_eq!(stage.document(), first, "and undone again");
}

#[test]
fn a_held_key_is_one_edit_and_two_presses_are_two() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::A);
    let edits = |stage: &mut Window| {
        let mut count = 0;
        while stage.studio().history.undo_label() == Some("trim clip") {
            stage.press_with(CTRL, Key::Z);
            count += 1;
        }
        count
    };
    stage.focus_slider("End of clip 1");
    stage.press(Key::ArrowLeft);
    stage.press(Key::ArrowLeft);
    assert_eq!(stage.clips(), ["Clip 1: take 1, frames 1 to 2"]);
    assert_eq!(edits(&mut stage), 2, "two trims within a second are two");

    stage.focus_slider("End of clip 1");
    stage.hold(Key::ArrowLeft, 3);
    assert_eq!(stage.clips(), ["Clip 1: take 1, frames 1 to 1"]);
    assert_eq!(edits(&mut stage), 1, "a key that is held is one");

    // Moves both ends, as assistive technology does.
    stage.slide("End of clip 1", 3.0);
    stage.slide("Beginning of clip 1", 1.0);
    assert_eq!(edits(&mut stage), 2, "two controls are two");

    let motion = |stage: &Window| stage.studio().direction().draft.motion_bucket;
    stage.focus_slider("Motion");
    stage.press(Key::ArrowRight);
    let once = motion(&stage);
    stage.press(Key::ArrowRight);
    stage.press_with(CTRL, Key::Z);
    assert_eq!(motion(&stage), once);
    // Letters go into the label.
    stage.write(Role::TextInput, "Label of the take", "w");
    let before = stage.studio().direction().prompt.clone();
    assert_eq!(before, "w");
}

#[test]
fn what_undo_removes_does_not_stay_on_the_stage() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::A);
    stage.press(Key::Q);
    assert_eq!(stage.studio().session.shown, Shown::Sequence);
    stage.press_with(CTRL, Key::Z);
    assert!(stage.sequence().is_empty());
    assert_eq!(stage.studio().session.shown, Shown::Picture);

    stage.window.get_by_label("Take 1").click_accesskit();
    stage.window.run_steps(3);
    let shown = stage.studio().session.shown;
    stage.press(Key::Delete);
    stage.press_with(CTRL, Key::Z);
    stage.window.get_by_label("Take 1").click_accesskit();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().session.shown, shown);
    stage.press_with(AGAIN, Key::Z);
    assert_eq!(stage.studio().session.shown, Shown::Picture, "it is gone");

    // A crop belongs to its picture: both are restored together.
    let picture = stage.studio().picture().map(|picture| picture.id);
    stage.choose("Custom");
    let crop = stage.document().direction.fit;
    assert!(matches!(crop, Fit::Window(_)));
    stage.click("Picture Citrus");
    assert_eq!(stage.document().direction.fit, Fit::Crop);
    stage.press_with(CTRL, Key::Z);
    let before = Arc::clone(stage.studio().history.present());
    assert_eq!(before.direction.fit, crop);
    assert_eq!(before.picture, picture);
    assert_eq!(stage.studio().picture().map(|picture| picture.id), picture);
}
