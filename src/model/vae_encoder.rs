//! The VAE's encoder: a picture to the latent that conditions every frame.
//!
//! diffusers' `Encoder` (models/autoencoders/vae.py) and spec §2.1; the same for the temporal and
//! the plain autoencoder.

use burn::tensor::Tensor;

use super::attention::Projections;
use super::layers::{Conv2d, GroupNorm, Linear};
use super::loader::Loader;
use super::resnet::{DownPadding, Downsample2d, ResnetBlock2d, ResnetShape};
use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::kernels::layer::After;

/// Spatial norms of the VAE, in both references.
pub(crate) const VAE_EPS: f64 = 1e-6;

/// Attention with one head over the pixels of each frame.
pub struct VaeAttention {
    group_norm: GroupNorm,
    projections: Projections,
    to_out: Linear,
}

impl VaeAttention {
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, width: usize, groups: usize) -> Result<Self, ModelError> {
        Ok(Self {
            group_norm: GroupNorm::load_grouped(&at.at("group_norm"), width, groups, VAE_EPS)?,
            projections: Projections::load(at, ["to_q", "to_k", "to_v"], width, true)?,
            to_out: Linear::load(&at.at("to_out.0"), width, width)?,
        })
    }

    /// `[f, c, h, w]` to the same shape.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let seen = self
            .projections
            .attend_pixels(x.clone(), self.group_norm.before());
        self.to_out.to_pixels(seen, [h, w], x)
    }
}

/// Residual block, attention, residual block within frames.
pub(crate) struct VaeMidBlock {
    resnets: [ResnetBlock2d; 2],
    attention: Option<VaeAttention>,
}

impl VaeMidBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        config: &VaeConfig,
        width: usize,
    ) -> Result<Self, ModelError> {
        let groups = config.norm_groups();
        let shape = ResnetShape {
            groups,
            ..ResnetShape::untimed(width, width)
        };
        Ok(Self {
            resnets: [
                ResnetBlock2d::load(&at.at("resnets.0"), shape, VAE_EPS)?,
                ResnetBlock2d::load(&at.at("resnets.1"), shape, VAE_EPS)?,
            ],
            attention: config
                .mid_attends()
                .then(|| VaeAttention::load(&at.at("attentions.0"), width, groups))
                .transpose()?,
        })
    }

    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [first, second] = &self.resnets;
        let x = first.forward(x, None);
        let x = match &self.attention {
            Some(attention) => attention.forward(x),
            None => x,
        };
        second.forward(x, None)
    }
}

struct DownEncoderBlock {
    resnets: Vec<ResnetBlock2d>,
    downsampler: Option<Downsample2d>,
}

/// Pictures `[n, 3, h, w]` in ±1 to moments `[n, 2·latent, h/2^k, w/2^k]`.
pub(crate) struct Encoder {
    conv_in: Conv2d,
    down_blocks: Vec<DownEncoderBlock>,
    mid_block: VaeMidBlock,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

impl Encoder {
    pub(crate) fn load(at: &Loader<'_>, config: &VaeConfig) -> Result<Self, ModelError> {
        let channels = &config.block_out_channels;
        let last = channels.len() - 1;
        let groups = config.norm_groups();
        let down_blocks = (0..=last)
            .map(|level| {
                let at = at.at("down_blocks").at(level);
                let width = channels[level];
                let before = channels[level.saturating_sub(1)];
                Ok(DownEncoderBlock {
                    resnets: (0..config.layers_per_block)
                        .map(|i| {
                            let inputs = if i == 0 { before } else { width };
                            let shape = ResnetShape {
                                groups,
                                ..ResnetShape::untimed(inputs, width)
                            };
                            ResnetBlock2d::load(&at.at("resnets").at(i), shape, VAE_EPS)
                        })
                        .collect::<Result<_, _>>()?,
                    downsampler: (level < last)
                        .then(|| {
                            let at = at.at("downsamplers.0");
                            Downsample2d::load(&at, width, DownPadding::RightBelow)
                        })
                        .transpose()?,
                })
            })
            .collect::<Result<_, ModelError>>()?;
        let bottom = channels[last];
        Ok(Self {
            conv_in: Conv2d::load(&at.at("conv_in"), config.in_channels, channels[0], 3)?,
            down_blocks,
            mid_block: VaeMidBlock::load(&at.at("mid_block"), config, bottom)?,
            conv_norm_out: GroupNorm::load_grouped(
                &at.at("conv_norm_out"),
                bottom,
                groups,
                VAE_EPS,
            )?,
            conv_out: Conv2d::load(&at.at("conv_out"), bottom, config.latent_channels * 2, 3)?,
        })
    }

    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = self.conv_in.forward(x);
        for block in &self.down_blocks {
            for resnet in &block.resnets {
                x = resnet.forward(x, None);
            }
            if let Some(downsampler) = &block.downsampler {
                x = downsampler.forward(x);
            }
        }
        let x = self.mid_block.forward(x);
        let before = self.conv_norm_out.silu_before();
        self.conv_out.apply(vec![x], before, After::default())
    }
}
