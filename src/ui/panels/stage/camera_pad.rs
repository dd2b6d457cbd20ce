//! The pad over the picture: drag to pan and tilt, turn the ring to roll, use the wheel to zoom.
//!
//! It sets the same strengths as the sliders: the pad requests how far the content should go, and the moves
//! that produce this get the strength.

use egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Painter, PointerButton, Pos2, Rect,
    Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app::Command;
use crate::app::command::camera::{Axis, CameraCommand};
use crate::app::query::camera_pad::{aimed, axis_moves};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::focus_ring;

/// Radius of the ring, as a part of the frame's shorter side.
const RING: f32 = 0.36;
/// Half of the width in which the ring can be grabbed.
const GRIP: f32 = 14.0;
/// Shift of the content for each arrow key, as a part of the frame.
const KEY_SHIFT: f32 = 0.02;
/// Degrees for each bracket key.
const KEY_ROLL: f32 = 1.0;
/// Logarithm of the magnification for each plus or minus key.
const KEY_ZOOM: f32 = 0.03;
/// Logarithm of the magnification for each point of the wheel.
const WHEEL_ZOOM: f32 = 0.002;

/// Distance of an edge's words from that edge.
const EDGE: f32 = 12.0;

/// Where a drag began; kept so that a strength that has reached its limit follows the pointer back.
#[derive(Clone, Copy)]
struct Hold {
    /// Whether the ring is dragged instead of the content.
    ring: bool,
    /// Where the pointer went down.
    from: Pos2,
    /// How far the content was along pan, tilt and roll.
    aimed: [f32; 3],
}

/// Reads pointer and keys; returns whether the content is being dragged.
pub(in crate::ui::panels) fn pad(ui: &Ui, frame: Rect, view: View<'_>) -> bool {
    let id = ui.scope_id().with("camera pad");
    let response = ui.interact(frame, id, Sense::click_and_drag());
    let spoken = spoken(view);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, true, "Camera pad on the picture");
        info.current_text_value = Some(spoken.clone());
        info
    });
    focus_ring(ui, &response, frame.shrink(2.0));
    let hold_id = id.with("hold");
    if response.drag_started_by(PointerButton::Primary)
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let studio = view.studio;
        let (moves, cards) = (studio.moves(), studio.available_moves());
        let hold = Hold {
            ring: near_ring(frame, from) && !axis_moves(&moves, cards, Axis::Roll).is_empty(),
            from,
            aimed: [Axis::Pan, Axis::Tilt, Axis::Roll].map(|axis| aimed(&moves, cards, axis)),
        };
        ui.data_mut(|data| data.insert_temp(hold_id, hold));
    }
    let dragged = response.dragged_by(PointerButton::Primary);
    let hold = ui.data(|data| data.get_temp::<Hold>(hold_id));
    if let (true, Some(hold), Some(to)) = (dragged, hold, response.interact_pointer_pos()) {
        drag(frame, view, hold, to);
    }
    if response.hovered() {
        go(view, Axis::Zoom, wheel(ui));
    }
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        keys(ui, view, &response);
    }
    dragged
}

pub(super) fn near_ring(frame: Rect, at: Pos2) -> bool {
    ((at - frame.center()).length() - radius(frame)).abs() <= GRIP
}

pub(super) fn radius(frame: Rect) -> f32 {
    frame.width().min(frame.height()) * RING
}

/// Moves the content further along an axis, by `more`.
fn go(view: View<'_>, axis: Axis, more: f32) {
    if more != 0.0 {
        let studio = view.studio;
        let present = aimed(&studio.moves(), studio.available_moves(), axis);
        go_to(view, axis, present + more);
    }
}

/// Sets how far the content goes along an axis.
fn go_to(view: View<'_>, axis: Axis, far: f32) {
    view.send(Command::Camera(CameraCommand::Aim { axis, far }));
}

/// The turn from one point to another about the middle, in degrees, in the shorter direction.
pub(super) fn turn(frame: Rect, from: Pos2, to: Pos2) -> f32 {
    let (from, to) = (from - frame.center(), to - frame.center());
    let turn = (from.x * to.y - from.y * to.x).atan2(from.dot(to));
    turn.to_degrees()
}

fn drag(frame: Rect, view: View<'_>, hold: Hold, to: Pos2) {
    let [pan, tilt, roll] = hold.aimed;
    if hold.ring {
        go_to(view, Axis::Roll, roll + turn(frame, hold.from, to));
        return;
    }
    let by = (to - hold.from) / frame.size().max(Vec2::splat(1.0));
    go_to(view, Axis::Pan, pan + by.x);
    go_to(view, Axis::Tilt, tilt + by.y);
}

/// How far the wheel, or two fingers, zoom.
pub(super) fn wheel(ui: &Ui) -> f32 {
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    scroll * WHEEL_ZOOM + pinch.max(0.1).ln()
}

fn keys(ui: &Ui, view: View<'_>, response: &Response) {
    for (axis, more) in keyed(ui, response) {
        go(view, axis, more);
    }
}

/// The movements along axes that were asked for by keys.
pub(super) fn keyed(ui: &Ui, response: &Response) -> Vec<(Axis, f32)> {
    ui.memory_mut(|memory| {
        memory.set_focus_lock_filter(
            response.id,
            EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..Default::default()
            },
        );
    });
    let pressed = |key| {
        ui.input_mut(|input| {
            input.consume_key(Modifiers::NONE, key) || input.consume_key(Modifiers::SHIFT, key)
        })
    };
    [
        (Key::ArrowLeft, Axis::Pan, -KEY_SHIFT),
        (Key::ArrowRight, Axis::Pan, KEY_SHIFT),
        (Key::ArrowUp, Axis::Tilt, -KEY_SHIFT),
        (Key::ArrowDown, Axis::Tilt, KEY_SHIFT),
        (Key::Plus, Axis::Zoom, KEY_ZOOM),
        (Key::Equals, Axis::Zoom, KEY_ZOOM),
        (Key::Minus, Axis::Zoom, -KEY_ZOOM),
        (Key::OpenBracket, Axis::Roll, -KEY_ROLL),
        (Key::CloseBracket, Axis::Roll, KEY_ROLL),
    ]
    .into_iter()
    .filter(|(key, ..)| pressed(*key))
    .map(|(_, axis, more)| (axis, more))
    .collect()
}

/// For screen readers: what can be done with the installed moves, and how far the content is.
fn spoken(view: View<'_>) -> String {
    let studio = view.studio;
    let (moves, cards) = (studio.moves(), studio.available_moves());
    let parts: Vec<String> = Axis::ALL
        .into_iter()
        .filter(|axis| !axis_moves(&moves, cards, *axis).is_empty())
        .map(|axis| {
            format!(
                "{} {:.2}",
                axis.title().to_lowercase(),
                aimed(&moves, cards, axis)
            )
        })
        .collect();
    if parts.is_empty() {
        return "no installed move pans, tilts, zooms or rolls".to_owned();
    }
    format!("content: {}", parts.join(", "))
}

/// A sentence with the axes that no installed move covers.
fn missing(view: View<'_>) -> Option<String> {
    let studio = view.studio;
    let (moves, cards) = (studio.moves(), studio.available_moves());
    let names: Vec<String> = Axis::ALL
        .into_iter()
        .filter(|axis| axis_moves(&moves, cards, *axis).is_empty())
        .map(|axis| axis.title().to_lowercase())
        .collect();
    let (last, rest) = names.split_last()?;
    let list = if rest.is_empty() {
        last.clone()
    } else {
        format!("{} or {last}", rest.join(", "))
    };
    Some(format!("No installed move can {list}"))
}

/// Names the camera move at each edge: content that is dragged to the right shows a pan to the left.
fn edges(painter: &Painter, frame: Rect, shift: Vec2, [pans, tilts]: [bool; 2]) {
    let far = EDGE + tokens::GAP_PANEL;
    let (pan, tilt) = (shift.x, shift.y);
    for (words, at, anchor, lit, possible) in [
        (
            "Pan left",
            frame.right_center() - vec2(EDGE, 0.0),
            Align2::RIGHT_CENTER,
            pan > 2.0,
            pans,
        ),
        (
            "Pan right",
            frame.left_center() + vec2(EDGE, 0.0),
            Align2::LEFT_CENTER,
            pan < -2.0,
            pans,
        ),
        (
            "Tilt up",
            frame.center_bottom() - vec2(0.0, far),
            Align2::CENTER_BOTTOM,
            tilt > 2.0,
            tilts,
        ),
        (
            "Tilt down",
            frame.center_top() + vec2(0.0, far),
            Align2::CENTER_TOP,
            tilt < -2.0,
            tilts,
        ),
    ] {
        if !possible {
            continue;
        }
        let ink = if lit {
            painter.colours().accent
        } else {
            painter.colours().text_weak
        };
        let font = FontId::proportional(tokens::FONT_SMALL);
        let galley = painter.layout_no_wrap(words.to_owned(), font, ink);
        let rect = anchor.anchor_size(at, galley.size());
        let ground = painter.colours().floating;
        painter.rect_filled(rect.expand2(vec2(6.0, 3.0)), tokens::RADIUS, ground);
        painter.galley(rect.min, galley, ink);
    }
}

/// Draws ring, cross and marks over the preview.
pub(in crate::ui::panels) fn paint_pad(ui: &Ui, frame: Rect, view: View<'_>) {
    let studio = view.studio;
    let (moves, cards) = (studio.moves(), studio.available_moves());
    let has = |axis| !axis_moves(&moves, cards, axis).is_empty();
    let painter = ui.painter_at(frame);
    let colours = ui.colours();
    let (centre, radius) = (frame.center(), radius(frame));
    let line = |from: Pos2, to: Pos2, ink: Color32, width: f32| {
        // A dark line below a light one can be seen on any picture.
        painter.line_segment([from, to], Stroke::new(width + 2.0, colours.shade));
        painter.line_segment([from, to], Stroke::new(width, ink));
    };
    let rolled = aimed(&moves, cards, Axis::Roll).to_radians();
    if has(Axis::Roll) {
        painter.circle_stroke(centre, radius, Stroke::new(4.0, colours.shade));
        painter.circle_stroke(centre, radius, Stroke::new(1.5, colours.untinted));
        let at = centre + radius * Vec2::angled(rolled - std::f32::consts::FRAC_PI_2);
        painter.circle(at, 6.0, colours.accent, Stroke::new(1.5, colours.shade));
    }
    let shift = vec2(
        aimed(&moves, cards, Axis::Pan) * frame.width(),
        aimed(&moves, cards, Axis::Tilt) * frame.height(),
    );
    for arm in [vec2(9.0, 0.0), vec2(0.0, 9.0)] {
        line(centre - arm, centre + arm, colours.untinted, 1.0);
    }
    if shift.length() > 2.0 {
        line(centre, centre + shift, colours.accent, 2.0);
        painter.circle(
            centre + shift,
            5.0,
            colours.accent,
            Stroke::new(1.5, colours.shade),
        );
    }
    edges(&painter, frame, shift, [Axis::Pan, Axis::Tilt].map(has));
    // A bar that shows how far the preview has played.
    let bottom = frame.bottom() - 2.0;
    let to = frame.left() + frame.width() * studio.ghost_progress();
    painter.line_segment(
        [pos2(frame.left(), bottom), pos2(to, bottom)],
        Stroke::new(tokens::STROKE_BOLD, colours.accent),
    );
    if let Some(words) = missing(view) {
        let font = FontId::proportional(tokens::FONT_SMALL);
        let galley = painter.layout_no_wrap(words, font, colours.text);
        let at = pos2(frame.center().x, frame.top() + tokens::GAP_PANEL);
        let rect = Align2::CENTER_TOP.anchor_size(at, galley.size());
        painter.rect_filled(rect.expand(6.0), tokens::RADIUS, colours.floating);
        painter.galley(rect.min, galley, colours.text);
    }
}
