//! What may be done to latents on their way from noise.

use super::estimate::Estimate;
use crate::error::GenerateError;
use crate::media::frame::Frame;
use crate::sampler::noise::Generator;
use crate::sampler::{Sampler, Schedule};

/// One step of the walk from noise to latents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Counted from zero.
    pub index: usize,
    /// Steps in all.
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

/// Where the walk begins: with noise at the first level, unless a hook says otherwise.
pub struct Start<'a> {
    /// The first step to take.
    pub index: usize,
    /// Latents at the noise level before that step, `[f, c, h, w]`.
    pub latents: &'a mut Vec<f32>,
    /// What walks; it knows the noise levels.
    pub sampler: &'a mut Sampler,
    /// Where noise comes from, after the picture's and the latents' were drawn.
    pub generator: &'a mut Generator,
}

/// What there is after a step.
pub struct AfterStep<'a> {
    /// The step that was taken.
    pub step: Step,
    /// Latents at the noise level after it, `[f, c, h, w]`.
    pub latents: &'a mut Vec<f32>,
    /// The estimate of the clean latents that the step was taken with.
    pub estimate: &'a Estimate,
    /// The sampler as the next step finds it.
    pub sampler: &'a Sampler,
    /// The generator as the next step finds it.
    pub generator: &'a Generator,
    /// What the frames look like by now, for the observer; empty unless a hook fills it in.
    pub preview: Vec<Frame>,
}

/// Takes part in denoising: before the first step, between steps, after the last. Hooks are called in their order.
pub trait Hook {
    /// Before the first step. May begin elsewhere: at a lower noise level, from latents of its own, or where an earlier
    /// walk was left, with its sampler and generator.
    ///
    /// # Errors
    /// Whatever makes the take impossible; this ends it.
    fn begin(&mut self, _start: &mut Start<'_>) -> Result<(), GenerateError> {
        Ok(())
    }

    /// After each step. May change the latents that the next step begins with, keep them, or show them.
    ///
    /// # Errors
    /// Whatever makes the take impossible; this ends it.
    fn after_step(&mut self, _done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        Ok(())
    }
}
