//! The encoder of the VAE.
//!
//! diffusers' `Encoder` (models/autoencoders/vae.py); spec §2.1. It is the same in the temporal and the plain
//! autoencoder.

use burn::tensor::Tensor;

use super::mid_block::{VAE_EPS, VaeMidBlock};
use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{
    Conv2d, DownPadding, Downsample2d, GroupNorm, ResnetBlock2d, ResnetShape,
};
use crate::model::weights::Loader;

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
        self.conv_out.apply(vec![x], before, Epilogue::default())
    }
}
