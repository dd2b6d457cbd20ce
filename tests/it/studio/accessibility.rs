//! Every control of every panel, sheet, popup and menu has a name, and no two in one place have the same name:
//!
//! - in panels: empty, with a picture, while takes are made, with takes, clips and a comparison
//! - in what opens over them: menus, sheets, questions, messages
//! - while models are downloaded and copied

use std::path::Path;

use egui::accesskit::{Action, ActionRequest, TreeId};
use egui::{Event, HoveredFile, Key, Modifiers, Order, Popup, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::state::Shown;
use kinora::app::state::models::EntryState;
use kinora::error::GenerateError;

use super::{STEPS, Window};
use crate::camera::{RIGHT, fake_move};
use crate::hub::files;
use crate::hub::server::{Manners, REPO, Server};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// A walk through states. All of them are checked before the test fails.
struct Walk {
    stage: Window,
    faults: Vec<String>,
}

impl Walk {
    fn begin() -> Self {
        Self {
            stage: Window::open(),
            faults: Vec::new(),
        }
    }

    /// Checks every control that is on the screen.
    fn look(&mut self, state: &str) {
        // A section that has just expanded is complete only after its animation.
        self.stage.window.run_steps(8);
        self.faults.extend(self.stage.faults(state));
    }

    /// Activates a control of any role, as assistive technology does.
    fn act(&mut self, role: Role, name: &str) {
        self.stage
            .window
            .get_by_role_and_label(role, name)
            .click_accesskit();
        self.stage.window.run_steps(3);
    }

    /// Activates an entry of a menu, whose name may also occur elsewhere, as assistive technology does.
    fn act_in_menu(&mut self, name: &str) {
        let controls = self.stage.controls();
        let entry = controls
            .iter()
            .find(|control| control.name == name && control.layer.order == Order::Foreground)
            .unwrap_or_else(|| panic!("no menu has an entry {name}"));
        let request = ActionRequest {
            action: Action::Click,
            target_tree: TreeId::ROOT,
            target_node: entry.id.accesskit_id(),
            data: None,
        };
        self.stage
            .window
            .event(Event::AccessKitActionRequest(request));
        self.stage.window.run_steps(3);
    }

    /// Opens a menu with its button, checks it, and closes it with the keyboard.
    fn menu(&mut self, role: Role, name: &str) {
        let before = self.parts();
        self.act(role, name);
        self.open_menu(name, before);
        self.stage.press(Key::Escape);
        let open = Popup::is_any_open(&self.stage.window.ctx);
        assert!(!open, "Escape closes the menu {name}");
    }

    /// Number of controls known to assistive technology, including disabled ones.
    fn parts(&self) -> usize {
        self.stage.window.root().children_recursive().count()
    }

    /// Checks a menu that has just opened; before, there were this many controls.
    fn open_menu(&mut self, name: &str, before: usize) {
        self.look(&format!("the menu {name}"));
        let open = Popup::is_any_open(&self.stage.window.ctx);
        let more = self.parts();
        assert!(open && more > before, "{name} opens a menu");
    }

    /// Opens a sheet with its keys, checks it, and closes it.
    fn sheet(&mut self, modifiers: Modifiers, key: Key, name: &str) {
        self.stage.press_with(modifiers, key);
        assert!(self.stage.studio().session.overlay.is_some(), "{name}");
        self.look(name);
        self.stage.press(Key::Escape);
        assert!(self.stage.studio().session.overlay.is_none(), "{name}");
    }

    fn end(self) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
    }
}

#[test]
fn every_control_of_the_panels_has_a_name_of_its_own() {
    let mut walk = Walk::begin();
    walk.look("an empty stage");
    let hovered = HoveredFile {
        path: Some("meadow.png".into()),
        ..HoveredFile::default()
    };
    walk.stage.window.input_mut().hovered_files = vec![hovered];
    walk.look("a file over the window");
    walk.stage.window.input_mut().hovered_files.clear();

    // Two files with the same name, from different folders.
    let first = walk.stage.picture("meadow.png");
    let folder = walk.stage.folder.path().join("elsewhere");
    std::fs::create_dir(&folder).expect("a folder in the test's own");
    std::fs::copy(&first, folder.join("meadow.png")).expect("a copy of the picture");
    for (path, count) in [(first, 5), (folder.join("meadow.png"), 6)] {
        walk.stage.drop_file(&path);
        walk.stage.until("the picture", |studio| {
            studio.project.pictures.len() == count && studio.runtime.opening == 0
        });
    }
    walk.look("two pictures of one name");
    walk.stage.unfold_all();
    walk.act(Role::RadioButton, "Custom");
    walk.look("a crop window");
    walk.act(Role::Button, "Save as preset…");
    walk.stage.press(Key::Num1);
    walk.stage.press(Key::Num3);
    walk.stage.slide("Motion", 99.0);
    walk.look("everything unfolded");
    walk.stage.press(Key::G);
    walk.look("the pad");
    walk.stage.press(Key::G);
    walk.end();
}

#[test]
fn every_control_about_takes_has_a_name_of_its_own() {
    let mut walk = Walk::begin();
    walk.stage.begin();
    walk.look("a job");
    for _ in 0..3 {
        walk.act(Role::Button, "Add to queue");
    }
    walk.stage.open_queue();
    walk.look("a queue");
    walk.act(Role::Button, "Edit waiting take 2");
    walk.look("a waiting take that is edited");
    walk.act(Role::Button, "Save changes");
    for _ in 0..4 * STEPS {
        let _ = walk.stage.permits.send(());
    }
    walk.stage
        .until("all takes", |studio| studio.project.takes.len() == 4);
    walk.look("four takes");
    walk.stage.press(Key::Home);
    walk.stage.press(Key::A);
    walk.stage.press(Key::A);
    walk.look("clips");
    walk.stage.press(Key::C);
    walk.look("a wipe");
    for way in ["Side by side", "Difference"] {
        walk.act(Role::Button, way);
        walk.look(way);
    }
    walk.stage.press(Key::C);
    for take in ["Take 4", "Take 1"] {
        let before = walk.parts();
        walk.stage.window.get_by_label(take).click_secondary();
        walk.stage.window.run_steps(3);
        walk.open_menu(take, before);
        walk.stage.press(Key::Escape);
    }
    walk.menu(Role::ComboBox, "Speed");
    walk.stage.press(Key::Q);
    assert_eq!(walk.stage.studio().session.shown, Shown::Sequence);
    walk.look("the sequence");
    walk.sheet(CTRL_SHIFT, Key::E, "the export of a sequence");
    walk.stage.press(Key::S);
    walk.end();
}

#[test]
fn every_control_that_opens_over_the_panels_has_a_name_of_its_own() {
    let mut walk = Walk::begin();
    walk.stage
        .until("the project", |studio| studio.project.home.is_some());
    walk.menu(Role::Button, "Kinora");
    for group in [
        "Project", "Edit", "Render", "Play", "Takes", "Sequence", "Window",
    ] {
        walk.act(Role::Button, "Kinora");
        walk.stage.window.run_steps(4);
        let before = walk.parts();
        walk.act_in_menu(group);
        walk.open_menu(group, before);
        walk.stage.press(Key::Escape);
        walk.stage.press(Key::Escape);
    }
    walk.menu(Role::Button, "Project");
    walk.menu(Role::ComboBox, "Model");
    walk.sheet(CTRL, Key::K, "the palette");
    walk.sheet(Modifiers::NONE, Key::F1, "all keys");
    walk.sheet(CTRL, Key::M, "the models");
    walk.sheet(CTRL, Key::P, "pictures from words");
    walk.sheet(CTRL_SHIFT, Key::E, "the export");
    walk.stage.press_with(CTRL, Key::Comma);
    walk.look("the settings");
    walk.menu(Role::ComboBox, "Precision");
    walk.stage.press(Key::Escape);

    walk.stage.begin();
    for kind in ["GIF", "PNG files"] {
        walk.stage.press_with(CTRL_SHIFT, Key::E);
        walk.act(Role::RadioButton, kind);
        walk.look(kind);
        walk.stage.press(Key::Escape);
    }
    walk.sheet(CTRL, Key::Q, "the question before quitting");
    walk.end();
}

#[test]
fn every_control_of_messages_and_arrivals_has_a_name_of_its_own() {
    let mut walk = Walk::begin();
    walk.stage
        .until("the moves", |studio| studio.runtime.camera.listed);
    for name in ["one.png", "two.png"] {
        let path = walk.stage.folder.path().join(name);
        std::fs::write(&path, "no picture at all").expect("a file in the test's folder");
        walk.stage.drop_file(&path);
    }
    walk.stage.until("both refusals", |studio| {
        studio.runtime.notices.len() == 1 && studio.runtime.opening == 0
    });
    walk.look("two refusals");
    let path = walk.stage.folder.path().join("Sway.safetensors");
    fake_move(&path, &[("kinora.path", RIGHT), ("license", "As you like")]);
    walk.stage.drop_file(&path);
    walk.stage.until("the inspection", |studio| {
        !studio.runtime.camera.arrivals.is_empty()
    });
    walk.look("a camera move that arrived");
    walk.act(Role::Button, "Install");
    walk.stage.until("the move", |studio| {
        let cards = studio.available_moves();
        cards.iter().any(|card| card.title == "Sway")
    });
    walk.stage.unfold_all();
    walk.look("installed moves");
    walk.act(Role::Button, "Delete the file of Sway");
    walk.look("a move that is to be deleted");
    *walk.stage.fault.lock().unwrap() = Some(GenerateError::DeviceFailed {
        place: "decoding the frames".to_owned(),
        reason: "out of memory".to_owned(),
    });
    walk.stage.begin();
    for _ in 0..STEPS {
        let _ = walk.stage.permits.send(());
    }
    walk.stage.until("the failure", |studio| {
        let notices = &studio.runtime.notices;
        notices
            .iter()
            .any(|notice| notice.actions().next().is_some())
    });
    walk.look("a failure with offers");
    walk.end();
}

#[test]
fn every_control_about_models_has_a_name_of_its_own() {
    let manners = Manners {
        token: Some("hf_secret"),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let mut walk = Walk {
        stage: Window::with_hub(Harness::builder(), |_| (), &server.base),
        faults: Vec::new(),
    };
    walk.stage.press_with(CTRL, Key::M);
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd");
    let broken = walk.stage.folder.path().join("broken.safetensors");
    std::fs::write(&broken, "no weights at all").expect("a file in the test's folder");
    let paths = [good, broken, walk.stage.folder.path().join("gone")];
    for (count, path) in paths.into_iter().enumerate() {
        *walk.stage.dialogs.model.lock().unwrap() = Some(path);
        walk.act(Role::Button, "Add a folder…");
        walk.stage.until("the model", |studio| {
            let entries = &studio.runtime.model_shelf.entries;
            let opening = |entry: &kinora::app::state::models::ModelEntry| {
                matches!(entry.state, EntryState::Opening)
            };
            entries.len() == count + 2 && !entries.iter().any(opening)
        });
    }
    walk.look("good, broken and missing models");
    let field = |walk: &mut Walk, name: &str, text: &str| {
        walk.stage.window.get_by_label(name).focus();
        walk.stage.window.get_by_label(name).type_text(text);
        walk.stage.window.run_steps(2);
    };
    field(&mut walk, "Repository", REPO);
    walk.act(Role::Button, "Check the repository");
    walk.stage.until("the refusal", |studio| {
        studio.runtime.model_shelf.hub.trouble.is_some()
    });
    walk.look("a hub that wants a token");
    field(&mut walk, "Access token", "hf_secret");
    walk.act(Role::Button, "Use token");
    walk.stage.until("the offer", |studio| {
        studio.runtime.model_shelf.hub.offer.is_some()
    });
    walk.look("an offer and its terms");
    walk.act(Role::Button, "Accept and download");
    walk.look("a fetch");
    walk.end();
}
