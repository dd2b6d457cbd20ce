//! Hooks of the denoising loop.

use super::denoised_estimate::DenoisedEstimate;
use crate::error::GenerateError;
use crate::media::frame::Frame;
use crate::sampler::noise::Generator;
use crate::sampler::{Sampler, Schedule};

/// A step of the denoising loop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Number of the step, counted from zero.
    pub index: usize,
    /// Total number of steps.
    pub steps: usize,
    /// Noise level before the step, σ.
    pub sigma: f32,
    /// Noise level after it; zero after the last.
    pub next: f32,
}

impl Step {
    pub(super) fn of(schedule: &Schedule, index: usize) -> Self {
        Self {
            index,
            steps: schedule.steps(),
            sigma: schedule.sigma(index),
            next: schedule.sigma(index + 1),
        }
    }

    /// `step 3 of 25`.
    pub(super) fn name(&self) -> String {
        format!("step {} of {}", self.index + 1, self.steps)
    }
}

/// The state of the loop before its first step. By default that is noise at the highest noise level.
pub struct Start<'a> {
    /// The step to start with.
    pub index: usize,
    /// Latents at the noise level of that step, `[f, c, h, w]`.
    pub latents: &'a mut Vec<f32>,
    /// The sampler, which knows the noise levels.
    pub sampler: &'a mut Sampler,
    /// The noise generator, after the noise of picture and latents was drawn.
    pub generator: &'a mut Generator,
}

/// The state of the loop after a step.
pub struct AfterStep<'a> {
    /// The step.
    pub step: Step,
    /// Latents at the noise level after it, `[f, c, h, w]`.
    pub latents: &'a mut Vec<f32>,
    /// The denoised estimate that the step used.
    pub estimate: &'a DenoisedEstimate,
    /// The sampler before the next step. A hook that changes the latents must call [`Sampler::restart`].
    pub sampler: &'a mut Sampler,
    /// The generator before the next step.
    pub generator: &'a Generator,
    /// A preview for the observer; empty unless a hook provides one.
    pub preview: Vec<Frame>,
}

/// Takes part in denoising before the first step, between steps, and after the last one.
///
/// Hooks run in the order in which they are given.
pub trait Hook {
    /// Runs before the first step. May change where the loop starts: at a lower noise level, from other latents, or
    /// where an earlier run was interrupted, with its sampler and generator.
    ///
    /// # Errors
    /// Whatever makes it impossible to continue; this ends the generation.
    fn begin(&mut self, _start: &mut Start<'_>) -> Result<(), GenerateError> {
        Ok(())
    }

    /// How often the network runs at the noise level of a step. All runs but the last only estimate the clean latents;
    /// the next one starts from the estimate with fresh noise.
    fn runs(&self, _step: Step) -> usize {
        1
    }

    /// Runs after each of those estimates, `[f, c, h, w]`, counted from zero. May change it.
    fn estimated(&mut self, _step: Step, _run: usize, _estimate: &mut [f32]) {}

    /// Runs after each step. May change the latents that the next step starts from, store them, or make a preview.
    ///
    /// # Errors
    /// Whatever makes it impossible to continue; this ends the generation.
    fn after_step(&mut self, _done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        Ok(())
    }
}
