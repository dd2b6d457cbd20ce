//! Image to video, as one story: encode, condition, denoise, decode.
//!
//! [`generate`] reads like diffusers' `StableVideoDiffusionPipeline.__call__`
//! (pipelines/stable_video_diffusion/pipeline_stable_video_diffusion.py). Each network is in
//! memory only while it works. Must not know threads, queues, files to write or windows: it tells
//! an [`Observer`] what happens and asks it whether to go on.

mod decode;
mod denoise;
mod dump;
mod encode;
mod plan;
mod preview;
mod verify;

use burn::tensor::{DType, Device, Tensor, TensorData};

pub use dump::Dump;
pub use plan::{
    Fitting, GenerationPlan, Halves, MemoryBudget, Network, Outline, Placing, StagePlan,
};
pub use verify::{ModelReport, verify};

use crate::checkpoint::lora::LoraStack;
use crate::checkpoint::{Checkpoint, Part};
use crate::error::GenerateError;
use crate::kernels;
use crate::media::fit::{Fit, prepare};
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::model::weights::{Keeping, Source, Target};
use crate::request::GenerateRequest;
use crate::sampler::noise::Generator;

/// What a generation is made of.
pub struct Job<'a> {
    /// The weights.
    pub checkpoint: &'a Checkpoint,
    /// Updates to add to the UNet; may be empty.
    pub loras: &'a LoraStack,
    /// The picture as it was opened.
    pub picture: &'a Picture,
    /// How the picture meets the frame.
    pub fit: Fit,
    /// Colour around a padded picture.
    pub matte: [u8; 3],
    /// Everything else the artist chose.
    pub request: &'a GenerateRequest,
    /// Where to compute.
    pub device: &'a Device,
    /// Number format of the UNet. The picture's encoders and the decoder always compute in f32:
    /// the VAE overflows f16 (spec §2.4), and neither takes much of the time.
    pub dtype: DType,
    /// Memory that the generation may take.
    pub memory: MemoryBudget,
    /// Fill the networks with random numbers instead of the checkpoint's weights, to measure
    /// speed and memory of a model that is not there.
    pub random_weights: bool,
}

/// Where a generation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading and placing weights; comes before each of the others.
    Load,
    /// Picture to embedding and latent.
    Encode,
    /// Noise to latents, step by step.
    Denoise,
    /// Latents to frames.
    Decode,
}

/// How a generation should end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// At once; nothing is kept.
    Now,
    /// After the step in progress; what it shows is decoded and kept.
    Keep,
}

/// A finished step.
pub struct StepDone<'a> {
    /// Counted from one.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// What the frames look like by now, at latent size; empty unless asked for.
    pub preview: &'a [Frame],
}

/// Follows a generation and may end it.
pub trait Observer {
    /// A stage begins.
    fn stage(&mut self, stage: Stage);
    /// A step is done.
    fn step(&mut self, done: &StepDone<'_>);
    /// `done` of `total` frames are decoded.
    fn decoded(&mut self, done: usize, total: usize);
    /// Something the artist should know, although it does not end the generation.
    fn warning(&mut self, text: String);
    /// Whether and how to end.
    fn stop(&self) -> Option<StopMode>;
    /// Whether steps should come with previews.
    fn wants_previews(&self) -> bool {
        false
    }
    /// Whether intermediate results are wanted at all; where not, they need not leave the device.
    fn wants_tensors(&self) -> bool {
        false
    }
    /// An intermediate result, row-major. Frames are told only to an observer that wants tensors.
    ///
    /// # Errors
    /// Whatever keeps the observer from storing it; this ends the generation.
    fn tensor(
        &mut self,
        _name: &str,
        _shape: &[usize],
        _values: &[f32],
    ) -> Result<(), GenerateError> {
        Ok(())
    }
}

/// How a generation ended.
#[derive(Debug)]
pub enum Outcome {
    /// All frames, after all steps.
    Completed(Vec<Frame>),
    /// Ended early; frames where the artist wanted to keep what there was.
    Stopped(Option<Vec<Frame>>),
}

/// Turns a picture into frames.
///
/// The same seed gives what diffusers gives with a CPU generator of that seed: noise for the
/// picture, then for the latents, both in f32.
///
/// # Errors
/// [`GenerateError`]: a picture, model or device that cannot be used, or numbers that overflow.
pub fn generate(job: &Job<'_>, observer: &mut dyn Observer) -> Result<Outcome, GenerateError> {
    let request = job.request;
    let mut generator = Generator::seeded(request.seed);

    // 1. Check inputs, before anything takes long
    if !job.random_weights
        && let Some(text) = verify(job.checkpoint)?.unexpected_note()
    {
        observer.warning(text);
    }
    let prepared = prepare(
        job.picture,
        request.width as u32,
        request.height as u32,
        job.fit,
        job.matte,
    )?;

    // 2. Encode the picture: what it means, and what it looks like
    let embedding = encode::embedding(job, &prepared.view, observer)?;
    let image_latents = encode::latents(job, &prepared.frame, &mut generator, observer)?;
    if observer.stop().is_some() {
        return Ok(Outcome::Stopped(None));
    }

    // 3. Denoise
    let conditioning = denoise::Conditioning {
        embedding,
        image_latents,
        frame: &prepared.frame,
    };
    let denoised = denoise::denoise(job, &conditioning, &mut generator, observer)?;
    let (latents, completed) = match denoised {
        denoise::Denoised::Completed(latents) => (latents, true),
        denoise::Denoised::Kept(latents) => (latents, false),
        denoise::Denoised::Stopped => return Ok(Outcome::Stopped(None)),
    };

    // 4. Decode
    let frames = decode::decode(job, &latents, completed, observer)?;
    Ok(match (frames, completed) {
        (Some(frames), true) => Outcome::Completed(frames),
        (frames, _) => Outcome::Stopped(frames),
    })
}

impl Job<'_> {
    /// Where one part takes its weights from.
    pub(crate) fn source<'a, C>(&self, part: &'a Part<C>, loras: &'a LoraStack) -> Source<'a> {
        if self.random_weights {
            Source::random()
        } else {
            Source::Checkpoint {
                tensors: &part.tensors,
                loras,
            }
        }
    }

    /// What the generation will take.
    #[must_use]
    pub fn plan(&self) -> GenerationPlan {
        let placing = Placing {
            gpu: kernels::is_registered(self.device),
            unet_element: self.dtype.size() as u64,
        };
        let mut outline = Outline::of(self.checkpoint);
        if self.random_weights {
            outline = outline.random();
        }
        GenerationPlan::new(&outline, self.request, placing, self.memory)
    }

    /// Where one network's large weights are while it works.
    pub(crate) fn keeping(&self, network: Network) -> Keeping {
        let plan = self.plan();
        plan.of(network)
            .map_or(Keeping::default(), |stage| stage.keeping)
    }

    /// Latent height and width.
    pub(crate) fn latent_size(&self) -> [usize; 2] {
        let scale = self.checkpoint.vae.config.scale();
        [self.request.height / scale, self.request.width / scale]
    }

    /// Where the encoders and the decoder are placed.
    pub(crate) fn full_precision(&self) -> Target {
        Target {
            device: self.device.clone(),
            dtype: DType::F32,
        }
    }

    /// Where the UNet is placed.
    pub(crate) fn unet_target(&self) -> Target {
        Target {
            device: self.device.clone(),
            dtype: self.dtype,
        }
    }
}

/// Host values on a device, in `target`'s format.
pub(crate) fn place<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    target: &Target,
) -> Tensor<D> {
    let data = TensorData::new(values, shape).convert_dtype(target.dtype);
    Tensor::from_data(data, (&target.device, target.dtype))
}

/// A tensor back on the host in f32; this is also where a device's failure shows.
pub(crate) fn read<const D: usize>(
    tensor: Tensor<D>,
    place: &str,
) -> Result<Vec<f32>, GenerateError> {
    tensor
        .cast(DType::F32)
        .try_into_vec_as::<f32>()
        .map_err(|error| GenerateError::DeviceFailed {
            place: place.to_owned(),
            reason: error.to_string(),
        })
}

/// Refuses values that are not numbers, naming where they came from.
pub(crate) fn require_finite(values: &[f32], place: &str) -> Result<(), GenerateError> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(GenerateError::NotFinite {
        place: place.to_owned(),
    })
}

/// Frames as RGBA bytes, `[f, h, w, 4]`, to pictures.
pub(crate) fn frames_of_rgba(bytes: &[u8], h: usize, w: usize) -> Vec<Frame> {
    bytes
        .chunks_exact((4 * h * w).max(1))
        .map(|frame| Frame {
            width: w as u32,
            height: h as u32,
            rgb: frame
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect(),
        })
        .collect()
}

/// Frames as values in 0..1, `[f, 3, h, w]`, to pictures.
pub(crate) fn frames_from(values: &[f32], frames: usize, h: usize, w: usize) -> Vec<Frame> {
    let plane = 3 * h * w;
    (0..frames)
        .map(|i| {
            let planes = &values[i * plane..(i + 1) * plane];
            Frame::from_planes(planes, w as u32, h as u32)
        })
        .collect()
}
