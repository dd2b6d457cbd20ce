//! The pipeline of AnimateDiff: from a prompt to a clip.
//!
//! [`generate`] reads like diffusers' `AnimateDiffPipeline.__call__` (pipelines/animatediff/pipeline_animatediff.py).

mod denoiser;
pub(super) mod family;
mod report;
mod shapes;

use super::discrete_schedule::{Corrections, discrete};
use super::job::Job;
use super::observer::{Observer, Outcome};
use super::stages::{Denoised, Hook, Walk, decode, denoise, prompt};
use crate::checkpoint::{Animated, DiscreteSchedulerConfig, SdParts};
use crate::error::{GenerateError, RequestError};
use crate::sampler::Sampler;
use crate::sampler::noise::Generator;
use denoiser::AnimateDiffDenoiser;
use report::report;

/// The noise schedule of a model.
fn schedule(model: &Animated<SdParts>) -> &DiscreteSchedulerConfig {
    model.own_schedule().unwrap_or(&model.base.scheduler)
}

/// Generates the clip of `job`; `hooks` take part in denoising.
///
/// The same seed gives the same result as in diffusers with a CPU generator of that seed, which draws the noise of all
/// frames channel by channel.
pub(super) fn generate(
    job: &Job<'_>,
    model: &Animated<SdParts>,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Outcome, GenerateError> {
    let request = job.request;
    let base = &model.base;
    let words = job.prompt.ok_or(RequestError::NeedsWords)?;
    let mut generator = Generator::seeded(request.seed);

    // 1. Check inputs, before anything takes long
    if !job.random_weights {
        let report = report(model)?;
        report.require_complete(&job.checkpoint.path)?;
        if let Some(text) = report.unexpected_note() {
            observer.warning(text);
        }
    }
    let path = &job.checkpoint.path;
    let config = discrete(schedule(model), request.sampler, Corrections::None, path)?;
    let scale = base.vae.config.scale();
    let channels = base.vae.config.latent_channels;
    let [frames, h, w] = [
        request.frames,
        request.height / scale,
        request.width / scale,
    ];
    let shape = [frames, channels, h, w];

    // 2. Encode the prompt, and the negative one where guidance uses it
    let tower = (&base.tokenizer, &base.text_encoder);
    let embeddings = prompt::encode(job, words, tower, observer)?;
    if observer.stop().is_some() {
        return Ok(Outcome::Stopped(None));
    }

    // 3. Denoise
    let noise = generator.normal_by_channel([frames, channels, h * w]);
    if observer.wants_tensors() {
        let drawn = by_channel(&noise, [frames, channels, h * w]);
        observer.tensor("noise", &[1, channels, frames, h, w], &drawn)?;
    }
    let denoised = {
        let denoiser = AnimateDiffDenoiser::load(job, model, &embeddings, observer)?;
        let sampler = Sampler::discrete(request.sampler, &config, request.steps);
        let walk = Walk {
            denoiser: &denoiser,
            sampler: sampler.drawing_by_channel([frames, channels, h * w]),
            steps: request.steps_done(),
            guidance: request.guidance,
            noise,
            shape,
        };
        denoise(walk, &mut generator, hooks, observer)?
    };
    let (latents, kept) = match denoised {
        Denoised::Completed(latents) => (latents, None),
        Denoised::Kept(latents, steps) => (latents, Some(steps)),
        Denoised::Stopped => return Ok(Outcome::Stopped(None)),
    };

    // 4. Decode
    let frames = decode::frames(job, &base.vae, &latents, kept.is_none(), observer)?;
    Ok(Outcome::decoded(frames, kept))
}

/// `[f, c, n]` as `[c, f, n]`.
fn by_channel(values: &[f32], [frames, channels, n]: [usize; 3]) -> Vec<f32> {
    let places = (0..channels).flat_map(|c| (0..frames).map(move |f| (f * channels + c) * n));
    places.flat_map(|at| &values[at..at + n]).copied().collect()
}
