//! Buttons and menu entries made from the table of actions.

use egui::{Button, Response, RichText, Ui};

use super::button::icon_button;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::Themed as _;
use crate::ui::view::View;

/// The tooltip of an action: its sentence and its key.
pub(in crate::ui) fn hint(ui: &Ui, action: Action) -> String {
    let row = action.row();
    match row.keys.first() {
        Some(key) => format!("{} ({})", row.sentence, ui.ctx().format_shortcut(key)),
        None => row.sentence.to_owned(),
    }
}

/// A square button with the action's icon; does it when it is clicked.
pub(in crate::ui) fn action_icon(
    ui: &mut Ui,
    view: View<'_>,
    action: Action,
    lit: bool,
) -> Response {
    let row = action.row();
    let command = action.command(view.studio);
    let response = icon_button(ui, command.is_some(), lit, row.icon, row.name);
    if response.clicked()
        && let Some(command) = command
    {
        view.send(command);
    }
    response
}

/// An entry of a menu: icon, name, key; does it when it is clicked.
pub(in crate::ui) fn menu_entry(ui: &mut Ui, view: View<'_>, action: Action) {
    let row = action.row();
    let command = action.command(view.studio);
    let mut button = Button::new(action.name(view.studio)).frame_when_inactive(false);
    if let Some(key) = row.keys.first() {
        let key = RichText::new(ui.ctx().format_shortcut(key)).color(ui.colours().text_weak);
        button = button.right_text(key);
    }
    let obstacle = action.obstacle(view.studio);
    let response = ui
        .add_enabled(command.is_some(), button)
        .on_hover_text(row.sentence)
        .on_disabled_hover_text(obstacle.as_deref().unwrap_or(row.sentence));
    if response.clicked()
        && let Some(command) = command
    {
        view.send(command);
        ui.close();
    }
}
