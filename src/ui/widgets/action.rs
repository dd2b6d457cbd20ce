//! Buttons and menu entries made from the table of actions.

use egui::{
    Align2, Button, FontId, Rect, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::button::{bare_icon_button, focus_ring};
use crate::ui::input::action::Action;
use crate::ui::style::icon::paint;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;

/// The tooltip of an action: its sentence and its key.
pub(in crate::ui) fn hint(ui: &Ui, action: Action) -> String {
    let row = action.row();
    match row.keys.first() {
        Some(key) => format!("{} ({})", row.sentence, ui.ctx().format_shortcut(key)),
        None => row.sentence.to_owned(),
    }
}

/// A square button with the action's icon; a click triggers the action.
pub(in crate::ui) fn action_icon(
    ui: &mut Ui,
    view: View<'_>,
    action: Action,
    lit: bool,
) -> Response {
    let row = action.row();
    let command = action.command(view.studio);
    let response = bare_icon_button(ui, command.is_some(), lit, row.icon, row.name);
    let response = response.on_hover_text(hint(ui, action));
    if response.clicked()
        && let Some(command) = command
    {
        view.send(command);
    }
    response
}

/// A button with the action's icon and a label; a click triggers the action.
pub(in crate::ui) fn worded_action(ui: &mut Ui, view: View<'_>, action: Action, words: &str) {
    let row = action.row();
    let command = action.command(view.studio);
    let size = vec2(worded_width(ui, words), tokens::CONTROL);
    let enabled = command.is_some();
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, row.name));
    let colours = ui.colours();
    let ground = match () {
        () if response.is_pointer_button_down_on() && enabled => colours.pressed,
        () if response.hovered() && enabled => colours.hovered,
        () => colours.raised,
    };
    let ink = if enabled {
        colours.text
    } else {
        colours.text_off
    };
    ui.painter().rect_filled(rect, tokens::RADIUS, ground);
    focus_ring(ui, &response, rect);
    let side = Vec2::splat(tokens::ICON);
    let icon = Rect::from_center_size(
        pos2(
            rect.left() + tokens::GAP_SMALL + side.x / 2.0,
            rect.center().y,
        ),
        side,
    );
    paint(ui.painter(), icon, row.icon, ink);
    let at = pos2(icon.right() + tokens::GAP, rect.center().y);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, words, font(), ink);
    if response.on_hover_text(hint(ui, action)).clicked()
        && let Some(command) = command
    {
        view.send(command);
    }
}

/// Width of such a button.
pub(in crate::ui) fn worded_width(ui: &Ui, words: &str) -> f32 {
    let ink = ui.colours().text;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font(), ink);
    galley.size().x.ceil() + tokens::ICON + tokens::GAP + 2.0 * tokens::GAP_SMALL
}

fn font() -> FontId {
    FontId::proportional(tokens::FONT_BODY)
}

/// A menu entry with icon, name and key; a click triggers the action.
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
