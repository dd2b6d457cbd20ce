//! Drawing over the picture: tools, masks and cut-outs.

use super::stage::put_on_stage;
use crate::app::command::draw::{Depth, DrawCommand, MaskKind, Tool};
use crate::app::state::draw::RADII;
use crate::app::state::{Shown, Studio};
use crate::media::camera::{CameraPath, Pose};
use crate::motion::{CutOut, Drawing, MOST_STROKES, Outline, Painted, Stroke, ending_at, paced};

/// Maximum number of cut-outs, as in a file of them.
const MOST_CUT_OUTS: usize = 64;

pub(super) fn command(studio: &mut Studio, command: DrawCommand) {
    let view = &mut studio.session.draw;
    match command {
        DrawCommand::Tool(tool) => select(studio, tool),
        DrawCommand::Radius(radius) => view.radius = radius.clamp(*RADII.start(), *RADII.end()),
        DrawCommand::Erase(erases) => view.erases = erases,
        DrawCommand::BrushCutOuts(brushes) => view.brushes_cut_outs = brushes,
        DrawCommand::Select(cut_out) => view.selected = cut_out,
        DrawCommand::Play(plays) => {
            view.plays = plays;
            if plays && studio.session.shown != Shown::Picture {
                put_on_stage(studio, Shown::Picture, false);
            }
        }
        DrawCommand::Paint(kind, stroke) => draw(studio, |drawing| paint(drawing, kind, stroke)),
        DrawCommand::Fill(kind) => draw(studio, |drawing| {
            *mask(drawing, kind) = Some(Painted::everything());
        }),
        DrawCommand::Clear(kind) => draw(studio, |drawing| *mask(drawing, kind) = None),
        DrawCommand::CutOut(outline) => add(studio, outline),
        DrawCommand::Track(index, track) => change(studio, index, |cut, _| cut.track = track),
        DrawCommand::End(index, end) => change(studio, index, |cut, _| {
            cut.track = ending_at(&cut.track, end);
        }),
        DrawCommand::Pace(index, pace) => change(studio, index, |cut, aspect| {
            cut.track = paced(&cut.track, pace, aspect);
        }),
        DrawCommand::Order(index, depth) => reorder(studio, index, depth),
        DrawCommand::Remove(index) => remove(studio, index),
    }
}

/// Selects a tool, which needs the picture on the stage, without the pad over it.
fn select(studio: &mut Studio, tool: Tool) {
    studio.session.draw.tool = tool;
    if tool == Tool::Select {
        return;
    }
    studio.session.draw.plays = false;
    studio.session.camera.pad = false;
    studio.session.camera.curve = None;
    if studio.session.shown != Shown::Picture {
        put_on_stage(studio, Shown::Picture, false);
    }
}

/// Changes what is drawn over the picture.
fn draw(studio: &mut Studio, change: impl FnOnce(&mut Drawing)) {
    let document = &mut studio.project.document;
    let Some(picture) = document.picture else {
        return;
    };
    let mut drawing = document.direction.drawing(picture);
    change(&mut drawing);
    // A mask that covers nothing is none.
    for mask in [&mut drawing.lock, &mut drawing.brush] {
        *mask = mask.take().filter(|mask| !mask.is_empty());
    }
    document.direction.draw(picture, drawing);
}

fn mask(drawing: &mut Drawing, kind: MaskKind) -> &mut Option<Painted> {
    match kind {
        MaskKind::Lock => &mut drawing.lock,
        MaskKind::Brush => &mut drawing.brush,
    }
}

fn paint(drawing: &mut Drawing, kind: MaskKind, stroke: Stroke) {
    let strokes = &mut mask(drawing, kind).get_or_insert_default().strokes;
    if strokes.len() < MOST_STROKES {
        strokes.push(stroke);
    }
}

fn add(studio: &mut Studio, outline: Vec<[f32; 2]>) {
    let count = studio.drawing().cut_outs.len();
    if count >= MOST_CUT_OUTS || studio.picture().is_none() {
        return;
    }
    draw(studio, |drawing| {
        drawing.cut_outs.push(CutOut {
            outline: Outline::Polygon(outline),
            track: CameraPath::to(Pose::REST),
        });
    });
    studio.session.draw.selected = Some(count);
}

/// Changes a cut-out; the change also gets the picture's width over its height.
fn change(studio: &mut Studio, index: usize, change: impl FnOnce(&mut CutOut, f32)) {
    let aspect = studio.picture_shape().unwrap_or(1.0) as f32;
    draw(studio, |drawing| {
        if let Some(cut) = drawing.cut_outs.get_mut(index) {
            change(cut, aspect);
        }
    });
}

fn reorder(studio: &mut Studio, index: usize, depth: Depth) {
    let count = studio.drawing().cut_outs.len();
    let to = match depth {
        Depth::Forward => Some(index + 1),
        Depth::Backward => index.checked_sub(1),
    };
    let Some(to) = to.filter(|to| *to < count && index < count) else {
        return;
    };
    draw(studio, |drawing| drawing.cut_outs.swap(index, to));
    let selected = &mut studio.session.draw.selected;
    *selected = match *selected {
        Some(at) if at == index => Some(to),
        Some(at) if at == to => Some(index),
        other => other,
    };
}

fn remove(studio: &mut Studio, index: usize) {
    draw(studio, |drawing| {
        if index < drawing.cut_outs.len() {
            drawing.cut_outs.remove(index);
        }
    });
    studio.session.draw.selected = None;
}
