//! A small handle that is dragged along a line, moved by the arrow keys, or set by assistive technology.
//!
//! Counts in whole steps, usually frames. Must not know how the handle looks.

use egui::{
    CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo,
};

use super::{Steps, spoken};

/// Steps of an arrow key with Shift.
const JUMP: i64 = 5;

/// A value that a handle changes.
pub(in crate::ui) struct Grip<'a> {
    /// Its name.
    pub(in crate::ui) name: &'a str,
    /// Its present value.
    pub(in crate::ui) value: i64,
    /// The range of its value, both ends included.
    pub(in crate::ui) range: (i64, i64),
    /// The pointer over it.
    pub(in crate::ui) cursor: CursorIcon,
}

impl Grip<'_> {
    /// Handles a drag of `rect` relative to where it was grabbed: one step for each `pitch` points. For
    /// something that moves itself when its value changes.
    pub(in crate::ui) fn pull(
        &self,
        ui: &Ui,
        rect: Rect,
        id: Id,
        pitch: f32,
    ) -> (Response, Option<i64>) {
        /// Where the pointer grabbed it, at which value, and how long a step was.
        #[derive(Clone, Copy, Default)]
        struct Hold(f32, i64, f32);
        let key = id.with("hold");
        let hold = ui.data(|data| data.get_temp::<Hold>(key));
        let pressed = ui.input(|input| input.pointer.press_origin());
        let place = |x: f32| {
            let from = pressed.map_or(x, |point| point.x);
            let Hold(from, value, pitch) = hold.unwrap_or(Hold(from, self.value, pitch));
            value + ((x - from) / pitch).round() as i64
        };
        let (response, wanted) = self.show(ui, rect, id, place);
        if response.drag_started()
            && let Some(point) = pressed
        {
            ui.data_mut(|data| data.insert_temp(key, Hold(point.x, self.value, pitch)));
        }
        if !response.dragged() {
            ui.data_mut(|data| data.remove_temp::<Hold>(key));
        }
        (response, wanted)
    }

    /// Handles `rect`; `place` maps a pointer position to a value. Returns the requested value, if it
    /// differs from the present one.
    pub(in crate::ui) fn show(
        &self,
        ui: &Ui,
        rect: Rect,
        id: Id,
        place: impl Fn(f32) -> i64,
    ) -> (Response, Option<i64>) {
        let response = ui
            .interact(rect, id, Sense::click_and_drag())
            .on_hover_and_drag_cursor(self.cursor);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Slider, true, self.name);
            info.value = Some(self.value as f64);
            info
        });
        let steps = Steps {
            value: self.value as f64,
            range: self.range.0 as f64..=self.range.1 as f64,
            step: 1.0,
        };
        let spoken = spoken(ui, &response, &steps).map(|value| value.round() as i64);
        let dragged = response
            .dragged()
            .then(|| response.interact_pointer_pos())
            .flatten()
            .map(|point| place(point.x));
        let pressed = response.has_focus().then(|| keys(ui, id)).flatten();
        let wanted = spoken
            .or(dragged)
            .or(pressed.map(|way| self.value + way))
            .map(|value| value.clamp(self.range.0, self.range.1.max(self.range.0)));
        (response, wanted.filter(|&value| value != self.value))
    }
}

/// How far the arrow keys move it.
fn keys(ui: &Ui, id: Id) -> Option<i64> {
    let own = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, own));
    let way = ui.input_mut(|input| {
        let mut way = 0;
        for (modifiers, step) in [(Modifiers::SHIFT, JUMP), (Modifiers::NONE, 1)] {
            way += step * input.count_and_consume_key(modifiers, Key::ArrowRight) as i64;
            way -= step * input.count_and_consume_key(modifiers, Key::ArrowLeft) as i64;
        }
        way
    });
    (way != 0).then_some(way)
}
