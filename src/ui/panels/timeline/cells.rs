//! The frames of what is shown, side by side: from noise to picture while a take is being made, and
//! available to view one by one at any time.

use egui::{
    Align2, CursorIcon, FontId, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::axis::Axis;
use crate::app::command::playback::PlaybackCommand;
use crate::app::state::Shown;
use crate::app::state::clip_source::clip_source_of;
use crate::app::{Command, Studio};
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Grip, focus_ring};

/// The most cells with names of their own; beyond that, cells are so narrow that only the slider over them
/// is named.
const MOST_NAMED: usize = 256;

/// Draws the frames: click or drag to go to one.
pub(super) fn cells(ui: &mut Ui, row: Rect, view: View<'_>, axis: Axis) {
    if row.height() < 4.0 {
        return;
    }
    let playhead = view.studio.playhead();
    let span = axis.span(row);
    let grip = Grip {
        name: "Timeline",
        value: playhead as i64 + 1,
        range: (1, axis.frames as i64),
        cursor: CursorIcon::Default,
    };
    let id = ui.scope_id().with("frames");
    let (response, asked) = grip.show(ui, span, id, |x| axis.frame_at(x) as i64 + 1);
    let visible = ui.clip_rect();
    for index in 0..axis.frames {
        let rect = axis.cell(row, index);
        if axis.frames <= MOST_NAMED {
            let named = ui.interact(rect, id.with(index), Sense::empty());
            let spoken = format!("Frame {}", index + 1);
            let current = index == playhead;
            named.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, current, &spoken));
        }
        if !rect.intersects(visible) {
            continue;
        }
        match cell(view.studio, index) {
            Some(content) => {
                let radius = tokens::RADIUS_SMALL;
                view.paint_tall(ui.ctx(), ui.painter(), rect, content, radius);
            }
            None => {
                let ground = ui.colours().raised;
                ui.painter().rect_filled(rect, tokens::RADIUS_SMALL, ground);
            }
        }
    }
    outside(ui.painter(), row, view, axis);
    if playhead < axis.frames {
        let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
        let rect = axis.cell(row, playhead);
        ui.painter()
            .rect_stroke(rect, tokens::RADIUS_SMALL, stroke, StrokeKind::Outside);
    }
    focus_ring(ui, &response, span);
    // A press goes there at once; waiting for a drag to begin would feel slow.
    let pressed = response
        .is_pointer_button_down_on()
        .then(|| response.interact_pointer_pos())
        .flatten()
        .map(|point| axis.frame_at(point.x) as i64 + 1)
        .filter(|&frame| frame != playhead as i64 + 1 || view.studio.session.playback.playing);
    let clicked = response
        .clicked()
        .then(|| response.interact_pointer_pos())
        .flatten()
        .map(|point| axis.frame_at(point.x) as i64 + 1);
    if let Some(frame) = pressed.or(asked).or(clicked) {
        let frame = usize::try_from(frame - 1).unwrap_or(0);
        view.send(Command::Play(PlaybackCommand::Seek(frame)));
    }
}

/// The small copy of a frame on the stage; in a cross-fade, of the clip that is more visible.
fn cell(studio: &Studio, index: usize) -> Option<Content<'_>> {
    if studio.session.shown == Shown::Sequence {
        let mix = studio.sequence().mix_at(index)?;
        let over = mix.over.filter(|over| over.weight >= 0.5);
        let layer = over.unwrap_or(mix.under);
        let clip_source = clip_source_of(studio.take_named(layer.take)?);
        return clip_source.cells.get(layer.frame).map(Content::Plain);
    }
    studio.clip_source()?.cells.get(index).map(Content::Plain)
}

/// Dims the frames outside the range that plays.
fn outside(painter: &Painter, row: Rect, view: View<'_>, axis: Axis) {
    let Some(timing) = view.studio.timing() else {
        return;
    };
    let playback = view.studio.session.playback;
    if playback.range.is_none() {
        return;
    }
    let (first, last) = playback.bounds(timing);
    let shade = painter.colours().shade;
    for (left, right) in [
        (axis.x(0), axis.x(first)),
        (axis.x(last + 1), axis.x(axis.frames)),
    ] {
        let part = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
        if part.is_positive() {
            painter.rect_filled(part, 0, shade);
        }
    }
}

/// Where the frames of the next take will be.
pub(super) fn next_axis(row: Rect, view: View<'_>) -> Axis {
    let settings = view.studio.settings();
    let count = settings.map_or(8, |settings| settings.frames);
    Axis::of_cells(row, count, row.height())
}

/// Draws outlines where the frames will be.
pub(super) fn placeholders(painter: &Painter, row: Rect, view: View<'_>) {
    if row.height() < 4.0 {
        return;
    }
    let axis = next_axis(row, view);
    let stroke = Stroke::new(tokens::STROKE, painter.colours().line);
    for index in 0..axis.frames {
        let rect = axis.cell(row, index);
        painter.rect_stroke(rect, tokens::RADIUS_SMALL, stroke, StrokeKind::Inside);
    }
    // An artist who has made a take knows this already.
    if view.studio.running().is_some() || view.studio.shelf_takes().next().is_some() {
        return;
    }
    let words = "The frames of your take appear here";
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = painter.colours().text_weak;
    let galley = painter.layout_no_wrap(words.to_owned(), font.clone(), ink);
    let size = galley.size() + vec2(20.0, 10.0);
    // In the middle of the frames, unless there are too few of them.
    let middle = (row.left() + axis.right()) / 2.0;
    let at = pos2(middle.max(row.left() + size.x / 2.0), row.center().y);
    let ground = Rect::from_center_size(at, size);
    painter.rect_filled(ground, tokens::RADIUS, painter.colours().panel);
    painter.text(at, Align2::CENTER_CENTER, words, font, ink);
}
