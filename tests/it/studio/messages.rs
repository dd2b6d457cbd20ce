//! The window's messages:
//!
//! - a notice is above an open sheet, can be answered with the pointer and with keys, and does not cover the sheet's
//!   close button
//! - a key that has no effect while a take is made shows the reason, and so do menus
//! - files that cannot be opened share a notice that lists all of them, and all can be closed at once
//! - a message is shown whole, even after a smaller one
//! - undo puts a removed take back on the stage, and closes the notice of its removal

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::window::Overlay;

use super::Window;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

#[test]
fn a_notice_above_a_sheet_can_be_answered() {
    for (modifiers, key, overlay, close) in [
        (CTRL, Key::M, Overlay::Models, "Close models"),
        (CTRL_SHIFT, Key::E, Overlay::Export, "Close export"),
        (CTRL, Key::Comma, Overlay::Settings, "Close settings"),
    ] {
        let mut stage = Window::with_takes(1);
        let path = stage.folder.path().join("notes.png");
        std::fs::write(&path, "no picture at all").expect("a file in the test's folder");
        // Posted before the sheet opens, and while it is open.
        for before in [true, false] {
            if !before {
                stage.press_with(modifiers, key);
            }
            stage.drop_file(&path);
            stage.until("the message", |studio| !studio.runtime.notices.is_empty());
            if before {
                stage.press_with(modifiers, key);
            }
            stage.window.run_steps(3);
            let message = stage.window.get_by_role_and_label(Role::Button, "Dismiss");
            let way_out = stage.window.get_by_role_and_label(Role::Button, close);
            let words = stage.window.get_by_label("Couldn't open notes.png");
            assert!(!message.rect().intersects(way_out.rect()), "{overlay:?}");
            assert!(!words.rect().intersects(way_out.rect()), "{overlay:?}");
            // Clicks at its position, so that whatever is on top gets the click.
            stage
                .window
                .get_by_role_and_label(Role::Button, "Dismiss")
                .click();
            stage.window.run_steps(3);
            assert!(stage.studio().runtime.notices.is_empty(), "{overlay:?}");
            assert_eq!(stage.studio().session.overlay, Some(overlay));
            if before {
                stage.press(Key::Escape);
            }
        }

        stage.drop_file(&path);
        stage.until("it again", |studio| !studio.runtime.notices.is_empty());
        stage.window.run_steps(3);
        for _ in 0..200 {
            if stage.focused_name() == "Dismiss" {
                break;
            }
            stage.press(Key::Tab);
        }
        stage.press(Key::Enter);
        assert!(
            stage.studio().runtime.notices.is_empty(),
            "by keys: {overlay:?}"
        );
    }
}

#[test]
fn a_key_without_effect_says_why() {
    let data = tempfile::tempdir().expect("a folder for the test");
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    let home = stage.studio().project.home.clone();
    stage.begin();
    for (modifiers, key) in [(CTRL, Key::N), (CTRL_SHIFT, Key::O), (CTRL_SHIFT, Key::S)] {
        stage.press_with(modifiers, key);
        stage.window.get_by_label("The project stays open");
        let notice = &stage.studio().runtime.notices[0];
        assert!(
            notice.detail().contains("stop it or let it finish first"),
            "{}",
            notice.detail()
        );
        stage.click("Dismiss");
        assert!(!stage.studio().runtime.dialog, "nothing is asked for");
    }
    assert_eq!(stage.studio().project.home, home);
    // In the menu, the action is disabled, and its tooltip says why.
    stage.click("Project");
    let entry = stage.window.get_by_label_contains("New project");
    entry.hover();
    stage.window.run_steps(40);
    stage
        .window
        .get_by_label_contains("stop it or let it finish first");
}

#[test]
fn many_errors_share_a_notice_and_none_is_lost() {
    let mut stage = Window::open();
    let names: Vec<String> = (1..=12).map(|at| format!("text {at}.png")).collect();
    for name in &names {
        let path = stage.folder.path().join(name);
        std::fs::write(&path, "no picture at all").expect("a file in the test's folder");
        stage.drop_file(&path);
    }
    stage.until("the refusals", |studio| studio.runtime.opening == 0);
    let notices = &stage.studio().runtime.notices;
    assert_eq!(notices.len(), 1, "one message");
    assert_eq!(notices[0].details.len(), names.len());
    stage.window.get_by_label("Couldn't open 12 files");
    for name in &names {
        let end = format!("/{name}");
        let mut told = stage.window.query_all_by_label_contains(&end);
        assert!(told.next().is_some(), "{name} is told");
    }
    // Other notices stay next to it, however many there are.
    for at in 0..6 {
        let path = stage.folder.path().join(format!("lora {at}.safetensors"));
        std::fs::write(&path, format!("no weights {at}")).expect("a file");
        stage.drop_file(&path);
        stage.until("the refusal", |studio| {
            studio.runtime.notices.len() == at + 2
        });
    }
    let room = stage
        .window
        .get_by_role_and_label(Role::Region, "Shelf")
        .rect();
    let close = stage
        .window
        .get_by_role_and_label(Role::Button, "Close all")
        .rect();
    assert!(room.contains_rect(close), "{close:?} in {room:?}");
    stage.click("Close all");
    assert!(stage.studio().runtime.notices.is_empty());
}

#[test]
fn a_removed_take_is_back_on_the_stage_with_one_undo() {
    let mut stage = Window::with_takes(2);
    let shown = stage.studio().session.shown;
    stage.press(Key::Delete);
    stage.window.get_by_label("Take removed");
    assert_ne!(
        stage.studio().session.shown,
        shown,
        "its neighbour is there"
    );
    stage.press_with(CTRL, Key::Z);
    assert_eq!(stage.studio().session.shown, shown);
    assert!(stage.studio().runtime.notices.is_empty());
    stage.press_with(CTRL_SHIFT, Key::Z);
    assert_ne!(stage.studio().session.shown, shown, "removed again");
}

#[test]
fn a_message_is_shown_whole_after_a_smaller_one() {
    let mut stage = Window::open();
    stage.begin();
    stage.finish();
    stage.press_with(Modifiers::SHIFT, Key::R);
    stage.window.get_by_label("Settings restored from take 1");
    stage.until("the end of the message", |studio| {
        studio.runtime.notices.is_empty()
    });
    // The seed of the take is set, so this one has three buttons.
    stage.press(Key::Enter);
    stage.window.run_steps(3);
    stage.window.get_by_label("This take already exists");
    // A click at the position of the button reaches it only if that part of the message is visible.
    stage
        .window
        .get_by_role_and_label(Role::Button, "Dismiss")
        .click();
    stage.window.run_steps(3);
    assert!(stage.studio().runtime.notices.is_empty());
}
