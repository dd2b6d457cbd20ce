//! The decoder with temporal layers.
//!
//! diffusers' `TemporalDecoder` (models/autoencoders/autoencoder_kl_temporal_decoder.py); spec §2.2.

use burn::tensor::Tensor;

use super::mid_block::{VAE_EPS, VaeAttention};
use super::up_block::UpBlock;
use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{
    Conv2d, GroupNorm, Mixing, NORM_GROUPS, ResnetShape, SpatioTemporalResBlock, across_frames,
    within_frames,
};
use crate::model::weights::Loader;

/// Epsilon of the norms in temporal residual blocks.
const TEMPORAL_EPS: f64 = 1e-5;

/// The attention and residual blocks of the middle that run, in order.
struct TemporalMidBlock {
    first: SpatioTemporalResBlock,
    /// diffusers pairs its only attention with the second residual block and drops the rest:
    /// with one layer there is no pair, with three the third is never run.
    pair: Option<(VaeAttention, SpatioTemporalResBlock)>,
}

/// Decodes a chunk of frames together; its norms and convolutions span the chunk.
pub(crate) struct TemporalDecoder {
    conv_in: Conv2d,
    mid_block: TemporalMidBlock,
    up_blocks: Vec<UpBlock<SpatioTemporalResBlock>>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    time_conv_out: Conv2d,
}

impl TemporalDecoder {
    pub(crate) fn load(at: &Loader<'_>, config: &VaeConfig) -> Result<Self, ModelError> {
        let channels = &config.block_out_channels;
        let bottom = channels[channels.len() - 1];
        Ok(Self {
            conv_in: Conv2d::load(&at.at("conv_in"), config.latent_channels, bottom, 3)?,
            mid_block: temporal_mid_block(&at.at("mid_block"), config, bottom)?,
            up_blocks: (0..channels.len())
                .map(|i| UpBlock::load(at, config, i, temporal_resnet))
                .collect::<Result<_, _>>()?,
            conv_norm_out: GroupNorm::load(&at.at("conv_norm_out"), channels[0], VAE_EPS)?,
            conv_out: Conv2d::load(&at.at("conv_out"), channels[0], config.out_channels, 3)?,
            time_conv_out: Conv2d::load_temporal(
                &at.at("time_conv_out"),
                config.out_channels,
                config.out_channels,
            )?,
        })
    }

    /// `[f, latent, h, w]` to `[f, 3, h·2^k, w·2^k]`, not clamped.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.mid_block.first.forward(self.conv_in.forward(x), None);
        let mut x = match &self.mid_block.pair {
            Some((attention, resnet)) => resnet.forward(attention.forward(x), None),
            None => x,
        };
        for block in &self.up_blocks {
            x = block.forward(x, |resnet, x| resnet.forward(x, None));
        }
        let before = self.conv_norm_out.silu_before();
        let x = self.conv_out.apply(vec![x], before, Epilogue::default());
        let [_, _, h, w] = x.dims();
        within_frames(self.time_conv_out.forward(across_frames(x)), [h, w])
    }
}

fn temporal_resnet(
    at: &Loader<'_>,
    inputs: usize,
    outputs: usize,
) -> Result<SpatioTemporalResBlock, ModelError> {
    SpatioTemporalResBlock::load(
        at,
        ResnetShape::untimed(inputs, outputs),
        VAE_EPS,
        TEMPORAL_EPS,
        Mixing::TemporalShare,
    )
}

fn temporal_mid_block(
    at: &Loader<'_>,
    config: &VaeConfig,
    width: usize,
) -> Result<TemporalMidBlock, ModelError> {
    let mut resnets = (0..config.layers_per_block)
        .map(|i| temporal_resnet(&at.at("resnets").at(i), width, width))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let attention = VaeAttention::load(&at.at("attentions.0"), width, NORM_GROUPS)?;
    let first = match resnets.next() {
        Some(first) => first,
        None => temporal_resnet(&at.at("resnets.0"), width, width)?,
    };
    Ok(TemporalMidBlock {
        first,
        pair: resnets.next().map(|resnet| (attention, resnet)),
    })
}
