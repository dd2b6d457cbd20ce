//! The transformer block across frames: feed-forward, attention among the frames of a pixel, feed-forward.
//!
//! diffusers' `TemporalBasicTransformerBlock` (models/attention.py); spec §1.5.

use burn::tensor::Tensor;

use super::cross_attention::{BlockContext, ContextShape};
use super::feed_forward::FeedForward;
use super::layers::LayerNorm;
use super::transformer_block::{BasicTransformerBlock, LAYER_NORM_EPS};
use crate::error::ModelError;
use crate::kernels::alpha_blend::Part;
use crate::kernels::layer::Epilogue;
use crate::model::weights::Loader;

/// A feed-forward, attention across frames, attention to a context, and another feed-forward.
pub(crate) struct TemporalBasicTransformerBlock {
    norm_in: LayerNorm,
    ff_in: FeedForward,
    block: BasicTransformerBlock,
}

impl TemporalBasicTransformerBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context: ContextShape,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            norm_in: LayerNorm::load(&at.at("norm_in"), width, LAYER_NORM_EPS)?,
            ff_in: FeedForward::load(&at.at("ff_in"), width)?,
            block: BasicTransformerBlock::load(at, width, heads, context)?,
        })
    }

    /// `[f, s, c]` to `share` of the result plus `1 − share` of `blended`. Every frame attends to all frames.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        context: &BlockContext,
        blended: Tensor<3>,
        share: f32,
    ) -> Tensor<3> {
        let block = &self.block;
        let after = Epilogue::added_to(x.clone());
        let x = self.ff_in.forward(x, self.norm_in.before(), after);
        let after = Epilogue::added_to(x.clone()).shifted(context.constant());
        let x = block
            .attn1
            .over_frames(x, block.norm1.before(), after, None);
        let x = block.attn2.added(x, context);
        // (1 − share)·blended + share·(x + update)
        let after = Epilogue {
            share,
            plus: vec![Part::new(blended, 1.0 - share), Part::new(x.clone(), share)],
            ..Epilogue::default()
        };
        block.ff.forward(x, block.norm3.before(), after)
    }

    /// [`BasicTransformerBlock::context`] of the inner block.
    pub(crate) fn context(&self, tokens: &Tensor<3>, mask: Option<&Tensor<4>>) -> BlockContext {
        self.block.context(tokens, mask)
    }
}
