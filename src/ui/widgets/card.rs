//! Groups of controls: a card with a header that folds it, and small marks such as chips and keys.

use std::f32::consts::FRAC_PI_2;

use egui::collapsing_header::CollapsingState;
use egui::emath::Rot2;
use egui::{
    Align2, Color32, FontId, Id, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::button::focus_ring;
use super::elided_end;
use crate::ui::style::icon::{Icon, paint};
use crate::ui::style::theme;
use crate::ui::style::tokens::{self, Themed as _};

/// A group of controls under a header that folds it; egui remembers which are folded.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Section<'a> {
    title: &'a str,
    value: &'a str,
    open: bool,
    small: bool,
}

impl<'a> Section<'a> {
    /// A group that starts folded.
    pub(in crate::ui) fn new(title: &'a str) -> Self {
        Self {
            title,
            value: "",
            open: false,
            small: false,
        }
    }

    /// A group within a group.
    pub(in crate::ui) fn small(title: &'a str) -> Self {
        Self {
            small: true,
            ..Self::new(title)
        }
    }

    /// Makes it start unfolded.
    pub(in crate::ui) fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// Summarises its settings at the right of its header.
    pub(in crate::ui) fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// Shows it; returns what `contents` returned, unless it is folded.
    pub(in crate::ui) fn show<R>(
        self,
        ui: &mut Ui,
        contents: impl FnOnce(&mut Ui) -> R,
    ) -> Option<R> {
        let id = ui.scope_id().with(("section", self.title));
        let mut state = CollapsingState::load_with_default_open(ui.ctx(), id, self.open);
        let header = self.header(ui, id, &state);
        if header.clicked() {
            state.toggle(ui);
        }
        let shown = state.show_body_unindented(ui, |ui| {
            ui.add_space(tokens::GAP);
            let inner = steady(ui, self.title, contents);
            ui.add_space(tokens::GAP_SMALL);
            inner
        });
        shown.map(|shown| shown.inner)
    }

    fn header(self, ui: &mut Ui, id: Id, state: &CollapsingState) -> Response {
        let size = vec2(ui.available_width(), tokens::CONTROL);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let response = ui.interact(rect, id.with("header"), Sense::click());
        let spoken = self.title;
        response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, spoken));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_expanded(state.is_open());
            node.set_description(self.value);
        });
        let colours = ui.colours();
        let lit = response.hovered() || response.has_focus();
        let ink = if lit || !self.small {
            colours.text
        } else {
            colours.text_weak
        };
        let arrow = pos2(rect.left() + tokens::GAP, rect.center().y);
        paint_arrow(
            ui,
            arrow,
            state.openness(ui.ctx()),
            if lit { colours.text } else { colours.text_weak },
        );
        let font = if self.small {
            FontId::proportional(tokens::FONT_BODY)
        } else {
            theme::strong(tokens::FONT_TITLE)
        };
        let at = pos2(arrow.x + tokens::GAP_SMALL + tokens::GAP, rect.center().y);
        let title = ui
            .painter()
            .text(at, Align2::LEFT_CENTER, self.title, font, ink);
        let font = FontId::proportional(tokens::FONT_SMALL);
        let room = rect.right() - title.right() - tokens::GAP_PANEL;
        let words = elided_end(ui, self.value, &font, room);
        let cut = words != self.value;
        let at = pos2(rect.right(), rect.center().y);
        ui.painter()
            .text(at, Align2::RIGHT_CENTER, words, font, colours.text_weak);
        focus_ring(ui, &response, rect.expand2(vec2(tokens::GAP, 0.0)));
        if cut {
            response.on_hover_text(self.value)
        } else {
            response
        }
    }
}

/// Points down where something is unfolded, and to the right where it is folded.
fn paint_arrow(ui: &Ui, centre: Pos2, openness: f32, ink: Color32) {
    let turn = Rot2::from_angle((openness - 1.0) * FRAC_PI_2);
    let corners = [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)];
    let corners = corners.map(|corner| centre + turn * corner).to_vec();
    ui.painter()
        .add(Shape::convex_polygon(corners, ink, Stroke::NONE));
}

/// Width of a chip with these words.
pub(in crate::ui) fn chip_width(ui: &Ui, words: &str, icon: Option<Icon>) -> f32 {
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, ink);
    let mark = icon.map_or(0.0, |_| tokens::ICON_SMALL + tokens::GAP);
    galley.size().x + mark + 2.0 * tokens::GAP_SMALL
}

/// Shows contents whose ids in egui stay the same, whatever appears or disappears before them. Otherwise a
/// slider that is dragged, or a field that is edited, is lost as soon as a chip appears above it.
pub(in crate::ui) fn steady<R>(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let own = UiBuilder::new().scope_id(ui.scope_id().with(("steady", name)));
    ui.scope_builder(own, contents).inner
}

/// A highlighted word in a line, which can be clicked: a setting that was changed, or a property of a take.
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
