//! Time above the frames: marks with seconds, the playhead, and the range that plays.

use egui::{Align2, CursorIcon, FontId, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::axis::Axis;
use crate::app::Command;
use crate::app::command::playback::PlaybackCommand;
use crate::project::timing::Timing;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::Grip;

/// The least distance between two times.
const LABEL: f32 = 48.0;
/// The least distance between two marks.
const MARK: f32 = 7.0;
/// Width of the handle at an end of the range.
const HANDLE: f32 = 12.0;

/// Draws the ruler; a click or drag moves the playhead.
pub(super) fn ruler(ui: &mut Ui, row: Rect, view: View<'_>, axis: Axis, timing: Timing) {
    let last = timing.frames.saturating_sub(1);
    let playhead = view.studio.playhead();
    let span = axis.span(row);
    let grip = Grip {
        name: "Ruler",
        value: playhead as i64,
        range: (0, last as i64),
        cursor: CursorIcon::Default,
    };
    let id = ui.scope_id().with("ruler");
    let (response, asked) = grip.show(ui, span, id, |x| axis.frame_at(x) as i64);
    let clicked = response
        .clicked()
        .then(|| response.interact_pointer_pos())
        .flatten()
        .map(|point| axis.frame_at(point.x) as i64);
    if let Some(frame) = asked.or(clicked) {
        let frame = usize::try_from(frame).unwrap_or(0);
        view.send(Command::Play(PlaybackCommand::Seek(frame)));
    }
    let painter = ui.painter().with_clip_rect(row.expand2(vec2(HANDLE, 0.0)));
    painter.rect_filled(span, tokens::RADIUS_SMALL, ui.colours().sunken);
    range(ui, &painter, row, view, axis, timing);
    marks(&painter, row, axis, timing);
    head(&painter, row, axis, playhead);
    if response.has_focus() {
        let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().text);
        painter.rect_stroke(span, tokens::RADIUS_SMALL, stroke, StrokeKind::Inside);
    }
}

fn marks(painter: &Painter, row: Rect, axis: Axis, timing: Timing) {
    let per_second = timing.rate.as_f64().round().max(1.0) as usize;
    let labels = axis.seconds(LABEL, per_second);
    let small = axis.step(MARK, per_second);
    let colours = painter.colours();
    let stroke = Stroke::new(tokens::STROKE, colours.outline);
    for frame in (0..timing.frames).step_by(small) {
        let length = if frame % labels == 0 { 9.0 } else { 4.0 };
        let x = axis.x(frame) + 0.5;
        let line = [pos2(x, row.bottom() - length), pos2(x, row.bottom())];
        painter.line_segment(line, stroke);
    }
    let font = FontId::monospace(tokens::FONT_SMALL - 1.5);
    // The flag of the range stands where a label of the beginning would.
    for frame in (labels..timing.frames).step_by(labels) {
        let at = pos2(axis.x(frame) + tokens::GAP, row.top() + 1.0);
        // A time that would be cut off at the end is left out.
        if at.x + LABEL * 0.75 > row.right() {
            continue;
        }
        let seconds = frame / per_second;
        let words = if seconds < 60 {
            format!("{seconds} s")
        } else {
            format!("{}:{:02}", seconds / 60, seconds % 60)
        };
        painter.text(at, Align2::LEFT_TOP, words, font.clone(), colours.text_weak);
    }
}

/// Draws the playhead: a mark over its frame.
fn head(painter: &Painter, row: Rect, axis: Axis, playhead: usize) {
    let x = axis.x(playhead);
    let bar = Rect::from_min_max(
        pos2(x, row.bottom() - 3.0),
        pos2(x + axis.pitch.max(3.0), row.bottom()),
    );
    painter.rect_filled(bar, 0, painter.colours().accent);
}

/// Draws the range that plays: a band between two handles.
fn range(ui: &Ui, painter: &Painter, row: Rect, view: View<'_>, axis: Axis, timing: Timing) {
    let playback = view.studio.session.playback;
    let (first, last) = playback.bounds(timing);
    let (left, right) = (axis.x(first), axis.x(last + 1));
    let colours = painter.colours();
    let ink = if playback.range.is_some() {
        let band = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
        painter.rect_filled(band, tokens::RADIUS_SMALL, colours.accent_ground);
        colours.accent
    } else {
        colours.outline
    };
    let end = timing.frames.saturating_sub(1) as i64;
    for (name, value, x, is_in) in [
        ("Beginning of the range", first, left, true),
        ("End of the range", last, right, false),
    ] {
        let grip = Grip {
            name,
            value: value as i64,
            range: (0, end),
            cursor: CursorIcon::ResizeHorizontal,
        };
        let inner = if is_in { x } else { x - HANDLE };
        let rect = Rect::from_min_size(pos2(inner, row.top()), vec2(HANDLE, row.height() * 0.62));
        let id = ui.scope_id().with(name);
        let (response, asked) = grip.show(ui, rect, id, |x| {
            let border = axis.border_at(x) as i64;
            if is_in { border } else { border - 1 }
        });
        let ink = if response.hovered() || response.dragged() || response.has_focus() {
            colours.text
        } else {
            ink
        };
        painter.add(bracket(x, row, is_in, ink));
        if let Some(frame) = asked {
            let frame = usize::try_from(frame).ok();
            let command = if is_in {
                PlaybackCommand::In(frame)
            } else {
                PlaybackCommand::Out(frame)
            };
            view.send(Command::Play(command));
        }
    }
}

/// A flag at one end of the range.
fn bracket(x: f32, row: Rect, is_in: bool, ink: egui::Color32) -> Shape {
    let way = if is_in { 1.0 } else { -1.0 };
    let points = vec![
        pos2(x, row.top()),
        pos2(x + way * 8.0, row.top()),
        pos2(x, row.top() + 10.0),
    ];
    Shape::convex_polygon(points, ink, Stroke::NONE)
}
