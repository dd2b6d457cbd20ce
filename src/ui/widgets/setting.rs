//! A setting: its name, its value as an editable number, a slider, and a button back to the model's default.

use std::ops::RangeInclusive;

use egui::style::HandleShape;
use egui::{
    Align, DragValue, Layout, Rect, RichText, Role, Sense, Slider, SliderClamping, TextStyle, Ui,
    UiBuilder, WidgetInfo, vec2,
};

use super::{name, steady};
use crate::ui::style::icon::{Icon, paint};
use crate::ui::style::theme;
use crate::ui::style::tokens::{self, Themed as _};

/// The heading of a group.
pub(in crate::ui) fn heading(ui: &mut Ui, text: &str) {
    line(ui, |ui| heading_label(ui, text), |_| ());
}

/// The text of a heading that shares its line.
pub(in crate::ui) fn heading_label(ui: &mut Ui, text: &str) {
    ui.label(
        RichText::new(text)
            .font(theme::strong(tokens::FONT_TITLE))
            .color(ui.colours().text),
    );
}

/// One line with the height of a control: something on the left, something on the right.
pub(in crate::ui) fn line<L, R>(
    ui: &mut Ui,
    left: impl FnOnce(&mut Ui) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) -> (L, R) {
    let size = vec2(ui.available_width(), tokens::CONTROL);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    let mut side = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    let left = left(&mut side);
    let mut rest = rect;
    rest.set_left(side.min_rect().right() + tokens::GAP_SMALL);
    let layout = Layout::right_to_left(Align::Center);
    let mut side = ui.new_child(UiBuilder::new().max_rect(rest).layout(layout));
    (left, right(&mut side))
}

/// Contents at the right end of the remaining room, drawn from left to right, so that Tab and screen
/// readers go through them in reading order.
///
/// Their width is that of the previous pass; if it has changed, this pass is drawn again.
pub(in crate::ui) fn at_right<R>(
    ui: &mut Ui,
    name: &str,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let id = ui.scope_id().with(("at right", name));
    let before: Option<f32> = ui.data(|data| data.get_temp(id));
    let mut room = ui.available_rect_before_wrap();
    if let Some(width) = before {
        room.set_left((room.right() - width).max(room.left()));
    }
    let layout = Layout::left_to_right(Align::Center);
    let mut side = ui.new_child(UiBuilder::new().max_rect(room).layout(layout));
    let inner = contents(&mut side);
    let width = side.min_rect().width();
    if before.is_none_or(|before| (before - width).abs() > 0.25) {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx()
            .request_discard("the width of the controls on the right has changed");
    }
    inner
}

/// The name of a control.
pub(in crate::ui) fn row_label(ui: &mut Ui, text: &str) {
    ui.label(
        RichText::new(text)
            .size(tokens::FONT_BODY)
            .color(ui.colours().text_weak),
    );
}

/// What the artist did to a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) enum Change {
    /// Set it.
    To(f64),
    /// Reset it to the model's default.
    Revert,
}

impl Change {
    /// The chosen value for the draft.
    pub(in crate::ui) fn value(self) -> Option<f64> {
        match self {
            Self::To(value) => Some(value),
            Self::Revert => None,
        }
    }
}

/// A setting with a slider.
pub(in crate::ui) struct SettingRow<'a> {
    /// Its name.
    pub(in crate::ui) name: &'a str,
    /// What it does to the picture, in one sentence.
    pub(in crate::ui) help: &'a str,
    /// The value as a word, or an empty string.
    pub(in crate::ui) word: &'a str,
    /// Its present value.
    pub(in crate::ui) value: f64,
    /// The model's default.
    pub(in crate::ui) suggested: f64,
    /// The range of the slider.
    pub(in crate::ui) range: RangeInclusive<f64>,
    /// Digits after the decimal point.
    pub(in crate::ui) decimals: usize,
}

impl SettingRow<'_> {
    /// Shows the setting; returns what changed.
    pub(in crate::ui) fn show(self, ui: &mut Ui) -> Option<Change> {
        steady(ui, self.name, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let (reverted, typed) = line(ui, |ui| self.left(ui), |ui| self.right(ui));
            let slid = self.slider(ui);
            ui.add_space(tokens::GAP_SMALL);
            reverted.or(typed).or(slid)
        })
    }

    fn left(&self, ui: &mut Ui) -> Option<Change> {
        let label = RichText::new(self.name)
            .size(tokens::FONT_BODY)
            .color(ui.colours().text_weak);
        ui.label(label).on_hover_text(self.help);
        let changed = (self.value - self.suggested).abs() > 1e-6;
        (changed && revert(ui, self.name)).then_some(Change::Revert)
    }

    fn right(&self, ui: &mut Ui) -> Option<Change> {
        let mut value = self.value;
        // A value beyond the slider's range, from a model or typed, stays as it is.
        let number = DragValue::new(&mut value)
            .range(self.range.clone())
            .clamp_existing_to_range(false)
            .speed((self.range.end() - self.range.start()) / 300.0)
            .fixed_decimals(self.decimals);
        let response = ui.add_sized([tokens::NUMBER, tokens::CONTROL], number);
        name(ui, &response, &format!("{} value", self.name));
        if self.has_room_for_word(ui) {
            ui.label(
                RichText::new(self.word)
                    .small()
                    .color(ui.colours().text_weak),
            );
        }
        // A field that only received the focus parses the rounded text it showed: that is not a change.
        let seen = (value - self.value).abs() > 0.4 * 10_f64.powi(-(self.decimals as i32));
        (response.changed() && seen).then_some(Change::To(value))
    }

    /// Whether the word fits beside the name; if not, the number beside it says the same.
    fn has_room_for_word(&self, ui: &Ui) -> bool {
        let font = TextStyle::Small.resolve(ui.style());
        let ink = ui.colours().text_weak;
        let galley = ui.painter().layout_no_wrap(self.word.to_owned(), font, ink);
        !self.word.is_empty() && galley.size().x <= ui.available_width()
    }

    fn slider(&self, ui: &mut Ui) -> Option<Change> {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = tokens::GAP_PANEL;
        ui.visuals_mut().selection.bg_fill = ui.colours().accent_dim;
        let mut value = self.value;
        let step = 10_f64.powi(-(self.decimals as i32));
        let slider = Slider::new(&mut value, self.range.clone())
            .show_value(false)
            .clamping(SliderClamping::Never)
            .handle_shape(HandleShape::Circle)
            .step_by(step);
        let response = ui.add(slider).on_hover_text(self.help);
        name(ui, &response, self.name);
        if response.double_clicked() {
            return Some(Change::Revert);
        }
        response.changed().then_some(Change::To(value))
    }
}

/// The button back to the model's default.
pub(in crate::ui) fn revert(ui: &mut Ui, setting: &str) -> bool {
    let label = format!("Reset to the model's {}", setting.to_lowercase());
    let side = tokens::CONTROL - 2.0 * tokens::GAP;
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let ink = if response.hovered() || response.has_focus() {
        ui.colours().text
    } else {
        ui.colours().accent
    };
    let icon = Rect::from_center_size(rect.center(), vec2(tokens::ICON, tokens::ICON) * 0.8);
    paint(ui.painter(), icon, Icon::Revert, ink);
    response.on_hover_text(label).clicked()
}
