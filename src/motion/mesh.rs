//! The picture as a surface of quads at their depths, moved and rendered from the new view.
//!
//! Vertices are the centres of the picture's pixels and its outer edge. A quad whose corners have nearly
//! the same depth stretches; any other is torn along its middle, and each corner keeps its own depth. So
//! magnification tears nothing, every pixel keeps its own area, and what appears behind a near thing stays
//! uncovered.

use crate::media::camera::Pose;

/// A quad is torn if it spans more of the depth range than this.
const TORN: f32 = 0.05;
/// The depth of a pixel that shows nothing; real depths are 0 to 1.
const NOTHING: f32 = -1.0;
/// How far outside a triangle a pixel's centre may be, as a part of the triangle, to close the seams
/// between triangles.
const SEAM: f64 = 1e-9;

/// The part of the picture that each pixel of a moved frame shows; row-major.
pub(super) struct Surface {
    /// Position in the picture, in pixels; undefined where a pixel shows nothing.
    origins: Vec<[f32; 2]>,
    depths: Vec<f32>,
    size: [usize; 2],
}

/// A point of the picture and its position in the moved frame, both in pixels.
#[derive(Clone, Copy)]
struct Vertex {
    origin: [f64; 2],
    moved: [f64; 2],
    near: f32,
}

impl Surface {
    /// The surface of a picture of `size` (width, height) with the near map `[h, w]`, moved by `pose`.
    pub(super) fn new(pose: Pose, near: &[f32], size: [usize; 2]) -> Self {
        let mut surface = Self {
            origins: vec![[0.0; 2]; near.len()],
            depths: vec![NOTHING; near.len()],
            size,
        };
        let whole = size.map(|side| side as f32);
        let aspect = whole[0] / whole[1];
        let place = |origin: [f64; 2], near: f32| {
            let point = [0, 1].map(|axis| origin[axis] as f32 / whole[axis]);
            let moved = pose.moved(point, near, aspect);
            Vertex {
                origin,
                moved: [0, 1].map(|axis| f64::from(moved[axis] * whole[axis])),
                near,
            }
        };
        let line = |row: usize| -> Vec<Vertex> {
            let [y, pixel_row] = vertex_at(row, size[1]);
            let columns = 0..size[0] + 2;
            columns
                .map(|column| {
                    let [x, pixel] = vertex_at(column, size[0]);
                    let near = near[pixel_row as usize * size[0] + pixel as usize];
                    place([x, y], near)
                })
                .collect()
        };
        let mut above = line(0);
        for row in 1..size[1] + 2 {
            let below = line(row);
            for (upper, lower) in above.windows(2).zip(below.windows(2)) {
                surface.quad([upper[0], upper[1], lower[1], lower[0]], &place);
            }
            above = below;
        }
        surface
    }

    /// What the pixel at `index` shows: a position in the picture and its depth.
    pub(super) fn at(&self, index: usize) -> Option<([f64; 2], f32)> {
        let depth = self.depths[index];
        (depth > NOTHING).then(|| (self.origins[index].map(f64::from), depth))
    }

    /// Draws a quad from its corners, clockwise from the upper left.
    fn quad(&mut self, corners: [Vertex; 4], place: &impl Fn([f64; 2], f32) -> Vertex) {
        let depths = corners.map(|corner| corner.near);
        let least = depths.into_iter().fold(f32::INFINITY, f32::min);
        let most = depths.into_iter().fold(f32::NEG_INFINITY, f32::max);
        if most - least <= TORN {
            self.triangle([corners[0], corners[1], corners[2]]);
            self.triangle([corners[0], corners[2], corners[3]]);
            return;
        }
        let middle = [0, 1].map(|axis| {
            let from = corners[0].origin[axis];
            from + (corners[2].origin[axis] - from) / 2.0
        });
        for corner in corners {
            let at = corner.origin;
            let [left, right] = sorted(at[0], middle[0]);
            let [top, bottom] = sorted(at[1], middle[1]);
            let part = [[left, top], [right, top], [right, bottom], [left, bottom]]
                .map(|at| place(at, corner.near));
            self.triangle([part[0], part[1], part[2]]);
            self.triangle([part[0], part[2], part[3]]);
        }
    }

    /// Draws a triangle wherever nothing nearer is drawn. One that is turned over would show its back,
    /// which the picture does not have.
    fn triangle(&mut self, [a, b, c]: [Vertex; 3]) {
        let cross = |from: [f64; 2], one: [f64; 2], other: [f64; 2]| {
            (one[0] - from[0]) * (other[1] - from[1]) - (one[1] - from[1]) * (other[0] - from[0])
        };
        let area = cross(a.moved, b.moved, c.moved);
        if area <= 0.0 {
            return;
        }
        let range = |axis: usize| {
            let ends = [a.moved[axis], b.moved[axis], c.moved[axis]];
            let least = ends.into_iter().fold(f64::INFINITY, f64::min);
            let most = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
            let side = self.size[axis] as f64;
            // Pixels whose centres may be inside.
            let first = (least - 0.5 - SEAM).ceil().clamp(0.0, side) as usize;
            let end = ((most - 0.5 + SEAM).floor() + 1.0).clamp(0.0, side) as usize;
            first..end
        };
        let (columns, rows) = (range(0), range(1));
        for y in rows {
            for x in columns.clone() {
                let at = [x as f64 + 0.5, y as f64 + 0.5];
                let share = [
                    cross(b.moved, c.moved, at) / area,
                    cross(c.moved, a.moved, at) / area,
                    cross(a.moved, b.moved, at) / area,
                ];
                if share.iter().any(|&part| part < -SEAM) {
                    continue;
                }
                let mixed = |[a, b, c]: [f64; 3]| a * share[0] + b * share[1] + c * share[2];
                let depth = mixed([a.near, b.near, c.near].map(f64::from)) as f32;
                let index = y * self.size[0] + x;
                if depth >= self.depths[index] {
                    self.depths[index] = depth;
                    self.origins[index] = [0, 1]
                        .map(|axis| mixed([a.origin[axis], b.origin[axis], c.origin[axis]]) as f32);
                }
            }
        }
    }
}

/// The position of a vertex along an axis of `side` pixels, and the pixel that it belongs to: the outer edge, the
/// centres, the other edge.
fn vertex_at(number: usize, side: usize) -> [f64; 2] {
    let pixel = number.saturating_sub(1).min(side - 1) as f64;
    let position = match number {
        0 => 0.0,
        _ if number > side => side as f64,
        _ => pixel + 0.5,
    };
    [position, pixel]
}

fn sorted(one: f64, other: f64) -> [f64; 2] {
    [one.min(other), one.max(other)]
}
