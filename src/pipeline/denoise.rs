//! From noise to latents, step by step.

use burn::tensor::Tensor;

use super::preview::Projection;
use super::{Job, Network, Observer, Stage, StepDone, StopMode, place, read, require_finite};
use crate::checkpoint::NormEps;
use crate::error::GenerateError;
use crate::kernels::euler_step::Levels;
use crate::kernels::host::Recycling;
use crate::kernels::{self, euler_step};
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::model::svd::{Unet, UnetContext};
use crate::model::weights::Loader;
use crate::sampler::noise::Generator;
use crate::sampler::{Sampler, SamplerKind, Schedule};

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
    let _recycling = Recycling::begin();
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
    let scales = request.guidance.scales(request.frames);

    for index in 0..request.steps {
        let input = sampler.model_input(index, &latents);
        let timestep = sampler.schedule().timestep(index);
        let Some(prediction) = denoiser.predict(&input, timestep, observer) else {
            return Ok(Denoised::Stopped);
        };
        let name = step_name(index, request.steps);
        let estimate = if denoiser.steps_on_device() {
            let levels = Levels {
                sigma: sampler.schedule().sigma(index),
                next: sampler.schedule().sigma(index + 1),
            };
            let now = place(latents, shape, &job.full_precision());
            let Prediction {
                conditional,
                unconditional,
            } = prediction;
            let stepped = euler_step(now, conditional, unconditional, &scales, levels);
            latents = read(stepped.latents, &name)?;
            Estimate::OnDevice(Box::new(stepped.denoised))
        } else {
            let v = prediction.guided(job, &name)?;
            Estimate::OnHost(sampler.step(index, &mut latents, &v, generator))
        };
        require_finite(&latents, &name)?;
        observer.tensor(&format!("latents_{index:03}"), &dumped, &latents)?;

        let preview = match &projection {
            Some(projection) => estimate.preview(projection, vae.scaling_factor as f32, &name)?,
            None => Vec::new(),
        };
        observer.step(&StepDone {
            step: index + 1,
            steps: request.steps,
            preview: &preview,
        });
        match observer.stop() {
            None => {}
            Some(StopMode::Now) => return Ok(Denoised::Stopped),
            Some(StopMode::Keep) if index + 1 < request.steps => {
                return Ok(Denoised::Kept(estimate.values(&name)?));
            }
            Some(StopMode::Keep) => {}
        }
    }
    Ok(Denoised::Completed(latents))
}

/// What the UNet says of one step, still where it was computed; `[f, c, h, w]` each.
struct Prediction {
    conditional: Tensor<4>,
    unconditional: Option<Tensor<4>>,
}

impl Prediction {
    /// Both branches on the host, weighed frame by frame.
    fn guided(self, job: &Job<'_>, name: &str) -> Result<Vec<f32>, GenerateError> {
        let mut v = read(self.conditional, name)?;
        if let Some(unconditional) = self.unconditional {
            let u = read(unconditional, name)?;
            job.request.guidance.apply(&u, &mut v, job.request.frames);
        }
        Ok(v)
    }
}

/// The estimate of the clean latents after a step, `[f, c, h, w]`.
enum Estimate {
    OnHost(Vec<f32>),
    OnDevice(Box<Tensor<4>>),
}

impl Estimate {
    fn values(self, name: &str) -> Result<Vec<f32>, GenerateError> {
        match self {
            Self::OnHost(values) => Ok(values),
            Self::OnDevice(tensor) => read(*tensor, name),
        }
    }

    fn preview(
        &self,
        projection: &Projection,
        scaling: f32,
        name: &str,
    ) -> Result<Vec<Frame>, GenerateError> {
        match self {
            Self::OnHost(values) => Ok(projection.frames(values, scaling)),
            Self::OnDevice(tensor) => projection
                .frames_on_device(tensor.as_ref().clone(), scaling)
                .map_err(|reason| GenerateError::DeviceFailed {
                    place: name.to_owned(),
                    reason,
                }),
        }
    }
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
        let loader = Loader::new(&source, &target).keeping(job.keeping(Network::Unet));
        let unet = Unet::load(&loader, &part.config, eps)?;

        let [frames, channels, h, w] = shape;
        let width = conditioning.embedding.len();
        let ids = job.request.added_ids();
        let embedding: Tensor<3> = place(conditioning.embedding.clone(), [1, 1, width], &target);
        // Without a picture: a zero embedding and zero latents, the same added ids (spec §9, 8).
        let unconditional = job.request.guidance.is_active().then(|| {
            let nothing = Tensor::zeros([1, 1, width], (&target.device, target.dtype));
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

    /// Whether a whole step can be taken where the prediction is: latents then come back to the host once.
    fn steps_on_device(&self) -> bool {
        self.job.request.sampler == SamplerKind::Euler
            && kernels::is_registered(self.job.device)
            && !kernels::reference_only()
    }

    /// Both branches' predictions `v`, or `None` when stopped on the way.
    fn predict(
        &self,
        input: &[f32],
        timestep: f32,
        observer: &mut dyn Observer,
    ) -> Option<Prediction> {
        let input: Tensor<4> = place(input.to_vec(), self.shape, &self.job.unet_target());
        let branch = |image: Tensor<4>, context: &UnetContext| {
            // [f, c, h, w] ++ [f, c, h, w] over channels: noisy latents first
            let sample = Tensor::cat(vec![input.clone(), image], 1);
            let go_on = || observer.stop() != Some(StopMode::Now);
            self.unet.forward(sample, timestep, context, go_on)
        };

        let conditional = branch(self.image_latents.clone(), &self.conditional)?;
        let unconditional = match &self.unconditional {
            Some(context) => Some(branch(self.image_latents.zeros_like(), context)?),
            None => None,
        };
        Some(Prediction {
            conditional,
            unconditional,
        })
    }
}
