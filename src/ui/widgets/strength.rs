//! How strong a move is: its name, its strength as a number and as a slider around zero, and a button that
//! removes it from the stack.

use std::ops::RangeInclusive;

use egui::style::HandleShape;
use egui::{DragValue, Response, RichText, Slider, Stroke, Ui, pos2};

use super::{icon_button, line, name, steady};
use crate::ui::style::icon::Icon;
use crate::ui::style::tokens::{self, Themed as _};

/// A move on the stack.
pub(in crate::ui) struct StrengthRow<'a> {
    /// Its name; unchanged while the strength passes through zero.
    pub(in crate::ui) name: &'a str,
    /// What the present strength means: the opposite move, or no move.
    pub(in crate::ui) word: &'a str,
    /// What the artist should know about it, in one sentence.
    pub(in crate::ui) help: &'a str,
    /// Whether the chosen model can use it.
    pub(in crate::ui) usable: bool,
    /// Its strength.
    pub(in crate::ui) value: f32,
    /// The range of its strength.
    pub(in crate::ui) range: RangeInclusive<f32>,
}

/// What the artist did to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) enum StrengthChange {
    /// Set it.
    To(f32),
    /// Removed it from the stack.
    Remove,
}

/// What happened in a row.
pub(in crate::ui) struct StrengthShown {
    /// The change, if the artist made one.
    pub(in crate::ui) change: Option<StrengthChange>,
    /// Whether the pointer or the keyboard is on it.
    pub(in crate::ui) attended: bool,
}

impl StrengthRow<'_> {
    /// Shows the row.
    pub(in crate::ui) fn show(self, ui: &mut Ui) -> StrengthShown {
        steady(ui, self.name, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let top = ui.cursor().top();
            let ((), typed) = line(ui, |ui| self.left(ui), |ui| self.right(ui));
            let (slid, focused) = self.slider(ui);
            ui.add_space(tokens::GAP_SMALL);
            let mut rect = ui.min_rect();
            rect.set_top(top);
            StrengthShown {
                change: typed.or(slid),
                attended: focused || ui.rect_contains_pointer(rect),
            }
        })
    }

    fn left(&self, ui: &mut Ui) {
        let ink = if self.usable {
            ui.colours().text
        } else {
            ui.colours().caution
        };
        let label = RichText::new(self.name).size(tokens::FONT_BODY).color(ink);
        ui.label(label).on_hover_text(self.help);
        if !self.word.is_empty() {
            let word = RichText::new(self.word)
                .small()
                .color(ui.colours().text_weak);
            ui.label(word);
        }
    }

    /// Draws from right to left: the remove button, the number.
    fn right(&self, ui: &mut Ui) -> Option<StrengthChange> {
        let off = format!("Remove {}", self.name);
        let removed = icon_button(ui, true, false, Icon::Close, &off).clicked();
        let mut value = hundredths(self.value);
        let number = DragValue::new(&mut value)
            .range(self.hundredths())
            .clamp_existing_to_range(false)
            .speed(0.01)
            .fixed_decimals(2);
        let response = ui.add_sized([tokens::NUMBER, tokens::CONTROL], number);
        name(ui, &response, &format!("{} value", self.name));
        if removed {
            return Some(StrengthChange::Remove);
        }
        self.changed(&response, value)
    }

    /// The slider's range, in the hundredths that it counts in: in `f32` its ends would not be reached.
    fn hundredths(&self) -> RangeInclusive<f64> {
        hundredths(*self.range.start())..=hundredths(*self.range.end())
    }

    /// A visible difference from the hundredths that were shown. Rounding is not a change and must not be
    /// sent as one while the pad sets other strengths.
    fn changed(&self, response: &Response, value: f64) -> Option<StrengthChange> {
        let seen = (value - hundredths(self.value)).abs() > 0.004;
        (response.changed() && seen).then_some(StrengthChange::To(value as f32))
    }

    fn slider(&self, ui: &mut Ui) -> (Option<StrengthChange>, bool) {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = tokens::GAP_PANEL;
        let mut value = hundredths(self.value);
        let slider = Slider::new(&mut value, self.hundredths())
            .show_value(false)
            .trailing_fill(false)
            .handle_shape(HandleShape::Circle)
            .step_by(0.01);
        let response = ui.add(slider).on_hover_text(self.help);
        name(ui, &response, self.name);
        let (least, most) = (*self.range.start(), *self.range.end());
        if least < 0.0 && most > 0.0 {
            // Marks zero, where nothing moves, so that it can be found again.
            let knob = response.rect.height() / 2.0;
            let rail = response.rect.shrink2(egui::vec2(knob, 0.0));
            let x = rail.left() + rail.width() * (-least / (most - least));
            let tick = [
                pos2(x, response.rect.center().y + 3.0),
                pos2(x, response.rect.bottom()),
            ];
            let stroke = Stroke::new(tokens::STROKE, ui.colours().outline);
            ui.painter().line_segment(tick, stroke);
        }
        let attended = response.has_focus() || response.dragged();
        if response.double_clicked() {
            return (Some(StrengthChange::To(1.0)), attended);
        }
        // The slider snaps to zero near it.
        let near_zero = least < 0.0 && value.abs() < 0.03 && response.dragged();
        let value = if near_zero { 0.0 } else { value };
        (self.changed(&response, value), attended)
    }
}

fn hundredths(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}
