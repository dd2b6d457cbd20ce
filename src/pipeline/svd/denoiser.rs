//! The UNet with the conditioning of both guidance branches.

use burn::tensor::Tensor;

use crate::checkpoint::SvdParts;
use crate::error::GenerateError;
use crate::model::svd::{Unet, UnetContext};
use crate::model::weights::Target;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::Observer;
use crate::pipeline::stages::load::{self, Loaded};
use crate::pipeline::stages::{Denoiser, Pass, Prediction};
use crate::pipeline::transfer::place;

/// The conditioning, which is the same in every step.
pub(super) struct Conditioning<'a> {
    /// The CLIP embedding of the picture, `[d]`.
    pub(super) embedding: &'a [f32],
    /// The latent of the picture, `[c, h, w]`.
    pub(super) image_latents: &'a [f32],
    /// Frames per second minus one, motion bucket, noise augmentation.
    pub(super) added_ids: [f32; 3],
}

/// The UNet of Stable Video Diffusion with its conditioning.
pub(super) struct SvdDenoiser {
    conditional: UnetContext,
    /// Absent if guidance is off for all frames.
    unconditional: Option<UnetContext>,
    /// The latent of the picture, shared by all frames: `[1, c, h, w]`.
    image_latents: Tensor<4>,
    target: Target,
    // Dropped last: the tensors above came from its buffers.
    unet: Loaded<Unet>,
}

impl SvdDenoiser {
    /// Loads the UNet for passes over latents of shape `[f, c, h, w]`.
    pub(super) fn load(
        job: &Job<'_>,
        model: &SvdParts,
        conditioning: &Conditioning<'_>,
        [frames, channels, h, w]: [usize; 4],
        observer: &mut dyn Observer,
    ) -> Result<Self, GenerateError> {
        let target = job.denoiser_target();
        let (part, eps) = (&model.unet, model.norm_eps);
        let network = (Network::UNET, &target);
        let unet = load::network(job, network, part, job.loras, observer, |at| {
            Unet::load(at, &part.config, eps)
        })?;

        let width = conditioning.embedding.len();
        let ids = &conditioning.added_ids;
        let embedding = place(conditioning.embedding.to_vec(), [1, 1, width], &target);
        // Without a picture: a zero embedding and zero latents, the same added ids (spec §9, 8).
        let unconditional = job.request.guidance.is_active().then(|| {
            let nothing = Tensor::zeros([1, 1, width], (&target.device, target.dtype));
            unet.context(&nothing, ids, frames)
        });
        let image_latents = conditioning.image_latents.to_vec();
        Ok(Self {
            conditional: unet.context(&embedding, ids, frames),
            unconditional,
            image_latents: place(image_latents, [1, channels, h, w], &target),
            unet,
            target,
        })
    }
}

impl Denoiser for SvdDenoiser {
    fn target(&self) -> &Target {
        &self.target
    }

    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction> {
        self.unet.begin_pass();
        let image = self.image_latents.clone().expand(pass.latents.dims());
        let branch = |image: Tensor<4>, context: &UnetContext| {
            // [f, c, h, w] ++ [f, c, h, w] over channels: noisy latents first
            let sample = Tensor::cat(vec![pass.latents.clone(), image], 1);
            self.unet.forward(sample, pass.timestep, context, go_on)
        };
        let conditional = branch(image.clone(), &self.conditional)?;
        let unconditional = match &self.unconditional {
            Some(context) => Some(branch(image.zeros_like(), context)?),
            None => None,
        };
        Some(Prediction {
            conditional,
            unconditional,
        })
    }
}
