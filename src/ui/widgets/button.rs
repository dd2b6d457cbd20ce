//! Buttons: the main one, plain ones, icons, and one of several.

use egui::{
    Align2, Button, Color32, ComboBox, FontId, Popup, Rect, Response, RichText, Role, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, vec2,
};

use crate::ui::focus;
use crate::ui::style::icon::{Icon, paint};
use crate::ui::style::tokens::{self, Themed as _};

/// The most important button; `key` is shown beside its text.
pub(in crate::ui) fn main_button(ui: &mut Ui, enabled: bool, text: &str, key: &str) -> Response {
    let size = vec2(ui.available_width(), tokens::MAIN_BUTTON);
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    let (fill, ink) = match () {
        () if !enabled => (ui.colours().raised, ui.colours().text_off),
        () if response.hovered() => (ui.colours().accent_hovered, ui.colours().on_accent),
        () => (ui.colours().accent, ui.colours().on_accent),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, tokens::RADIUS, fill);
    focus_ring(ui, &response, rect);
    let font = FontId::proportional(tokens::FONT_TITLE);
    painter.text(rect.center(), Align2::CENTER_CENTER, text, font, ink);
    let key_at = rect.right_center() - vec2(tokens::GAP_PANEL, 0.0);
    let small = FontId::proportional(tokens::FONT_SMALL);
    painter.text(
        key_at,
        Align2::RIGHT_CENTER,
        key,
        small,
        ink.gamma_multiply(0.7),
    );
    response
}

/// A button with a label.
pub(in crate::ui) fn text_button(ui: &mut Ui, enabled: bool, text: &str) -> Response {
    ui.add_enabled(enabled, Button::new(text))
}

/// A menu of choices that shows the current one, with the caret of other menus.
pub(in crate::ui) fn drop_down(id: &'static str) -> ComboBox<'static> {
    ComboBox::from_id_salt(id).icon(|ui, rect, _, _| {
        let square = Rect::from_center_size(rect.center(), Vec2::splat(tokens::ICON_SMALL));
        paint(ui.painter(), square, Icon::Caret, ui.colours().text_weak);
    })
}

/// A button with a label, and no background until the pointer is on it.
pub(in crate::ui) fn quiet_button(ui: &mut Ui, text: &str) -> Response {
    let text = RichText::new(text).color(ui.colours().text_weak);
    ui.add(Button::new(text).frame_when_inactive(false))
}

/// A square button with an icon; `on` shows it as switched on.
pub(in crate::ui) fn icon_button(
    ui: &mut Ui,
    enabled: bool,
    on: bool,
    icon: Icon,
    name: &str,
) -> Response {
    bare_icon_button(ui, enabled, on, icon, name).on_hover_text(name)
}

/// The same button without a tooltip.
pub(super) fn bare_icon_button(
    ui: &mut Ui,
    enabled: bool,
    on: bool,
    icon: Icon,
    name: &str,
) -> Response {
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(tokens::CONTROL), sense);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, enabled, name);
        info.selected = on.then_some(true);
        info
    });
    let ink = match () {
        () if !enabled => ui.colours().text_off,
        () if on => ui.colours().accent,
        () if response.hovered() => ui.colours().text,
        () => ui.colours().text_weak,
    };
    let ground = if response.is_pointer_button_down_on() && enabled {
        ui.colours().pressed
    } else if response.hovered() && enabled {
        ui.colours().hovered
    } else {
        Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, tokens::RADIUS, ground);
    focus_ring(ui, &response, rect);
    let inner = Rect::from_center_size(rect.center(), Vec2::splat(tokens::ICON));
    paint(ui.painter(), inner, icon, ink);
    response
}

/// A square button with an icon that opens a menu.
pub(in crate::ui) fn icon_menu(
    ui: &mut Ui,
    icon: Icon,
    name: &str,
    contents: impl FnOnce(&mut Ui),
) {
    let button = icon_button(ui, true, false, icon, name);
    Popup::menu(&button).show(contents);
}

/// A checkbox whose edge is visible on every background.
pub(in crate::ui) fn checkbox(ui: &mut Ui, ticked: &mut bool, text: &str) -> Response {
    ui.scope(|ui| {
        let colours = ui.colours();
        let inactive = &mut ui.visuals_mut().widgets.inactive;
        inactive.bg_fill = colours.sunken;
        inactive.bg_stroke = Stroke::new(tokens::STROKE, colours.outline);
        ui.checkbox(ticked, text)
    })
    .inner
}

/// A choice of one of several words in a row of equal widths, which `group` names; returns which was clicked.
pub(in crate::ui) fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    group: &str,
    present: Option<T>,
    words: &[(T, &str)],
) -> Option<T> {
    let mut chosen = None;
    let size = vec2(ui.available_width(), tokens::CONTROL);
    let (bar, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter()
        .rect_filled(bar, tokens::RADIUS, ui.colours().sunken);
    let edge = Stroke::new(tokens::STROKE, ui.colours().line);
    ui.painter()
        .rect_stroke(bar, tokens::RADIUS, edge, StrokeKind::Inside);
    let together = UiBuilder::new()
        .max_rect(bar)
        .accessibility_role(Role::RadioGroup)
        .accessibility_label(group);
    let ui = &ui.new_child(together);
    let width = bar.width() / words.len().max(1) as f32;
    for (index, &(value, word)) in words.iter().enumerate() {
        let min = bar.min + vec2(width * index as f32, 0.0);
        let rect = Rect::from_min_size(min, vec2(width, bar.height()));
        let response = ui.interact(rect, ui.scope_id().with((group, index)), Sense::click());
        let selected = present == Some(value);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, word));
        let inner = rect.shrink(2.0);
        let ink = if selected {
            ui.colours().text
        } else {
            ui.colours().text_weak
        };
        if selected {
            ui.painter()
                .rect_filled(inner, tokens::RADIUS - 1, ui.colours().pressed);
        } else if response.hovered() {
            ui.painter()
                .rect_filled(inner, tokens::RADIUS - 1, ui.colours().raised);
        }
        focus_ring(ui, &response, inner);
        let font = FontId::proportional(tokens::FONT_SMALL);
        ui.painter()
            .text(rect.center(), Align2::CENTER_CENTER, word, font, ink);
        if response.clicked() {
            chosen = Some(value);
        }
    }
    chosen
}

/// Draws the focus ring.
pub(in crate::ui) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        focus::note_ring(ui.ctx(), response.id);
        let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().text);
        ui.painter()
            .rect_stroke(rect, tokens::RADIUS, stroke, StrokeKind::Outside);
    }
}
