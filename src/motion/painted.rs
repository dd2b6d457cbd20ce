//! Masks painted with a round brush, as strokes: small enough for a recipe, and the same at every size.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::simplified;
use crate::media::picture::Picture;

/// Maximum number of points of a stroke.
const MOST_POINTS: usize = 4096;
/// Maximum number of strokes of a mask.
pub const MOST_STROKES: usize = 1024;
/// How far a point may be from the frame's origin, in widths or heights of the frame.
const FURTHEST: f32 = 16.0;
/// Largest radius of a brush, in widths of the frame.
const MOST_RADIUS: f32 = 16.0;

/// One stroke of a brush: everything within its radius of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stroke {
    /// The points of the line, as fractions of the frame; a single one is a dot.
    pub points: Vec<[f32; 2]>,
    /// The brush's radius, as a fraction of the frame's width.
    pub radius: f32,
    /// Whether it removes from the mask instead of adding to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erases: bool,
}

/// A stroke as written in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStroke {
    points: Vec<[f32; 2]>,
    radius: f32,
    #[serde(default)]
    erases: bool,
}

impl<'de> Deserialize<'de> for Stroke {
    fn deserialize<D: Deserializer<'de>>(document: D) -> Result<Self, D::Error> {
        let WrittenStroke {
            points,
            radius,
            erases,
        } = WrittenStroke::deserialize(document)?;
        let stroke = Self {
            points,
            radius,
            erases,
        };
        stroke.check().map_err(D::Error::custom)?;
        Ok(stroke)
    }
}

/// Largest distance of a left-out point from the line, as a part of the radius.
const TOLERANCE: f32 = 0.04;
/// Points that a stroke is reduced to, however long it is.
const ENOUGH_POINTS: usize = 512;

impl Stroke {
    /// A stroke along points, without those that a straight line between the others comes close to.
    #[must_use]
    pub fn along(points: &[[f32; 2]], radius: f32, erases: bool) -> Self {
        let mut tolerance = radius * TOLERANCE;
        let mut kept = simplified::line(points, tolerance);
        while kept.len() > ENOUGH_POINTS {
            tolerance *= 2.0;
            kept = simplified::line(points, tolerance);
        }
        Self {
            points: kept,
            radius,
            erases,
        }
    }

    fn check(&self) -> Result<(), String> {
        let count = self.points.len();
        if !(1..=MOST_POINTS).contains(&count) {
            return Err(format!(
                "a stroke has {count} points, not 1 to {MOST_POINTS}"
            ));
        }
        // Also false for a number beyond `f32`.
        let near = |value: &f32| value.abs() <= FURTHEST;
        if !self.points.iter().flatten().all(near) {
            return Err("a point of a stroke is more than 16 frame sizes away".to_owned());
        }
        if self.radius > 0.0 && self.radius <= MOST_RADIUS {
            return Ok(());
        }
        Err("the radius of a stroke is not between 0 and 16 frame widths".to_owned())
    }
}

/// A painted mask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Painted {
    /// Whether the mask is everything before the first stroke, rather than nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// Its strokes, the earliest first.
    #[serde(deserialize_with = "strokes")]
    pub strokes: Vec<Stroke>,
}

fn strokes<'de, D: Deserializer<'de>>(document: D) -> Result<Vec<Stroke>, D::Error> {
    let strokes: Vec<Stroke> = Vec::deserialize(document)?;
    if strokes.len() > MOST_STROKES {
        let count = strokes.len();
        let flaw = format!("a mask has {count} strokes, not at most {MOST_STROKES}");
        return Err(D::Error::custom(flaw));
    }
    Ok(strokes)
}

impl Painted {
    /// A mask of everything.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            all: true,
            strokes: Vec::new(),
        }
    }

    /// Whether it certainly covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all && self.strokes.iter().all(|stroke| stroke.erases)
    }

    /// The mask `[h, w]` for a frame of `size` (width, height) in pixels.
    ///
    /// A stroke covers the pixels whose centre is at most its radius away from its line; distances are in pixels.
    /// Each stroke adds to or removes from those before it.
    #[must_use]
    pub fn mask(&self, size: [usize; 2]) -> Vec<bool> {
        let mut mask = vec![self.all; size[0] * size[1]];
        for stroke in &self.strokes {
            fill(stroke, size, &mut mask);
        }
        mask
    }

    /// The mask as a picture: white where it covers, black elsewhere.
    #[must_use]
    pub fn picture(&self, size: [usize; 2]) -> Picture {
        let level = |inside: bool| if inside { [255; 3] } else { [0; 3] };
        Picture {
            width: size[0] as u32,
            height: size[1] as u32,
            rgb: self.mask(size).into_iter().flat_map(level).collect(),
        }
    }
}

/// Fills a stroke, one part of its line after another, within the part's bounds.
fn fill(stroke: &Stroke, size: [usize; 2], mask: &mut [bool]) {
    let sides = size.map(|side| side as f64);
    let at = |point: [f32; 2]| [0, 1].map(|axis| f64::from(point[axis]) * sides[axis]);
    let radius = f64::from(stroke.radius) * sides[0];
    let dot = stroke.points.first().map(|&point| (point, point));
    let parts = stroke.points.windows(2).map(|pair| (pair[0], pair[1]));
    for (from, to) in dot.into_iter().chain(parts) {
        let (from, to) = (at(from), at(to));
        let [columns, rows] = [0, 1].map(|axis| {
            // Half a pixel more than any centre within the radius needs.
            let first = (from[axis].min(to[axis]) - radius - 1.0).clamp(0.0, sides[axis]);
            let last = (from[axis].max(to[axis]) + radius + 1.0).clamp(0.0, sides[axis]);
            first as usize..last as usize
        });
        for row in rows {
            let line = &mut mask[row * size[0]..(row + 1) * size[0]];
            for column in columns.clone() {
                let centre = [column as f64 + 0.5, row as f64 + 0.5];
                if square_distance(centre, from, to) <= radius * radius {
                    line[column] = !stroke.erases;
                }
            }
        }
    }
}

/// The square of the distance from a point to the line between two others.
fn square_distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let away = [point[0] - from[0], point[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let part = if length > 0.0 {
        ((along[0] * away[0] + along[1] * away[1]) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let [x, y] = [away[0] - part * along[0], away[1] - part * along[1]];
    x * x + y * y
}
