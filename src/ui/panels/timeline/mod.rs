//! The timeline: the transport, a ruler, the frames of what is shown, and the clips of the sequence. While the strength of
//! a camera move is edited, its curve is in the place of the frames.

mod axis;
mod cells;
mod clip_menu;
mod clips;
mod drop;
mod path;
mod ruler;
mod strength;
mod transport;

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};

use crate::app::command::takes::ZoomCommand;
use crate::app::state::Shown;
use crate::app::{Command, Studio};
use crate::ui::style::tokens;
use crate::ui::view::View;
use axis::Axis;

/// Height of the ruler.
const RULER: f32 = 22.0;
/// Height of the clips.
const CLIPS: f32 = 46.0;
/// The least height of the frames; the clips are hidden if the frames would get less.
const CELLS: f32 = 34.0;

/// Where the parts are, from top to bottom.
struct Rows {
    ruler: Rect,
    cells: Rect,
    clips: Option<Rect>,
}

impl Rows {
    /// Gives the room to the frames first, then to the clips; first to the clips while a take is being dragged.
    fn new(room: Rect, studio: &Studio, dragging: bool) -> Self {
        let gap = tokens::GAP;
        let plays = studio.timing().is_some();
        let (ruler, mut cells) = room.split_top_bottom_at_y(room.top() + RULER);
        cells.set_top(cells.top() + gap);
        if !plays {
            cells = room;
        }
        // A row at the bottom, if the frames keep their least height.
        let mut below = |height: f32, always: bool| {
            let left = cells.height() - height - gap;
            (left >= CELLS || always).then(|| {
                let mut row = cells;
                row.set_top((cells.bottom() - height).max(cells.top()));
                cells.set_bottom((row.top() - gap).max(cells.top()));
                row
            })
        };
        let on_stage = studio.session.shown == Shown::Sequence;
        let clips = if studio.sequence().is_empty() && !dragging {
            None
        } else {
            below(CLIPS, on_stage || dragging)
        };
        // The hint about clips gets the rest of the room.
        let hints = plays && !studio.edits_time();
        let clips = clips.or_else(|| hints.then(|| below(CLIPS, false)).flatten());
        Self {
            ruler,
            cells,
            clips,
        }
    }
}

/// Draws the timeline.
pub(in crate::ui) fn timeline(ui: &mut Ui, view: View<'_>) {
    transport::transport(ui, view);
    ui.add_space(tokens::GAP);
    let room = ui.available_rect_before_wrap();
    stretch(ui, room, view);
    let width = room.width() * view.studio.session.zoom.timeline;
    ScrollArea::horizontal()
        .id_salt("frames over time")
        .auto_shrink(false)
        .show(ui, |ui| {
            let (long, _) = ui.allocate_exact_size(vec2(width, room.height()), Sense::hover());
            rows(ui, long, view);
        });
}

/// Ctrl and the wheel, or two fingers, stretch the frames.
fn stretch(ui: &Ui, room: Rect, view: View<'_>) {
    if !ui.rect_contains_pointer(room) {
        return;
    }
    let factor = ui.input(egui::InputState::zoom_delta);
    if (factor - 1.0).abs() > 1e-3 {
        let stretch = view.studio.session.zoom.timeline * factor;
        view.send(Command::Zoom(ZoomCommand::Timeline(stretch)));
    }
}

fn rows(ui: &mut Ui, room: Rect, view: View<'_>) {
    let studio = view.studio;
    let rows = Rows::new(room, studio, drop::is_dragging(ui));
    let axis = match studio.timing() {
        Some(timing) => {
            let axis = Axis::of_cells(room, timing.frames, rows.cells.height());
            ruler::ruler(ui, rows.ruler, view, axis, timing);
            let edits = studio.edits_time();
            let curve = studio.edited_curve().filter(|_| edits);
            match (curve, studio.edited_path()) {
                (Some(curve), _) => strength::curve_lane(ui, rows.cells, view, (axis, &curve)),
                (None, Some(edited)) => path::path_lane(ui, rows.cells, view, (axis, &edited)),
                (None, None) => cells::cells(ui, rows.cells, view, axis),
            }
            follow(ui, rows.ruler, view, axis);
            Some(axis)
        }
        None => {
            cells::placeholders(ui.painter(), rows.cells, view);
            None
        }
    };
    if let Some(row) = rows.clips {
        // Clips are below their frames while the sequence is on the stage.
        let axis = axis.filter(|_| studio.session.shown == Shown::Sequence);
        clips::clips(ui, row, view, axis);
    }
}

/// Keeps the moving playhead in view where the frames are stretched.
fn follow(ui: &Ui, row: Rect, view: View<'_>, axis: Axis) {
    let session = &view.studio.session;
    if !session.playback.playing || session.zoom.timeline <= 1.0 {
        return;
    }
    let x = axis.x(view.studio.playhead());
    let around = Rect::from_min_max(
        pos2(x - 40.0, row.top()),
        pos2(x + axis.pitch + 40.0, row.bottom()),
    );
    ui.scroll_to_rect(around, None);
}
