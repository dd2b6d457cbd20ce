//! Masks and near maps over the frame: from pictures, from polygons, and by guessing.

use super::backward::Taps;
use crate::media::picture::Picture;

/// Levels from this one on count as white.
const WHITE: u8 = 128;

/// A mask `[h, w]` of `size` (width, height) from a picture over the frame: pixels where the largest colour value
/// is above one half. A picture of another size is stretched over the frame, to the nearest pixel.
pub(super) fn mask_of(picture: &Picture, size: [usize; 2]) -> Vec<bool> {
    let own = [picture.width as usize, picture.height as usize];
    let mut mask = Vec::with_capacity(size[0] * size[1]);
    for y in 0..size[1] {
        let row = (2 * y + 1) * own[1] / (2 * size[1]);
        for x in 0..size[0] {
            let column = (2 * x + 1) * own[0] / (2 * size[0]);
            let at = 3 * (row * own[0] + column);
            mask.push(picture.rgb[at..at + 3].iter().any(|&value| value >= WHITE));
        }
    }
    mask
}

/// The planes `[3, h, w]` of a picture, from 0 to 1.
pub(super) fn planes_of(picture: &Picture) -> Vec<f32> {
    (0..3)
        .flat_map(|channel| picture.rgb.iter().skip(channel).step_by(3))
        .map(|&value| f32::from(value) / 255.0)
        .collect()
}

/// A near map `[h, w]` from a picture over the frame: the mean of its colours, from 0 to 1. A picture of another
/// size is stretched, bilinearly.
pub(super) fn near_of(picture: &Picture, size: [usize; 2]) -> Vec<f32> {
    let own = [picture.width as usize, picture.height as usize];
    let pixels = picture.rgb.chunks_exact(3);
    let grey: Vec<f32> = pixels
        .map(|pixel| pixel.iter().map(|&value| u32::from(value)).sum::<u32>() as f32 / 765.0)
        .collect();
    if own == size {
        return grey;
    }
    let scale = [0, 1].map(|axis| own[axis] as f64 / size[axis] as f64);
    let positions = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| [x, y]));
    positions
        .map(|[x, y]| {
            let at = [(x as f64 + 0.5) * scale[0], (y as f64 + 0.5) * scale[1]];
            Taps::at(at, own).of(&grey)
        })
        .collect()
}

/// The near map that is assumed if none is given: a thing is nearer the lower it is and the closer to the
/// middle. The preview of a move (`shaders/ghost.wgsl`) assumes the same.
pub(super) fn guessed_near(size: [usize; 2]) -> Vec<f32> {
    let positions = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| [x, y]));
    let at = |[x, y]: [usize; 2]| {
        guessed_near_at([
            (x as f32 + 0.5) / size[0] as f32,
            (y as f32 + 0.5) / size[1] as f32,
        ])
    };
    positions.map(at).collect()
}

/// How near a point of the frame is assumed to be, from 0 (farthest) to 1 (nearest), if there is no near map.
#[must_use]
pub fn guessed_near_at([x, y]: [f32; 2]) -> f32 {
    let rise = ((y - 0.3) / 0.7).clamp(0.0, 1.0);
    let ground = rise * rise * (3.0 - 2.0 * rise);
    let away = [(x - 0.5) / 0.24, (y - 0.55) / 0.3];
    let subject = 0.8 * (-0.5 * (away[0] * away[0] + away[1] * away[1])).exp();
    1.0 - (1.0 - ground) * (1.0 - subject)
}

/// A mask of the pixels whose centre is inside a polygon (even-odd rule); corners are fractions of the frame.
pub(super) fn polygon_mask(corners: &[[f32; 2]], size: [usize; 2]) -> Vec<bool> {
    let corners: Vec<[f64; 2]> = corners
        .iter()
        .map(|corner| [0, 1].map(|axis| f64::from(corner[axis]) * size[axis] as f64))
        .collect();
    let mut mask = vec![false; size[0] * size[1]];
    let mut crossings = Vec::new();
    for (row, line) in mask.chunks_exact_mut(size[0]).enumerate() {
        let y = row as f64 + 0.5;
        crossings.clear();
        for (index, from) in corners.iter().enumerate() {
            let to = corners[(index + 1) % corners.len()];
            if (from[1] > y) != (to[1] > y) {
                crossings.push(from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0]));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            for (column, inside) in line.iter_mut().enumerate() {
                let x = column as f64 + 0.5;
                *inside |= pair[0] <= x && x < pair[1];
            }
        }
    }
    mask
}

/// The centre of the bounding box of some corners, in pixels.
pub(super) fn middle_of_corners(corners: &[[f32; 2]], size: [usize; 2]) -> [f64; 2] {
    [0, 1].map(|axis| {
        let values = corners.iter().map(|corner| f64::from(corner[axis]));
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        (least + most) / 2.0 * size[axis] as f64
    })
}

/// The centre of the bounding box of a mask's pixels; `None` if it has none.
pub(super) fn middle_of_mask(mask: &[bool], width: usize) -> Option<[f64; 2]> {
    let pixels = mask.iter().enumerate().filter(|(_, inside)| **inside);
    let mut bounds: Option<[usize; 4]> = None;
    for (at, _) in pixels {
        let [x, y] = [at % width, at / width];
        let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
        bounds = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    let [left, top, right, bottom] = bounds?;
    Some([
        (left + right + 1) as f64 / 2.0,
        (top + bottom + 1) as f64 / 2.0,
    ])
}

/// The mask, extended to every pixel within `reach` columns and rows of it.
pub(super) fn grown(mask: &[bool], width: usize, reach: usize) -> Vec<bool> {
    let height = mask.len() / width;
    let mut across = vec![false; mask.len()];
    for (at, _) in mask.iter().enumerate().filter(|(_, inside)| **inside) {
        let [x, y] = [at % width, at / width];
        let line = &mut across[y * width..(y + 1) * width];
        line[x.saturating_sub(reach)..(x + reach + 1).min(width)].fill(true);
    }
    let mut all = vec![false; mask.len()];
    for (at, _) in across.iter().enumerate().filter(|(_, inside)| **inside) {
        let [x, y] = [at % width, at / width];
        for row in y.saturating_sub(reach)..(y + reach + 1).min(height) {
            all[row * width + x] = true;
        }
    }
    all
}
