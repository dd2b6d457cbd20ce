//! The middle block of the encoder and the image decoder.
//!
//! diffusers' `UNetMidBlock2D` (models/unets/unet_2d_blocks.py); spec §2.1.

use burn::tensor::Tensor;

use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::model::blocks::{GroupNorm, Linear, Projections, ResnetBlock2d, ResnetShape};
use crate::model::weights::Loader;

/// Epsilon of the VAE's spatial norms, in both references.
pub(crate) const VAE_EPS: f64 = 1e-6;

/// Attention with one head over the pixels of each frame.
pub struct VaeAttention {
    group_norm: GroupNorm,
    projections: Projections,
    to_out: Linear,
}

impl VaeAttention {
    /// Reads `group_norm`, `to_q`, `to_k`, `to_v` and `to_out.0`, of `width` channels each.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
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

/// A residual block, attention, and another residual block, within frames.
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
