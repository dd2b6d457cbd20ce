//! A value over the frames: a line with a step for each frame, and handles that are dragged up and down or
//! moved by the arrow keys.
//!
//! Frames are side by side in equal cells, so that the line can be aligned with them. Must not know what
//! the value means.

use std::ops::RangeInclusive;

use egui::{
    Align2, EventFilter, FontId, Key, Modifiers, Pos2, Rect, Response, Sense, Shape, Stroke, Ui,
    Vec2, WidgetInfo, pos2,
};

use super::{Change, Steps, focus_ring, spoken};
use crate::ui::style::tokens::{self, Themed as _};

/// Side of the square in which a handle can be grabbed.
const GRIP: f32 = 22.0;
/// Radius of a handle.
const KNOB: f32 = 5.0;

/// A point of the curve that can be moved.
pub(in crate::ui) struct CurveHandle<'a> {
    /// Its name.
    pub(in crate::ui) name: &'a str,
    /// The frame that it is on, counted from zero.
    pub(in crate::ui) frame: usize,
    /// Its value.
    pub(in crate::ui) value: f32,
}

/// A value over the frames.
pub(in crate::ui) struct Curve<'a> {
    /// One value for each frame.
    pub(in crate::ui) values: &'a [f32],
    /// The values at the bottom and the top of the lane.
    pub(in crate::ui) range: RangeInclusive<f32>,
    /// How far an arrow key goes; Shift goes ten times as far.
    pub(in crate::ui) step: f32,
    /// Its handles.
    pub(in crate::ui) handles: &'a [CurveHandle<'a>],
}

impl Curve<'_> {
    /// Draws the curve into `lane`; returns which handle was moved, and how.
    pub(in crate::ui) fn show(self, ui: &mut Ui, lane: Rect) -> Option<(usize, Change)> {
        let painter = ui.painter_at(lane.expand(KNOB));
        painter.rect_filled(lane, tokens::RADIUS_SMALL, ui.colours().sunken);
        let points: Vec<Pos2> = self
            .values
            .iter()
            .enumerate()
            .map(|(frame, value)| pos2(self.x(lane, frame), self.y(lane, *value)))
            .collect();
        let dots = points.clone();
        painter.add(Shape::line(
            points,
            Stroke::new(tokens::STROKE_BOLD, ui.colours().accent_dim),
        ));
        // Each frame has its own step: the dots show where the values are taken.
        for dot in dots {
            painter.circle_filled(dot, 1.75, ui.colours().accent_dim);
        }
        let mut change = None;
        for (index, handle) in self.handles.iter().enumerate() {
            if let Some(changed) = self.handle(ui, lane, index, handle) {
                change = Some((index, changed));
            }
        }
        change
    }

    fn x(&self, lane: Rect, frame: usize) -> f32 {
        let count = self.values.len().max(1) as f32;
        lane.left() + lane.width() * (frame as f32 + 0.5) / count
    }

    /// Room above and below keeps a handle at the limit inside the lane.
    fn y(&self, lane: Rect, value: f32) -> f32 {
        let (least, most) = (*self.range.start(), *self.range.end());
        let part = ((value - least) / (most - least)).clamp(0.0, 1.0);
        let room = lane.shrink(KNOB + 2.0);
        room.bottom() - room.height() * part
    }

    fn value_at(&self, lane: Rect, y: f32) -> f32 {
        let room = lane.shrink(KNOB + 2.0);
        let part = ((room.bottom() - y) / room.height().max(1.0)).clamp(0.0, 1.0);
        let (least, most) = (*self.range.start(), *self.range.end());
        let value = least + (most - least) * part;
        (value / self.step).round() * self.step
    }

    fn handle(
        &self,
        ui: &Ui,
        lane: Rect,
        index: usize,
        handle: &CurveHandle<'_>,
    ) -> Option<Change> {
        let at = pos2(self.x(lane, handle.frame), self.y(lane, handle.value));
        let grip = Rect::from_center_size(at, Vec2::splat(GRIP));
        let id = ui.scope_id().with(("curve", handle.name, index));
        let response = ui.interact(grip, id, Sense::click_and_drag());
        let value = f64::from(handle.value);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, handle.name));
        let steps = Steps {
            value,
            range: f64::from(*self.range.start())..=f64::from(*self.range.end()),
            step: f64::from(self.step),
        };
        let held = response.dragged() || response.has_focus();
        let ink = if held || response.hovered() {
            ui.colours().accent_hovered
        } else {
            ui.colours().accent
        };
        let painter = ui.painter();
        painter.circle_filled(at, KNOB, ink);
        focus_ring(
            ui,
            &response,
            Rect::from_center_size(at, Vec2::splat(2.0 * KNOB + 4.0)),
        );
        if held || response.hovered() {
            let words = format!("{:.1}", handle.value);
            let (anchor, side) = if at.x + 48.0 > lane.right() {
                (Align2::RIGHT_CENTER, -1.0)
            } else {
                (Align2::LEFT_CENTER, 1.0)
            };
            let place = at + Vec2::new(side * (KNOB + tokens::GAP), 0.0);
            let font = FontId::monospace(tokens::FONT_SMALL);
            painter.text(place, anchor, words, font, ui.colours().text);
        }
        let double = response.double_clicked();
        let moved = self
            .pointed(lane, &response)
            .or_else(|| self.keyed(ui, &response, handle));
        let told = spoken(ui, &response, &steps).map(|value| value as f32);
        response.on_hover_text(handle.name);
        if double {
            return Some(Change::Revert);
        }
        told.or(moved)
            .map(|value| value.clamp(*self.range.start(), *self.range.end()))
            .filter(|value| (value - handle.value).abs() > self.step / 100.0)
            .map(|value| Change::To(f64::from(value)))
    }

    fn pointed(&self, lane: Rect, response: &Response) -> Option<f32> {
        let pointer = response.interact_pointer_pos()?;
        response.dragged().then(|| self.value_at(lane, pointer.y))
    }

    fn keyed(&self, ui: &Ui, response: &Response, handle: &CurveHandle<'_>) -> Option<f32> {
        if !response.has_focus() {
            return None;
        }
        // The handle receives the arrow keys while it has the focus.
        ui.memory_mut(|memory| {
            memory.set_focus_lock_filter(
                response.id,
                EventFilter {
                    vertical_arrows: true,
                    horizontal_arrows: true,
                    ..Default::default()
                },
            );
        });
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (modifiers, far) in [(Modifiers::SHIFT, 10.0), (Modifiers::NONE, 1.0)] {
            for (key, sign) in [
                (Key::ArrowUp, 1.0),
                (Key::ArrowRight, 1.0),
                (Key::ArrowDown, -1.0),
                (Key::ArrowLeft, -1.0),
            ] {
                if pressed(modifiers, key) {
                    return Some(handle.value + sign * far * self.step);
                }
            }
        }
        None
    }
}
