//! The spatio-temporal transformer: pixels, then frames, blended.
//!
//! diffusers' `TransformerSpatioTemporalModel` (models/transformers/transformer_temporal.py) and
//! spec §1.5. Everything that depends only on the picture and on the number of frames is worked
//! out once per generation as a [`TransformerContext`].

use burn::tensor::Tensor;

use super::attention::{ContextAttention, FeedForward, SelfAttention};
use super::embeddings::{TimestepEmbedding, sinusoids};
use super::layers::{GroupNorm, LayerNorm, Linear, declare_layer_norm};
use super::loader::{Loader, Target};
use crate::error::ModelError;
use crate::kernels::alpha_blend::Part;
use crate::kernels::layer::After;

const LAYER_NORM_EPS: f64 = 1e-5;
/// Both references agree on this one (spec §1.4).
const TRANSFORMER_NORM_EPS: f64 = 1e-6;

/// What one transformer needs to know about the picture and the frames.
#[derive(Clone)]
pub struct TransformerContext {
    /// Frame positions, `[f, 1, c]`.
    position: Tensor<3>,
    /// What each spatial block's cross-attention adds, `[1, 1, c]`.
    spatial: Vec<Tensor<3>>,
    /// What each temporal block's cross-attention adds, `[1, 1, c]`.
    temporal: Vec<Tensor<3>>,
}

/// Attention within frames, a constant from the picture, feed-forward.
struct BasicTransformerBlock {
    norm1: LayerNorm,
    attn1: SelfAttention,
    attn2: ContextAttention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl BasicTransformerBlock {
    fn load(
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
    fn forward(&self, x: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let after = After::added_to(x.clone()).shifted(Some(context));
        let x = self.attn1.over_pixels(x, self.norm1.before(), after);
        let after = After::added_to(x.clone());
        self.ff.forward(x, self.norm3.before(), after)
    }
}

/// A feed-forward, then attention across frames, a constant from the picture, feed-forward.
struct TemporalBasicTransformerBlock {
    norm_in: LayerNorm,
    ff_in: FeedForward,
    block: BasicTransformerBlock,
}

impl TemporalBasicTransformerBlock {
    fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context_width: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            norm_in: LayerNorm::load(&at.at("norm_in"), width, LAYER_NORM_EPS)?,
            ff_in: FeedForward::load(&at.at("ff_in"), width)?,
            block: BasicTransformerBlock::load(at, width, heads, context_width)?,
        })
    }

    /// `[f, s, c]` to `share` of the result and the rest of `blended`; every frame sees every frame, without a mask.
    fn forward(
        &self,
        x: Tensor<3>,
        context: Tensor<3>,
        blended: Tensor<3>,
        share: f32,
    ) -> Tensor<3> {
        let block = &self.block;
        let after = After::added_to(x.clone());
        let x = self.ff_in.forward(x, self.norm_in.before(), after);
        let after = After::added_to(x.clone()).shifted(Some(context));
        let x = block.attn1.over_frames(x, block.norm1.before(), after);
        // (1 − share)·blended + share·(x + update)
        let after = After {
            share,
            plus: vec![Part::new(blended, 1.0 - share), Part::new(x.clone(), share)],
            ..After::default()
        };
        block.ff.forward(x, block.norm3.before(), after)
    }
}

/// Alternates spatial and temporal blocks on the tokens of `[f, c, h, w]`.
pub struct TransformerSpatioTemporal {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<BasicTransformerBlock>,
    temporal_transformer_blocks: Vec<TemporalBasicTransformerBlock>,
    time_pos_embed: TimestepEmbedding,
    /// Share of the spatial side, `sigmoid(mix_factor)`.
    spatial_share: f32,
    proj_out: Linear,
    width: usize,
}

impl TransformerSpatioTemporal {
    /// `layers` pairs of blocks on `width` channels.
    ///
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        layers: usize,
        context_width: usize,
    ) -> Result<Self, ModelError> {
        let spatial = at.at("transformer_blocks");
        let temporal = at.at("temporal_transformer_blocks");
        Ok(Self {
            norm: GroupNorm::load(&at.at("norm"), width, TRANSFORMER_NORM_EPS)?,
            proj_in: Linear::load(&at.at("proj_in"), width, width)?,
            transformer_blocks: (0..layers)
                .map(|i| BasicTransformerBlock::load(&spatial.at(i), width, heads, context_width))
                .collect::<Result<_, _>>()?,
            temporal_transformer_blocks: (0..layers)
                .map(|i| {
                    let at = temporal.at(i);
                    TemporalBasicTransformerBlock::load(&at, width, heads, context_width)
                })
                .collect::<Result<_, _>>()?,
            time_pos_embed: TimestepEmbedding::load(
                &at.at("time_pos_embed"),
                width,
                width * 4,
                width,
            )?,
            spatial_share: sigmoid(at.scalar("time_mixer.mix_factor")?),
            proj_out: Linear::load(&at.at("proj_out"), width, width)?,
            width,
        })
    }

    /// Everything that no step changes, from the picture's embedding `[1, context]`.
    #[must_use]
    pub fn context(
        &self,
        embedding: &Tensor<2>,
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
                .map(|block| block.attn2.constant(embedding.clone()))
                .collect(),
            temporal: self
                .temporal_transformer_blocks
                .iter()
                .map(|block| block.block.attn2.constant(embedding.clone()))
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
            tokens = block.forward(tokens, added.clone());
            // The position enters the temporal side only; the spatial side is blended without it.
            tokens = temporal_block.forward(
                tokens.clone() + context.position.clone(),
                temporal_added.clone(),
                tokens,
                1.0 - self.spatial_share,
            );
        }

        // [f, s, c] -> [f, c, h, w]
        self.proj_out.to_pixels(tokens, [h, w], residual)
    }
}

/// The logistic function, in f32 as torch computes a mix factor.
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
