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

    /// Whether depth matters: parts of the content at different distances move differently.
    #[must_use]
    pub fn has_parallax(self) -> bool {
        self.orbit != 0.0 || self.dolly != 0.0
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

/// How a pose changes from one keyframe to the next; `p` is the part of the time between them that has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Easing {
    /// At constant speed: `p`.
    #[default]
    Linear,
    /// Starts at rest: `p²`.
    EaseIn,
    /// Ends at rest: `1 − (1 − p)²`.
    EaseOut,
    /// Both: `p²·(3 − 2p)`.
    EaseInOut,
    /// Stays until the next keyframe.
    Hold,
}

impl Easing {
    /// The fraction of the change that is done after the fraction `part` of the time.
    #[must_use]
    pub fn at(self, part: f32) -> f32 {
        match self {
            Self::Linear => part,
            Self::EaseIn => part * part,
            Self::EaseOut => 1.0 - (1.0 - part) * (1.0 - part),
            Self::EaseInOut => part * part * (3.0 - 2.0 * part),
            Self::Hold => 0.0,
        }
    }

    fn is_linear(&self) -> bool {
        *self == Self::Linear
    }
}

/// A pose at a time; missing fields are as at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Keyframe {
    /// Time, from 0 at the first to 1 at the last frame.
    t: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    x: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    y: f32,
    #[serde(default = "one")]
    scale: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    roll: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    orbit: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    dolly: f32,
    /// From here to the next keyframe.
    #[serde(default, skip_serializing_if = "Easing::is_linear")]
    ease: Easing,
}

fn one() -> f32 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

impl Keyframe {
    /// A pose that changes at constant speed until the next one.
    fn linear(t: f32, pose: Pose) -> Self {
        Self {
            t,
            x: pose.x,
            y: pose.y,
            scale: pose.scale,
            roll: pose.roll,
            orbit: pose.orbit,
            dolly: pose.dolly,
            ease: Easing::Linear,
        }
    }

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
            Some("a shift is more than 8 frame sizes")
        } else if !within(self.roll, MOST_ROLL) {
            Some("a roll is more than 10 turns")
        } else if !within(self.orbit, FURTHEST) || !(-0.9..=MOST_SCALE).contains(&self.dolly) {
            Some("a parallax is too large")
        } else {
            None
        }
    }
}

/// The movement of the content over a clip at strength 1: keyframes, eased in between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Keyframe>", into = "Vec<Keyframe>")]
pub struct CameraPath {
    /// Never empty; times never decrease.
    keyframes: Vec<Keyframe>,
}

impl CameraPath {
    /// A path that starts at rest and ends at `end`.
    #[must_use]
    pub fn to(end: Pose) -> Self {
        Self {
            keyframes: vec![
                Keyframe::linear(0.0, Pose::REST),
                Keyframe::linear(1.0, end),
            ],
        }
    }

    /// A path through poses at times from 0 to 1, with straight movements between them; `None` if there are none or too
    /// many, times decrease, or values are out of range.
    #[must_use]
    pub fn through(poses: impl IntoIterator<Item = (f32, Pose)>) -> Option<Self> {
        let keyframes: Vec<Keyframe> = poses
            .into_iter()
            .map(|(t, pose)| Keyframe::linear(t, pose))
            .collect();
        Self::try_from(keyframes).ok()
    }

    /// The poses of its keyframes, with their times.
    pub fn poses(&self) -> impl Iterator<Item = (f32, Pose)> {
        self.keyframes.iter().map(|key| (key.t, key.pose()))
    }

    /// A path through keyframes: times, poses, and how each pose changes until the next one. `None` as in
    /// [`through`](Self::through).
    #[must_use]
    pub fn of_keys(keys: impl IntoIterator<Item = (f32, Pose, Easing)>) -> Option<Self> {
        let keyframes = keys.into_iter().map(|(t, pose, ease)| Keyframe {
            ease,
            ..Keyframe::linear(t, pose)
        });
        Self::try_from(keyframes.collect::<Vec<_>>()).ok()
    }

    /// Its keyframes: times, poses, and how each pose changes until the next one.
    pub fn keys(&self) -> impl Iterator<Item = (f32, Pose, Easing)> {
        let keys = self.keyframes.iter();
        keys.map(|key| (key.t, key.pose(), key.ease))
    }

    /// The path with other poses at the same times, and the same easing.
    #[must_use]
    pub fn mapped(&self, change: impl Fn(f32, Pose) -> Pose) -> Self {
        let keyframes = self.keyframes.iter().map(|key| Keyframe {
            ease: key.ease,
            ..Keyframe::linear(key.t, change(key.t, key.pose()))
        });
        Self {
            keyframes: keyframes.collect(),
        }
    }

    /// Reads the JSON list of keyframes in the metadata of camera moves:
    /// `[{"t":0,"x":0,"y":0,"scale":1,"roll":0,"orbit":0,"dolly":0,"ease":"linear"}, …]`.
    ///
    /// # Errors
    /// [`CameraError::Path`] if it is not such a list, times decrease, or values are out of range.
    pub fn parse(json: &str) -> Result<Self, CameraError> {
        let flaw = |reason: String| CameraError::Path { reason };
        let keyframes: Vec<Keyframe> =
            serde_json::from_str(json).map_err(|error| flaw(excerpt(error)))?;
        Self::try_from(keyframes).map_err(flaw)
    }

    /// Whether some keyframe moves depths differently.
    #[must_use]
    pub fn has_parallax(&self) -> bool {
        self.keyframes.iter().any(|key| key.pose().has_parallax())
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
        let part = before.ease.at((t - before.t) / (after.t - before.t));
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

impl TryFrom<Vec<Keyframe>> for CameraPath {
    type Error = String;

    fn try_from(keyframes: Vec<Keyframe>) -> Result<Self, String> {
        if keyframes.is_empty() || keyframes.len() > MOST_KEYFRAMES {
            let count = keyframes.len();
            return Err(format!("it has {count} keyframes, not 1 to 512"));
        }
        if let Some(reason) = keyframes.iter().find_map(|key| key.flaw()) {
            return Err(reason.to_owned());
        }
        if keyframes.windows(2).any(|pair| pair[1].t < pair[0].t) {
            return Err("its times decrease".to_owned());
        }
        Ok(Self { keyframes })
    }
}

impl From<CameraPath> for Vec<Keyframe> {
    fn from(path: CameraPath) -> Self {
        path.keyframes
    }
}

/// The rounding error that opposite moves may leave: far less than any picture shows.
const ROUNDING: f64 = 1e-9;

/// The pose of several paths with strengths, composed, at time `t`: shifts, rotations and the logarithms of
/// magnifications add. A negative strength moves backwards.
///
/// Moves that are opposite to each other leave exactly [`Pose::REST`].
pub fn stacked<'a>(moves: impl IntoIterator<Item = (&'a CameraPath, f32)>, t: f32) -> Pose {
    let mut sums = [0.0_f64; 6];
    for (path, strength) in moves {
        let pose = path.at(t);
        let own = [pose.x, pose.y, pose.roll, pose.orbit, pose.dolly].map(f64::from);
        let [x, y, roll, orbit, dolly] = own;
        let all = [x, y, f64::from(pose.scale).ln(), roll, orbit, dolly];
        for (sum, value) in sums.iter_mut().zip(all) {
            *sum += value * f64::from(strength);
        }
    }
    let settled = sums.map(|sum| if sum.abs() < ROUNDING { 0.0 } else { sum });
    let [x, y, scale, roll, orbit, dolly] = settled;
    Pose {
        x: x as f32,
        y: y as f32,
        scale: scale.exp() as f32,
        roll: roll as f32,
        orbit: orbit as f32,
        dolly: dolly as f32,
    }
}
