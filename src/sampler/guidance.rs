//! Classifier-free guidance, with one scale per frame.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::finite;
use crate::error::RequestError;

/// How guidance changes over the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuidanceShape {
    /// From the minimum at the first frame to the maximum at the last.
    #[default]
    Linear,
    /// Minimum at both ends and maximum in the middle, for orbits that close.
    Triangle,
}

impl FromStr for GuidanceShape {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "linear" => Ok(Self::Linear),
            "triangle" => Ok(Self::Triangle),
            _ => Err(RequestError::UnknownWord {
                field: "guidance-shape",
                choices: "linear or triangle",
                word: text.to_owned(),
            }),
        }
    }
}

/// Classifier-free guidance: one scale for each frame (spec §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guidance {
    /// Scale at the first frame.
    #[serde(deserialize_with = "finite::number")]
    pub min: f32,
    /// Scale at the last (or middle) frame.
    #[serde(deserialize_with = "finite::number")]
    pub max: f32,
    /// How it changes between them.
    #[serde(default)]
    pub shape: GuidanceShape,
}

impl Guidance {
    /// Whether the unconditional branch is needed. As in diffusers, it is not if no scale is above one.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.min.max(self.max) > 1.0
    }

    /// The scale of each of `frames` frames.
    #[must_use]
    pub fn scales(&self, frames: usize) -> Vec<f32> {
        match self.shape {
            GuidanceShape::Linear => linspace(self.min, self.max, frames),
            GuidanceShape::Triangle => linspace(0.0, 1.0, frames)
                .into_iter()
                .map(|v| {
                    let triangle = 2.0 * (v - (v + 0.5).floor()).abs();
                    triangle * (self.max - self.min) + self.min
                })
                .collect(),
        }
    }

    /// `u + g·(c − u)` for every frame: all slices are `[f, n]`, result in `conditional`.
    pub fn apply(&self, unconditional: &[f32], conditional: &mut [f32], frames: usize) {
        let frame_len = conditional.len() / frames.max(1);
        let pairs = conditional
            .chunks_mut(frame_len.max(1))
            .zip(unconditional.chunks(frame_len.max(1)));
        for ((c, u), scale) in pairs.zip(self.scales(frames)) {
            for (c, &u) in c.iter_mut().zip(u) {
                *c = u + scale * (*c - u);
            }
        }
    }
}

/// torch's `linspace` in f32: it counts from both ends so that both are exact, and rounds once.
pub(super) fn linspace(start: f32, end: f32, count: usize) -> Vec<f32> {
    if count < 2 {
        return vec![start; count];
    }
    let step = (end - start) / (count - 1) as f32;
    (0..count)
        .map(|i| {
            if i < count / 2 {
                step.mul_add(i as f32, start)
            } else {
                (-step).mul_add((count - 1 - i) as f32, end)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangle_peaks_in_the_middle_and_closes() {
        let guidance = Guidance {
            min: 1.0,
            max: 2.5,
            shape: GuidanceShape::Triangle,
        };
        assert_eq!(guidance.scales(5), [1.0, 1.75, 2.5, 1.75, 1.0]);
    }

    #[test]
    fn a_single_frame_takes_the_first_scale() {
        let guidance = Guidance {
            min: 1.5,
            max: 3.0,
            shape: GuidanceShape::Linear,
        };
        assert_eq!(guidance.scales(1), [1.5]);
    }
}
