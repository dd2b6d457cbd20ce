//! Camera paths: keyframes of where the content of a picture moves over a clip. Reading paths, composing them, moving a
//! point.
//!
//! Positions are fractions of the frame, `(0, 0)` at its upper left and `(1, 1)` at its lower right corner. Moves are
//! named by what the camera does; paths describe what the content does: a camera that pans left moves the content to
//! the right.

use serde::{Deserialize, Serialize};

use crate::error::{CameraError, excerpt};

/// Maximum number of keyframes in a path; more than any clip has frames.
const MOST_KEYFRAMES: usize = 512;
/// Largest shift of the content, in widths or heights of the frame.
const FURTHEST: f32 = 8.0;
/// Largest magnification; its inverse is the smallest.
const MOST_SCALE: f32 = 32.0;
/// Largest rotation of the content, in degrees.
const MOST_ROLL: f32 = 3600.0;

/// The position of the content relative to the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Shift to the right, as a fraction of the frame's width.
    pub x: f32,
    /// Shift down, as a fraction of the frame's height.
    pub y: f32,
    /// Magnification about the centre.
    pub scale: f32,
    /// Rotation about the centre in degrees, clockwise.
    pub roll: f32,
    /// Parallax: shift to the right of the nearest depth relative to the farthest, as a fraction of the width.
    pub orbit: f32,
    /// Magnification of the nearest depth beyond that of the farthest.
    pub dolly: f32,
}

impl Pose {
    /// The position at the start.
    pub const REST: Self = Self {
        x: 0.0,
        y: 0.0,
        scale: 1.0,
        roll: 0.0,
        orbit: 0.0,
        dolly: 0.0,
    };

    /// The same move, `strength` times as far; reversed if `strength` is negative.
    #[must_use]
    pub fn times(self, strength: f32) -> Self {
        Self {
            x: self.x * strength,
            y: self.y * strength,
            scale: self.scale.powf(strength),
            roll: self.roll * strength,
            orbit: self.orbit * strength,
            dolly: self.dolly * strength,
        }
    }

    /// Both at once: shifts and rotations add, magnifications multiply.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            y: self.y + other.y,
            scale: self.scale * other.scale,
            roll: self.roll + other.roll,
            orbit: self.orbit + other.orbit,
            dolly: self.dolly + other.dolly,
        }
    }

    /// Whether there is no visible movement.
    #[must_use]
    pub fn is_rest(self) -> bool {
        let still = |value: f32| value.abs() < 1e-3;
        still(self.x)
            && still(self.y)
            && still(self.scale - 1.0)
            && still(self.roll)
            && still(self.orbit)
            && still(self.dolly)
    }

    /// The position of the content that started at `point`. `near` is its depth, from 0 (farthest) to 1 (nearest), and
    /// `aspect` the frame's width over its height.
    #[must_use]
    pub fn moved(self, point: [f32; 2], near: f32, aspect: f32) -> [f32; 2] {
        let scale = self.scale * (1.0 + self.dolly * near).max(LEAST_DEPTH_SCALE);
        let (x, y) = ((point[0] - 0.5) * aspect * scale, (point[1] - 0.5) * scale);
        let (sin, cos) = self.roll.to_radians().sin_cos();
        let parallax = self.orbit * (near - 0.5);
        [
            0.5 + (x * cos - y * sin) / aspect + self.x + parallax,
            0.5 + x * sin + y * cos + self.y,
        ]
    }
}

/// Smallest magnification of the nearest depth: backward dollies that add up must not make it negative.
pub const LEAST_DEPTH_SCALE: f32 = 0.05;

/// A pose at a time; missing fields are as at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Keyframe {
    /// Time, from 0 at the first to 1 at the last frame.
    t: f32,
    #[serde(default)]
    x: f32,
    #[serde(default)]
    y: f32,
    #[serde(default = "one")]
    scale: f32,
    #[serde(default)]
    roll: f32,
    #[serde(default)]
    orbit: f32,
    #[serde(default)]
    dolly: f32,
}

fn one() -> f32 {
    1.0
}

impl Keyframe {
    fn pose(self) -> Pose {
        Pose {
            x: self.x,
            y: self.y,
            scale: self.scale,
            roll: self.roll,
            orbit: self.orbit,
            dolly: self.dolly,
        }
    }

    fn flaw(self) -> Option<&'static str> {
        let within = |value: f32, most: f32| value.abs() <= most;
        if !(0.0..=1.0).contains(&self.t) {
            Some("a time is outside 0 to 1")
        } else if !(1.0 / MOST_SCALE..=MOST_SCALE).contains(&self.scale) {
            Some("a scale is outside 1/32 to 32")
        } else if !within(self.x, FURTHEST) || !within(self.y, FURTHEST) {
            Some("a shift is more than 8 frames")
        } else if !within(self.roll, MOST_ROLL) {
            Some("a roll is more than 10 turns")
        } else if !within(self.orbit, FURTHEST) || !(-0.9..=MOST_SCALE).contains(&self.dolly) {
            Some("a parallax is too large")
        } else {
            None
        }
    }
}

/// The movement of the content over a clip at strength 1: keyframes, linear in between.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraPath {
    /// Never empty; times never decrease.
    keyframes: Vec<Keyframe>,
}

impl CameraPath {
    /// A path that starts at rest and ends at `end`.
    #[must_use]
    pub fn to(end: Pose) -> Self {
        let at = |t: f32, pose: Pose| Keyframe {
            t,
            x: pose.x,
            y: pose.y,
            scale: pose.scale,
            roll: pose.roll,
            orbit: pose.orbit,
            dolly: pose.dolly,
        };
        Self {
            keyframes: vec![at(0.0, Pose::REST), at(1.0, end)],
        }
    }

    /// Reads the JSON list of keyframes that camera moves carry:
    /// `[{"t":0,"x":0,"y":0,"scale":1,"roll":0,"orbit":0,"dolly":0}, …]`.
    ///
    /// # Errors
    /// [`CameraError::Path`] if it is not such a list, times decrease, or values are out of range.
    pub fn parse(json: &str) -> Result<Self, CameraError> {
        let flaw = |reason: String| CameraError::Path { reason };
        let keyframes: Vec<Keyframe> =
            serde_json::from_str(json).map_err(|error| flaw(excerpt(error)))?;
        if keyframes.is_empty() || keyframes.len() > MOST_KEYFRAMES {
            let count = keyframes.len();
            return Err(flaw(format!("it has {count} keyframes, not 1 to 512")));
        }
        if let Some(reason) = keyframes.iter().find_map(|key| key.flaw()) {
            return Err(flaw(reason.to_owned()));
        }
        if keyframes.windows(2).any(|pair| pair[1].t < pair[0].t) {
            return Err(flaw("its times decrease".to_owned()));
        }
        Ok(Self { keyframes })
    }

    /// The pose at `t`, from 0 at the first to 1 at the last frame.
    #[must_use]
    pub fn at(&self, t: f32) -> Pose {
        let after = self.keyframes.iter().position(|key| key.t > t);
        let (before, after) = match after {
            Some(0) => return self.keyframes[0].pose(),
            Some(after) => (self.keyframes[after - 1], self.keyframes[after]),
            None => return self.keyframes.last().map_or(Pose::REST, |key| key.pose()),
        };
        let part = (t - before.t) / (after.t - before.t);
        let mix = |from: f32, to: f32| from + (to - from) * part;
        let (from, to) = (before.pose(), after.pose());
        Pose {
            x: mix(from.x, to.x),
            y: mix(from.y, to.y),
            scale: mix(from.scale, to.scale),
            roll: mix(from.roll, to.roll),
            orbit: mix(from.orbit, to.orbit),
            dolly: mix(from.dolly, to.dolly),
        }
    }

    /// The pose at the last frame.
    #[must_use]
    pub fn end(&self) -> Pose {
        self.at(1.0)
    }

    /// A likely path for a move without one, guessed from its name; `None` for an unknown name.
    #[must_use]
    pub fn guessed(name: &str) -> Option<Self> {
        let words: Vec<String> = name
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |word: &str| words.iter().any(|one| one == word);
        let rest = Pose::REST;
        let end = if has("static") || has("still") {
            rest
        } else if has("zoom") && has("in") {
            Pose { scale: 1.3, ..rest }
        } else if has("zoom") && has("out") {
            Pose {
                scale: 1.0 / 1.3,
                ..rest
            }
        } else if has("dolly") && (has("in") || has("forward")) {
            Pose {
                scale: 1.08,
                dolly: 0.3,
                ..rest
            }
        } else if has("dolly") && (has("out") || has("back") || has("backward")) {
            Pose {
                scale: 1.0 / 1.08,
                dolly: -0.22,
                ..rest
            }
        } else {
            // The camera's direction; the content moves the other way.
            let right = f32::from(i8::from(has("right")) - i8::from(has("left")));
            let up = f32::from(i8::from(has("up")) - i8::from(has("down")));
            let ccw = has("ccw") || has("counterclockwise") || has("anticlockwise");
            let clockwise = f32::from(i8::from(has("cw") || has("clockwise")) - i8::from(ccw));
            if (has("pan") || has("truck")) && right != 0.0 {
                Pose {
                    x: -0.25 * right,
                    ..rest
                }
            } else if (has("tilt") || has("pedestal") || has("crane")) && up != 0.0 {
                Pose {
                    y: 0.2 * up,
                    ..rest
                }
            } else if (has("roll") || has("rotate")) && clockwise != 0.0 {
                Pose {
                    roll: -15.0 * clockwise,
                    ..rest
                }
            } else if (has("orbit") || has("arc")) && right != 0.0 {
                Pose {
                    orbit: -0.15 * right,
                    ..rest
                }
            } else {
                return None;
            }
        };
        Some(Self::to(end))
    }
}

/// The pose of several paths with strengths, composed, at time `t`.
pub fn stacked<'a>(moves: impl IntoIterator<Item = (&'a CameraPath, f32)>, t: f32) -> Pose {
    moves
        .into_iter()
        .map(|(path, strength)| path.at(t).times(strength))
        .fold(Pose::REST, Pose::with)
}
