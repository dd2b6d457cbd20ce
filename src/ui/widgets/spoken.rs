//! What assistive technology receives and requests besides names: adjustable numbers, for widgets painted
//! here, and the rectangle of a group.

use std::ops::RangeInclusive;

use egui::accesskit::{self, Action, ActionData};
use egui::{Rect, Response, Ui};

/// An adjustable number.
pub(in crate::ui) struct Steps {
    /// Its present value.
    pub(in crate::ui) value: f64,
    /// Its range.
    pub(in crate::ui) range: RangeInclusive<f64>,
    /// The smallest change.
    pub(in crate::ui) step: f64,
}

/// Reports the rectangle of something that is not a widget itself.
pub(in crate::ui) fn bounded(ui: &Ui, rect: Rect) {
    let [x0, y0, x1, y1] = [rect.left(), rect.top(), rect.right(), rect.bottom()].map(f64::from);
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_bounds(accesskit::Rect { x0, y0, x1, y1 });
    });
}

/// Offers the number of a widget to assistive technology; returns the value that it set.
pub(in crate::ui) fn spoken(ui: &Ui, response: &Response, steps: &Steps) -> Option<f64> {
    let (least, most) = (*steps.range.start(), *steps.range.end());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_numeric_value(steps.value);
        node.set_min_numeric_value(least);
        node.set_max_numeric_value(most);
        node.set_numeric_value_step(steps.step);
        node.add_action(Action::SetValue);
        node.add_action(Action::Increment);
        node.add_action(Action::Decrement);
    });
    let asked = ui.input(|input| {
        let set = input.accesskit_action_requests(response.id, Action::SetValue);
        let set = set
            .filter_map(|request| match request.data {
                Some(ActionData::NumericValue(value)) => Some(value),
                _ => None,
            })
            .last();
        let count = |action| input.accesskit_action_requests(response.id, action).count() as f64;
        let steps_up = count(Action::Increment) - count(Action::Decrement);
        set.or((steps_up != 0.0).then_some(steps.value + steps_up * steps.step))
    });
    asked.map(|value| value.clamp(least, most))
}
