//! The guide of a take: starts from noised reference frames, and holds parts of the latents to them (Time-to-Move).
//!
//! arXiv 2511.08633 and its `pipelines/svd_pipeline.py`. Reference frames are encoded one at a time, since only their
//! latents are needed together. Knows the hooks of the denoising loop and no family.

use super::job::Job;
use super::observer::Observer;
use super::stages::encode::PictureEncoder;
use super::stages::{AfterStep, Hook, Start, Step};
use crate::error::GenerateError;
use crate::media::picture::Picture;
use crate::motion::Scene;
use crate::request::{GenerateRequest, GuideLevels};
use crate::sampler::Schedule;

/// How far below a hold level a noise level may be and still count as that level: people type `8.7` for 8.682.
const TYPED: f32 = 0.995;

/// How often a firm guide runs the network at a noise level where something is held.
const RUNS: usize = 3;

/// The step that a guide starts at: the one whose noise level is nearest to `weak`, but one of the first `steps`. A firm
/// guide starts at the first one.
pub(super) fn first_step(schedule: &Schedule, levels: GuideLevels, steps: usize) -> usize {
    if levels.firm {
        return 0;
    }
    schedule.nearest(levels.weak).min(steps.saturating_sub(1))
}

/// The most runs of the network that a guide adds to the first `steps`: all that a firm one repeats if something is held
/// down to the lowest of its levels.
pub(super) fn repeated(schedule: &Schedule, levels: GuideLevels, steps: usize) -> usize {
    if !levels.firm {
        return 0;
    }
    let lowest = levels.camera.min(levels.still).min(levels.cut_out);
    let held = |index: &usize| schedule.sigma(*index) >= lowest * TYPED;
    (RUNS - 1) * (0..steps).filter(held).count()
}

/// Memory of the process, in bytes, that a guide needs while its frames are encoded and while it is followed. `latents`
/// is the number of values in the latents of the take.
pub(super) fn host_bytes(request: &GenerateRequest, latents: usize) -> [u64; 2] {
    let Some(guide) = &request.guide else {
        return [0; 2];
    };
    let pixels = request.width * request.height;
    // In bytes: the pictures that the guide names; for a scene, two pictures, a near map and a few masks; for the frame
    // that is being made, its pixels twice, a surface, and the nearest pixels.
    let named = 3 * guide.motion.pictures().count();
    let each = named + 32 + 4 * guide.motion.cut_outs.len() + 48;
    // Reference and noise; the levels take less.
    let held = 10 * latents + named * pixels;
    [(each * pixels + held) as u64, held as u64]
}

/// How latents relate to pixels.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Pixels per latent cell and axis.
    pub(super) scale: usize,
    /// Latent channels.
    pub(super) channels: usize,
    /// Factor on the encoder's latents.
    pub(super) scaling: f32,
}

/// Encodes the reference frames of the request's guide over the fitted picture. `None` without a guide, or if the
/// observer asked to stop.
///
/// # Errors
/// [`GenerateError::Motion`], or what encoding or the observer returns.
pub(super) fn encode(
    job: &Job<'_>,
    frame: &Picture,
    (encoder, grid): (&PictureEncoder, Grid),
    observer: &mut dyn Observer,
) -> Result<Option<GuideHook>, GenerateError> {
    let Some(guide) = &job.request.guide else {
        return Ok(None);
    };
    let frames = job.request.frames;
    let scene = Scene::new(&guide.motion, job.motion_pictures, frame, frames)?;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let [h, w] = [height / grid.scale, width / grid.scale];
    let mut hook = GuideHook {
        levels: guide.levels,
        steps: job.request.steps_done(),
        channels: grid.channels,
        cells: h * w,
        reference: Vec::with_capacity(frames * grid.channels * h * w),
        holds: Vec::with_capacity(frames * h * w),
        noise: Vec::new(),
    };
    let mut shown = Vec::new();
    for index in 0..frames {
        if observer.stop().is_some() {
            return Ok(None);
        }
        let reference = scene.frame(index)?;
        let cells = reference.cells(grid.scale).into_iter();
        hook.holds.extend(cells.map(|cell| guide.levels.hold(cell)));
        let mut pixels = reference.planes;
        if observer.wants_tensors() {
            shown.extend_from_slice(&pixels);
        }
        for pixel in &mut pixels {
            *pixel = 2.0 * *pixel - 1.0;
        }
        let mean = encoder.latents(pixels, [1, 3, height, width])?;
        hook.reference
            .extend(mean.into_iter().map(|value| value * grid.scaling));
    }
    if observer.wants_tensors() {
        observer.tensor("guide_frames", &[1, frames, 3, height, width], &shown)?;
        let latents = &hook.reference;
        observer.tensor("guide_latents", &[1, frames, grid.channels, h, w], latents)?;
        let mask = hook
            .holds
            .iter()
            .map(|hold| f32::from(u8::from(hold.is_some())));
        observer.tensor(
            "guide_mask",
            &[1, frames, 1, h, w],
            &mask.collect::<Vec<_>>(),
        )?;
    }
    Ok(Some(hook))
}

/// Starts at the weak level and holds masked latents until their strong one, always with the same noise. If firm, starts
/// from noise and repeats each step where something is held (ViewExtrapolator, `svd_pipeline.py`).
pub(super) struct GuideHook {
    levels: GuideLevels,
    /// Number of steps to do, which is smaller if the take ends early.
    steps: usize,
    /// Number of latent channels, and of cells per frame.
    channels: usize,
    cells: usize,
    /// Scaled latents of the reference frames, `[f, c, h, w]`.
    reference: Vec<f32>,
    /// Down to which noise level each cell is held, `[f, h, w]`.
    holds: Vec<Option<f32>>,
    /// Gaussian noise, `[f, c, h, w]`.
    noise: Vec<f32>,
}

impl GuideHook {
    /// Whether each cell is held at a noise level, `[f, h, w]`.
    fn held(&self, sigma: f32) -> Vec<bool> {
        let holds = self.holds.iter();
        holds
            .map(|hold| hold.is_some_and(|hold| sigma >= hold * TYPED))
            .collect()
    }

    /// The cell `[f, h, w]` of a value of the latents `[f, c, h, w]`.
    fn cell(&self, index: usize) -> usize {
        let (frame, cell) = (index / (self.channels * self.cells), index % self.cells);
        frame * self.cells + cell
    }
}

impl Hook for GuideHook {
    fn begin(&mut self, start: &mut Start<'_>) -> Result<(), GenerateError> {
        if self.levels.firm {
            return Ok(());
        }
        self.noise = start.generator.normal(self.reference.len());
        start.index = first_step(start.sampler.schedule(), self.levels, self.steps);
        let sigma = start.sampler.schedule().sigma(start.index);
        let pairs = self.reference.iter().zip(&self.noise);
        *start.latents = pairs.map(|(value, noise)| value + sigma * noise).collect();
        Ok(())
    }

    fn runs(&self, step: Step) -> usize {
        let repeats = self.levels.firm && self.held(step.sigma).contains(&true);
        if repeats { RUNS } else { 1 }
    }

    fn estimated(&mut self, step: Step, run: usize, estimate: &mut [f32]) {
        // Only the first run is replaced; the others let what is held and what is free agree.
        if !self.levels.firm || run > 0 {
            return;
        }
        let held = self.held(step.sigma);
        for (index, value) in estimate.iter_mut().enumerate() {
            if held[self.cell(index)] {
                *value = self.reference[index];
            }
        }
    }

    fn after_step(&mut self, done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        let sigma = done.step.next;
        let held = self.held(sigma);
        if self.levels.firm || !held.contains(&true) {
            return Ok(());
        }
        for (index, value) in done.latents.iter_mut().enumerate() {
            if held[self.cell(index)] {
                *value = self.reference[index] + sigma * self.noise[index];
            }
        }
        // The previous estimate belonged to the latents before this change, so it must not be used in the next step.
        done.sampler.restart();
        Ok(())
    }
}
