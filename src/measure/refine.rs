//! The second half of dense inverse search: variational refinement of a flow.
//!
//! Finds the increment of the flow that makes brightness and gradients of both pictures agree and the flow smooth, with
//! robust weights, by repeated linear systems (Brox et al. 2004). Each is solved by successive over-relaxation on a
//! checkerboard: the cells of one colour depend only on those of the other, so rows run at once with the same result on
//! any number of threads.

use rayon::prelude::*;

use super::patches::Displacements;
use super::plane::Plane;

/// Weight of smoothness.
const ALPHA: f32 = 20.0;
/// Weight of equal gradients.
const GAMMA: f32 = 10.0;
/// Weight of equal brightness.
const DELTA: f32 = 5.0;
/// Passes of over-relaxation for each linear system.
const PASSES: usize = 5;
/// Over-relaxation.
const OMEGA: f32 = 1.6;
/// Squares added to gradients and to penalties, which are not to become infinite.
const ZETA: f32 = 0.01;
const EPSILON: f32 = 1e-6;

/// The linear system of one pixel, `a · (du, dv) = b` with the neighbours' parts left out.
#[derive(Clone, Copy, Default)]
struct Cell {
    a11: f32,
    a12: f32,
    a22: f32,
    b1: f32,
    b2: f32,
    /// Smoothness towards the left, right, upper and lower neighbour.
    near: [f32; 4],
}

/// Changes of brightness of one pixel.
#[derive(Clone, Copy, Default)]
struct Slopes {
    x: f32,
    y: f32,
    z: f32,
    xx: f32,
    xy: f32,
    yy: f32,
    xz: f32,
    yz: f32,
}

/// A plane in two colours: cells with an even and an odd sum of column and row, each `[h, w / 2 rounded up]`.
struct Checkerboard<T> {
    columns: usize,
    colours: [Vec<T>; 2],
}

impl<T: Copy + Default> Checkerboard<T> {
    fn new(width: usize, height: usize) -> Self {
        let columns = width.div_ceil(2);
        let cells = || vec![T::default(); columns * height];
        Self {
            columns,
            colours: [cells(), cells()],
        }
    }
}

/// The flow after `rounds` linear systems.
pub(super) fn refined(
    first: &Plane,
    second: &Plane,
    flow: &Displacements,
    rounds: usize,
) -> Displacements {
    if rounds == 0 {
        return flow.clone();
    }
    let (width, height) = (first.width, first.height);
    let slopes = slopes(first, second, flow);
    let mut step = [Plane::zeros(width, height), Plane::zeros(width, height)];
    let mut board = Checkerboard::<[f32; 2]>::new(width, height);
    for _ in 0..rounds {
        let system = system(&slopes, flow, &step, width);
        for _ in 0..PASSES {
            for colour in 0..2 {
                relax(&mut board, &system, (width, height), colour);
            }
        }
        for y in 0..height {
            for x in 0..width {
                let cell = board.colours[(x + y) % 2][y * board.columns + x / 2];
                step[0].values[y * width + x] = cell[0];
                step[1].values[y * width + x] = cell[1];
            }
        }
    }
    let mut sum = flow.clone();
    for (sum, step) in sum.iter_mut().zip(&step) {
        let values = sum.values.iter_mut().zip(&step.values);
        values.for_each(|(value, step)| *value += step);
    }
    sum
}

/// How brightness changes to the right, down and in time, with the second picture moved back by the flow.
fn slopes(first: &Plane, second: &Plane, flow: &Displacements) -> Vec<Slopes> {
    let (width, height) = (first.width, first.height);
    let mut mean = Plane::zeros(width, height);
    let mut change = Plane::zeros(width, height);
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let back = second.sampled(x as f32 + flow[0].values[at], y as f32 + flow[1].values[at]);
            mean.values[at] = f32::midpoint(first.values[at], back);
            change.values[at] = back - first.values[at];
        }
    }
    let [x, y] = mean.slopes();
    let [xx, xy] = x.slopes();
    let [_, yy] = y.slopes();
    let [xz, yz] = change.slopes();
    let one = |at: usize| Slopes {
        x: x.values[at],
        y: y.values[at],
        z: change.values[at],
        xx: xx.values[at],
        xy: xy.values[at],
        yy: yy.values[at],
        xz: xz.values[at],
        yz: yz.values[at],
    };
    (0..width * height).map(one).collect()
}

/// The linear systems of all pixels, row by row, around the flow and the step so far.
fn system(
    slopes: &[Slopes],
    flow: &Displacements,
    step: &Displacements,
    width: usize,
) -> Vec<Cell> {
    let height = slopes.len() / width;
    let smooth = smoothness(flow, step);
    let mut cells = vec![Cell::default(); slopes.len()];
    let rows = cells.par_chunks_exact_mut(width).enumerate();
    rows.for_each(|(y, row)| {
        for (x, cell) in row.iter_mut().enumerate() {
            let at = y * width + x;
            *cell = data_term(&slopes[at], step[0].values[at], step[1].values[at]);
            let sides = [
                (x > 0, at.wrapping_sub(1), at.wrapping_sub(1)),
                (x + 1 < width, at + 1, at),
                (y > 0, at.wrapping_sub(width), at.wrapping_sub(width)),
                (y + 1 < height, at + width, at),
            ];
            for (near, (inside, other, weigher)) in cell.near.iter_mut().zip(sides) {
                if inside {
                    let weight = smooth[weigher];
                    *near = weight;
                    cell.a11 += weight;
                    cell.a22 += weight;
                    cell.b1 += weight * (flow[0].values[other] - flow[0].values[at]);
                    cell.b2 += weight * (flow[1].values[other] - flow[1].values[at]);
                }
            }
        }
    });
    cells
}

/// How much each pixel's flow is held to that of its right and lower neighbours.
fn smoothness(flow: &Displacements, step: &Displacements) -> Vec<f32> {
    let (width, height) = (flow[0].width, flow[0].height);
    let mut smooth = vec![0.0; width * height];
    let rows = smooth.par_chunks_exact_mut(width).enumerate();
    rows.for_each(|(y, row)| {
        for (x, weight) in row.iter_mut().enumerate() {
            let at = y * width + x;
            let right = if x + 1 < width { at + 1 } else { at };
            let below = if y + 1 < height { at + width } else { at };
            let mut squares = EPSILON;
            for (flow, step) in flow.iter().zip(step) {
                let value = |at: usize| flow.values[at] + step.values[at];
                squares += (value(right) - value(at)).powi(2) + (value(below) - value(at)).powi(2);
            }
            *weight = ALPHA / 2.0 / squares.sqrt();
        }
    });
    smooth
}

/// What brightness and gradients of a pixel ask for.
fn data_term(s: &Slopes, du: f32, dv: f32) -> Cell {
    // Each constraint is divided by its gradient, so that strong edges do not outweigh everything (Zimmer et al. 2011).
    let norm = s.x * s.x + s.y * s.y + ZETA;
    let off = s.z + s.x * du + s.y * dv;
    let weight = DELTA / 2.0 / (off * off / norm + EPSILON).sqrt() / norm;
    let mut cell = Cell {
        a11: weight * s.x * s.x + ZETA,
        a12: weight * s.x * s.y,
        a22: weight * s.y * s.y + ZETA,
        b1: -weight * s.z * s.x,
        b2: -weight * s.z * s.y,
        near: [0.0; 4],
    };
    let across = 1.0 / (s.xx * s.xx + s.xy * s.xy + ZETA);
    let down = 1.0 / (s.yy * s.yy + s.xy * s.xy + ZETA);
    let off_x = s.xz + s.xx * du + s.xy * dv;
    let off_y = s.yz + s.xy * du + s.yy * dv;
    let penalty = off_x * off_x * across + off_y * off_y * down;
    let weight = GAMMA / 2.0 / (penalty + EPSILON).sqrt();
    cell.a11 += weight * (s.xx * s.xx * across + s.xy * s.xy * down);
    cell.a12 += weight * (s.xx * s.xy * across + s.xy * s.yy * down);
    cell.a22 += weight * (s.xy * s.xy * across + s.yy * s.yy * down);
    cell.b1 -= weight * (s.xx * s.xz * across + s.xy * s.yz * down);
    cell.b2 -= weight * (s.xy * s.xz * across + s.yy * s.yz * down);
    cell
}

/// One pass over the cells of one colour.
fn relax(
    board: &mut Checkerboard<[f32; 2]>,
    system: &[Cell],
    (width, height): (usize, usize),
    colour: usize,
) {
    let columns = board.columns;
    let [even, odd] = &mut board.colours;
    let (own, other) = if colour == 0 {
        (even, &*odd)
    } else {
        (odd, &*even)
    };
    let rows = own.par_chunks_exact_mut(columns).enumerate();
    rows.with_min_len(16).for_each(|(y, row)| {
        let start = (y + colour) % 2;
        let at = |row: usize, column: usize| other[row * columns + column / 2];
        for (x, value) in (start..width).step_by(2).zip(row) {
            let cell = &system[y * width + x];
            let sides = [
                at(y, x.saturating_sub(1)),
                at(y, (x + 1).min(width - 1)),
                at(y.saturating_sub(1), x),
                at((y + 1).min(height - 1), x),
            ];
            let [mut b1, mut b2] = [cell.b1, cell.b2];
            // A weight of 0 where there is no neighbour.
            for (near, side) in cell.near.iter().zip(sides) {
                b1 += near * side[0];
                b2 += near * side[1];
            }
            let [du, dv] = *value;
            let du = du + OMEGA * ((b1 - cell.a12 * dv) / cell.a11 - du);
            let dv = dv + OMEGA * ((b2 - cell.a12 * du) / cell.a22 - dv);
            *value = [du, dv];
        }
    });
}
