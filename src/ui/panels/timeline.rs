//! The frames of what is shown, and the transport.

use eframe::egui::{
    Align, Align2, FontId, Layout, Painter, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::curves::{CURVES, curves};
use crate::app::{Command, Footage};
use crate::ui::textures::TextureKey;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, icon_button};

/// Below this height frames cannot be told apart.
const LOWEST_STRIP: f32 = 64.0;
/// Widest cell over its height: frames are wide, but ten of them should not look like a poster.
const WIDEST: f32 = 1.78;

/// Draws it.
pub(in crate::ui) fn timeline(ui: &mut Ui, view: View<'_>) {
    ui.horizontal(|ui| transport(ui, view));
    ui.add_space(tokens::GAP);
    let mut room = ui.available_rect_before_wrap();
    // In a low timeline the frames are worth more than the curve.
    if room.height() >= CURVES + LOWEST_STRIP {
        let mut lane = room;
        lane.set_top(room.bottom() - CURVES);
        room.set_bottom(lane.top() - tokens::GAP_SMALL);
        curves(ui, lane, cells(room, view), view);
    }
    match view.studio.footage() {
        Some(footage) => strip(ui, room, view, footage),
        None => placeholders(ui.painter(), room, view),
    }
}

/// Where the frames lie, or will.
fn cells(room: Rect, view: View<'_>) -> Rect {
    let shown = view.studio.footage();
    let frame = shown.and_then(|footage| footage.frames.first());
    let settings = view.studio.settings();
    let (count, (width, height)) = match (shown, frame, settings) {
        (Some(footage), Some(frame), _) => (
            footage.frames.len(),
            (frame.width as f32, frame.height as f32),
        ),
        (_, _, Some(settings)) => {
            let (width, height) = settings.size;
            (settings.frames, (width as f32, height as f32))
        }
        _ => return room,
    };
    let last = cell(
        room,
        count.saturating_sub(1),
        count,
        width / height.max(1.0),
    );
    room.with_max_x(last.right())
}

fn transport(ui: &mut Ui, view: View<'_>) {
    let playback = view.studio.session.playback;
    let footage = view.studio.footage();
    let on = footage.is_some();
    ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
    let last = footage.map_or(0, |footage| footage.frames.len().saturating_sub(1));
    let (play, word) = if playback.playing && on {
        (Icon::Pause, "Pause")
    } else {
        (Icon::Play, "Play")
    };
    for (lit, icon, name, command) in [
        (false, Icon::First, "First frame", Command::Seek(0)),
        (false, Icon::Back, "Frame back", Command::Step(-1)),
        (on, play, word, Command::PlayPause),
        (false, Icon::Forward, "Frame forward", Command::Step(1)),
        (false, Icon::Last, "Last frame", Command::Seek(last)),
        (
            playback.looping && on,
            Icon::Loop,
            "Loop",
            Command::ToggleLoop,
        ),
    ] {
        if icon_button(ui, on, lit, icon, name).clicked() {
            view.send(command);
        }
    }
    ui.add_space(tokens::GAP_SMALL);
    let Some(footage) = footage else {
        return;
    };
    let frame = format!("{:>3}", view.studio.playhead() + 1);
    ui.label(RichText::new(frame).monospace().color(ui.colours().text));
    let all = format!(" / {}", footage.frames.len());
    ui.label(RichText::new(all).monospace().color(ui.colours().text_weak));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let words = format!(
            "{:.2} s at {} frames per second",
            footage.duration().as_secs_f64(),
            footage.rate
        );
        ui.label(RichText::new(words).small().color(ui.colours().text_weak));
    });
}

/// Where cell `index` of `count` is.
fn cell(room: Rect, index: usize, count: usize, shape: f32) -> Rect {
    let gap = if count > 40 { 1.0 } else { tokens::GAP };
    let count = count.max(1) as f32;
    let widest = room.height() * shape.min(WIDEST);
    let width = ((room.width() + gap) / count - gap).min(widest).max(1.0);
    let left = room.left() + (width + gap) * index as f32;
    Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()))
}

/// The frames: click or drag to look at one.
fn strip(ui: &mut Ui, room: Rect, view: View<'_>, footage: Footage<'_>) {
    let count = footage.frames.len();
    let shape = footage
        .frames
        .first()
        .map_or(1.0, |frame| frame.width as f32 / frame.height.max(1) as f32);
    let playhead = view.studio.playhead();
    let end = cell(room, count.saturating_sub(1), count, shape).right();
    let mut area = room;
    area.set_right(end);
    let response = ui.interact(area, ui.scope_id().with("frames"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(true, playhead as f64 + 1.0, "Frames"));
    for index in 0..count {
        let rect = cell(room, index, count, shape);
        let named = ui.interact(rect, ui.scope_id().with(("frame", index)), Sense::empty());
        let spoken = format!("Frame {}", index + 1);
        let current = index == playhead;
        named.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, current, &spoken));
        match footage.cells.get(index) {
            Some(pixels) => {
                let key = TextureKey::Cell(footage.key, index);
                view.paint(
                    ui.ctx(),
                    ui.painter(),
                    rect,
                    key,
                    pixels,
                    tokens::RADIUS_SMALL,
                );
            }
            None => {
                ui.painter()
                    .rect_filled(rect, tokens::RADIUS_SMALL, ui.colours().raised);
            }
        }
        if current {
            let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
            let kind = StrokeKind::Outside;
            ui.painter()
                .rect_stroke(rect, tokens::RADIUS_SMALL, stroke, kind);
        }
    }
    let pointed = response.interact_pointer_pos();
    if let Some(point) =
        pointed.filter(|_| response.is_pointer_button_down_on() || response.clicked())
    {
        let part = (point.x - area.left()) / area.width().max(1.0);
        let index = ((part.clamp(0.0, 1.0) * count as f32) as usize).min(count.saturating_sub(1));
        if index != playhead || view.studio.session.playback.playing {
            view.send(Command::Seek(index));
        }
    }
}

/// Where the frames will be.
fn placeholders(painter: &Painter, room: Rect, view: View<'_>) {
    let settings = view.studio.settings();
    let (count, shape) = settings.map_or((8, 1.6), |settings| {
        let (width, height) = settings.size;
        (settings.frames, width as f32 / height.max(1) as f32)
    });
    let stroke = Stroke::new(tokens::STROKE, painter.colours().line);
    for index in 0..count {
        let rect = cell(room, index, count, shape);
        painter.rect_stroke(rect, tokens::RADIUS_SMALL, stroke, StrokeKind::Inside);
    }
    if view.studio.running().is_some() {
        return;
    }
    let words = "The frames of your take appear here";
    let end = cell(room, count.saturating_sub(1), count, shape).right();
    let at = pos2((room.left() + end) / 2.0, room.center().y);
    let font = FontId::proportional(tokens::FONT_SMALL);
    let galley =
        painter.layout_no_wrap(words.to_owned(), font.clone(), painter.colours().text_weak);
    let ground = Rect::from_center_size(at, galley.size() + vec2(20.0, 10.0));
    painter.rect_filled(ground, tokens::RADIUS, painter.colours().panel);
    painter.text(
        at,
        Align2::CENTER_CENTER,
        words,
        font,
        painter.colours().text_weak,
    );
}
