//! Groups of controls: a card with a head that folds, and the small marks within.

use egui::{
    Align2, CollapsingHeader, FontId, Rect, Response, RichText, Role, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::button::focus_ring;
use crate::ui::style::icon::{Icon, paint};
use crate::ui::style::theme;
use crate::ui::style::tokens::{self, Themed as _};

/// A group of controls under a head that folds it; egui remembers which are folded.
pub(in crate::ui) fn section<R>(
    ui: &mut Ui,
    title: &str,
    open: bool,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let unfold = Unfold {
        title,
        at_first: open,
        now: None,
    };
    section_that(ui, unfold, contents)
}

/// Which group it is, and whether it is unfolded.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Unfold<'a> {
    /// What its head says.
    title: &'a str,
    /// Whether it is before anybody has folded it.
    at_first: bool,
    /// Whether it is from now on, where something asks for that.
    now: Option<bool>,
}

impl<'a> Unfold<'a> {
    /// A group that is unfolded at first, and again where it is asked for.
    pub(in crate::ui) fn of(title: &'a str, now: Option<bool>) -> Self {
        Self {
            title,
            at_first: true,
            now,
        }
    }
}

/// A group of controls under a head that folds it.
pub(in crate::ui) fn section_that<R>(
    ui: &mut Ui,
    unfold: Unfold<'_>,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let words = RichText::new(unfold.title).font(theme::strong(tokens::FONT_TITLE));
    let shown = CollapsingHeader::new(words)
        .id_salt(("section", unfold.title))
        .default_open(unfold.at_first)
        .open(unfold.now)
        .show_unindented(ui, |ui| {
            ui.add_space(tokens::GAP);
            let inner = steady(ui, unfold.title, contents);
            ui.add_space(tokens::GAP_SMALL);
            inner
        });
    shown.body_returned
}

/// What rarely needs a hand, folded at first, within a group.
pub(in crate::ui) fn subsection<R>(
    ui: &mut Ui,
    title: &str,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let words = RichText::new(title)
        .size(tokens::FONT_BODY)
        .color(ui.colours().text_weak);
    let shown = CollapsingHeader::new(words)
        .id_salt(("subsection", title))
        .default_open(false)
        .show_unindented(ui, |ui| {
            ui.add_space(tokens::GAP);
            steady(ui, title, contents)
        });
    shown.body_returned
}

/// Width of a chip of these words.
pub(in crate::ui) fn chip_width(ui: &Ui, words: &str, icon: Option<Icon>) -> f32 {
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, ink);
    let mark = icon.map_or(0.0, |_| tokens::ICON_SMALL + tokens::GAP);
    galley.size().x + mark + 2.0 * tokens::GAP_SMALL
}

/// Contents whose controls stay the same for egui, whatever comes and goes before them: otherwise a
/// slider that is held, or a field that is typed into, is lost as soon as a chip appears above it.
pub(in crate::ui) fn steady<R>(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let own = UiBuilder::new().scope_id(ui.scope_id().with(("steady", name)));
    ui.scope_builder(own, contents).inner
}

/// A word that stands out of a line: what was changed, what a take is. Click takes it back.
pub(in crate::ui) fn chip(ui: &mut Ui, words: &str, name: &str, icon: Option<Icon>) -> Response {
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, ink);
    let side = tokens::ICON_SMALL;
    let mark = icon.map_or(0.0, |_| side + tokens::GAP);
    let size = vec2(
        galley.size().x + mark + 2.0 * tokens::GAP_SMALL,
        tokens::CHIP,
    );
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let fill = if response.hovered() {
        ui.colours().hovered
    } else {
        ui.colours().raised
    };
    ui.painter().rect_filled(rect, tokens::CHIP / 2.0, fill);
    focus_ring(ui, &response, rect);
    let at = pos2(rect.left() + tokens::GAP_SMALL, rect.center().y);
    let words = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    ui.painter().galley(words.min, galley, ink);
    if let Some(icon) = icon {
        let centre = pos2(
            rect.right() - tokens::GAP_SMALL - side / 2.0,
            rect.center().y,
        );
        let square = Rect::from_center_size(centre, vec2(side, side));
        paint(ui.painter(), square, icon, ui.colours().text_weak);
    }
    response.on_hover_text(name)
}

/// A key, as it is written on a keyboard.
pub(in crate::ui) fn key_cap(ui: &mut Ui, key: &str) {
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text_weak;
    let galley = ui.painter().layout_no_wrap(key.to_owned(), font, ink);
    let size = vec2(galley.size().x + 2.0 * tokens::GAP_SMALL, tokens::CHIP);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, key));
    let stroke = Stroke::new(tokens::STROKE, ui.colours().outline);
    ui.painter().rect(
        rect,
        tokens::RADIUS_SMALL,
        ui.colours().raised,
        stroke,
        egui::StrokeKind::Inside,
    );
    let words = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    ui.painter().galley(words.min, galley, ink);
}
