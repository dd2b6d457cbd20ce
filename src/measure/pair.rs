//! What the camera did from one picture to the next.

use rayon::join;
use serde::{Deserialize, Serialize};

use super::flow::{Flow, Preset};
use super::plane::Plane;
use super::similarity::{Match, Similarity};
use crate::media::camera::Pose;

/// Pixels from point to point of the grid that is followed.
const GRID: usize = 8;
/// Longest way that a point may be from its start after going there and back, in pixels at [`WIDTH`].
const ROUND_TRIP: f32 = 1.0;
/// How far a point may be from where a move takes it and still agree, in pixels at [`WIDTH`].
const TOLERANCE: f32 = 0.75;
/// Width of the pictures that these distances are meant for.
pub(super) const WIDTH: usize = 256;
/// Smallest contrast around a point, in levels of brightness: less is noise.
const LEAST_CONTRAST: f32 = 1.5;
/// Fewest points that are believed.
const FEWEST: usize = 12;
/// Smallest part of the points that must agree.
const LEAST_AGREEMENT: f32 = 0.15;
/// Part of the width and height that belongs to the border, on each side.
const RING: f32 = 0.125;
/// Part of the border's points by which the border must disagree with the rest before it is believed more.
const MORE_OF_THE_RING: f32 = 0.1;

/// What the camera did from one frame to the next, or over a clip.
///
/// Named by what the content does: a camera that pans left moves the content to the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Shift of the content to the right, in parts of the width.
    pub pan: f32,
    /// Shift of the content down, in parts of the height.
    pub tilt: f32,
    /// Natural logarithm of the magnification.
    pub zoom: f32,
    /// Rotation of the content in degrees, clockwise.
    pub roll: f32,
    /// Part of the points with texture that agree with this move, from 0 to 1. Where hardly any do, the rest is 0.
    pub inliers: f32,
    /// Median distance of the points from where this move takes them, in parts of the width.
    pub residual: f32,
}

/// A move of the content along each of the four axes of a camera that turns in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Shift to the right, in parts of the width.
    pub pan: f32,
    /// Shift down, in parts of the height.
    pub tilt: f32,
    /// Natural logarithm of the magnification.
    pub zoom: f32,
    /// Rotation in degrees, clockwise.
    pub roll: f32,
}

impl Axes {
    /// All four, in the order of the fields.
    #[must_use]
    pub fn values(self) -> [f32; 4] {
        [self.pan, self.tilt, self.zoom, self.roll]
    }
}

impl From<Pose> for Axes {
    /// Leaves out parallax.
    fn from(pose: Pose) -> Self {
        Self {
            pan: pose.x,
            tilt: pose.y,
            zoom: pose.scale.ln(),
            roll: pose.roll,
        }
    }
}

impl Pair {
    /// Whether enough points agree with the move to believe it.
    #[must_use]
    pub fn is_believable(&self) -> bool {
        self.inliers >= LEAST_AGREEMENT
    }

    /// The move alone.
    #[must_use]
    pub fn axes(&self) -> Axes {
        Axes {
            pan: self.pan,
            tilt: self.tilt,
            zoom: self.zoom,
            roll: self.roll,
        }
    }

    /// Measures the move from `first` to `second`, of equal size.
    #[must_use]
    pub fn between(first: &Plane, second: &Plane, preset: Preset) -> Self {
        let (there, back) = join(
            || Flow::between(first, second, preset),
            || Flow::between(second, first, preset),
        );
        let matches = matches(first, &there, &back);
        Self::fitted(&matches, [first.width as f32, first.height as f32])
    }

    fn fitted(matches: &[Match], [width, height]: [f32; 2]) -> Self {
        if matches.len() < FEWEST {
            return Self::default();
        }
        let tolerance = TOLERANCE * width / WIDTH as f32;
        let Some(found) = camera(matches, [width, height], tolerance) else {
            return Self::default();
        };
        let inliers = found.agreeing(matches, tolerance).count() as f32 / matches.len() as f32;
        let errors = matches.iter().map(|pair| found.error(pair) / width);
        let residual = median(errors.collect());
        if inliers < LEAST_AGREEMENT {
            return Self {
                inliers,
                residual,
                ..Self::default()
            };
        }
        Self {
            pan: found.shift[0] / width,
            tilt: found.shift[1] / height,
            zoom: found.scale().ln(),
            roll: found.roll(),
            inliers,
            residual,
        }
    }
}

/// The move of the whole picture; that of its border where something large moves in the middle.
fn camera(matches: &[Match], [width, height]: [f32; 2], tolerance: f32) -> Option<Similarity> {
    let whole = Similarity::agreed(matches, tolerance)?.polished(matches, tolerance);
    let is_outer = |pair: &&Match| {
        let [x, y] = pair.from.map(f32::abs);
        x > (0.5 - RING) * width || y > (0.5 - RING) * height
    };
    let ring: Vec<Match> = matches.iter().filter(is_outer).copied().collect();
    if ring.len() < FEWEST {
        return Some(whole);
    }
    let Some(outer) = Similarity::agreed(&ring, tolerance) else {
        return Some(whole);
    };
    let outer = outer.polished(&ring, tolerance);
    let count = |found: &Similarity| found.agreeing(&ring, tolerance).count() as f32;
    if count(&outer) > count(&whole) + MORE_OF_THE_RING * ring.len() as f32 {
        Some(outer.polished(matches, tolerance))
    } else {
        Some(whole)
    }
}

/// Points of a grid with where they went, about the centre: those with texture that come back to where they were.
fn matches(first: &Plane, there: &Flow, back: &Flow) -> Vec<Match> {
    let (width, height) = (first.width, first.height);
    let centre = [(width - 1) as f32 / 2.0, (height - 1) as f32 / 2.0];
    let round_trip = ROUND_TRIP * (width as f32 / WIDTH as f32).max(0.5);
    let mut matches = Vec::new();
    for y in (GRID / 2..height).step_by(GRID) {
        for x in (GRID / 2..width).step_by(GRID) {
            if contrast(first, x, y) < LEAST_CONTRAST {
                continue;
            }
            let from = [x as f32, y as f32];
            let to = there.moved(from);
            let inside = |value: f32, side: usize| (0.0..=(side - 1) as f32).contains(&value);
            if !inside(to[0], width) || !inside(to[1], height) {
                continue;
            }
            let again = back.moved(to);
            if (again[0] - from[0]).hypot(again[1] - from[1]) > round_trip {
                continue;
            }
            matches.push(Match {
                from: [from[0] - centre[0], from[1] - centre[1]],
                to: [to[0] - centre[0], to[1] - centre[1]],
            });
        }
    }
    matches
}

/// Standard deviation of the brightness around a point.
fn contrast(plane: &Plane, x: usize, y: usize) -> f32 {
    let range = |at: usize, side: usize| at.saturating_sub(GRID / 2)..(at + GRID / 2).min(side);
    let columns = range(x, plane.width);
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0_f32);
    for y in range(y, plane.height) {
        for value in &plane.row(y)[columns.clone()] {
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    (squares / count - (sum / count).powi(2)).max(0.0).sqrt()
}

/// The middle one; 0 of none.
pub(super) fn median(mut values: Vec<f32>) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
