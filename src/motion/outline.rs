//! Outlines of cut-outs drawn by hand: a lasso, or everything that a brush covered.

use super::painted::{Painted, Stroke};
use super::simplified::closed;

/// Largest distance of a left-out point from the outline, as a part of the picture.
const TOLERANCE: f32 = 0.002;
/// The smallest area of a lasso, as a part of the picture.
const LEAST_AREA: f32 = 2e-5;
/// Pixels along the shorter side of the mask that a brushed outline is traced on: with fewer, the steps between pixels
/// would be higher than the tolerance, and each would be a corner of the outline.
const PIXELS: f32 = 1024.0;
/// The mask of a very wide or very tall picture is at most this many times as long as it is wide.
const LONGEST: f32 = 4.0;

/// The outline of a lasso whose points are fractions of the picture, without those that a line between the others comes
/// close to; `None` if it encloses next to nothing.
#[must_use]
pub fn lasso(points: &[[f32; 2]]) -> Option<Vec<[f32; 2]>> {
    let corners = closed(points, TOLERANCE);
    let area = corners.iter().enumerate().map(|(index, from)| {
        let to = corners[(index + 1) % corners.len()];
        from[0] * to[1] - to[0] * from[1]
    });
    let area = area.sum::<f32>().abs() / 2.0;
    (area >= LEAST_AREA).then_some(corners)
}

/// The outline of a stroke over a picture with this aspect ratio (width over height); `None` if it covers nothing of
/// the picture.
#[must_use]
pub fn brushed(stroke: &Stroke, aspect: f32) -> Option<Vec<[f32; 2]>> {
    let aspect = aspect.clamp(1.0 / LONGEST, LONGEST);
    let columns = (PIXELS * aspect.max(1.0)).round() as usize;
    let rows = (PIXELS / aspect.min(1.0)).round() as usize;
    let painted = Painted {
        all: false,
        strokes: vec![Stroke {
            erases: false,
            ..stroke.clone()
        }],
    };
    let traced = traced(&painted.mask([columns, rows]), columns)?;
    let parts = traced.into_iter().map(|[x, y]| {
        [
            (x as f64 / columns as f64) as f32,
            (y as f64 / rows as f64) as f32,
        ]
    });
    lasso(&parts.collect::<Vec<_>>())
}

/// The point that a cut-out with these corners turns about: the middle of their bounds.
#[must_use]
pub fn middle_of(corners: &[[f32; 2]]) -> [f32; 2] {
    [0, 1].map(|axis| {
        let values = corners.iter().map(|corner| corner[axis]);
        let least = values.clone().fold(f32::INFINITY, f32::min);
        let most = values.fold(f32::NEG_INFINITY, f32::max);
        (least + most) / 2.0
    })
}

/// Whether a point is inside a polygon (even-odd rule).
#[must_use]
pub fn contains(corners: &[[f32; 2]], point: [f32; 2]) -> bool {
    let mut inside = false;
    for (index, from) in corners.iter().enumerate() {
        let to = corners[(index + 1) % corners.len()];
        if (from[1] > point[1]) != (to[1] > point[1]) {
            let across = (point[1] - from[1]) / (to[1] - from[1]) * (to[0] - from[0]);
            inside ^= point[0] < from[0] + across;
        }
    }
    inside
}

/// Right, down, left, up.
const WAYS: [[i64; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];
/// The pixels ahead on the left and on the right of a corner, for each of these ways.
const AHEAD: [[[i64; 2]; 2]; 4] = [
    [[0, -1], [0, 0]],
    [[0, 0], [-1, 0]],
    [[-1, 0], [-1, -1]],
    [[-1, -1], [0, -1]],
];

/// The corners of pixels along the outer edge of the first area of a mask, clockwise; `None` if it is empty.
fn traced(mask: &[bool], width: usize) -> Option<Vec<[usize; 2]>> {
    let first = mask.iter().position(|&inside| inside)?;
    let height = (mask.len() / width) as i64;
    let inside = |x: i64, y: i64| {
        let within = (0..width as i64).contains(&x) && (0..height).contains(&y);
        within && mask[y as usize * width + x as usize]
    };
    // Follows the edges between pixels, with the area on the right.
    let start = [(first % width) as i64, (first / width) as i64];
    let (mut at, mut way) = (start, 0);
    let mut corners = Vec::new();
    // An edge is passed at most once in each direction.
    for _ in 0..4 * (mask.len() + width + 1) {
        corners.push([at[0] as usize, at[1] as usize]);
        at = [at[0] + WAYS[way][0], at[1] + WAYS[way][1]];
        if at == start {
            break;
        }
        let [left, right] = AHEAD[way].map(|[x, y]| inside(at[0] + x, at[1] + y));
        way = match (left, right) {
            (true, _) => (way + 3) % 4,
            (false, true) => way,
            (false, false) => (way + 1) % 4,
        };
    }
    Some(corners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::motion::masks::polygon_mask;

    #[test]
    fn a_brushed_outline_encloses_what_the_brush_covered() {
        let stroke = Stroke {
            points: vec![[0.2, 0.3], [0.6, 0.5], [0.5, 0.8]],
            radius: 0.07,
            erases: false,
        };
        let outline = brushed(&stroke, 1.6).expect("an outline");
        assert!(outline.len() < 80, "{} corners", outline.len());
        let size = [160, 100];
        let painted = Painted {
            all: false,
            strokes: vec![stroke],
        };
        let (brush, polygon) = (painted.mask(size), polygon_mask(&outline, size));
        let covered = brush.iter().filter(|inside| **inside).count();
        let differ = brush.iter().zip(&polygon).filter(|(a, b)| a != b).count();
        // A pixel here is three times the tolerance of the outline, so only pixels on its edge may differ.
        assert!(
            covered > 1000 && differ * 40 < covered,
            "{differ} of {covered}"
        );
    }

    #[test]
    fn a_lasso_of_a_thousand_points_keeps_its_corners_and_one_on_a_line_is_none() {
        let side = |from: [f32; 2], to: [f32; 2]| {
            (0..250).map(move |step| {
                let part = step as f32 / 250.0;
                [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part)
            })
        };
        let corners = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.4], [0.1, 0.4]];
        let line: Vec<_> = (0..4)
            .flat_map(|index| side(corners[index], corners[(index + 1) % 4]))
            .collect();
        let kept = lasso(&line).expect("an outline");
        assert_eq!(kept.len(), 4);
        assert!(contains(&kept, [0.3, 0.3]) && !contains(&kept, [0.6, 0.3]));
        assert_eq!(lasso(&[[0.1, 0.1], [0.9, 0.9], [0.1, 0.1]]), None);
        assert_eq!(lasso(&[[0.5, 0.5]]), None);
        assert_eq!(lasso(&[]), None);
    }
}
