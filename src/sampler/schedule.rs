//! Noise levels from the first step to the last.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kind::{DISTILLED_LEVELS, SamplerKind};
use crate::error::RequestError;

/// How noise levels are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// Karras et al. 2022 with ρ = 7, as SVD was sampled by its authors.
    #[default]
    Karras,
    /// Align Your Steps for SVD (Sabour et al. 2024): better at about ten steps.
    Ays,
}

impl FromStr for ScheduleKind {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "karras" => Ok(Self::Karras),
            "ays" => Ok(Self::Ays),
            _ => Err(RequestError::UnknownWord {
                field: "sigmas",
                choices: "karras or ays",
                word: text.to_owned(),
            }),
        }
    }
}

/// Published noise levels of Align Your Steps for SVD at ten steps (spec §4.5).
const AYS_SVD: [f64; 11] = [
    700.0, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002,
];

/// The noise levels of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// σ before each step, then a final zero: `steps + 1` values.
    sigmas: Vec<f32>,
    /// What the network is conditioned on at each step: `steps` values.
    timesteps: Vec<f32>,
    /// The scale of the initial noise.
    initial: f32,
}

impl Schedule {
    /// `steps` noise levels of the given kind between `sigma_max` and `sigma_min`.
    ///
    /// Computed in f64 and rounded once, as diffusers' EulerDiscreteScheduler does (spec §4.2).
    /// Align Your Steps has its own end points and is interpolated log-linearly; its last level
    /// becomes zero.
    #[must_use]
    pub fn new(kind: ScheduleKind, steps: usize, sigma_min: f64, sigma_max: f64) -> Self {
        let steps = steps.max(1);
        let mut sigmas: Vec<f32> = match kind {
            ScheduleKind::Karras => (0..steps)
                .map(|i| karras(i, steps, sigma_min, sigma_max) as f32)
                .collect(),
            ScheduleKind::Ays => (0..steps).map(|i| ays(i, steps) as f32).collect(),
        };
        let timesteps = sigmas.iter().map(|sigma| 0.25 * sigma.ln()).collect();
        sigmas.push(0.0);
        Self::of(sigmas, timesteps)
    }

    /// Levels with the scale of unscaled noise at the first of them, `√(σ₀² + 1)`.
    fn of(sigmas: Vec<f32>, timesteps: Vec<f32>) -> Self {
        let first = sigmas.first().copied().unwrap_or(0.0);
        Self {
            initial: (first * first + 1.0).sqrt(),
            sigmas,
            timesteps,
        }
    }

    /// Levels as a sampler of a discrete schedule computed them.
    pub(super) fn computed(sigmas: Vec<f32>, timesteps: Vec<f32>, initial: f32) -> Self {
        Self {
            sigmas,
            timesteps,
            initial,
        }
    }

    /// The schedule of AnimateLCM-SVD: every `40 div steps`-th of the 40 levels that it was distilled on.
    ///
    /// Levels and timesteps are computed in f64 and each rounded once, as in the published code
    /// (`animatelcm_svd/animatelcm_scheduler.py`, `set_timesteps`). More than 40 steps are reduced to 40.
    #[must_use]
    pub fn few_steps(steps: usize, sigma_min: f64, sigma_max: f64) -> Self {
        let steps = steps.clamp(1, DISTILLED_LEVELS);
        let stride = DISTILLED_LEVELS / steps;
        let levels: Vec<f64> = (0..steps)
            .map(|i| karras(i * stride, DISTILLED_LEVELS, sigma_min, sigma_max))
            .collect();
        let mut sigmas: Vec<f32> = levels.iter().map(|&sigma| sigma as f32).collect();
        sigmas.push(0.0);
        let timesteps = levels.iter().map(|sigma| (0.25 * sigma.ln()) as f32);
        Self::of(sigmas, timesteps.collect())
    }

    /// The schedule that a sampler runs on; `kind` is the spacing where it leaves the choice.
    #[must_use]
    pub fn of_sampler(
        sampler: SamplerKind,
        kind: ScheduleKind,
        steps: usize,
        (sigma_min, sigma_max): (f64, f64),
    ) -> Self {
        match sampler {
            SamplerKind::Lcm => Self::few_steps(steps, sigma_min, sigma_max),
            _ => Self::new(kind, steps, sigma_min, sigma_max),
        }
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.sigmas.len() - 1
    }

    /// σ before step `index`; zero after the last.
    #[must_use]
    pub fn sigma(&self, index: usize) -> f32 {
        self.sigmas.get(index).copied().unwrap_or(0.0)
    }

    /// The step whose noise level is nearest to `sigma`, by ratio.
    #[must_use]
    pub fn nearest(&self, sigma: f32) -> usize {
        let away = |index: usize| (self.sigma(index).ln() - sigma.ln()).abs();
        let closer = |best: usize, index: usize| {
            if away(index) < away(best) {
                index
            } else {
                best
            }
        };
        (0..self.steps()).fold(0, closer)
    }

    /// The timestep that the network expects at step `index`: `0.25·ln σ`, or a level of a discrete schedule; −∞ after
    /// the last.
    #[must_use]
    pub fn timestep(&self, index: usize) -> f32 {
        self.timesteps
            .get(index)
            .copied()
            .unwrap_or(f32::NEG_INFINITY)
    }

    /// The scale of the initial noise.
    #[must_use]
    pub fn initial_scale(&self) -> f32 {
        self.initial
    }
}

/// `(σmax^⅐ + i/(n−1)·(σmin^⅐ − σmax^⅐))⁷`.
fn karras(index: usize, steps: usize, sigma_min: f64, sigma_max: f64) -> f64 {
    const RHO: f64 = 7.0;
    let ramp = if steps == 1 {
        0.0
    } else {
        index as f64 / (steps - 1) as f64
    };
    let (low, high) = (sigma_min.powf(1.0 / RHO), sigma_max.powf(1.0 / RHO));
    (high + ramp * (low - high)).powf(RHO)
}

fn ays(index: usize, steps: usize) -> f64 {
    let at = index as f64 / steps as f64 * (AYS_SVD.len() - 1) as f64;
    let left = (at.floor() as usize).min(AYS_SVD.len() - 2);
    let share = at - left as f64;
    (AYS_SVD[left].ln() * (1.0 - share) + AYS_SVD[left + 1].ln() * share).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published ten-step list must be returned unchanged, ending in zero.
    #[test]
    fn ays_at_ten_steps_is_the_published_list() {
        let schedule = Schedule::new(ScheduleKind::Ays, 10, 0.002, 700.0);
        for (i, expected) in AYS_SVD.iter().take(10).enumerate() {
            let found = f64::from(schedule.sigma(i));
            // exp(ln x) costs a few ulp of f64 before one rounding to f32.
            assert!((found / expected - 1.0).abs() < 1e-6, "{i}: {found}");
        }
        assert!(schedule.sigma(10).abs() < f32::MIN_POSITIVE);
    }

    /// Levels of Time-to-Move's script and paper at 50 steps, and levels at the same fractions of shorter schedules,
    /// typed with three digits.
    #[test]
    fn the_nearest_level_is_found_by_ratio() {
        let of = |steps| Schedule::new(ScheduleKind::Karras, steps, 0.002, 700.0);
        for (steps, sigma, index) in [
            (50, 74.5, 16),
            (50, 31.0, 21),
            (50, 102.9, 14),
            (50, 14.05, 25),
            (25, 98.3, 7),
            (25, 100.0, 7),
            (25, 15.6, 12),
            (20, 81.3, 6),
            (20, 11.9, 10),
            (10, 70.5, 3),
            (10, 8.7, 5),
            (10, 1e5, 0),
            (10, 1e-6, 9),
        ] {
            assert_eq!(of(steps).nearest(sigma), index, "{sigma} of {steps}");
        }
    }

    #[test]
    fn one_step_goes_from_the_top_to_zero() {
        for kind in [ScheduleKind::Karras, ScheduleKind::Ays] {
            let schedule = Schedule::new(kind, 1, 0.002, 700.0);
            assert_eq!(schedule.steps(), 1);
            assert!((schedule.sigma(0) - 700.0).abs() < 1e-3);
        }
    }
}
