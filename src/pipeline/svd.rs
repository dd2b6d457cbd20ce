//! The pipeline of Stable Video Diffusion: encode, condition, denoise, decode.
//!
//! [`generate`] reads like diffusers' `StableVideoDiffusionPipeline.__call__`
//! (pipelines/stable_video_diffusion/pipeline_stable_video_diffusion.py).

mod denoiser;
pub(super) mod family;
mod report;
pub(super) mod shapes;

use super::guide::{self, Grid};
use super::job::Job;
use super::observer::{Observer, Outcome};
use super::stages::{Denoised, Hook, Previews, Walk, decode, denoise, encode};
use crate::checkpoint::SvdParts;
use crate::error::{GenerateError, RequestError};
use crate::media::clip_pixels::frame_pixels;
use crate::media::fit::prepare;
use crate::media::picture::Picture;
use crate::sampler::noise::Generator;
use crate::sampler::{Sampler, Schedule};
use denoiser::{Conditioning, SvdDenoiser};
use report::report;

/// Generates the frames of `job`; `hooks` take part in denoising.
///
/// The same seed gives the same result as in diffusers with a CPU generator of that seed: noise is drawn for the
/// picture, then for the latents, both in f32.
pub(super) fn generate(
    job: &Job<'_>,
    model: &SvdParts,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Outcome, GenerateError> {
    let request = job.request;
    let mut generator = Generator::seeded(request.seed);

    // 1. Check inputs, before anything takes long
    if !job.random_weights {
        let report = report(model)?;
        report.require_complete(&job.checkpoint.path)?;
        if let Some(text) = report.unexpected_note() {
            observer.warning(text);
        }
    }
    let (width, height) = (request.width as u32, request.height as u32);
    let picture = job.picture.ok_or(RequestError::NeedsPicture)?;
    let prepared = prepare(picture, width, height, job.fit, job.matte)?;
    let scale = model.vae.config.scale();
    let channels = model.vae.config.latent_channels;
    let [h, w] = [request.height / scale, request.width / scale];

    // 2. Encode the picture: its embedding, and its latent
    let (extractor, view) = (&model.feature_extractor, &prepared.view);
    let embedding = encode::embedding(job, &model.image_encoder, extractor, view, observer)?;
    observer.tensor("image_embeds", &[1, 1, embedding.len()], &embedding)?;
    let pixels = noised_pixels(&prepared.frame, request.noise_aug, &mut generator);
    let shape = [1, 3, request.height, request.width];
    let encoder = encode::PictureEncoder::load(job, &model.vae, observer)?;
    let image_latents = encoder.latents(pixels, shape)?;
    observer.tensor("image_latents", &[1, channels, h, w], &image_latents)?;
    let scaling = model.vae.config.scaling_factor as f32;
    let grid = Grid {
        scale,
        channels,
        scaling,
    };
    let mut guide = guide::encode(job, &prepared.frame, (&encoder, grid), observer)?;
    drop(encoder);
    if observer.stop().is_some() {
        return Ok(Outcome::Stopped(None));
    }

    // 3. Denoise; the latents' noise comes from the same generator, right after the picture's
    let shape = [request.frames, channels, h, w];
    let noise = generator.normal(shape.iter().product());
    observer.tensor("noise", &[1, request.frames, channels, h, w], &noise)?;
    let denoised = {
        let conditioning = Conditioning {
            embedding: &embedding,
            image_latents: &image_latents,
            // In the order that the model expects (spec §1.2)
            added_ids: [request.fps_id, request.motion_bucket, request.noise_aug],
        };
        let denoiser = SvdDenoiser::load(job, model, &conditioning, shape, observer)?;
        let mut previews = observer
            .wants_previews()
            .then(|| Previews::fit(&prepared.frame, &image_latents, [h, w], scaling));
        // The guide runs first, so that the other hooks see, save and restore the latents that it has changed.
        let guide = guide.as_mut().map(|guide| guide as &mut dyn Hook);
        let others = hooks.iter_mut().map(|hook| &mut **hook as _);
        let mut hooks: Vec<&mut dyn Hook> = guide.into_iter().chain(others).collect();
        hooks.extend(previews.as_mut().map(|previews| previews as &mut dyn Hook));
        let range = model.sigma_range(&job.checkpoint.path)?;
        let (sampler, spacing) = (request.sampler, request.sigmas);
        let schedule = Schedule::of_sampler(sampler, spacing, request.steps, range);
        let walk = Walk {
            denoiser: &denoiser,
            sampler: Sampler::new(sampler, schedule),
            steps: request.steps_done(),
            guidance: request.guidance,
            noise,
            shape,
        };
        denoise(walk, &mut generator, &mut hooks, observer)?
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

/// The picture's pixels in ±1 with a little noise added, `[1, 3, H, W]`.
///
/// The noise is drawn first and at any strength, even zero, as in diffusers.
fn noised_pixels(frame: &Picture, strength: f32, generator: &mut Generator) -> Vec<f32> {
    let mut pixels = frame_pixels(frame);
    let noise = generator.normal(pixels.len());
    for (pixel, noise) in pixels.iter_mut().zip(noise) {
        *pixel += strength * noise;
    }
    pixels
}
