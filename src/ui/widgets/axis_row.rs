//! A camera axis: its animated icon, its name, its strength as a slider around zero and as a number, and
//! its two directions to click.

use std::ops::RangeInclusive;

use egui::style::HandleShape;
use egui::{
    Align2, DragValue, FontId, Rect, Response, Role, Sense, Slider, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use super::move_glyph::{GlyphInk, move_glyph, unknown_glyph};
use super::{focus_ring, name};
use crate::media::camera::Pose;
use crate::ui::style::tokens::{self, Themed as _};

/// Height of a row.
const HEIGHT: f32 = 34.0;
/// Size of the animated icon.
const GLYPH: egui::Vec2 = vec2(38.0, 22.0);
/// Width of the name.
const NAME: f32 = 72.0;
/// Width of the number.
const NUMBER: f32 = 42.0;
/// Height of the words below the slider.
const ENDS: f32 = 14.0;
/// A strength that is dragged this near to zero snaps to zero.
const NEAR_ZERO: f64 = 0.03;

/// One of the two directions of an axis.
#[derive(Clone, Copy)]
pub(in crate::ui) struct AxisEnd<'a> {
    /// The name of the move, in full: "Pan left".
    pub(in crate::ui) title: &'a str,
    /// What it adds to the name of the axis: "left".
    pub(in crate::ui) word: &'a str,
    /// Whether the chosen model can use it.
    pub(in crate::ui) usable: bool,
}

/// The content of a row.
pub(in crate::ui) struct AxisRow<'a> {
    /// Its name in the window.
    pub(in crate::ui) title: &'a str,
    /// Its tooltip.
    pub(in crate::ui) hint: &'a str,
    /// The pose of its content; `None` where this is unknown.
    pub(in crate::ui) pose: Option<Pose>,
    /// Its strength.
    pub(in crate::ui) value: f32,
    /// The range of its strength.
    pub(in crate::ui) range: RangeInclusive<f32>,
    /// Its direction below zero, if it has one.
    pub(in crate::ui) minus: Option<AxisEnd<'a>>,
    /// Its direction above zero.
    pub(in crate::ui) plus: AxisEnd<'a>,
    /// Whether Kinora suggests the strength and the artist has not chosen it.
    pub(in crate::ui) suggested: bool,
    /// The strength at times that are equally far apart; shown only while the axis has a strength.
    pub(in crate::ui) course: &'a [f32],
    /// Whether its strength over the frames is being edited.
    pub(in crate::ui) edited: bool,
}

/// What the artist did to an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) enum AxisChange {
    /// Set its strength.
    To(f32),
    /// Clicked its icon, which goes to the next state.
    Next,
    /// Clicked its direction below zero.
    Minus,
    /// Clicked its direction above zero.
    Plus,
    /// Clicked its strength over the frames.
    Course,
}

/// The part of a row that the pointer or the keyboard is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum AxisAttention {
    /// Its present strength.
    Strength,
    /// Its direction below zero.
    Minus,
    /// Its direction above zero.
    Plus,
}

/// What happened in a row.
#[derive(Default)]
pub(in crate::ui) struct AxisShown {
    /// The change, if the artist made one.
    pub(in crate::ui) change: Option<AxisChange>,
    /// The part that the pointer or the keyboard is on.
    pub(in crate::ui) attention: Option<AxisAttention>,
}

impl AxisRow<'_> {
    /// Draws the row.
    pub(in crate::ui) fn show(&self, ui: &mut Ui) -> AxisShown {
        let size = vec2(ui.available_width(), HEIGHT);
        let (row, _) = ui.allocate_exact_size(size, Sense::hover());
        // An id that stays the same, whatever appears or disappears above the row.
        let own = ui.scope_id().with(("axis", self.title));
        let own = UiBuilder::new().max_rect(row).scope_id(own);
        self.parts(&mut ui.new_child(own), row)
    }

    fn parts(&self, ui: &mut Ui, row: Rect) -> AxisShown {
        let mut shown = AxisShown::default();
        let top = row.top() + 2.0;
        let glyph = Rect::from_min_size(pos2(row.left(), top), GLYPH);
        if self.glyph(ui, glyph).clicked() {
            shown.change = Some(AxisChange::Next);
        }
        let left = glyph.right() + tokens::GAP_SMALL;
        let ink = match () {
            () if !self.is_usable() => ui.colours().text_off,
            () if self.is_on() => ui.colours().accent,
            () => ui.colours().text,
        };
        let font = FontId::proportional(tokens::FONT_SMALL);
        let at = pos2(left, glyph.center().y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, self.title, font, ink);

        let number = Rect::from_min_max(
            pos2(row.right() - NUMBER, top),
            pos2(row.right(), glyph.bottom()),
        );
        let rail = Rect::from_min_max(
            pos2(left + NAME, top),
            pos2(number.left() - tokens::GAP_SMALL, glyph.bottom()),
        );
        let typed = self.number(ui, number);
        let (slid, held) = self.slider(ui, rail);
        shown.change = shown.change.or(typed).or(slid);
        let mut strength = rail.union(number).union(glyph);
        strength.set_left(row.left());
        if held || ui.rect_contains_pointer(strength) {
            shown.attention = Some(AxisAttention::Strength);
        }
        self.ends(ui, rail, row.bottom(), &mut shown);
        if self.is_on() && self.is_usable() {
            let below = Rect::from_min_max(
                pos2(number.left(), row.bottom() - ENDS + 1.0),
                pos2(row.right(), row.bottom() - 1.0),
            );
            if self.course(ui, below).clicked() {
                shown.change = Some(AxisChange::Course);
            }
        }
        shown
    }

    /// Draws the strength over the frames as a small curve.
    fn course(&self, ui: &Ui, rect: Rect) -> Response {
        let id = ui.scope_id().with("course");
        let response = ui.interact(rect, id, Sense::click());
        let name = format!("{} over the frames", self.title);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.edited, &name));
        let colours = ui.colours();
        let lit = response.hovered() || response.has_focus();
        let (ink, ground) = match () {
            () if self.edited => (colours.accent, colours.accent_ground),
            () if lit => (colours.text, colours.hovered),
            () => (colours.text_weak, colours.sunken),
        };
        ui.painter().rect_filled(rect, tokens::RADIUS_SMALL, ground);
        let room = rect.shrink2(vec2(4.0, 2.5));
        let most = self
            .course
            .iter()
            .fold(f32::EPSILON, |most, value| most.max(value.abs()));
        let signed = self.course.iter().any(|value| value * self.value < 0.0);
        let last = self.course.len().saturating_sub(1).max(1) as f32;
        let line = self.course.iter().enumerate().map(|(index, value)| {
            // What is shown is how the strength changes, not its sign, unless it has both.
            let part = if signed {
                (value / most + 1.0) / 2.0
            } else {
                value.abs() / most
            };
            pos2(
                room.left() + room.width() * index as f32 / last,
                room.bottom() - room.height() * part,
            )
        });
        let stroke = Stroke::new(1.25, ink);
        ui.painter().add(egui::Shape::line(line.collect(), stroke));
        focus_ring(ui, &response, rect);
        response.on_hover_text(format!(
            "Change the strength of {} over the frames",
            self.title
        ))
    }

    fn is_on(&self) -> bool {
        hundredths(self.value) != 0.0
    }

    fn is_usable(&self) -> bool {
        self.plus.usable || self.minus.is_some_and(|minus| minus.usable)
    }

    fn glyph(&self, ui: &Ui, rect: Rect) -> Response {
        let response = ui.interact(rect, ui.scope_id().with("axis"), Sense::click());
        let (usable, on) = (self.is_usable(), self.is_on());
        response.widget_info(|| WidgetInfo::selected(Role::Button, usable, on, self.title));
        let colours = ui.colours();
        let lit = response.hovered() || response.has_focus();
        let ink = GlyphInk {
            frame: match () {
                () if on => colours.accent,
                () if lit => colours.text_weak,
                () => colours.outline,
            },
            far: if usable {
                colours.text_weak
            } else {
                colours.outline
            },
            near: match () {
                () if !usable => colours.text_off,
                () if on || lit => colours.accent,
                () => colours.text,
            },
        };
        match self.pose {
            Some(pose) => move_glyph(ui.painter(), rect, pose, ink),
            None => unknown_glyph(ui.painter(), rect, ink),
        }
        if on && !self.suggested {
            let bold = Stroke::new(tokens::STROKE_BOLD, colours.accent);
            ui.painter()
                .rect_stroke(rect, tokens::RADIUS_SMALL, bold, StrokeKind::Inside);
        }
        focus_ring(ui, &response, rect);
        response.on_hover_text(self.hint)
    }

    fn number(&self, ui: &mut Ui, rect: Rect) -> Option<AxisChange> {
        let mut value = hundredths(self.value);
        let number = DragValue::new(&mut value)
            .range(self.hundredths())
            .clamp_existing_to_range(false)
            .speed(0.01)
            .fixed_decimals(2);
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(rect));
        ui.spacing_mut().interact_size.y = rect.height();
        ui.spacing_mut().button_padding.x = tokens::GAP;
        if !self.is_on() {
            ui.visuals_mut().override_text_color = Some(ui.colours().text_off);
        }
        let response = ui.add_sized(rect.size(), number);
        name(ui, &response, &format!("{} value", self.title));
        self.changed(&response, value)
    }

    fn slider(&self, ui: &mut Ui, rect: Rect) -> (Option<AxisChange>, bool) {
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(rect));
        ui.spacing_mut().slider_width = rect.width();
        ui.spacing_mut().interact_size.y = tokens::GAP_PANEL;
        ui.add_space((rect.height() - tokens::GAP_PANEL) / 2.0);
        let mut value = hundredths(self.value);
        let slider = Slider::new(&mut value, self.hundredths())
            .show_value(false)
            .trailing_fill(false)
            .handle_shape(HandleShape::Circle)
            .step_by(0.01);
        let response = ui.add_enabled(self.is_usable(), slider);
        name(ui, &response, self.title);
        self.mark_zero(ui, response.rect);
        let held = response.has_focus() || response.dragged();
        if response.double_clicked() {
            return (Some(AxisChange::To(0.0)), held);
        }
        let signed = self.minus.is_some();
        if signed && response.dragged() && value.abs() < NEAR_ZERO {
            value = 0.0;
        }
        (self.changed(&response, value), held)
    }

    /// Marks zero, where nothing moves; the accent shows the distance from zero.
    fn mark_zero(&self, ui: &Ui, rail: Rect) {
        let (least, most) = (*self.range.start(), *self.range.end());
        let knob = rail.height() / 2.0;
        let room = rail.shrink2(vec2(knob, 0.0));
        let x = |value: f32| room.left() + room.width() * (value - least) / (most - least);
        let zero = x(0.0f32.clamp(least, most));
        if self.minus.is_some() {
            let tick = [
                pos2(zero, rail.center().y - 5.0),
                pos2(zero, rail.center().y + 5.0),
            ];
            let stroke = Stroke::new(tokens::STROKE, ui.colours().outline);
            ui.painter().line_segment(tick, stroke);
        }
        if self.is_on() {
            let to = x(self.value.clamp(least, most));
            let knob = if to > zero { -knob } else { knob };
            let line = [
                pos2(zero, rail.center().y),
                pos2(to + knob, rail.center().y),
            ];
            // A short distance is hidden under the knob.
            if (to - zero).abs() > knob.abs() {
                let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
                ui.painter().line_segment(line, stroke);
            }
        }
    }

    /// Draws the words for both directions, below the ends of the slider.
    fn ends(&self, ui: &Ui, rail: Rect, bottom: f32, shown: &mut AxisShown) {
        let Some(minus) = self.minus else {
            return;
        };
        // Each is as wide as its word: "anticlockwise" needs more than half of the rail.
        let mut room = rail.expand2(vec2(tokens::GAP, 0.0));
        let font = FontId::proportional(tokens::FONT_TINY);
        let width = |word: &str| {
            let ink = ui.colours().text_weak;
            let galley = ui
                .painter()
                .layout_no_wrap(word.to_owned(), font.clone(), ink);
            galley.size().x
        };
        let (below, above) = (width(minus.word), width(self.plus.word));
        // In a narrow panel they begin below the name.
        let least = below + above + tokens::GAP_PANEL;
        room.set_left(room.left().min(room.right() - least));
        let spare = (room.width() - below - above) / 2.0;
        let border = room.left() + below + spare;
        for (end, x, change, attention) in [
            (
                minus,
                room.left()..=border,
                AxisChange::Minus,
                AxisAttention::Minus,
            ),
            (
                self.plus,
                border..=room.right(),
                AxisChange::Plus,
                AxisAttention::Plus,
            ),
        ] {
            let rect = Rect::from_x_y_ranges(x, bottom - ENDS..=bottom);
            let response = self.end(ui, rect, end, change);
            if response.hovered() || response.has_focus() {
                shown.attention = Some(attention);
            }
            if response.clicked() {
                shown.change = Some(change);
            }
        }
    }

    fn end(&self, ui: &Ui, rect: Rect, end: AxisEnd<'_>, change: AxisChange) -> Response {
        let sense = if end.usable {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = ui.interact(rect, ui.scope_id().with(end.title), sense);
        let above = change == AxisChange::Plus;
        let on = self.is_on() && (self.value > 0.0) == above;
        response.widget_info(|| WidgetInfo::selected(Role::Button, end.usable, on, end.title));
        let colours = ui.colours();
        let ink = match () {
            () if !end.usable => colours.text_off,
            () if on => colours.accent,
            () if response.hovered() || response.has_focus() => colours.text,
            () => colours.text_weak,
        };
        let (x, align) = if above {
            (rect.right(), Align2::RIGHT_CENTER)
        } else {
            (rect.left(), Align2::LEFT_CENTER)
        };
        let font = FontId::proportional(tokens::FONT_TINY);
        let drawn = ui
            .painter()
            .text(pos2(x, rect.center().y), align, end.word, font, ink);
        focus_ring(ui, &response, drawn.expand(1.0));
        response
    }

    /// The slider's range, in the hundredths that it counts in: in `f32` its ends would not be reached.
    fn hundredths(&self) -> RangeInclusive<f64> {
        hundredths(*self.range.start())..=hundredths(*self.range.end())
    }

    /// A visible difference from the hundredths that were shown. Rounding is not a change and must not be
    /// sent as one while the pad sets other strengths.
    fn changed(&self, response: &Response, value: f64) -> Option<AxisChange> {
        let seen = (value - hundredths(self.value)).abs() > 0.004;
        (response.changed() && seen).then_some(AxisChange::To(value as f32))
    }
}

fn hundredths(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}
