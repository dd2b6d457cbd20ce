//! The spatio-temporal transformer: attention within frames, then across them, blended.
//!
//! diffusers' `TransformerSpatioTemporalModel` (models/transformers/transformer_temporal.py); spec §1.5. Everything
//! that depends only on the context and the number of frames is computed once per generation, as a
//! [`TransformerContext`].

use burn::tensor::Tensor;

use crate::error::ModelError;
use crate::model::blocks::{
    BasicTransformerBlock, BlockContext, ContextShape, GroupNorm, Linear, Mixing,
    TemporalBasicTransformerBlock, TimestepEmbedding, sinusoids, with_rows,
};
use crate::model::weights::{Loader, Target};

/// Epsilon of the norm; both references agree on it (spec §1.4).
const TRANSFORMER_NORM_EPS: f64 = 1e-6;

/// The context and the frame positions of one transformer.
#[derive(Clone)]
pub struct TransformerContext {
    /// Frame positions, `[f, 1, c]`.
    position: Tensor<3>,
    spatial: Vec<BlockContext>,
    temporal: Vec<BlockContext>,
}

/// Alternates spatial and temporal blocks on the tokens of `[f, c, h, w]`.
pub struct TransformerSpatioTemporal {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<BasicTransformerBlock>,
    temporal_transformer_blocks: Vec<TemporalBasicTransformerBlock>,
    time_pos_embed: TimestepEmbedding,
    /// Share of the temporal side.
    temporal_share: f32,
    proj_out: Linear,
    width: usize,
}

impl TransformerSpatioTemporal {
    /// `layers` pairs of blocks on `width` channels.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        layers: usize,
        context: ContextShape,
    ) -> Result<Self, ModelError> {
        let spatial = at.at("transformer_blocks");
        let temporal = at.at("temporal_transformer_blocks");
        Ok(Self {
            norm: GroupNorm::load(&at.at("norm"), width, TRANSFORMER_NORM_EPS)?,
            proj_in: Linear::load(&at.at("proj_in"), width, width)?,
            transformer_blocks: (0..layers)
                .map(|i| BasicTransformerBlock::load(&spatial.at(i), width, heads, context))
                .collect::<Result<_, _>>()?,
            temporal_transformer_blocks: (0..layers)
                .map(|i| {
                    let at = temporal.at(i);
                    TemporalBasicTransformerBlock::load(&at, width, heads, context)
                })
                .collect::<Result<_, _>>()?,
            time_pos_embed: TimestepEmbedding::load(
                &at.at("time_pos_embed"),
                width,
                width * 4,
                width,
            )?,
            temporal_share: Mixing::SpatialShare.temporal_share(at)?,
            proj_out: Linear::load(&at.at("proj_out"), width, width)?,
            width,
        })
    }

    /// Prepares context tokens `[1, n, context]`, which all frames share, and the frame positions.
    #[must_use]
    pub fn context(
        &self,
        tokens: &Tensor<3>,
        frames: usize,
        target: &Target,
    ) -> TransformerContext {
        let indices: Vec<f32> = (0..frames).map(|i| i as f32).collect();
        let position = self
            .time_pos_embed
            .forward(sinusoids(&indices, self.width, target));
        TransformerContext {
            position: position.unsqueeze_dim(1),
            spatial: self
                .transformer_blocks
                .iter()
                .map(|block| block.context(tokens, None))
                .collect(),
            temporal: self
                .temporal_transformer_blocks
                .iter()
                .map(|block| block.context(tokens, None))
                .collect(),
        }
    }

    /// `[f, c, h, w]` to `[f, c, h, w]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, context: &TransformerContext) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let residual = x.clone();
        // [f, c, h, w] -> [f, s, c]
        let mut tokens = self.proj_in.on_pixels(x, self.norm.before());

        let blocks = self.transformer_blocks.iter().zip(&context.spatial);
        let temporal = self
            .temporal_transformer_blocks
            .iter()
            .zip(&context.temporal);
        for ((block, added), (temporal_block, temporal_added)) in blocks.zip(temporal) {
            tokens = block.forward(tokens, added);
            // The position is part of the temporal input only; the blend uses the spatial result without it.
            tokens = temporal_block.forward(
                with_rows(tokens.clone(), context.position.clone()),
                temporal_added,
                tokens,
                self.temporal_share,
            );
        }

        // [f, s, c] -> [f, c, h, w]
        self.proj_out.to_pixels(tokens, [h, w], residual)
    }
}
