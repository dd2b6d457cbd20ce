//! The menus of cards and clips:
//!
//! - a right click on a card offers everything about its take, whatever is on the stage
//! - a clip has a menu too, and both open by the keyboard

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use kinora::app::state::Shown;

use super::Window;

/// What the menu of a card always offers.
const ALWAYS: [&str; 7] = [
    "Show",
    "Add to the sequence",
    "Use these settings",
    "Rename…",
    "Star",
    "Show in folder",
    "Remove",
];

const COMPARE: &str = "Compare with the take on the stage";

impl Window {
    /// Opens the menu of a card or clip with the right mouse button.
    fn menu_of(&mut self, label: &str) {
        self.close_menus();
        self.window.get_by_label(label).click_secondary();
        self.window.run_steps(4);
    }

    /// Whether an entry of the open menu can be clicked; `None` where there is no such entry.
    fn offers(&self, entry: &str) -> Option<bool> {
        let nodes = self.window.query_all_by_role(Role::Button);
        let named = nodes.filter(|node| is_entry(&node.accesskit_node(), entry));
        // A button outside the menu may have the same name.
        let able = named.map(|node| !node.accesskit_node().is_disabled());
        able.max()
    }

    /// Clicks an entry of the open menu.
    fn choose_entry(&mut self, entry: &str) {
        {
            let mut nodes = self.window.query_all_by_role(Role::Button);
            let able = |node: &AccessKitNode<'_>| !node.is_disabled() && is_entry(node, entry);
            let node = nodes.find(|node| able(&node.accesskit_node()));
            node.expect("an entry of the menu").click_accesskit();
        }
        self.window.run_steps(3);
    }

    fn shown_number(&self) -> Option<usize> {
        self.studio().shown_take().map(|take| take.number)
    }
}

/// Whether a control is this entry of a menu, with or without the key of its action.
fn is_entry(node: &AccessKitNode<'_>, entry: &str) -> bool {
    let label = node.label().unwrap_or_default();
    let rest = label.strip_prefix(entry).map(str::trim);
    rest.is_some_and(|rest| rest.is_empty() || rest.len() == 1 || rest.contains('+'))
}

#[test]
fn a_card_offers_everything_about_its_take() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::A);
    stage.press(Key::Q);
    assert_eq!(stage.studio().session.shown, Shown::Sequence);
    stage.menu_of("Take 1");
    for entry in ALWAYS {
        assert_eq!(stage.offers(entry), Some(true), "{entry}");
    }
    assert_eq!(stage.offers(COMPARE), None, "no take is on the stage");
    stage.choose_entry("Add to the sequence");
    let takes: Vec<_> = stage
        .sequence()
        .clips()
        .iter()
        .map(|clip| clip.source.take)
        .collect();
    let number = |id| stage.studio().take_named(id).map(|take| take.number);
    assert_eq!(
        takes.into_iter().filter_map(number).collect::<Vec<_>>(),
        [2, 1]
    );

    stage.menu_of("Take 1");
    stage.choose_entry("Use these settings");
    assert_eq!(stage.studio().direction().draft.seed, Some(5));
    stage.menu_of("Take 1");
    stage.choose_entry("Star");
    stage.menu_of("Take 1");
    assert_eq!(stage.offers("Remove the star"), Some(true));
    stage.choose_entry("Rename…");
    stage.window.event(egui::Event::Text("Sunrise".to_owned()));
    stage.window.run_steps(2);
    stage.press(Key::Enter);
    assert_eq!(
        stage
            .studio()
            .take_title(stage.studio().shelf_takes().nth(1).unwrap()),
        "Sunrise"
    );
    assert_eq!(stage.studio().session.shown, Shown::Sequence, "until now");

    stage.menu_of("Take 1");
    stage.choose_entry("Show");
    assert_eq!(stage.shown_number(), Some(1));
    stage.menu_of("Take 1");
    assert_eq!(stage.offers("Show"), Some(false), "it is on the stage");
    assert_eq!(stage.offers(COMPARE), None);
    stage.menu_of("Take 2");
    assert_eq!(stage.offers(COMPARE), Some(true));
    stage.choose_entry(COMPARE);
    assert_eq!(
        stage.studio().compared().map(|(take, _)| take.number),
        Some(2)
    );
    stage.menu_of("Take 2");
    stage.choose_entry("Remove");
    assert_eq!(stage.studio().shelf_takes().count(), 1);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.studio().shelf_takes().count(), 2);
}

#[test]
fn a_clip_has_a_menu() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::A);
    stage.press(Key::Q);
    stage.press(Key::Home);
    stage.press(Key::ArrowRight);
    let clip = "Clip 1: take 2, frames 1 to 4";
    stage.menu_of(clip);
    assert_eq!(stage.offers("Show the take"), Some(true));
    stage.choose_entry("Split at the playhead");
    assert_eq!(stage.sequence().clips().len(), 2);
    // The playhead is in the second part, at its first frame.
    stage.menu_of("Clip 1: take 2, frames 1 to 1");
    assert_eq!(stage.offers("Split at the playhead"), Some(false));
    assert_eq!(
        stage.studio().session.clip,
        Some(stage.sequence().clips()[0].id),
        "selected"
    );
    stage.choose_entry("Remove from the sequence");
    assert_eq!(stage.clips(), ["Clip 1: take 2, frames 2 to 4"]);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.sequence().clips().len(), 2);
    stage.menu_of("Clip 1: take 2, frames 1 to 1");
    stage.choose_entry("Show the take");
    assert_eq!(stage.shown_number(), Some(2));
}

#[test]
fn menus_open_by_the_keyboard() {
    let mut stage = Window::with_takes(2);
    for (modifiers, key) in [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu)] {
        stage.press(Key::PageUp);
        let card = stage.window.get_by_role_and_label(Role::Button, "Take 1");
        let at = card.rect();
        card.focus();
        stage.window.run_steps(2);
        stage.press_with(modifiers, key);
        let show = stage
            .window
            .get_by_role_and_label(Role::Button, "Show")
            .rect();
        assert!(
            at.distance_to_pos(show.left_top()) < 40.0,
            "{show} beside {at}"
        );
        stage.press(Key::ArrowDown);
        stage.press(Key::Enter);
        assert_eq!(stage.shown_number(), Some(1), "{key:?}");
        assert_eq!(stage.offers("Show in folder"), None, "it is closed");
    }
    stage.press(Key::A);
    stage.window.get_by_label_contains("Clip 1:").focus();
    stage.window.run_steps(2);
    stage.press_with(Modifiers::SHIFT, Key::F10);
    assert_eq!(stage.offers("Remove from the sequence"), Some(true));
    stage.press(Key::Escape);
    assert_eq!(stage.offers("Remove from the sequence"), None);
}
