//! The layers that a preview draws over the moved picture: cut-outs, what they leave behind, and what holds still.

use std::sync::Arc;

use egui::{Id, Painter, Pos2, Rect, TextureHandle, Ui, Vec2, pos2, vec2};

use crate::app::state::shelf::ShelfPicture;
use crate::media::camera::{CameraPath, Pose};
use crate::motion::{Drawing, FrameIn, Layer, Layers, guessed_near_at};
use crate::ui::paint::overlay::{kept, texture, warped};

/// Longest side of a layer, in pixels: more than most stages show.
const LONGEST: f32 = 1024.0;
/// Cells of the grid that follows the camera: enough for the curves of parallax.
const CELLS: u32 = 24;

/// A layer on the GPU, and where it is in the frame, as fractions: corner and size.
#[derive(Clone)]
struct Placed {
    texture: TextureHandle,
    corner: [f32; 2],
    size: [f32; 2],
}

/// All layers on the GPU.
#[derive(Default)]
struct Uploaded {
    hole: Option<Placed>,
    lock: Option<Placed>,
    /// Each with the point that it turns about and how it moves.
    cut_outs: Vec<(Placed, [f32; 2], CameraPath)>,
}

/// What the layers are made from.
struct Key {
    fingerprint: String,
    drawing: Drawing,
    cut: FrameIn,
}

/// Draws the layers of `drawing`, in fractions of the picture, over the frame `rect`, at `t` from 0 to 1 and with the
/// camera in `pose`.
pub(super) fn motion_layers(
    ui: &Ui,
    rect: Rect,
    picture: &ShelfPicture,
    (drawing, cut): (&Drawing, FrameIn),
    (pose, t): (Pose, f32),
) {
    if drawing.is_empty() {
        return;
    }
    let is_same = |key: &Key| {
        key.fingerprint == picture.fingerprint && key.cut == cut && key.drawing == *drawing
    };
    let uploaded = kept(ui.ctx(), Id::unique("motion layers"), is_same, |ctx| {
        let key = Key {
            fingerprint: picture.fingerprint.clone(),
            drawing: drawing.clone(),
            cut,
        };
        (key, Arc::new(uploaded(ctx, picture, drawing, cut)))
    });
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let aspect = rect.width() / rect.height().max(1.0);
    if let Some(hole) = &uploaded.hole {
        let moved = |at: [f32; 2]| on(rect, pose.moved(at, guessed_near_at(at), aspect));
        draw(&painter, hole, CELLS, moved);
    }
    if let Some(lock) = &uploaded.lock {
        draw(&painter, lock, 1, |at| on(rect, at));
    }
    for (placed, middle, track) in &uploaded.cut_outs {
        let pose = track.at(t);
        draw(&painter, placed, 1, |at| about(rect, pose, *middle, at));
    }
}

fn uploaded(
    ctx: &egui::Context,
    picture: &ShelfPicture,
    drawing: &Drawing,
    cut: FrameIn,
) -> Uploaded {
    let layers = made(picture, drawing, cut);
    let placed = |layer: &Layer| placed(ctx, layer, layers.size);
    let cut_outs = layers.cut_outs.iter();
    Uploaded {
        hole: layers.hole.as_ref().map(placed),
        lock: layers.lock.as_ref().map(placed),
        cut_outs: cut_outs
            .map(|cut| (placed(&cut.layer), cut.middle, cut.track.clone()))
            .collect(),
    }
}

/// The layers, in the colours of the picture on the stage.
fn made(picture: &ShelfPicture, drawing: &Drawing, cut: FrameIn) -> Layers {
    let (corner, size) = cut;
    let view = &picture.view;
    let own = [view.width as f32, view.height as f32];
    let wanted = [0, 1].map(|axis| (own[axis] * size[axis]).max(1.0));
    let shrink = (LONGEST / wanted[0].max(wanted[1])).min(1.0);
    let pixels = wanted.map(|side| (side * shrink).round().max(1.0) as usize);
    let at = |index: usize, axis: usize| {
        let part = (index as f32 + 0.5) / pixels[axis] as f32;
        let place = (corner[axis] + part * size[axis]) * own[axis];
        (place.max(0.0) as usize).min(own[axis] as usize - 1)
    };
    Layers::new(&drawing.in_frame(cut), pixels, |x, y| {
        let index = 3 * (at(y, 1) * view.width as usize + at(x, 0));
        [view.rgb[index], view.rgb[index + 1], view.rgb[index + 2]]
    })
}

fn placed(ctx: &egui::Context, layer: &Layer, frame: [usize; 2]) -> Placed {
    let part = |pixels: [usize; 2]| [0, 1].map(|axis| pixels[axis] as f32 / frame[axis] as f32);
    Placed {
        texture: texture(ctx, layer.size, &layer.rgba),
        corner: part(layer.corner),
        size: part(layer.size),
    }
}

/// Draws a layer; `place` maps fractions of the frame to the screen.
fn draw(painter: &Painter, placed: &Placed, cells: u32, place: impl Fn([f32; 2]) -> Pos2) {
    warped(painter, &placed.texture, cells, |part| {
        place([0, 1].map(|axis| placed.corner[axis] + part[axis] * placed.size[axis]))
    });
}

/// Fractions of a rectangle on the screen.
pub(super) fn on(rect: Rect, [x, y]: [f32; 2]) -> Pos2 {
    rect.min + vec2(x, y) * rect.size()
}

/// A point of something that is in `pose` relative to where it started, about `middle`; in fractions of `rect`.
pub(super) fn about(rect: Rect, pose: Pose, middle: [f32; 2], at: [f32; 2]) -> Pos2 {
    let middle = on(rect, middle);
    let away = (on(rect, at) - middle) * pose.scale;
    let (sin, cos) = pose.roll.to_radians().sin_cos();
    let turned = Vec2::new(away.x * cos - away.y * sin, away.x * sin + away.y * cos);
    let shift = vec2(pose.x, pose.y) * rect.size();
    pos2(middle.x, middle.y) + shift + turned
}
