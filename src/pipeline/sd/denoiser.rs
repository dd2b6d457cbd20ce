//! The UNet with the prompts of both guidance branches.

use burn::tensor::Tensor;

use crate::checkpoint::SdParts;
use crate::error::GenerateError;
use crate::model::unet2d::{Unet2d, Unet2dContext};
use crate::model::weights::Target;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::Observer;
use crate::pipeline::stages::load::{self, Loaded};
use crate::pipeline::stages::prompt::Embeddings;
use crate::pipeline::stages::{Denoiser, Pass, Prediction};
use crate::pipeline::transfer::place;

/// The UNet of Stable Diffusion with its prompts.
pub(super) struct SdDenoiser {
    conditional: Unet2dContext,
    unconditional: Option<Unet2dContext>,
    target: Target,
    // Dropped last: the tensors above came from its buffers.
    unet: Loaded<Unet2d>,
}

impl SdDenoiser {
    /// Loads the UNet and prepares the prompts.
    pub(super) fn load(
        job: &Job<'_>,
        model: &SdParts,
        embeddings: &Embeddings,
        observer: &mut dyn Observer,
    ) -> Result<Self, GenerateError> {
        let target = job.denoiser_target();
        let part = &model.unet;
        let network = (Network::UNET, &target);
        let unet = load::network(job, network, part, job.loras, observer, |at| {
            Unet2d::load(at, &part.config)
        })?;
        let context = |values: &Vec<f32>| {
            let width = values.len() / embeddings.tokens.max(1);
            let tokens = place(values.clone(), [1, embeddings.tokens, width], &target);
            unet.context(&tokens)
        };
        Ok(Self {
            conditional: context(&embeddings.conditional),
            unconditional: embeddings.unconditional.as_ref().map(context),
            unet,
            target,
        })
    }
}

impl Denoiser for SdDenoiser {
    fn target(&self) -> &Target {
        &self.target
    }

    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction> {
        self.unet.begin_pass();
        let branch = |context: &Unet2dContext| -> Option<Tensor<4>> {
            let latents = pass.latents.clone();
            self.unet.forward(latents, pass.timestep, context, go_on)
        };
        Prediction::of_branches(&self.conditional, self.unconditional.as_ref(), branch)
    }
}
