//! The layers of a preview: what a drawing cuts out of a picture, holds still, or uncovers, as pixels with transparency.
//!
//! They show what [`Scene`](super::Scene) renders, but each is drawn only once and then moved as a whole.

use super::description::Outline;
use super::drawing::Drawing;
use super::masks::{middle_of_corners, polygon_mask};
use super::nearest::nearest;
use crate::media::camera::CameraPath;

/// Pixels with transparency in a part of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The column and row of its upper left pixel in the frame.
    pub corner: [usize; 2],
    /// Width and height.
    pub size: [usize; 2],
    /// Red, green, blue and opacity, `[h, w, 4]`.
    pub rgba: Vec<u8>,
}

/// A cut-out as a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerOfCutOut {
    /// Its pixels, where it is before it moves.
    pub layer: Layer,
    /// The point that it turns about, as fractions of the frame.
    pub middle: [f32; 2],
    /// How it moves.
    pub track: CameraPath,
}

/// Everything that a preview draws over the moved picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    /// Width and height of the frame.
    pub size: [usize; 2],
    /// What the cut-outs leave behind, in the nearest colours; it moves with the camera.
    pub hole: Option<Layer>,
    /// What holds still.
    pub lock: Option<Layer>,
    /// The cut-outs, the rearmost first.
    pub cut_outs: Vec<LayerOfCutOut>,
}

impl Layers {
    /// The layers of a drawing, given in fractions of the frame, over a frame of `size` (width, height) with the colours
    /// `colour` by column and row.
    #[must_use]
    pub fn new(
        drawing: &Drawing,
        size: [usize; 2],
        colour: impl Fn(usize, usize) -> [u8; 3],
    ) -> Self {
        let mut background: Vec<[u8; 3]> = (0..size[1])
            .flat_map(|y| (0..size[0]).map(move |x| (x, y)))
            .map(|(x, y)| colour(x, y))
            .collect();
        let mut hole = vec![false; background.len()];
        let mut cut_outs = Vec::new();
        for cut in &drawing.cut_outs {
            let Outline::Polygon(corners) = &cut.outline else {
                continue;
            };
            let mask = polygon_mask(corners, size);
            for (hole, inside) in hole.iter_mut().zip(&mask) {
                *hole |= inside;
            }
            if let Some(layer) = layer(&mask, &background, size) {
                let middle = middle_of_corners(corners, size);
                let middle = [0, 1].map(|axis| (middle[axis] / size[axis] as f64) as f32);
                let track = cut.track.clone();
                cut_outs.push(LayerOfCutOut {
                    layer,
                    middle,
                    track,
                });
            }
        }
        let outside: Vec<bool> = hole.iter().map(|inside| !inside).collect();
        if hole.contains(&true)
            && let Some(nearest) = nearest(&outside, size[0])
        {
            for (index, &from) in nearest.iter().enumerate() {
                background[index] = background[from as usize];
            }
        }
        let lock = drawing.lock.as_ref().map(|lock| lock.mask(size));
        Self {
            size,
            hole: layer(&hole, &background, size),
            lock: lock.and_then(|lock| layer(&lock, &background, size)),
            cut_outs,
        }
    }
}

/// The pixels of a mask within its bounds; `None` if it is empty.
fn layer(mask: &[bool], colours: &[[u8; 3]], size: [usize; 2]) -> Option<Layer> {
    let row_has = |y: &usize| mask[y * size[0]..(y + 1) * size[0]].contains(&true);
    let (top, bottom) = (
        (0..size[1]).find(row_has)?,
        (0..size[1]).rev().find(row_has)?,
    );
    let column_has = |x: &usize| (top..=bottom).any(|y| mask[y * size[0] + x]);
    let (left, right) = (
        (0..size[0]).find(column_has)?,
        (0..size[0]).rev().find(column_has)?,
    );
    let pixels = (top..=bottom).flat_map(|y| (left..=right).map(move |x| y * size[0] + x));
    let rgba = pixels.flat_map(|index| {
        let [red, green, blue] = colours[index];
        // The colours of pixels outside count where the layer is drawn between pixels.
        [red, green, blue, if mask[index] { 255 } else { 0 }]
    });
    Some(Layer {
        corner: [left, top],
        size: [right - left + 1, bottom - top + 1],
        rgba: rgba.collect(),
    })
}
