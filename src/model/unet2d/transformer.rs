//! The spatial transformer: attention within each picture, and to a prompt.
//!
//! diffusers' `Transformer2DModel` (models/transformers/transformer_2d.py). Its projections are linear layers or 1×1
//! convolutions, which give the same results with the same weights.

use burn::tensor::Tensor;

use crate::error::ModelError;
use crate::model::blocks::{BasicTransformerBlock, BlockContext, ContextShape, GroupNorm, Linear};
use crate::model::weights::Loader;

/// Added to the variance in the norm before the projection.
const NORM_EPS: f64 = 1e-6;

/// The prompt as the blocks of one transformer need it.
pub(crate) type TransformerContext = Vec<BlockContext>;

/// Blocks on the tokens of `[n, c, h, w]`.
pub(crate) struct Transformer2d {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<BasicTransformerBlock>,
    proj_out: Linear,
}

impl Transformer2d {
    /// `layers` blocks on `width` channels.
    pub(crate) fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        layers: usize,
        context: ContextShape,
    ) -> Result<Self, ModelError> {
        let blocks = at.at("transformer_blocks");
        Ok(Self {
            norm: GroupNorm::load(&at.at("norm"), width, NORM_EPS)?,
            proj_in: Linear::load(&at.at("proj_in"), width, width)?,
            transformer_blocks: (0..layers)
                .map(|i| BasicTransformerBlock::load(&blocks.at(i), width, heads, context))
                .collect::<Result<_, _>>()?,
            proj_out: Linear::load(&at.at("proj_out"), width, width)?,
        })
    }

    /// Prepares context tokens `[1, n, context]`.
    pub(crate) fn context(&self, tokens: &Tensor<3>) -> TransformerContext {
        let blocks = self.transformer_blocks.iter();
        blocks.map(|block| block.context(tokens, None)).collect()
    }

    /// `[n, c, h, w]` to the same shape.
    pub(crate) fn forward(&self, x: Tensor<4>, context: &TransformerContext) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let residual = x.clone();
        let mut tokens = self.proj_in.on_pixels(x, self.norm.before());
        for (block, context) in self.transformer_blocks.iter().zip(context) {
            tokens = block.forward(tokens, context);
        }
        self.proj_out.to_pixels(tokens, [h, w], residual)
    }
}
