//! What the camera did in a whole clip, and what that is called.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::flow::{Preset, SMALLEST};
use super::pair::{Axes, Pair, WIDTH, median};
use super::plane::Plane;
use crate::media::frame::Frame;

/// Frames that are measured together, so that every thread has some.
const BATCH: usize = 16;
/// Tallest picture that is measured, in pixels.
const TALLEST: usize = 2 * WIDTH;
/// A move of this size counts as much as any other of its own size: parts of the frame, logarithm, degrees.
const UNITS: [f32; 4] = [0.10, 0.10, 0.10, 5.0];
/// Less than this over a whole clip is no move.
const STILL: [f32; 4] = [0.005, 0.005, 0.005, 0.3];
/// Shake from which on a camera is held by hand, in parts of the width.
const SHAKE: f32 = 0.002;
/// A move is more than shake if it is this many times as large.
const OVER_SHAKE: f32 = 8.0;
/// Time over which shake is averaged out, as the standard deviation of a Gaussian.
const SMOOTHING_SECONDS: f32 = 0.25;

/// What a camera does in a clip, named as camera moves are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredMove {
    /// It turns to the left: the content moves right.
    PanLeft,
    /// It turns to the right.
    PanRight,
    /// It looks up: the content moves down.
    TiltUp,
    /// It looks down.
    TiltDown,
    /// It enlarges.
    ZoomIn,
    /// It shows more.
    ZoomOut,
    /// It turns counter-clockwise: the content turns clockwise.
    RollCcw,
    /// It turns clockwise.
    RollCw,
    /// It holds still.
    Static,
    /// It shakes, and goes nowhere in particular.
    Handheld,
}

impl MeasuredMove {
    /// The name, as camera moves are named.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PanLeft => "pan-left",
            Self::PanRight => "pan-right",
            Self::TiltUp => "tilt-up",
            Self::TiltDown => "tilt-down",
            Self::ZoomIn => "zoom-in",
            Self::ZoomOut => "zoom-out",
            Self::RollCcw => "roll-ccw",
            Self::RollCw => "roll-cw",
            Self::Static => "static",
            Self::Handheld => "handheld",
        }
    }

    /// The name as a person writes it.
    #[must_use]
    pub fn title(self) -> String {
        self.name().replace('-', " ")
    }

    /// Whether its amount is in degrees.
    #[must_use]
    pub fn is_roll(self) -> bool {
        matches!(self, Self::RollCcw | Self::RollCw)
    }

    /// The moves along all axes that count, in the order of the axes; none if the camera holds still.
    #[must_use]
    pub fn all(axes: Axes) -> Vec<Self> {
        let values = axes.values().into_iter().zip(STILL).enumerate();
        values
            .filter(|(_, (value, still))| value.abs() >= *still)
            .map(|(axis, (value, _))| Self::along(axis, value))
            .collect()
    }

    /// How much of this move there is: per cent of the frame or of the size, or degrees. Negative is the opposite move;
    /// `None` for those without a direction.
    #[must_use]
    pub fn amount(self, axes: Axes) -> Option<f32> {
        let grown = 100.0 * axes.zoom.exp_m1();
        Some(match self {
            Self::PanLeft => 100.0 * axes.pan,
            Self::PanRight => -100.0 * axes.pan,
            Self::TiltUp => 100.0 * axes.tilt,
            Self::TiltDown => -100.0 * axes.tilt,
            Self::ZoomIn => grown,
            Self::ZoomOut => -grown,
            Self::RollCcw => axes.roll,
            Self::RollCw => -axes.roll,
            Self::Static | Self::Handheld => return None,
        })
    }

    /// The move along one of the four axes of a [`Pair`], by its sign.
    fn along(axis: usize, value: f32) -> Self {
        let both = [
            [Self::PanRight, Self::PanLeft],
            [Self::TiltDown, Self::TiltUp],
            [Self::ZoomOut, Self::ZoomIn],
            [Self::RollCw, Self::RollCcw],
        ];
        both[axis][usize::from(value > 0.0)]
    }
}

/// What the camera did in a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// From each frame to the next.
    pub pairs: Vec<Pair>,
    /// In all: the sums of the moves, the medians of `inliers` and `residual`.
    pub total: Pair,
    /// What that is called.
    #[serde(rename = "move")]
    pub name: MeasuredMove,
    /// How much of all that moves is this move, from 0 to 1; 0 where there was nothing to follow.
    pub purity: f32,
}

/// Measures a clip frame by frame, and keeps no more of it than it needs.
pub struct Measurer {
    preset: Preset,
    /// The last frame of the previous batch, then those not measured yet.
    waiting: Vec<Plane>,
    pairs: Vec<Pair>,
}

impl Measurer {
    /// A measurer that has seen no frame.
    #[must_use]
    pub fn new(preset: Preset) -> Self {
        Self {
            preset,
            waiting: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Whether frames of this size can be measured.
    #[must_use]
    pub fn can_measure(width: u32, height: u32) -> bool {
        let (width, height) = small(width as usize, height as usize);
        width.min(height) >= SMALLEST
    }

    /// Takes the next frame; all must have one size, and one that [`Self::can_measure`].
    pub fn add(&mut self, frame: &Frame) {
        let (width, height) = small(frame.width as usize, frame.height as usize);
        self.waiting.push(Plane::luma(frame).shrunk(width, height));
        if self.waiting.len() > BATCH {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let preset = self.preset;
        let pairs = self.waiting.par_windows(2);
        let pairs = pairs.map(|pair| Pair::between(&pair[0], &pair[1], preset));
        self.pairs.par_extend(pairs);
        self.waiting.drain(..self.waiting.len().saturating_sub(1));
    }

    /// What was measured; `rate` is in frames per second.
    #[must_use]
    pub fn finish(mut self, rate: f64) -> Measured {
        self.measure();
        Measured::of(self.pairs, rate)
    }
}

/// Measures the frames of a take, `rate` frames per second; `None` if they are too small for that.
#[must_use]
pub fn measure(frames: &[Frame], rate: f64) -> Option<Measured> {
    let first = frames.first()?;
    if !Measurer::can_measure(first.width, first.height) {
        return None;
    }
    let mut measurer = Measurer::new(Preset::Medium);
    for frame in frames {
        measurer.add(frame);
    }
    Some(measurer.finish(rate))
}

/// The size that a frame is measured at: never larger than it is.
fn small(width: usize, height: usize) -> (usize, usize) {
    let scale = (WIDTH as f64 / width as f64).min(TALLEST as f64 / height as f64);
    if scale >= 1.0 {
        return (width, height);
    }
    let side = |side: usize| (side as f64 * scale).round().max(1.0) as usize;
    (side(width), side(height))
}

impl Measured {
    /// Sums up what was measured from frame to frame, `rate` frames per second.
    #[must_use]
    pub fn of(pairs: Vec<Pair>, rate: f64) -> Self {
        let mut total = Pair {
            inliers: median(pairs.iter().map(|pair| pair.inliers).collect()),
            residual: median(pairs.iter().map(|pair| pair.residual).collect()),
            ..Pair::default()
        };
        // The path of each axis, from rest.
        let mut path = vec![[0.0_f32; 4]];
        for pair in &pairs {
            total.pan += pair.pan;
            total.tilt += pair.tilt;
            total.zoom += pair.zoom;
            total.roll += pair.roll;
            path.push(total.axes().values());
        }
        let (name, purity) = if total.is_believable() {
            named(&path, total.axes().values(), rate)
        } else {
            (MeasuredMove::Static, 0.0)
        };
        Self {
            pairs,
            total,
            name,
            purity,
        }
    }
}

/// Whether a move is none.
fn is_still(values: [f32; 4]) -> bool {
    let mut pairs = values.iter().zip(STILL);
    pairs.all(|(value, still)| value.abs() < still)
}

/// The axis that counts for most, how much it counts, and how much all do.
fn largest(values: [f32; 4]) -> (usize, f32, f32) {
    let parts: [f32; 4] = std::array::from_fn(|axis| values[axis].abs() / UNITS[axis]);
    let most = (0..4).max_by(|&one, &other| parts[one].total_cmp(&parts[other]));
    let most = most.unwrap_or(0);
    (most, parts[most], parts.iter().sum())
}

/// What a path is called, and how much of it is that.
fn named(path: &[[f32; 4]], total: [f32; 4], rate: f64) -> (MeasuredMove, f32) {
    let shake = shake(path, rate);
    let farthest: [f32; 4] = std::array::from_fn(|axis| {
        let values = path.iter().map(|pose| pose[axis]);
        values.fold(
            0.0,
            |far: f32, value| {
                if value.abs() > far.abs() { value } else { far }
            },
        )
    });
    let drift = largest(total).1 * UNITS[0];
    if shake > SHAKE && drift < OVER_SHAKE * shake {
        return (MeasuredMove::Handheld, shake / (shake + drift));
    }
    if is_still(farthest) {
        return (MeasuredMove::Static, 1.0);
    }
    // There and back again: named by the way there.
    let values = if is_still(total) { farthest } else { total };
    let (axis, part, sum) = largest(values);
    (MeasuredMove::along(axis, values[axis]), part / sum)
}

/// Root of the mean square of the path less the path averaged over a quarter of a second, in parts of the width.
fn shake(path: &[[f32; 4]], rate: f64) -> f32 {
    let sigma = (SMOOTHING_SECONDS * rate as f32).max(1.0);
    let reach = (3.0 * sigma).ceil() as isize;
    let last = path.len() as isize - 1;
    // Beyond its ends the path goes on as it went: turned about the end.
    let pose = |at: isize, axis: usize| {
        let value = |at: isize| path[at.clamp(0, last) as usize][axis];
        if at < 0 {
            2.0 * value(0) - value(-at)
        } else if at > last {
            2.0 * value(last) - value(2 * last - at)
        } else {
            value(at)
        }
    };
    let weights: Vec<f32> = (-reach..=reach)
        .map(|step| (-0.5 * (step as f32 / sigma).powi(2)).exp())
        .collect();
    let total: f32 = weights.iter().sum();
    let mut squares = 0.0;
    for at in 0..=last {
        for axis in 0..2 {
            let around = (-reach..=reach).zip(&weights);
            let smooth: f32 = around
                .map(|(step, weight)| weight * pose(at + step, axis))
                .sum();
            squares += (pose(at, axis) - smooth / total).powi(2);
        }
    }
    (squares / path.len() as f32).sqrt()
}
