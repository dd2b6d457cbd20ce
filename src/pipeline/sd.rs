//! The pipeline of Stable Diffusion 1 and 2: from a prompt to a picture.
//!
//! [`generate`] reads like diffusers' `StableDiffusionPipeline.__call__`
//! (pipelines/stable_diffusion/pipeline_stable_diffusion.py).

mod denoiser;
pub(super) mod family;
mod observer;
mod report;
mod shapes;

use super::discrete_schedule::{Corrections, discrete};
use super::job::Job;
use super::observer::{Observer, Outcome};
use super::stages::{Denoised, Hook, Walk, decode, denoise, prompt};
use crate::checkpoint::SdParts;
use crate::error::{GenerateError, RequestError};
use crate::sampler::Sampler;
use crate::sampler::noise::Generator;
use denoiser::SdDenoiser;
use observer::OnePicture;
use report::report;

/// Generates the picture of `job`; `hooks` take part in denoising.
///
/// The same seed gives the same result as in diffusers with a CPU generator of that seed.
pub(super) fn generate(
    job: &Job<'_>,
    model: &SdParts,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Outcome, GenerateError> {
    let observer: &mut dyn Observer = &mut OnePicture(observer);
    let request = job.request;
    let words = job.prompt.ok_or(RequestError::NeedsPrompt)?;
    let mut generator = Generator::seeded(request.seed);

    // 1. Check inputs, before anything takes long
    if !job.random_weights {
        let report = report(model)?;
        report.require_complete(&job.checkpoint.path)?;
        if let Some(text) = report.unexpected_note() {
            observer.warning(text);
        }
    }
    let config = discrete(
        &model.scheduler,
        request.sampler,
        Corrections::OfPictures,
        &job.checkpoint.path,
    )?;
    let scale = model.vae.config.scale();
    let channels = model.vae.config.latent_channels;
    let shape = [1, channels, request.height / scale, request.width / scale];

    // 2. Encode the prompt, and the negative one where guidance uses it
    let tower = (&model.tokenizer, &model.text_encoder);
    let embeddings = prompt::encode(job, words, tower, observer)?;
    if observer.stop().is_some() {
        return Ok(Outcome::Stopped(None));
    }

    // 3. Denoise
    let noise = generator.normal(shape.iter().product());
    observer.tensor("noise", &shape, &noise)?;
    let denoised = {
        let denoiser = SdDenoiser::load(job, model, &embeddings, observer)?;
        let walk = Walk {
            denoiser: &denoiser,
            sampler: Sampler::discrete(request.sampler, &config, request.steps),
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
    let frames = decode::frames(job, &model.vae, &latents, kept.is_none(), observer)?;
    Ok(Outcome::decoded(frames, kept))
}
