//! The spatio-temporal UNet: from noisy latents and the latent of the picture to a v-prediction.
//!
//! diffusers' `UNetSpatioTemporalConditionModel` (models/unets/unet_spatio_temporal_condition.py); spec §1. Guidance
//! branches run one after the other, so a pass always has exactly one video.

use burn::tensor::Tensor;
use burn::tensor::activation::silu;

use super::unet_blocks::{AttentionShape, DownBlock, LevelContext, LevelShape, MidBlock, UpBlock};
use crate::checkpoint::{NormEps, UnetConfig};
use crate::error::ModelError;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{ContextShape, Conv2d, GroupNorm, TimestepEmbedding, sinusoids};
use crate::model::weights::{Expected, Loader, Target, list_parameters};

/// Epsilon of the output norm, in both references (spec §1.4).
const OUT_NORM_EPS: f64 = 1e-5;

/// Everything that is the same in every step: context, frame positions and added ids.
#[derive(Clone)]
pub struct UnetContext {
    /// Embedding of the added ids, `[1, 4·c₀]`.
    added: Tensor<2>,
    down: Vec<LevelContext>,
    mid: LevelContext,
    up: Vec<LevelContext>,
}

/// The UNet.
pub struct Unet {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    add_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock>,
    mid_block: MidBlock,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    /// Width of the sinusoid of the timestep: the channels of the first level.
    time_width: usize,
    /// Width of the sinusoid of each added id.
    added_width: usize,
    target: Target,
}

impl Unet {
    /// Builds the network that `config` describes.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &UnetConfig, eps: NormEps) -> Result<Self, ModelError> {
        let channels = &config.block_out_channels;
        let first = channels[0];
        let time = config.time_embed_dim();
        let levels = channels.len();

        let down = down_shapes(config, eps, time);
        let up = up_shapes(config, eps, time);
        Ok(Self {
            conv_in: Conv2d::load(&at.at("conv_in"), config.in_channels, first, 3)?,
            time_embedding: TimestepEmbedding::load(&at.at("time_embedding"), first, time, time)?,
            add_embedding: TimestepEmbedding::load(
                &at.at("add_embedding"),
                config.projection_class_embeddings_input_dim,
                time,
                time,
            )?,
            down_blocks: down
                .iter()
                .enumerate()
                .map(|(i, shape)| {
                    DownBlock::load(&at.at("down_blocks").at(i), shape, i + 1 < levels)
                })
                .collect::<Result<_, _>>()?,
            mid_block: MidBlock::load(&at.at("mid_block"), &mid_shape(config, time))?,
            up_blocks: up
                .iter()
                .enumerate()
                .map(|(i, shape)| UpBlock::load(&at.at("up_blocks").at(i), shape, i + 1 < levels))
                .collect::<Result<_, _>>()?,
            conv_norm_out: GroupNorm::load(&at.at("conv_norm_out"), first, OUT_NORM_EPS)?,
            conv_out: Conv2d::load(&at.at("conv_out"), first, config.out_channels, 3)?,
            time_width: first,
            added_width: config.addition_time_embed_dim,
            target: at.target().clone(),
        })
    }

    /// Every parameter that `config` asks for: diffusers keys and torch shapes.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &UnetConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config, NormEps::Diffusers))
    }

    /// Computes everything that is the same in every step (spec §1.6).
    ///
    /// `tokens` is the CLIP embedding of the picture, as a single context token `[1, 1, d]`; `added_ids` are
    /// `[fps − 1, motion bucket, noise augmentation]`.
    ///
    /// # Panics
    /// If there is more than one token.
    #[must_use]
    pub fn context(&self, tokens: &Tensor<3>, added_ids: &[f32], frames: usize) -> UnetContext {
        let target = &self.target;
        // [ids, d] -> [1, ids·d]
        let ids = sinusoids(added_ids, self.added_width, target);
        let ids = ids.reshape([1, added_ids.len() * self.added_width]);
        UnetContext {
            added: self.add_embedding.forward(ids),
            down: self
                .down_blocks
                .iter()
                .map(|block| block.context(tokens, frames, target))
                .collect(),
            mid: self.mid_block.context(tokens, frames, target),
            up: self
                .up_blocks
                .iter()
                .map(|block| block.context(tokens, frames, target))
                .collect(),
        }
    }

    /// One prediction: `[f, in_channels, h, w]` to `[f, out_channels, h, w]`.
    ///
    /// `timestep` is `0.25·ln σ`. `between` is called after every level, so that a caller can interrupt a pass that
    /// takes minutes: if it returns `false`, the result is `None`.
    pub fn forward(
        &self,
        sample: Tensor<4>,
        timestep: f32,
        context: &UnetContext,
        mut between: impl FnMut() -> bool,
    ) -> Option<Tensor<4>> {
        // 1. Time: every residual block applies SiLU to the same embedding first.
        let time = sinusoids(&[timestep], self.time_width, &self.target);
        let time = silu(self.time_embedding.forward(time) + context.added.clone());

        // 2. Pre-process
        let mut x = self.conv_in.forward(sample);
        let mut skips = vec![x.clone()];

        // 3. Down
        for (block, context) in self.down_blocks.iter().zip(&context.down) {
            x = block.forward(x, &time, context, &mut skips);
            if !between() {
                return None;
            }
        }

        // 4. Mid
        x = self.mid_block.forward(x, &time, &context.mid);

        // 5. Up
        for (block, context) in self.up_blocks.iter().zip(&context.up) {
            x = block.forward(x, &time, context, &mut skips);
            if !between() {
                return None;
            }
        }

        // 6. Post-process
        let before = self.conv_norm_out.silu_before();
        Some(self.conv_out.apply(vec![x], before, Epilogue::default()))
    }
}

fn attention_shape(config: &UnetConfig, level: usize, layers: usize) -> AttentionShape {
    AttentionShape {
        heads: config.heads(level),
        depths: (0..layers)
            .map(|layer| config.depth(level, layer))
            .collect(),
        context: ContextShape::one(config.context(level)),
    }
}

pub(super) fn down_shapes(config: &UnetConfig, eps: NormEps, time: usize) -> Vec<LevelShape> {
    let channels = &config.block_out_channels;
    (0..channels.len())
        .map(|level| {
            let before = channels[level.saturating_sub(1)];
            let attends = config.down_attends(level);
            LevelShape {
                resnets: (0..config.layers(level))
                    .map(|i| {
                        (
                            if i == 0 { before } else { channels[level] },
                            channels[level],
                        )
                    })
                    .collect(),
                time,
                attention: attends.then(|| attention_shape(config, level, config.layers(level))),
                eps: eps.down(attends),
            }
        })
        .collect()
}

pub(super) fn mid_shape(config: &UnetConfig, time: usize) -> LevelShape {
    let last = config.block_out_channels.len() - 1;
    let width = config.block_out_channels[last];
    LevelShape {
        resnets: vec![(width, width); 2],
        time,
        attention: Some(attention_shape(config, last, 1)),
        eps: 1e-5,
    }
}

pub(super) fn up_shapes(config: &UnetConfig, eps: NormEps, time: usize) -> Vec<LevelShape> {
    let channels = &config.block_out_channels;
    let last = channels.len() - 1;
    (0..channels.len())
        .map(|i| {
            // Up blocks run from the lowest resolution to the highest.
            let level = last - i;
            let width = channels[level];
            let below = channels[(level + 1).min(last)];
            let above = channels[level.saturating_sub(1)];
            let count = config.layers(level) + 1;
            let resnets = (0..count)
                .map(|j| {
                    let hidden = if j == 0 { below } else { width };
                    let skip = if j + 1 == count { above } else { width };
                    (hidden + skip, width)
                })
                .collect();
            LevelShape {
                resnets,
                time,
                attention: config
                    .up_attends(level)
                    .then(|| attention_shape(config, level, count)),
                eps: eps.up(),
            }
        })
        .collect()
}
