//! The menu of one thing, opened by a right click on it or by a key; and its entries.

use egui::{Button, Key, Modifiers, Popup, Response, RichText, Ui};

use crate::app::Command;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::Themed as _;
use crate::ui::view::View;

/// Shows a menu after a right click on something, or after Shift-F10 or the menu key while it has the focus.
pub(in crate::ui) fn context_menu(ui: &Ui, response: &Response, contents: impl FnOnce(&mut Ui)) {
    let id = Popup::default_response_id(response);
    let keyed = response.has_focus()
        && ui.input_mut(|input| {
            input.consume_key(Modifiers::SHIFT, Key::F10)
                || input.consume_key(Modifiers::NONE, Key::Menu)
        });
    if keyed {
        Popup::open_id(ui.ctx(), id);
    }
    let mut menu = Popup::context_menu(response);
    let open = Popup::is_id_open(ui.ctx(), id);
    if open && Popup::position_of_id(ui.ctx(), id).is_none() {
        // A key opened it, so it is beside the thing instead of at the pointer.
        menu = menu.anchor(response);
    }
    menu.show(contents);
}

/// An entry that does to one thing what an action does to the thing on the stage: `words`, the key of the action if the
/// thing is on the stage, and the command that a click sends; greyed out without a command.
pub(in crate::ui) fn entry_about(
    ui: &mut Ui,
    view: View<'_>,
    (words, key_of): (&str, Option<Action>),
    command: Option<Command>,
) {
    let mut button = Button::new(words).frame_when_inactive(false);
    if let Some(key) = key_of.and_then(|action| action.row().keys.first()) {
        let key = RichText::new(ui.ctx().format_shortcut(key)).color(ui.colours().text_weak);
        button = button.right_text(key);
    }
    let clicked = ui.add_enabled(command.is_some(), button).clicked();
    if let Some(command) = command.filter(|_| clicked) {
        view.send(command);
        ui.close();
    }
}
