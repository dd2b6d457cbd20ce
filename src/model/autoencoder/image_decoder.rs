//! The decoder without temporal layers.
//!
//! diffusers' `Decoder` (models/autoencoders/vae.py); spec §2.5.

use burn::tensor::Tensor;

use super::mid_block::{VAE_EPS, VaeMidBlock};
use super::up_block::UpBlock;
use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{Conv2d, GroupNorm, ResnetBlock2d, ResnetShape};
use crate::model::weights::Loader;

/// Decodes each frame on its own, as in the `svd_image_decoder` checkpoints.
pub(crate) struct ImageDecoder {
    post_quant_conv: Option<Conv2d>,
    conv_in: Conv2d,
    mid_block: VaeMidBlock,
    up_blocks: Vec<UpBlock<ResnetBlock2d>>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

impl ImageDecoder {
    /// `root` is the root of the autoencoder, since `post_quant_conv` is stored beside `decoder`.
    pub(crate) fn load(root: &Loader<'_>, config: &VaeConfig) -> Result<Self, ModelError> {
        let at = &root.at("decoder");
        let latent = config.latent_channels;
        let channels = &config.block_out_channels;
        let bottom = channels[channels.len() - 1];
        let groups = config.norm_groups();
        let resnet = |at: &Loader<'_>, inputs: usize, outputs: usize| {
            let shape = ResnetShape {
                groups,
                ..ResnetShape::untimed(inputs, outputs)
            };
            ResnetBlock2d::load(at, shape, VAE_EPS)
        };
        Ok(Self {
            post_quant_conv: config
                .has_post_quant_conv()
                .then(|| Conv2d::load(&root.at("post_quant_conv"), latent, latent, 1))
                .transpose()?,
            conv_in: Conv2d::load(&at.at("conv_in"), latent, bottom, 3)?,
            mid_block: VaeMidBlock::load(&at.at("mid_block"), config, bottom)?,
            up_blocks: (0..channels.len())
                .map(|i| UpBlock::load(at, config, i, resnet))
                .collect::<Result<_, _>>()?,
            conv_norm_out: GroupNorm::load_grouped(
                &at.at("conv_norm_out"),
                channels[0],
                groups,
                VAE_EPS,
            )?,
            conv_out: Conv2d::load(&at.at("conv_out"), channels[0], config.out_channels, 3)?,
        })
    }

    /// `[f, latent, h, w]` to `[f, 3, h·2^k, w·2^k]`, not clamped.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = match &self.post_quant_conv {
            Some(conv) => conv.forward(x),
            None => x,
        };
        let mut x = self.mid_block.forward(self.conv_in.forward(x));
        for block in &self.up_blocks {
            x = block.forward(x, |resnet, x| resnet.forward(x, None));
        }
        let before = self.conv_norm_out.silu_before();
        self.conv_out.apply(vec![x], before, Epilogue::default())
    }
}
