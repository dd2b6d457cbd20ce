//! The UNet of Stable Diffusion: from noisy latents and a prompt to a prediction of the noise, or of v.
//!
//! diffusers' `UNet2DConditionModel` (models/unets/unet_2d_condition.py). Guidance branches run one after the other.

use burn::tensor::Tensor;
use burn::tensor::activation::silu;

use super::after_layer::{AfterLayer, Layer, Unchanged};
use super::unet_blocks::{
    DownBlock, Layers, LevelContext, UpBlock, down_shapes, mid_shape, up_shapes,
};
use crate::checkpoint::Unet2dConfig;
use crate::error::ModelError;
use crate::kernels::group_norm_silu::NormReach;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{Conv2d, GroupNorm, TimestepEmbedding, sinusoids};
use crate::model::weights::{Expected, Loader, Target, list_parameters};

/// A prompt as the network needs it, the same in every step.
#[derive(Clone)]
pub struct Unet2dContext {
    down: Vec<LevelContext>,
    mid: LevelContext,
    up: Vec<LevelContext>,
}

/// The UNet.
pub struct Unet2d {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock>,
    mid_block: Layers,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    /// Width of the sinusoid of the timestep: the channels of the first level.
    time_width: usize,
    target: Target,
}

impl Unet2d {
    /// Builds the network that `config` describes.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &Unet2dConfig) -> Result<Self, ModelError> {
        Self::load_reaching(at, config, NormReach::Frame)
    }

    /// The same with this reach of the norms in its residual blocks, and of the last one.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load_reaching(
        at: &Loader<'_>,
        config: &Unet2dConfig,
        reach: NormReach,
    ) -> Result<Self, ModelError> {
        let first = config.block_out_channels[0];
        let time = config.time_embed_dim();
        let levels = config.levels();
        let (down, up) = (at.at("down_blocks"), at.at("up_blocks"));
        let down_blocks = down_shapes(config);
        let down_blocks = down_blocks.iter().enumerate();
        let up_blocks = up_shapes(config);
        let up_blocks = up_blocks.iter().enumerate();
        Ok(Self {
            conv_in: Conv2d::load(&at.at("conv_in"), config.in_channels, first, 3)?,
            time_embedding: TimestepEmbedding::load(&at.at("time_embedding"), first, time, time)?,
            down_blocks: down_blocks
                .map(|(i, shape)| DownBlock::load(&down.at(i), shape, reach, i + 1 < levels))
                .collect::<Result<_, _>>()?,
            mid_block: Layers::load(&at.at("mid_block"), &mid_shape(config), reach)?,
            up_blocks: up_blocks
                .map(|(i, shape)| UpBlock::load(&up.at(i), shape, reach, i + 1 < levels))
                .collect::<Result<_, _>>()?,
            conv_norm_out: GroupNorm::load(&at.at("conv_norm_out"), first, config.norm_eps)?
                .reaching(reach),
            conv_out: Conv2d::load(&at.at("conv_out"), first, config.out_channels, 3)?,
            time_width: first,
            target: at.target().clone(),
        })
    }

    /// Every parameter that `config` asks for: diffusers keys and torch shapes.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &Unet2dConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config))
    }

    /// Computes everything that is the same in every step, from the embedding of a prompt, `[1, n, d]`.
    #[must_use]
    pub fn context(&self, tokens: &Tensor<3>) -> Unet2dContext {
        let down = self.down_blocks.iter();
        let up = self.up_blocks.iter();
        Unet2dContext {
            down: down.map(|block| block.layers.context(tokens)).collect(),
            mid: self.mid_block.context(tokens),
            up: up.map(|block| block.layers.context(tokens)).collect(),
        }
    }

    /// One prediction: `[n, in_channels, h, w]` to `[n, out_channels, h, w]`, at a timestep of 0 to 999.
    ///
    /// `between` is called after every level; if it returns `false`, the result is `None`.
    pub fn forward(
        &self,
        sample: Tensor<4>,
        timestep: f32,
        context: &Unet2dContext,
        between: impl FnMut() -> bool,
    ) -> Option<Tensor<4>> {
        self.forward_with(sample, timestep, context, &Unchanged, between)
    }

    /// [`Unet2d::forward`] with `added` after each layer.
    pub fn forward_with(
        &self,
        sample: Tensor<4>,
        timestep: f32,
        context: &Unet2dContext,
        added: &dyn AfterLayer,
        mut between: impl FnMut() -> bool,
    ) -> Option<Tensor<4>> {
        // Every residual block applies SiLU to the same embedding first.
        let time = sinusoids(&[timestep], self.time_width, &self.target);
        let time = silu(self.time_embedding.forward(time));
        let mut x = self.conv_in.forward(sample);
        let mut skips = vec![x.clone()];
        let down = self.down_blocks.iter().zip(&context.down);
        for (level, (block, context)) in down.enumerate() {
            let after = |index, x| added.after(Layer::Down { level, index }, x);
            x = block.forward(x, &time, context, &mut skips, after);
            if !between() {
                return None;
            }
        }
        x = self
            .mid_block
            .forward(x, &time, &context.mid, |index, x| match index {
                0 => added.after(Layer::Middle, x),
                _ => x,
            });
        let up = self.up_blocks.iter().zip(&context.up);
        for (level, (block, context)) in up.enumerate() {
            let after = |index, x| added.after(Layer::Up { level, index }, x);
            x = block.forward(x, &time, context, &mut skips, after);
            if !between() {
                return None;
            }
        }
        let before = self.conv_norm_out.silu_before();
        Some(self.conv_out.apply(vec![x], before, Epilogue::default()))
    }
}
