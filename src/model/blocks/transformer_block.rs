//! The transformer block of a UNet: attention among tokens, attention to a context, feed-forward.
//!
//! diffusers' `BasicTransformerBlock` (models/attention.py); spec §1.5.

use burn::tensor::Tensor;

use super::attention::SelfAttention;
use super::context_attention::ContextAttention;
use super::feed_forward::FeedForward;
use super::layers::{LayerNorm, declare_layer_norm};
use crate::error::ModelError;
use crate::kernels::layer::After;
use crate::model::weights::Loader;

/// Added to the variance in the layer norms of all transformer blocks.
pub(super) const LAYER_NORM_EPS: f64 = 1e-5;

/// Attention within frames, a constant from the picture, feed-forward.
pub(crate) struct BasicTransformerBlock {
    pub(super) norm1: LayerNorm,
    pub(super) attn1: SelfAttention,
    pub(super) attn2: ContextAttention,
    pub(super) norm3: LayerNorm,
    pub(super) ff: FeedForward,
}

impl BasicTransformerBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context_width: usize,
    ) -> Result<Self, ModelError> {
        declare_layer_norm(&at.at("norm2"), width);
        Ok(Self {
            norm1: LayerNorm::load(&at.at("norm1"), width, LAYER_NORM_EPS)?,
            attn1: SelfAttention::load(&at.at("attn1"), width, heads)?,
            attn2: ContextAttention::load(&at.at("attn2"), width, context_width)?,
            norm3: LayerNorm::load(&at.at("norm3"), width, LAYER_NORM_EPS)?,
            ff: FeedForward::load(&at.at("ff"), width)?,
        })
    }

    /// `[f, s, c]` to `[f, s, c]`.
    pub(crate) fn forward(&self, x: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let after = After::added_to(x.clone()).shifted(Some(context));
        let x = self.attn1.over_pixels(x, self.norm1.before(), after);
        let after = After::added_to(x.clone());
        self.ff.forward(x, self.norm3.before(), after)
    }

    /// What its cross-attention adds to every token, from the picture's embedding `[1, context]`: `[1, 1, c]`.
    pub(crate) fn context(&self, embedding: &Tensor<2>) -> Tensor<3> {
        self.attn2.constant(embedding.clone())
    }
}
