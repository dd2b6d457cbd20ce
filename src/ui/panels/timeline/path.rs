//! The camera path over the frames of the next take: its keyframes, and how it goes from one to the next.

use egui::{
    Align, Align2, CursorIcon, FontId, Layout, Painter, Rect, RichText, Sense, Shape, Stroke, Ui,
    Vec2, pos2, vec2,
};

use super::axis::Axis;
use crate::app::Command;
use crate::app::command::camera::CameraCommand;
use crate::app::command::playback::PlaybackCommand;
use crate::app::query::path_editing::{EASINGS, EditedPath};
use crate::media::camera::Easing;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Grip, Icon, action_icon, choice, icon_button, paint_keyframe};

/// Width of the row of easings.
const EASINGS_WIDTH: f32 = 360.0;
/// Half of the diagonal of a keyframe.
const KNOB: f32 = 7.0;
/// Side of the square in which a keyframe can be grabbed.
const GRIP: f32 = 24.0;
/// Points of the line between two keyframes.
const PARTS: u16 = 16;

/// Draws the buttons about the path, from right to left.
pub(super) fn path_bar(ui: &mut Ui, view: View<'_>, edited: &EditedPath) {
    if icon_button(ui, true, false, Icon::Close, "Close the camera path").clicked() {
        view.send(Command::Camera(CameraCommand::ShowPad(false)));
    }
    action_icon(ui, view, Action::RemoveKeyframe, false);
    action_icon(ui, view, Action::AddKeyframe, false);
    let performs = view.studio.session.camera.performs;
    action_icon(ui, view, Action::PerformPath, performs);
    ui.add_space(tokens::GAP_SMALL);
    let keys = edited.keys();
    let present = edited.key_in_effect().map(|index| keys[index].2);
    let size = vec2(EASINGS_WIDTH.min(ui.available_width()), tokens::CONTROL);
    let layout = Layout::left_to_right(Align::Center);
    let enabled = present.is_some();
    let chosen = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.add_enabled_ui(enabled, |ui| {
            choice(ui, "Until the next keyframe", present, &EASINGS)
        })
        .inner
    });
    if let Some(command) = chosen.inner.and_then(|easing| edited.eased(easing)) {
        view.send(Command::Camera(command));
    }
    ui.add_space(tokens::GAP_SMALL);
    let label = RichText::new("Camera path")
        .small()
        .color(ui.colours().text);
    ui.add(egui::Label::new(label).truncate());
}

/// Draws the keyframes of the path above their frames.
pub(super) fn path_lane(ui: &Ui, row: Rect, view: View<'_>, (axis, edited): (Axis, &EditedPath)) {
    let lane = axis.span(row);
    let id = ui.scope_id().with("path lane");
    let response = ui.interact(lane, id, Sense::click());
    let colours = ui.colours();
    let painter = ui.painter();
    painter.rect_filled(lane, tokens::RADIUS_SMALL, colours.sunken);
    let cell = Rect::from_x_y_ranges(
        axis.x(edited.frame)..=axis.x(edited.frame) + axis.pitch,
        lane.y_range(),
    );
    painter.rect_filled(cell, tokens::RADIUS_SMALL, colours.accent_ground);
    let keys = edited.keys();
    let x = |t: f32| axis.x(0) + axis.pitch * (t * (axis.frames.max(2) - 1) as f32 + 0.5);
    for pair in keys.windows(2) {
        part(painter, lane, [x(pair[0].0), x(pair[1].0)], pair[0].2);
    }
    if let Some(at) = response.interact_pointer_pos()
        && (response.clicked() || response.double_clicked())
    {
        view.send(Command::Play(PlaybackCommand::Seek(axis.frame_at(at.x))));
    }
    for (index, (t, ..)) in keys.iter().enumerate() {
        key(ui, lane, view, (axis, edited), (index, x(*t)));
    }
}

/// Draws how far the movement from one keyframe to the next is done, from the bottom to the top of the lane.
fn part(painter: &Painter, lane: Rect, [from, to]: [f32; 2], easing: Easing) {
    let colours = painter.colours();
    let room = lane.shrink2(vec2(0.0, KNOB + 4.0));
    let line = (0..=PARTS).map(|index| {
        let part = f32::from(index) / f32::from(PARTS);
        let done = easing.at(part);
        pos2(
            from + (to - from) * part,
            room.bottom() - room.height() * done,
        )
    });
    let mut line: Vec<_> = line.collect();
    if easing == Easing::Hold {
        line.push(pos2(to, room.top()));
    }
    painter.add(Shape::line(line, Stroke::new(1.25, colours.accent_dim)));
    let words = EASINGS.iter().find(|one| one.0 == easing);
    let font = FontId::proportional(tokens::FONT_TINY);
    let words = words.map_or("", |one| one.1);
    let galley = painter.layout_no_wrap(words.to_owned(), font, colours.text_weak);
    if galley.size().x + 2.0 * GRIP < to - from {
        let at = pos2((from + to) / 2.0, lane.bottom() - 2.0);
        let rect = Align2::CENTER_BOTTOM.anchor_size(at, galley.size());
        painter.galley(rect.min, galley, colours.text_weak);
    }
}

fn key(
    ui: &Ui,
    lane: Rect,
    view: View<'_>,
    (axis, edited): (Axis, &EditedPath),
    (index, x): (usize, f32),
) {
    let frame = edited.frame_of(edited.keys()[index].0);
    let at = pos2(x, lane.center().y);
    let name = format!("Frame of path keyframe {}", index + 1);
    let grip = Grip {
        name: &name,
        value: frame as i64 + 1,
        range: (1, axis.frames as i64),
        cursor: CursorIcon::ResizeHorizontal,
    };
    let rect = Rect::from_center_size(at, Vec2::splat(GRIP));
    let id = ui.scope_id().with(("path keyframe", index));
    let (response, wanted) = grip.show(ui, rect, id, |x| axis.frame_at(x) as i64 + 1);
    let colours = ui.colours();
    let here = edited.key_here() == Some(index);
    let held = response.hovered() || response.dragged() || response.has_focus();
    let ink = match () {
        () if held => colours.accent_hovered,
        () if here => colours.accent,
        () => colours.text_weak,
    };
    let edge = Stroke::new(tokens::STROKE_BOLD, colours.sunken);
    paint_keyframe(ui, &response, (at, KNOB), ink, edge);
    if response.clicked() {
        response.request_focus();
    }
    if response.clicked() || response.gained_focus() {
        view.send(Command::Play(PlaybackCommand::Seek(frame)));
    }
    let removed = response.has_focus()
        && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Delete));
    let hint = if index == 0 {
        "The first frame is the picture itself"
    } else {
        "Drag to another frame"
    };
    response.on_hover_text(hint);
    if removed {
        if let Some(command) = edited.without_key(index) {
            view.send(Command::Camera(command));
        }
    } else if let Some(frame) = wanted.and_then(|frame| usize::try_from(frame - 1).ok())
        && let Some(command) = edited.retimed(index, frame)
    {
        view.send(Command::Camera(command));
        view.send(Command::Play(PlaybackCommand::Seek(frame)));
    }
}
