//! The UNet with motion modules and the prompts of both guidance branches.

use burn::tensor::Tensor;

use crate::checkpoint::{Animated, MotionVersion, SdParts};
use crate::error::GenerateError;
use crate::kernels::group_norm_silu::NormReach;
use crate::model::animatediff::{MotionUnet, MotionUnetContext, Reaches};
use crate::model::weights::Target;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::Observer;
use crate::pipeline::stages::load::{self, Loaded};
use crate::pipeline::stages::prompt::Embeddings;
use crate::pipeline::stages::{Denoiser, Pass, Prediction};
use crate::pipeline::transfer::place;
use crate::request;

/// The UNet of AnimateDiff with its prompts.
pub(super) struct AnimateDiffDenoiser {
    conditional: MotionUnetContext,
    unconditional: Option<MotionUnetContext>,
    target: Target,
    // Dropped last: the tensors above came from its buffers.
    unet: Loaded<MotionUnet>,
}

/// How far the norms reach: as in the code that the modules were trained with, or as in diffusers.
///
/// Version 1 was trained with residual blocks whose norms span the clip, all versions with modules whose norms see one
/// frame; diffusers does the opposite for both.
fn reaches(version: MotionVersion, chosen: request::NormReach) -> Reaches {
    let first = version == MotionVersion::One;
    match chosen {
        request::NormReach::Frame => Reaches {
            modules: NormReach::Frame,
            layers: if first {
                NormReach::Clip
            } else {
                NormReach::Frame
            },
        },
        request::NormReach::Clip => Reaches {
            modules: NormReach::Clip,
            layers: NormReach::Frame,
        },
    }
}

impl AnimateDiffDenoiser {
    /// Loads the UNet and prepares the prompts and the positions of the frames.
    pub(super) fn load(
        job: &Job<'_>,
        model: &Animated<SdParts>,
        embeddings: &Embeddings,
        observer: &mut dyn Observer,
    ) -> Result<Self, GenerateError> {
        let target = job.denoiser_target();
        let part = model.unet_with(&model.base.unet);
        let reaches = reaches(
            part.config.motion.version(),
            job.request.norm_reach.unwrap_or_default(),
        );
        let network = (Network::UNET, &target);
        let unet = load::network(job, network, &part, job.loras, observer, |at| {
            MotionUnet::load(at, &part.config, reaches)
        })?;
        let frames = job.request.frames;
        let context = |values: &Vec<f32>| {
            let width = values.len() / embeddings.tokens.max(1);
            let tokens = place(values.clone(), [1, embeddings.tokens, width], &target);
            unet.context(&tokens, frames)
        };
        Ok(Self {
            conditional: context(&embeddings.conditional),
            unconditional: embeddings.unconditional.as_ref().map(context),
            unet,
            target,
        })
    }
}

impl Denoiser for AnimateDiffDenoiser {
    fn target(&self) -> &Target {
        &self.target
    }

    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction> {
        self.unet.begin_pass();
        let branch = |context: &MotionUnetContext| -> Option<Tensor<4>> {
            let latents = pass.latents.clone();
            self.unet.forward(latents, pass.timestep, context, go_on)
        };
        Prediction::of_branches(&self.conditional, self.unconditional.as_ref(), branch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_version_1_sees_the_clip_in_its_residual_blocks() {
        use MotionVersion::{One, Three, Two};
        let frame = |version| reaches(version, request::NormReach::Frame);
        for version in [One, Two, Three] {
            assert_eq!(frame(version).modules, NormReach::Frame);
            let clip = reaches(version, request::NormReach::Clip);
            assert_eq!(
                (clip.modules, clip.layers),
                (NormReach::Clip, NormReach::Frame)
            );
        }
        assert_eq!(frame(One).layers, NormReach::Clip);
        assert_eq!(frame(Two).layers, NormReach::Frame);
        assert_eq!(frame(Three).layers, NormReach::Frame);
    }
}
