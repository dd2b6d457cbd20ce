//! The transformer block of a UNet: attention among tokens, attention to a context, feed-forward.
//!
//! diffusers' `BasicTransformerBlock` (models/attention.py); spec §1.5.

use burn::tensor::Tensor;

use super::attention::SelfAttention;
use super::cross_attention::{BlockContext, ContextAttention, ContextShape};
use super::feed_forward::FeedForward;
use super::layers::LayerNorm;
use crate::error::ModelError;
use crate::kernels::layer::Epilogue;
use crate::model::weights::Loader;

/// Added to the variance in the layer norms of all transformer blocks.
pub(crate) const LAYER_NORM_EPS: f64 = 1e-5;

/// Attention within each frame, attention to a context, feed-forward; each is added to its input.
pub struct BasicTransformerBlock {
    pub(super) norm1: LayerNorm,
    pub(super) attn1: SelfAttention,
    pub(super) attn2: ContextAttention,
    pub(super) norm3: LayerNorm,
    pub(super) ff: FeedForward,
}

impl BasicTransformerBlock {
    /// Reads `norm1`, `attn1`, `norm2`, `attn2`, `norm3` and `ff` of a block of `width` channels.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context: ContextShape,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            norm1: LayerNorm::load(&at.at("norm1"), width, LAYER_NORM_EPS)?,
            attn1: SelfAttention::load(&at.at("attn1"), width, heads)?,
            attn2: ContextAttention::load(at, width, heads, context, LAYER_NORM_EPS)?,
            norm3: LayerNorm::load(&at.at("norm3"), width, LAYER_NORM_EPS)?,
            ff: FeedForward::load(&at.at("ff"), width)?,
        })
    }

    /// Prepares context tokens `[1 or f, n, context]` and the mask that is added to their scores,
    /// `[1 or f, 1 or heads, 1 or s, n]`. Needed once per generation.
    ///
    /// # Panics
    /// If it was loaded for a single token and is given several, or a mask.
    #[must_use]
    pub fn context(&self, tokens: &Tensor<3>, mask: Option<&Tensor<4>>) -> BlockContext {
        self.attn2.context(tokens, mask)
    }

    /// `[f, s, c]` to `[f, s, c]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, context: &BlockContext) -> Tensor<3> {
        let after = Epilogue::added_to(x.clone()).shifted(context.constant());
        let x = self.attn1.over_pixels(x, self.norm1.before(), after);
        let x = self.attn2.added(x, context);
        let after = Epilogue::added_to(x.clone());
        self.ff.forward(x, self.norm3.before(), after)
    }
}
