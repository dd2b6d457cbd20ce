//! What an artist draws over a picture: what holds still, what may move, and parts that move by themselves.
//!
//! In fractions of the picture, so that it stays on the same things however the picture is cropped. A take gets it in
//! fractions of its frame.

use serde::{Deserialize, Serialize};

use super::description::{CutOut, Mask, Motion, Outline};
use super::painted::Painted;
use super::simplified::reduced;
use crate::media::camera::{CameraPath, Pose};

/// The frame in a picture, as fractions of it: its upper left corner and its size.
pub type FrameIn = ([f32; 2], [f32; 2]);

/// Coordinates are rounded to this part of the frame, a hundredth of a pixel or less, so that a drawing that was read
/// from a recipe and moved to the picture gives the same recipe again, despite the rounding of `f32`.
const GRID: f32 = 1e5;
/// Largest coordinate in a frame, in widths or heights of it: what a recipe accepts for a polygon and a track.
const FURTHEST: f32 = 8.0;

/// Everything that is drawn over a picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drawing {
    /// What must hold still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Painted>,
    /// What may move; the rest holds still or follows the camera moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brush: Option<Painted>,
    /// Parts that move by themselves, the rearmost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cut_outs: Vec<CutOut>,
}

impl Drawing {
    /// Whether it affects no take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let masks = [&self.lock, &self.brush];
        self.cut_outs.is_empty() && masks.into_iter().flatten().all(Painted::is_empty)
    }

    /// The drawing of a motion, in fractions of its frame; `None` if the motion also has parts that cannot be drawn.
    #[must_use]
    pub fn of(motion: &Motion) -> Option<Self> {
        if motion.pictures().next().is_some() || motion.reference.is_some() {
            return None;
        }
        let painted = |mask: &Option<Mask>| match mask {
            Some(Mask::Painted(painted)) => Some(painted.clone()),
            Some(Mask::Picture(_)) | None => None,
        };
        Some(Self {
            lock: painted(&motion.lock),
            brush: painted(&motion.brush),
            cut_outs: motion.cut_outs.clone(),
        })
    }

    /// Adds the drawing, which must be in fractions of the frame, to a motion.
    pub fn add_to(&self, motion: &mut Motion) {
        let mask = |painted: &Option<Painted>| {
            let painted = painted.clone().filter(|painted| !painted.is_empty());
            painted.map(Mask::Painted)
        };
        motion.lock = mask(&self.lock);
        motion.brush = mask(&self.brush);
        motion.cut_outs.clone_from(&self.cut_outs);
    }

    /// The drawing, given in fractions of a picture, in fractions of a frame in it.
    #[must_use]
    pub fn in_frame(&self, (corner, size): FrameIn) -> Self {
        let size = size.map(|side| side.max(f32::MIN_POSITIVE));
        self.mapped(
            |point| [0, 1].map(|axis| rounded((point[axis] - corner[axis]) / size[axis])),
            [0, 1].map(|axis| rounded_by(size[axis])),
        )
    }

    /// The drawing, given in fractions of a frame in a picture, in fractions of the picture.
    #[must_use]
    pub fn in_picture(&self, (corner, size): FrameIn) -> Self {
        self.mapped(
            |point| [0, 1].map(|axis| point[axis] * size[axis] + corner[axis]),
            size.map(|side| Box::new(move |length: f32| length * side) as Length),
        )
    }

    /// The drawing with other coordinates: `place` maps points, `lengths` horizontal and vertical lengths.
    fn mapped(&self, place: impl Fn([f32; 2]) -> [f32; 2], lengths: [Length; 2]) -> Self {
        let [across, down] = lengths;
        let painted = |painted: &Option<Painted>| {
            painted.clone().map(|mut painted| {
                for stroke in &mut painted.strokes {
                    stroke.radius = across(stroke.radius);
                    for point in &mut stroke.points {
                        *point = place(*point);
                    }
                }
                painted
            })
        };
        let cut_outs = self.cut_outs.iter().map(|cut| CutOut {
            outline: match &cut.outline {
                Outline::Polygon(corners) => {
                    Outline::Polygon(corners.iter().map(|corner| place(*corner)).collect())
                }
                Outline::Mask(named) => Outline::Mask(named.clone()),
            },
            track: cut.track.mapped(|_, pose| Pose {
                x: across(pose.x),
                y: down(pose.y),
                ..pose
            }),
        });
        Self {
            lock: painted(&self.lock),
            brush: painted(&self.brush),
            cut_outs: cut_outs.collect(),
        }
    }
}

/// Maps a length.
type Length = Box<dyn Fn(f32) -> f32>;

fn rounded(value: f32) -> f32 {
    (value.clamp(-FURTHEST, FURTHEST) * GRID).round() / GRID
}

fn rounded_by(side: f32) -> Length {
    Box::new(move |length| rounded(length / side))
}

/// How the content moves along a track over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At constant speed.
    Even,
    /// Starting and ending at rest.
    Eased,
}

/// Largest distance of a recorded point from the line that replaces it, as a part of the frame.
const TOLERANCE: f32 = 0.004;
/// Shortest drag whose times count, in seconds.
const LEAST_SECONDS: f64 = 0.02;
/// Maximum number of keyframes of a recorded track.
const MOST_KEYS: usize = 64;

/// The track of a recorded drag: shifts from its start as fractions of the picture, each with its time in seconds.
///
/// Points that a straight movement between the others comes close to are left out.
#[must_use]
pub fn recorded(samples: &[(f64, [f32; 2])]) -> CameraPath {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return CameraPath::to(Pose::REST);
    };
    let length = last.0 - first.0;
    let steps = samples.len().saturating_sub(1).max(1) as f64;
    let time = |index: usize, seconds: f64| {
        // Faster than anyone drags: a window that was not drawn meanwhile has seen no times.
        let known = length > LEAST_SECONDS;
        let part = if known {
            (seconds - first.0) / length
        } else {
            index as f64 / steps
        };
        part as f32
    };
    let keys: Vec<(f32, [f32; 2])> = samples
        .iter()
        .enumerate()
        .map(|(index, (seconds, at))| (time(index, *seconds), *at))
        .collect();
    path_of(few(&keys))
}

/// The camera path that is performed while a preview of `length` seconds plays: shifts from the start as fractions of the
/// frame, each with its time in seconds since the preview began. After the last one, the camera rests.
///
/// Points that a straight movement between the others comes close to are left out.
#[must_use]
pub fn performed(samples: &[(f64, [f32; 2])], length: f64) -> CameraPath {
    let time = |seconds: f64| (seconds / length.max(LEAST_SECONDS)).clamp(0.0, 1.0) as f32;
    let mut keys: Vec<(f32, [f32; 2])> = vec![(0.0, [0.0; 2])];
    for (seconds, at) in samples {
        let t = time(*seconds);
        match keys.last_mut() {
            // The start is at rest.
            _ if t <= 0.0 => {}
            Some(last) if t <= last.0 => last.1 = *at,
            _ => keys.push((t, *at)),
        }
    }
    path_of(few(&keys))
}

/// The keys that a movement at constant speed from key to key needs, and few enough for a path.
fn few(keys: &[(f32, [f32; 2])]) -> Vec<(f32, [f32; 2])> {
    let mut tolerance = TOLERANCE;
    let mut kept = simplified(keys, tolerance);
    while kept.len() > MOST_KEYS {
        tolerance *= 1.5;
        kept = simplified(keys, tolerance);
    }
    kept
}

fn path_of(keys: Vec<(f32, [f32; 2])>) -> CameraPath {
    let poses = keys.into_iter().map(|(t, [x, y])| {
        let pose = Pose { x, y, ..Pose::REST };
        (t, pose)
    });
    CameraPath::through(poses).unwrap_or_else(|| CameraPath::to(Pose::REST))
}

/// The keys that a movement from key to key at constant speed needs to come close to all of them.
fn simplified(keys: &[(f32, [f32; 2])], tolerance: f32) -> Vec<(f32, [f32; 2])> {
    type Key = (f32, [f32; 2]);
    let missed = |first: &Key, last: &Key, (t, at): &Key| {
        let part = (t - first.0) / (last.0 - first.0).max(f32::MIN_POSITIVE);
        let expected = [0, 1].map(|axis| first.1[axis] + (last.1[axis] - first.1[axis]) * part);
        (at[0] - expected[0]).hypot(at[1] - expected[1])
    };
    reduced(keys, missed, tolerance)
}

/// A track with another end; what changes, changes evenly over time.
#[must_use]
pub fn ending_at(track: &CameraPath, end: Pose) -> CameraPath {
    let before = track.end();
    track.mapped(|t, pose| {
        let to = |value: f32, from: f32, to: f32| value + (to - from) * t;
        Pose {
            x: to(pose.x, before.x, end.x),
            y: to(pose.y, before.y, end.y),
            scale: to(pose.scale, before.scale, end.scale),
            roll: to(pose.roll, before.roll, end.roll),
            ..pose
        }
    })
}

/// The track along the same line at another pace. A track that goes nowhere is unchanged.
#[must_use]
pub fn paced(track: &CameraPath, pace: Pace, aspect: f32) -> CameraPath {
    let poses: Vec<(f32, Pose)> = track.poses().collect();
    let step = |pair: &[(f32, Pose)]| {
        let (from, to) = (pair[0].1, pair[1].1);
        ((to.x - from.x) * aspect).hypot(to.y - from.y)
    };
    let whole: f32 = poses.windows(2).map(step).sum();
    if whole <= f32::EPSILON {
        return track.clone();
    }
    let mut done = 0.0;
    let steps = std::iter::once(0.0).chain(poses.windows(2).map(step));
    let parts: Vec<f32> = steps
        .map(|step| {
            done += step;
            (done / whole).clamp(0.0, 1.0)
        })
        .collect();
    let end = track.end();
    // Scale and turn follow the way, too. Easing needs keyframes along straight parts.
    let along = |part: f32| {
        let after = parts
            .iter()
            .position(|&other| other >= part)
            .unwrap_or(0)
            .max(1);
        let (from, to) = (parts[after - 1], parts[after]);
        let inner = if to > from {
            (part - from) / (to - from)
        } else {
            1.0
        };
        let mix = |from: f32, to: f32| from + (to - from) * inner;
        let (a, b) = (poses[after - 1].1, poses[after].1);
        Pose {
            x: mix(a.x, b.x),
            y: mix(a.y, b.y),
            scale: 1.0 + (end.scale - 1.0) * part,
            roll: end.roll * part,
            ..a
        }
    };
    let keys: Vec<(f32, Pose)> = match pace {
        Pace::Even => parts.iter().map(|&part| (part, along(part))).collect(),
        Pace::Eased => (0..=EASED_KEYS)
            .map(|index| {
                let t = index as f32 / EASED_KEYS as f32;
                (t, along(t * t * (3.0 - 2.0 * t)))
            })
            .collect(),
    };
    CameraPath::through(keys).unwrap_or_else(|| track.clone())
}

/// Keyframes of an eased track: more than most takes have frames.
const EASED_KEYS: usize = 24;
