//! The strength of a camera move over the frames of the next take: its keyframes, and its usual courses.

use egui::{Align, Layout, Rect, RichText, Ui, vec2};

use super::axis::Axis;
use crate::app::Command;
use crate::app::command::camera::CameraCommand;
use crate::app::command::playback::PlaybackCommand;
use crate::app::query::curve_editing::{CurveShape, EditedCurve, time_of};
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, KeyframeLane, LaneChange, action_icon, choice, icon_button};

/// Width of the row of shapes.
const SHAPES: f32 = 320.0;

/// Draws the buttons about the curve, from right to left.
pub(super) fn curve_bar(ui: &mut Ui, view: View<'_>, edited: &EditedCurve) {
    let close = format!("Close the curve of {}", edited.title);
    if icon_button(ui, true, false, Icon::Close, &close).clicked() {
        view.send(Command::Camera(CameraCommand::EditCurve(None)));
    }
    action_icon(ui, view, Action::RemoveKeyframe, false);
    action_icon(ui, view, Action::AddKeyframe, false);
    ui.add_space(tokens::GAP_SMALL);
    let shapes = CurveShape::ALL.map(|shape| (shape, shape.title()));
    let size = vec2(SHAPES.min(ui.available_width()), tokens::CONTROL);
    let layout = Layout::left_to_right(Align::Center);
    let chosen = ui.allocate_ui_with_layout(size, layout, |ui| {
        choice(ui, "Course of the strength", edited.shape(), &shapes)
    });
    if let Some(shape) = chosen.inner {
        let command = edited.changed(shape.curve(edited.most));
        view.send(Command::Camera(command));
    }
    ui.add_space(tokens::GAP_SMALL);
    let words = format!("{} over the frames", edited.title);
    let label = RichText::new(words).small().color(ui.colours().text);
    ui.add(egui::Label::new(label).truncate());
}

/// Draws the curve above its frames.
pub(super) fn curve_lane(ui: &Ui, row: Rect, view: View<'_>, (axis, edited): (Axis, &EditedCurve)) {
    let frames = axis.frames;
    let last = frames.saturating_sub(1).max(1) as f32;
    let values: Vec<f32> = (0..frames)
        .map(|frame| edited.at(time_of(frame, frames)))
        .collect();
    let keys = edited.keys();
    let lane = KeyframeLane {
        name: &edited.title,
        keys: &keys,
        values: &values,
        range: edited.range.clone(),
        words: [&edited.words[0], &edited.words[1]],
        playhead: view.studio.playhead(),
    };
    let Some(change) = lane.show(ui, axis.span(row)) else {
        return;
    };
    let command = match change {
        LaneChange::Seek(frame) => {
            view.send(Command::Play(PlaybackCommand::Seek(frame)));
            return;
        }
        LaneChange::Add(t, value) => edited.with_key(t, value),
        LaneChange::Move(index, t, value) => {
            let frame = (t * last).round() as usize;
            view.send(Command::Play(PlaybackCommand::Seek(frame)));
            let mut keys = keys;
            keys[index] = (t, value);
            edited.with_keys(keys)
        }
        LaneChange::Remove(index) => edited.without_key(index),
    };
    if let Some(command) = command {
        view.send(Command::Camera(command));
    }
}
