//! The UNet of AnimateDiff: that of Stable Diffusion, with a motion module after each layer.
//!
//! diffusers' `UNetMotionModel` (models/unets/unet_motion_model.py).

use burn::tensor::Tensor;

use super::motion_module::{InClip, MotionContext, MotionModules};
use crate::checkpoint::MotionUnetConfig;
use crate::error::ModelError;
use crate::kernels::group_norm_silu::NormReach;
use crate::model::unet2d::{Unet2d, Unet2dContext};
use crate::model::weights::{Expected, Loader, list_parameters};

/// How far the group norms of the network reach. Those of spatial transformers always see one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaches {
    /// The norms of motion modules.
    pub modules: NormReach,
    /// The norms of residual blocks, and the last one.
    pub layers: NormReach,
}

/// The UNet.
pub struct MotionUnet {
    unet: Unet2d,
    modules: MotionModules,
}

/// A prompt and a clip's frames as the network needs them, the same in every step.
#[derive(Clone)]
pub struct MotionUnetContext {
    prompt: Unet2dContext,
    motion: MotionContext,
}

impl MotionUnet {
    /// Builds the network that `config` describes.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        config: &MotionUnetConfig,
        reaches: Reaches,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            unet: Unet2d::load_reaching(at, &config.unet, reaches.layers)?,
            modules: MotionModules::load(at, &config.motion, reaches.modules)?,
        })
    }

    /// Every parameter that `config` asks for: diffusers' keys and torch's shapes.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &MotionUnetConfig) -> Result<Vec<Expected>, ModelError> {
        let reaches = Reaches {
            modules: NormReach::Frame,
            layers: NormReach::Frame,
        };
        list_parameters(|at| Self::load(at, config, reaches))
    }

    /// Computes everything that is the same in every step, from the embedding of a prompt, `[1, n, d]`, and the number
    /// of frames.
    ///
    /// # Panics
    /// If the motion modules have positions for fewer frames.
    #[must_use]
    pub fn context(&self, tokens: &Tensor<3>, frames: usize) -> MotionUnetContext {
        MotionUnetContext {
            prompt: self.unet.context(tokens),
            motion: self.modules.context(frames),
        }
    }

    /// One prediction for a clip: `[f, in_channels, h, w]` to `[f, out_channels, h, w]`, at a timestep of 0 to 999.
    ///
    /// `between` is called after every level; if it returns `false`, the result is `None`.
    pub fn forward(
        &self,
        sample: Tensor<4>,
        timestep: f32,
        context: &MotionUnetContext,
        between: impl FnMut() -> bool,
    ) -> Option<Tensor<4>> {
        let added = InClip {
            modules: &self.modules,
            context: &context.motion,
        };
        let prompt = &context.prompt;
        self.unet
            .forward_with(sample, timestep, prompt, &added, between)
    }
}
