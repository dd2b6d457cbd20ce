//! The camera path over the picture: its line, its keyframes as handles, and the pad that sets the keyframe at the playhead.
//!
//! The line shows where the middle of the content goes.

use egui::{
    Color32, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    vec2,
};

use super::camera_pad::{keyed, near_ring, radius, turn, wheel};
use crate::app::Command;
use crate::app::command::camera::{Axis, CameraCommand};
use crate::app::command::playback::PlaybackCommand;
use crate::app::query::path_editing::{EditedPath, further};
use crate::media::camera::Pose;
use crate::motion::performed;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{focus_ring, paint_keyframe, pressed_delete};

/// Half of the diagonal of a keyframe.
const KNOB: f32 = 8.0;
/// Side of the square in which a keyframe can be grabbed.
const GRIP: f32 = 26.0;
/// Points of the line for each frame.
const PER_FRAME: usize = 4;

/// Where a drag began, and the pose at that time.
#[derive(Clone, Copy)]
struct Hold {
    ring: bool,
    from: Pos2,
    pose: Pose,
}

fn send(view: View<'_>, command: Option<CameraCommand>) {
    if let Some(command) = command {
        view.send(Command::Camera(command));
    }
}

/// Reads pointer and keys, which change the pose at the playhead; returns the pose that the picture is dragged to.
pub(super) fn path_pad(ui: &Ui, frame: Rect, view: View<'_>, path: &EditedPath) -> Option<Pose> {
    let id = ui.scope_id().with("camera path");
    let response = ui.interact(frame, id, Sense::click_and_drag());
    let spoken = spoken(path);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, true, "Camera path on the picture");
        info.current_text_value = Some(spoken.clone());
        info
    });
    focus_ring(ui, &response, frame.shrink(2.0));
    if view.studio.session.camera.performs {
        return perform(ui, frame, view, &response);
    }
    let hold_id = id.with("hold");
    if response.drag_started_by(PointerButton::Primary)
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let hold = Hold {
            ring: near_ring(frame, from) || ui.input(|input| input.modifiers.alt),
            from,
            pose: path.pose(),
        };
        ui.data_mut(|data| data.insert_temp(hold_id, hold));
        // A playing preview would set keyframes all along.
        view.send(Command::Play(PlaybackCommand::Pause));
    }
    let dragged = response.dragged_by(PointerButton::Primary);
    let mut shown = None;
    let hold: Option<Hold> = ui.data(|data| data.get_temp(hold_id));
    if let (true, Some(hold), Some(to)) = (dragged, hold, response.interact_pointer_pos()) {
        let pose = if hold.ring {
            further(hold.pose, Axis::Roll, turn(frame, hold.from, to))
        } else {
            let by = (to - hold.from) / frame.size().max(Vec2::splat(1.0));
            further(further(hold.pose, Axis::Pan, by.x), Axis::Tilt, by.y)
        };
        let posed = path.posed(pose);
        shown = posed.as_ref().map(|_| pose);
        send(view, posed);
    }
    if !dragged {
        ui.data_mut(|data| data.remove::<Hold>(hold_id));
    }
    let zoom = if response.hovered() { wheel(ui) } else { 0.0 };
    if zoom != 0.0 {
        send(view, path.posed(further(path.pose(), Axis::Zoom, zoom)));
    }
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        let moved = keyed(ui, &response);
        let pose = moved.iter().fold(path.pose(), |pose, (axis, more)| {
            further(pose, *axis, *more)
        });
        if !moved.is_empty() {
            send(view, path.posed(pose));
        }
    }
    shown
}

/// A performance: when it began, in seconds of the window's clock, and the shifts with their times since then.
#[derive(Clone, Default)]
struct Performance {
    began: f64,
    samples: Vec<(f64, [f32; 2])>,
}

/// Lets the artist drag the picture while the preview plays, until the pointer is released or the clip ends; returns the
/// pose that the picture is dragged to.
fn perform(ui: &Ui, frame: Rect, view: View<'_>, response: &Response) -> Option<Pose> {
    let key = response.id.with("performance");
    let now = ui.input(|input| input.time);
    if response.drag_started_by(PointerButton::Primary) {
        let begun = Performance {
            began: now,
            samples: Vec::new(),
        };
        ui.data_mut(|data| data.insert_temp(key, begun));
        view.send(Command::Play(PlaybackCommand::Seek(0)));
        view.send(Command::Play(PlaybackCommand::PlayPause));
    }
    let mut performance: Performance = ui.data(|data| data.get_temp(key))?;
    let length = view.studio.clip_length().as_secs_f64();
    let since = now - performance.began;
    let pressed = ui.input(|input| input.pointer.press_origin());
    let pointer = response.interact_pointer_pos();
    let dragged = response.dragged_by(PointerButton::Primary);
    if let (true, Some(from), Some(to)) = (dragged, pressed, pointer) {
        let by = (to - from) / frame.size().max(Vec2::splat(1.0));
        performance.samples.push((since, [by.x, by.y]));
        ui.data_mut(|data| data.insert_temp(key, performance.clone()));
    }
    // A pass may be drawn twice, so what was performed is only forgotten in the next frame.
    if !dragged && !response.drag_stopped() {
        ui.data_mut(|data| data.remove_temp::<Performance>(key));
        return None;
    }
    if response.drag_stopped() || since >= length {
        let path = performed(&performance.samples, length);
        send(view, Some(CameraCommand::Path(Some(path))));
        view.send(Command::Play(PlaybackCommand::Seek(0)));
        view.send(Command::Play(PlaybackCommand::PlayPause));
    }
    let [x, y] = performance.samples.last()?.1;
    Some(Pose { x, y, ..Pose::REST })
}

/// For screen readers: the frame under the playhead, and the pose there.
fn spoken(path: &EditedPath) -> String {
    let pose = path.pose();
    let axes = Axis::ALL.map(|axis| {
        let title = axis.title().to_lowercase();
        format!("{title} {:.2}", axis.component(pose))
    });
    let keys = path.keys().len();
    let here = match path.key_here() {
        Some(index) => format!("keyframe {} of {keys}", index + 1),
        None => format!("between {keys} keyframes"),
    };
    format!(
        "frame {}, {here}; content: {}",
        path.frame + 1,
        axes.join(", ")
    )
}

/// Where the middle of the content is.
fn at(frame: Rect, pose: Pose) -> Pos2 {
    frame.center() + vec2(pose.x, pose.y) * frame.size()
}

/// Draws the path over the preview, with its keyframes as handles.
pub(super) fn handles(ui: &Ui, frame: Rect, view: View<'_>, path: &EditedPath) {
    let painter = ui.painter_at(frame.expand(KNOB));
    let colours = ui.colours();
    let double = |points: Vec<Pos2>, ink: Color32, width: f32| {
        // A dark line below a light one can be seen on any picture.
        painter.add(Shape::line(
            points.clone(),
            Stroke::new(width + 2.0, colours.shade),
        ));
        painter.add(Shape::line(points, Stroke::new(width, ink)));
    };
    let (centre, radius) = (frame.center(), radius(frame));
    painter.circle_stroke(centre, radius, Stroke::new(4.0, colours.shade));
    painter.circle_stroke(centre, radius, Stroke::new(1.5, colours.untinted));
    let rolled = path.pose().roll.to_radians();
    let mark = centre + radius * Vec2::angled(rolled - std::f32::consts::FRAC_PI_2);
    painter.circle(mark, 6.0, colours.accent, Stroke::new(1.5, colours.shade));
    let parts = (path.frames.saturating_sub(1) * PER_FRAME).max(1);
    let along = |part: usize| at(frame, path.path.at(part as f32 / parts as f32));
    double((0..=parts).map(along).collect(), colours.accent, 2.0);
    for index in 0..path.frames {
        // Close together where the camera is slow.
        let dot = at(frame, path.path.at(path.time_of(index)));
        painter.circle(dot, 2.0, colours.untinted, Stroke::new(1.0, colours.shade));
    }
    for index in 0..path.keys().len() {
        handle(ui, frame, view, path, index);
    }
}

fn handle(ui: &Ui, frame: Rect, view: View<'_>, path: &EditedPath, index: usize) {
    let (t, pose, _) = path.keys()[index];
    let here = at(frame, pose);
    let id = ui.scope_id().with(("path handle", index));
    let rect = Rect::from_center_size(here, Vec2::splat(GRIP));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let name = format!("Path keyframe {}", index + 1);
    let words = format!("frame {}", path.frame_of(t) + 1);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &name);
        info.current_text_value = Some(words.clone());
        info
    });
    paint_handle(ui, here, &response, path.key_here() == Some(index));
    let pressed = response.clicked() || response.drag_started_by(PointerButton::Primary);
    if pressed {
        response.request_focus();
    }
    if pressed || response.gained_focus() {
        let frame = path.frame_of(t);
        view.send(Command::Play(PlaybackCommand::Seek(frame)));
    }
    if response.dragged_by(PointerButton::Primary) {
        let by = response.drag_delta() / frame.size().max(Vec2::splat(1.0));
        if by != Vec2::ZERO {
            let pose = further(further(pose, Axis::Pan, by.x), Axis::Tilt, by.y);
            send(view, path.moved(index, pose));
        }
    } else if response.has_focus() {
        if pressed_delete(ui) {
            send(view, path.without_key(index));
            return;
        }
        let moved = keyed(ui, &response);
        let pose = moved
            .iter()
            .fold(pose, |pose, (axis, more)| further(pose, *axis, *more));
        if !moved.is_empty() {
            send(view, path.moved(index, pose));
        }
    }
    let hint = if index == 0 {
        format!("{name}, {words}: the picture itself")
    } else {
        format!("{name}, {words}: drag to move it, Delete removes it")
    };
    response.on_hover_text(hint);
}

fn paint_handle(ui: &Ui, at: Pos2, response: &Response, here: bool) {
    let colours = ui.colours();
    let held = response.hovered() || response.dragged() || response.has_focus();
    let ink = match () {
        () if held => colours.accent_hovered,
        () if here => colours.accent,
        () => colours.untinted,
    };
    let edge = Stroke::new(tokens::STROKE_BOLD, colours.shade);
    paint_keyframe(ui, response, (at, KNOB), ink, edge);
}
