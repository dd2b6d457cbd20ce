//! From noise to latents, step by step.

use burn::tensor::Tensor;

use super::preview::Projection;
use super::{Job, Observer, Stage, StepDone, StopMode, place, read, require_finite};
use crate::checkpoint::NormEps;
use crate::error::GenerateError;
use crate::media::picture::Picture;
use crate::model::{Loader, Unet, UnetContext};
use crate::sampler::noise::Generator;
use crate::sampler::{Sampler, Schedule};

/// What every step is told about the picture.
pub(super) struct Conditioning<'a> {
    /// `[d]`.
    pub(super) embedding: Vec<f32>,
    /// `[c, h, w]`.
    pub(super) image_latents: Vec<f32>,
    /// The frame as the encoder saw it, for previews.
    pub(super) frame: &'a Picture,
}

/// How denoising ended; latents are `[f, c, h, w]`.
pub(super) enum Denoised {
    /// After the last step.
    Completed(Vec<f32>),
    /// Early, with the latest estimate of the clean latents.
    Kept(Vec<f32>),
    /// Early, with nothing.
    Stopped,
}

/// Runs every step of the request.
pub(super) fn denoise(
    job: &Job<'_>,
    conditioning: &Conditioning<'_>,
    generator: &mut Generator,
    observer: &mut dyn Observer,
) -> Result<Denoised, GenerateError> {
    let request = job.request;
    let vae = &job.checkpoint.vae.config;
    let [h, w] = job.latent_size();
    let shape = [request.frames, vae.latent_channels, h, w];
    let dumped = [1, shape[0], shape[1], h, w];

    // Noise comes from the same generator as the picture's, right after it.
    let mut latents = generator.normal(shape.iter().product());
    observer.tensor("noise", &dumped, &latents)?;

    observer.stage(Stage::Load);
    let denoiser = Denoiser::load(job, conditioning, shape)?;
    let projection = observer
        .wants_previews()
        .then(|| Projection::fit(conditioning.frame, &conditioning.image_latents, h, w));

    observer.stage(Stage::Denoise);
    let (sigma_min, sigma_max) = job.checkpoint.sigma_range()?;
    let schedule = Schedule::new(request.sigmas, request.steps, sigma_min, sigma_max);
    let scale = schedule.initial_scale();
    for value in &mut latents {
        *value *= scale;
    }
    let mut sampler = Sampler::new(request.sampler, schedule);

    for index in 0..request.steps {
        let input = sampler.model_input(index, &latents);
        let timestep = sampler.schedule().timestep(index);
        let Some(v) = denoiser.predict(&input, timestep, index, observer)? else {
            return Ok(Denoised::Stopped);
        };
        let estimate = sampler.step(index, &mut latents, &v, generator);
        require_finite(&latents, &step_name(index, request.steps))?;
        observer.tensor(&format!("latents_{index:03}"), &dumped, &latents)?;

        let preview = projection.as_ref().map_or_else(Vec::new, |projection| {
            let scaling = vae.scaling_factor as f32;
            projection.frames(&estimate, request.frames, scaling)
        });
        observer.step(&StepDone {
            step: index + 1,
            steps: request.steps,
            preview: &preview,
        });
        match observer.stop() {
            None => {}
            Some(StopMode::Now) => return Ok(Denoised::Stopped),
            Some(StopMode::Keep) if index + 1 < request.steps => {
                return Ok(Denoised::Kept(estimate));
            }
            Some(StopMode::Keep) => {}
        }
    }
    Ok(Denoised::Completed(latents))
}

/// `step 3 of 25`.
fn step_name(index: usize, steps: usize) -> String {
    format!("step {} of {steps}", index + 1)
}

/// The UNet with what both guidance branches know.
struct Denoiser<'a> {
    job: &'a Job<'a>,
    unet: Unet,
    conditional: UnetContext,
    /// Absent where guidance is off for every frame.
    unconditional: Option<UnetContext>,
    /// `[f, c, h, w]`: the picture's latent for every frame.
    image_latents: Tensor<4>,
    shape: [usize; 4],
}

impl<'a> Denoiser<'a> {
    fn load(
        job: &'a Job<'a>,
        conditioning: &Conditioning<'_>,
        shape: [usize; 4],
    ) -> Result<Self, GenerateError> {
        let target = job.unet_target();
        let part = &job.checkpoint.unet;
        let source = job.source(part, job.loras);
        let eps: NormEps = job.checkpoint.norm_eps;
        let unet = Unet::load(&Loader::new(&source, &target), &part.config, eps)?;

        let [frames, channels, h, w] = shape;
        let width = conditioning.embedding.len();
        let ids = job.request.added_ids();
        let embedding: Tensor<2> = place(conditioning.embedding.clone(), [1, width], &target);
        // Without a picture: a zero embedding and zero latents, the same added ids (spec §9, 8).
        let unconditional = job.request.guidance.is_active().then(|| {
            let nothing = Tensor::zeros([1, width], (&target.device, target.dtype));
            unet.context(&nothing, &ids, frames)
        });
        let one: Tensor<4> = place(
            conditioning.image_latents.clone(),
            [1, channels, h, w],
            &target,
        );
        Ok(Self {
            job,
            conditional: unet.context(&embedding, &ids, frames),
            unconditional,
            image_latents: one.expand([frames, channels, h, w]),
            unet,
            shape,
        })
    }

    /// The guided prediction `v`, `[f, c, h, w]`, or `None` when stopped on the way.
    fn predict(
        &self,
        input: &[f32],
        timestep: f32,
        index: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<Vec<f32>>, GenerateError> {
        let name = step_name(index, self.job.request.steps);
        let input: Tensor<4> = place(input.to_vec(), self.shape, &self.job.unet_target());
        let branch = |image: Tensor<4>, context: &UnetContext| {
            // [f, c, h, w] ++ [f, c, h, w] over channels: noisy latents first
            let sample = Tensor::cat(vec![input.clone(), image], 1);
            let go_on = || observer.stop() != Some(StopMode::Now);
            self.unet
                .forward(sample, timestep, context, go_on)
                .map(|v| read(v, &name))
                .transpose()
        };

        let Some(mut v) = branch(self.image_latents.clone(), &self.conditional)? else {
            return Ok(None);
        };
        if let Some(context) = &self.unconditional {
            let Some(u) = branch(self.image_latents.zeros_like(), context)? else {
                return Ok(None);
            };
            self.job.request.guidance.apply(&u, &mut v, self.shape[0]);
        }
        Ok(Some(v))
    }
}
