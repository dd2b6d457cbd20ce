//! The first half of dense inverse search: where each patch of a grid went, and a flow for every pixel made from that.
//!
//! Patches are compared less their means, so that a change of brightness does not matter. Each starts at the flow of the
//! coarser level, or at that of a neighbour which fits better, and descends by Gauss-Newton with the gradients of the
//! first picture, which do not change from step to step.

use rayon::prelude::*;

use super::plane::Plane;

/// Side of a patch in pixels.
pub(super) const PATCH: usize = 8;
/// Pixels by which the second picture is extended; patches may be outside by as much.
const BORDER: usize = 16;
/// Groups of rows of patches. Flow spreads to neighbours only inside a group, so that groups can run at once with the same
/// result on any number of threads.
const STRIPES: usize = 8;
/// Passes over the grid, from the upper left and from the lower right in turn.
const PASSES: usize = 2;
/// Added to the squared gradients of a patch: a flat patch stays where it is instead of following noise.
const DAMPING: f32 = 1.0;

/// Two pictures of one size at one level of the pyramid.
pub(super) struct Level {
    first: Plane,
    second: Plane,
    bordered: Plane,
    right: Plane,
    down: Plane,
}

/// Horizontal and vertical displacement of each pixel.
pub(super) type Displacements = [Plane; 2];

/// Where the patches went, `[rows, columns]`.
struct Grid {
    columns: usize,
    rows: usize,
    stride: usize,
    moved: Vec<[f32; 2]>,
}

/// The gradients of a patch, summed.
struct Texture {
    inverse: [f32; 3],
    sums: [f32; 2],
}

impl Level {
    pub(super) fn new(first: Plane, second: Plane) -> Self {
        let [right, down] = first.sobel();
        Self {
            bordered: second.bordered(BORDER),
            first,
            second,
            right,
            down,
        }
    }

    pub(super) fn pictures(&self) -> (&Plane, &Plane) {
        (&self.first, &self.second)
    }

    /// The next coarser level.
    pub(super) fn halved(&self) -> Self {
        let half = |plane: &Plane| plane.shrunk(plane.width / 2, plane.height / 2);
        Self::new(half(&self.first), half(&self.second))
    }

    /// Flow from the first to the second picture, starting at `start`.
    pub(super) fn search(
        &self,
        start: &Displacements,
        stride: usize,
        steps: usize,
    ) -> Displacements {
        let grid = self.searched(start, stride, steps.div_ceil(PASSES));
        self.densified(&grid)
    }

    fn searched(&self, start: &Displacements, stride: usize, steps: usize) -> Grid {
        let count = |side: usize| 1 + (side - PATCH) / stride;
        let (columns, rows) = (count(self.first.width), count(self.first.height));
        let mut moved = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            let middle = (row * stride + PATCH / 2) * self.first.width + PATCH / 2;
            moved.extend((0..columns).map(|column| {
                let at = middle + column * stride;
                [start[0].values[at], start[1].values[at]]
            }));
        }
        let tall = rows.div_ceil(STRIPES);
        moved
            .par_chunks_mut(columns * tall)
            .enumerate()
            .for_each(|(stripe, moved)| {
                let top = stripe * tall * stride;
                for pass in 0..PASSES {
                    self.pass(moved, columns, (top, stride), (pass % 2 == 1, steps));
                }
            });
        Grid {
            columns,
            rows,
            stride,
            moved,
        }
    }

    /// One pass over the patches of a stripe, in reading order or backwards.
    fn pass(
        &self,
        moved: &mut [[f32; 2]],
        columns: usize,
        (top, stride): (usize, usize),
        (backwards, steps): (bool, usize),
    ) {
        let count = moved.len();
        for order in 0..count {
            let index = if backwards { count - 1 - order } else { order };
            let (column, row) = (index % columns, index / columns);
            let at = [column * stride, top + row * stride];
            let neighbours = if backwards {
                [
                    (column + 1 < columns).then(|| index + 1),
                    (index + columns < count).then(|| index + columns),
                ]
            } else {
                [(column > 0).then(|| index - 1), index.checked_sub(columns)]
            };
            let mut best = moved[index];
            let mut error = None;
            for other in neighbours.into_iter().flatten().map(|other| moved[other]) {
                if other == best {
                    continue;
                }
                let own = *error.get_or_insert_with(|| self.compared(at, best).error);
                let theirs = self.compared(at, other).error;
                if theirs < own {
                    (best, error) = (other, Some(theirs));
                }
            }
            moved[index] = self.descended(at, best, steps);
        }
    }

    /// Where the patch at `at` went, from `start` on.
    fn descended(&self, at: [usize; 2], start: [f32; 2], steps: usize) -> [f32; 2] {
        let texture = self.texture(at);
        let mut best = start;
        let mut position = start;
        let mut least = f32::INFINITY;
        for _ in 0..steps {
            let compared = self.compared(at, position);
            if compared.error >= least {
                break;
            }
            (least, best) = (compared.error, position);
            let [along, down] = texture.step(&compared);
            position = [position[0] - along, position[1] - down];
            // Far less than flow can tell.
            if along * along + down * down < 1e-6 {
                best = position;
                break;
            }
        }
        let far = (best[0] - start[0]).hypot(best[1] - start[1]);
        // It followed something else.
        if far <= PATCH as f32 { best } else { start }
    }

    fn texture(&self, [x, y]: [usize; 2]) -> Texture {
        let (mut xx, mut xy, mut yy) = (0.0_f32, 0.0_f32, 0.0_f32);
        let mut sums = [0.0_f32; 2];
        for row in y..y + PATCH {
            let right = &self.right.row(row)[x..x + PATCH];
            let down = &self.down.row(row)[x..x + PATCH];
            for (right, down) in right.iter().zip(down) {
                xx += right * right;
                xy += right * down;
                yy += down * down;
                sums[0] += right;
                sums[1] += down;
            }
        }
        // Of gradients less their means, as differences are.
        let count = (PATCH * PATCH) as f32;
        xx -= sums[0] * sums[0] / count;
        xy -= sums[0] * sums[1] / count;
        yy -= sums[1] * sums[1] / count;
        let (xx, yy) = (xx + DAMPING, yy + DAMPING);
        let determinant = (xx * yy - xy * xy).max(DAMPING * DAMPING);
        Texture {
            inverse: [yy / determinant, -xy / determinant, xx / determinant],
            sums,
        }
    }

    /// The patch at `[x, y]` against the second picture where it would be after moving.
    fn compared(&self, [x, y]: [usize; 2], moved: [f32; 2]) -> Compared {
        let place = |at: usize, moved: f32, side: usize| {
            let least = (BORDER + 1 - PATCH) as f32;
            let most = (BORDER + side - 1) as f32;
            let place = (at as f32 + moved + BORDER as f32).clamp(least, most);
            (place as usize, place.fract())
        };
        let (left, u) = place(x, moved[0], self.first.width);
        let (top, v) = place(y, moved[1], self.first.height);
        let weights = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
        let mut sums = [[0.0_f32; PATCH]; 4];
        let second = |row: usize| -> &[f32; PATCH + 1] {
            let row = &self.bordered.row(row)[left..];
            row.first_chunk().unwrap_or(&[0.0; PATCH + 1])
        };
        let chunk = |plane: &Plane, row: usize| -> [f32; PATCH] {
            let row = &plane.row(row)[x..];
            row.first_chunk().copied().unwrap_or_default()
        };
        let mut above = second(top);
        for row in 0..PATCH {
            let below = second(top + row + 1);
            let own = chunk(&self.first, y + row);
            let right = chunk(&self.right, y + row);
            let down = chunk(&self.down, y + row);
            for column in 0..PATCH {
                let other = weights[0] * above[column]
                    + weights[1] * above[column + 1]
                    + weights[2] * below[column]
                    + weights[3] * below[column + 1];
                let difference = other - own[column];
                sums[0][column] += difference;
                sums[1][column] += difference * difference;
                sums[2][column] += difference * right[column];
                sums[3][column] += difference * down[column];
            }
            above = below;
        }
        let [sum, squares, along, down] = sums.map(|lanes| lanes.iter().sum::<f32>());
        Compared {
            sum,
            products: [along, down],
            error: squares - sum * sum / (PATCH * PATCH) as f32,
        }
    }

    /// For each pixel the mean of what the patches over it say, those that fit it better counting more.
    fn densified(&self, grid: &Grid) -> Displacements {
        let (width, height) = (self.first.width, self.first.height);
        let mut both = [Plane::zeros(width, height), Plane::zeros(width, height)];
        let [across, down] = &mut both;
        // Patches over a position: all whose first pixel is at most a patch before it.
        let covering = |at: usize, count: usize| {
            let last = (at / grid.stride).min(count - 1);
            let first = (at + 1).saturating_sub(PATCH).div_ceil(grid.stride);
            first.min(last)..=last
        };
        across
            .values
            .par_chunks_exact_mut(width)
            .zip(down.values.par_chunks_exact_mut(width))
            .enumerate()
            .for_each(|(y, (across, down))| {
                let own = self.first.row(y);
                for x in 0..width {
                    let mut total = 0.0;
                    let mut sums = [0.0; 2];
                    for row in covering(y, grid.rows) {
                        for column in covering(x, grid.columns) {
                            let moved = grid.moved[row * grid.columns + column];
                            let other = self
                                .second
                                .sampled(x as f32 + moved[0], y as f32 + moved[1]);
                            let weight = 1.0 / (other - own[x]).abs().max(1.0);
                            total += weight;
                            sums[0] += weight * moved[0];
                            sums[1] += weight * moved[1];
                        }
                    }
                    across[x] = sums[0] / total;
                    down[x] = sums[1] / total;
                }
            });
        both
    }
}

/// A patch against a place in the second picture.
struct Compared {
    /// Of the differences.
    sum: f32,
    /// Of the differences with the gradients.
    products: [f32; 2],
    /// Sum of the squares of the differences less their mean.
    error: f32,
}

impl Texture {
    /// How much farther than it should be the patch is.
    fn step(&self, compared: &Compared) -> [f32; 2] {
        let mean = compared.sum / (PATCH * PATCH) as f32;
        let along = compared.products[0] - mean * self.sums[0];
        let down = compared.products[1] - mean * self.sums[1];
        let [a, b, c] = self.inverse;
        [a * along + b * down, b * along + c * down]
    }
}
