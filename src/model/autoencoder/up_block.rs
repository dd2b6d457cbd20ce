//! A level of a decoder, for residual blocks of any type.

use burn::tensor::Tensor;

use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::model::blocks::Upsample2d;
use crate::model::weights::Loader;

/// A level of the up path: residual blocks of type `R`, then upsampling.
pub(super) struct UpBlock<R> {
    resnets: Vec<R>,
    upsampler: Option<Upsample2d>,
}

impl<R> UpBlock<R> {
    pub(super) fn load(
        at: &Loader<'_>,
        config: &VaeConfig,
        index: usize,
        resnet: impl Fn(&Loader<'_>, usize, usize) -> Result<R, ModelError>,
    ) -> Result<Self, ModelError> {
        let channels = &config.block_out_channels;
        let last = channels.len() - 1;
        let level = last - index;
        let width = channels[level];
        let below = channels[(level + 1).min(last)];
        let at = at.at("up_blocks").at(index);
        Ok(Self {
            resnets: (0..=config.layers_per_block)
                .map(|i| {
                    let inputs = if i == 0 { below } else { width };
                    resnet(&at.at("resnets").at(i), inputs, width)
                })
                .collect::<Result<_, _>>()?,
            upsampler: (index < last)
                .then(|| Upsample2d::load(&at.at("upsamplers.0"), width))
                .transpose()?,
        })
    }

    pub(super) fn forward(
        &self,
        mut x: Tensor<4>,
        run: impl Fn(&R, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        for resnet in &self.resnets {
            x = run(resnet, x);
        }
        match &self.upsampler {
            Some(upsampler) => upsampler.forward(x, None),
            None => x,
        }
    }
}
