//! A value over the frames, as keyframes with straight lines between them. Keyframes are added by a double click, dragged
//! to another frame or value, moved by the arrow keys, and removed.
//!
//! Frames are side by side in equal cells, so that the lane can be aligned with them. Must not know what the value means.

use std::ops::RangeInclusive;

use egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Shape,
    Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{Steps, focus_ring, spoken};
use crate::ui::style::tokens::{self, Themed as _};

/// Side of the square in which a keyframe can be grabbed.
const GRIP: f32 = 22.0;
/// Half of the diagonal of a keyframe.
const KNOB: f32 = 6.0;
/// How far an arrow key changes the value, in hundredths; with Shift it is one.
const KEY_STEP: f32 = 0.05;
/// Values are dragged in these steps.
const STEP: f32 = 0.01;

/// A value over the frames.
pub(in crate::ui) struct KeyframeLane<'a> {
    /// The name of the value.
    pub(in crate::ui) name: &'a str,
    /// Times from 0 at the first to 1 at the last frame, and values; in order, never empty.
    pub(in crate::ui) keys: &'a [(f32, f32)],
    /// One value for each frame.
    pub(in crate::ui) values: &'a [f32],
    /// The values at the bottom and the top of the lane.
    pub(in crate::ui) range: RangeInclusive<f32>,
    /// The words at the bottom and the top of the lane.
    pub(in crate::ui) words: [&'a str; 2],
    /// The frame under the playhead, counted from zero.
    pub(in crate::ui) playhead: usize,
}

/// What the artist did in a lane. Keyframes and frames are counted from zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) enum LaneChange {
    /// Added a keyframe at a time, with a value.
    Add(f32, f32),
    /// Moved a keyframe to another time or value.
    Move(usize, f32, f32),
    /// Removed a keyframe.
    Remove(usize),
    /// Went to a frame.
    Seek(usize),
}

impl KeyframeLane<'_> {
    /// Draws the lane; returns what the artist did.
    pub(in crate::ui) fn show(self, ui: &Ui, lane: Rect) -> Option<LaneChange> {
        let mut change = self.ground(ui, lane);
        self.paint(ui, lane);
        for index in 0..self.keys.len() {
            change = self.key(ui, lane, index).or(change);
        }
        change
    }

    fn last(&self) -> f32 {
        self.values.len().saturating_sub(1).max(1) as f32
    }

    fn x(&self, lane: Rect, t: f32) -> f32 {
        let count = self.values.len().max(1) as f32;
        lane.left() + lane.width() * (t * self.last() + 0.5) / count
    }

    /// Room above and below keeps a keyframe at the limit inside the lane.
    fn y(&self, lane: Rect, value: f32) -> f32 {
        let (least, most) = (*self.range.start(), *self.range.end());
        let part = ((value - least) / (most - least)).clamp(0.0, 1.0);
        let room = lane.shrink(KNOB + 2.0);
        room.bottom() - room.height() * part
    }

    fn frame_at(&self, lane: Rect, x: f32) -> usize {
        let count = self.values.len().max(1);
        let frame = (x - lane.left()) / lane.width().max(1.0) * count as f32;
        (frame.max(0.0) as usize).min(count - 1)
    }

    fn value_at(&self, lane: Rect, y: f32) -> f32 {
        let room = lane.shrink(KNOB + 2.0);
        let part = ((room.bottom() - y) / room.height().max(1.0)).clamp(0.0, 1.0);
        let (least, most) = (*self.range.start(), *self.range.end());
        self.limited(least + (most - least) * part)
    }

    /// A value in the range, without the digits that dragging adds.
    fn limited(&self, value: f32) -> f32 {
        let value = (value / STEP).round() * STEP;
        // Hundredths cannot be written exactly in `f32`; this is the nearest to the written number.
        let value = (f64::from(value) * 100.0).round() / 100.0;
        (value as f32).clamp(*self.range.start(), *self.range.end())
    }

    /// The lane without its keyframes.
    fn ground(&self, ui: &Ui, lane: Rect) -> Option<LaneChange> {
        let id = ui.scope_id().with(("lane", self.name));
        let response = ui.interact(lane, id, Sense::click());
        let words = format!("{}: {} keyframes", self.name, self.keys.len());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &words));
        focus_ring(ui, &response, lane);
        let at = response.interact_pointer_pos()?;
        let frame = self.frame_at(lane, at.x);
        if response.double_clicked() {
            let t = frame as f32 / self.last();
            return Some(LaneChange::Add(t, self.value_at(lane, at.y)));
        }
        response.clicked().then_some(LaneChange::Seek(frame))
    }

    fn paint(&self, ui: &Ui, lane: Rect) {
        let colours = ui.colours();
        let painter = ui.painter();
        painter.rect_filled(lane, tokens::RADIUS_SMALL, colours.sunken);
        let half = lane.width() / self.values.len().max(1) as f32 / 2.0;
        let cell = Rect::from_x_y_ranges(
            self.x(lane, self.playhead as f32 / self.last()) - half
                ..=self.x(lane, self.playhead as f32 / self.last()) + half,
            lane.y_range(),
        );
        painter.rect_filled(cell, tokens::RADIUS_SMALL, colours.accent_ground);
        if self.range.contains(&0.0) {
            let stroke = Stroke::new(tokens::STROKE, colours.line);
            painter.hline(lane.x_range(), self.y(lane, 0.0), stroke);
        }
        let font = FontId::proportional(tokens::FONT_TINY);
        let inner = lane.shrink2(vec2(tokens::GAP_SMALL, 2.0));
        for (words, at, anchor) in [
            (self.words[0], inner.left_bottom(), Align2::LEFT_BOTTOM),
            (self.words[1], inner.left_top(), Align2::LEFT_TOP),
        ] {
            painter.text(at, anchor, words, font.clone(), colours.text_weak);
        }
        if self.keys.len() <= 2 {
            let words = "Double-click to add a keyframe";
            let at = inner.right_bottom();
            painter.text(at, Align2::RIGHT_BOTTOM, words, font, colours.text_weak);
        }
        let stroke = Stroke::new(tokens::STROKE_BOLD, colours.accent_dim);
        painter.add(Shape::line(self.line(lane), stroke));
        // Each frame takes its own value.
        for (frame, value) in self.values.iter().enumerate() {
            let at = pos2(
                self.x(lane, frame as f32 / self.last()),
                self.y(lane, *value),
            );
            painter.circle_filled(at, 1.75, colours.accent_dim);
        }
    }

    /// The line through the keyframes, level before the first and after the last.
    fn line(&self, lane: Rect) -> Vec<Pos2> {
        let first = self.keys.first().map(|key| (0.0, key.1));
        let last = self.keys.last().map(|key| (1.0, key.1));
        let all = first
            .into_iter()
            .chain(self.keys.iter().copied())
            .chain(last);
        all.map(|(t, value)| pos2(self.x(lane, t), self.y(lane, value)))
            .collect()
    }

    fn key(&self, ui: &Ui, lane: Rect, index: usize) -> Option<LaneChange> {
        let (t, value) = self.keys[index];
        let at = pos2(self.x(lane, t), self.y(lane, value));
        let grip = Rect::from_center_size(at, Vec2::splat(GRIP));
        let id = ui.scope_id().with(("keyframe", self.name, index));
        let response = ui.interact(grip, id, Sense::click_and_drag());
        let frame = (t * self.last()).round() as usize;
        let name = format!(
            "{} keyframe {} at frame {}",
            self.name,
            index + 1,
            frame + 1
        );
        response.widget_info(|| WidgetInfo::slider(true, f64::from(value), &name));
        let steps = Steps {
            value: f64::from(value),
            range: f64::from(*self.range.start())..=f64::from(*self.range.end()),
            step: f64::from(STEP),
        };
        let held = response.dragged() || response.has_focus() || response.hovered();
        let ink = if held {
            ui.colours().accent_hovered
        } else {
            ui.colours().accent
        };
        paint_keyframe(ui, &response, (at, KNOB), ink, Stroke::NONE);
        if held {
            write_value(ui, lane, at, value);
        }
        if response.clicked() {
            response.request_focus();
        }
        let double = response.double_clicked();
        let focused = response.gained_focus();
        let told = spoken(ui, &response, &steps).map(|value| (t, value as f32));
        let to = told
            .or_else(|| self.pointed(lane, &response))
            .or_else(|| self.keyed(ui, &response, index));
        let removed = double || (response.has_focus() && pressed_delete(ui));
        response.on_hover_text("Drag to another frame or strength; double-click to remove it");
        if removed {
            return Some(LaneChange::Remove(index));
        }
        if focused {
            return Some(LaneChange::Seek(frame));
        }
        let (to, value_to) = to?;
        let (to, value_to) = (self.between(index, to), self.limited(value_to));
        let moved = (to - t).abs() > 1e-6 || (value_to - value).abs() > STEP / 2.0;
        moved.then_some(LaneChange::Move(index, to, value_to))
    }

    /// A time at which a keyframe stays between its neighbours, a frame away from them.
    fn between(&self, index: usize, t: f32) -> f32 {
        let frame = 1.0 / self.last();
        let least = match index.checked_sub(1) {
            Some(before) => (self.keys[before].0 + frame).min(self.keys[index].0),
            None => 0.0,
        };
        let most = match self.keys.get(index + 1) {
            Some(after) => (after.0 - frame).max(self.keys[index].0),
            None => 1.0,
        };
        t.clamp(least, most)
    }

    fn pointed(&self, lane: Rect, response: &Response) -> Option<(f32, f32)> {
        let pointer = response.interact_pointer_pos()?;
        let frame = self.frame_at(lane, pointer.x);
        let to = (frame as f32 / self.last(), self.value_at(lane, pointer.y));
        response.dragged().then_some(to)
    }

    fn keyed(&self, ui: &Ui, response: &Response, index: usize) -> Option<(f32, f32)> {
        if !response.has_focus() {
            return None;
        }
        // A keyframe receives the arrow keys while it has the focus.
        let own = EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, own));
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let (t, value) = self.keys[index];
        let frame = 1.0 / self.last();
        for (modifiers, step) in [(Modifiers::SHIFT, STEP), (Modifiers::NONE, KEY_STEP)] {
            for (key, time, up) in [
                (Key::ArrowUp, 0.0, step),
                (Key::ArrowDown, 0.0, -step),
                (Key::ArrowRight, frame, 0.0),
                (Key::ArrowLeft, -frame, 0.0),
            ] {
                if pressed(modifiers, key) {
                    return Some((t + time, value + up));
                }
            }
        }
        None
    }
}

/// Writes the strength beside a keyframe.
fn write_value(ui: &Ui, lane: Rect, at: Pos2, value: f32) {
    let (anchor, side) = if at.x + 48.0 > lane.right() {
        (Align2::RIGHT_CENTER, -1.0)
    } else {
        (Align2::LEFT_CENTER, 1.0)
    };
    let place = at + vec2(side * (KNOB + tokens::GAP), 0.0);
    let font = FontId::monospace(tokens::FONT_SMALL);
    let ink = ui.colours().text;
    ui.painter()
        .text(place, anchor, format!("{value:.2}"), font, ink);
}

/// Draws a keyframe as a diamond of this half width, with a ring if it has the keyboard focus.
pub(in crate::ui) fn paint_keyframe(
    ui: &Ui,
    response: &Response,
    (at, knob): (Pos2, f32),
    ink: Color32,
    edge: Stroke,
) {
    let [dx, dy] = [vec2(knob, 0.0), vec2(0.0, knob)];
    let corners = vec![at - dy, at + dx, at + dy, at - dx];
    ui.painter().add(Shape::convex_polygon(corners, ink, edge));
    let around = Rect::from_center_size(at, Vec2::splat(2.0 * knob + 4.0));
    focus_ring(ui, response, around);
}

/// Whether one of the keys that remove something was pressed.
pub(in crate::ui) fn pressed_delete(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        let delete = input.consume_key(Modifiers::NONE, Key::Delete);
        input.consume_key(Modifiers::NONE, Key::Backspace) || delete
    })
}
