//! Motion modules: transformers over the frames of each pixel.
//!
//! diffusers' `AnimateDiffTransformer3D` (models/unets/unet_motion_model.py) and the code that the weights were trained
//! with (`animatediff/models/motion_module.py` in guoyww/AnimateDiff). The two differ in how far the norm before the
//! projection reaches.

use burn::tensor::Tensor;

use crate::checkpoint::MotionConfig;
use crate::error::ModelError;
use crate::kernels::group_norm_silu::NormReach;
use crate::kernels::layer::Epilogue;
use crate::model::blocks::{
    FeedForward, FramePositions, GroupNorm, LAYER_NORM_EPS, LayerNorm, Linear, SelfAttention,
};
use crate::model::unet2d::{AfterLayer, Layer};
use crate::model::weights::{Expected, Loader, list_parameters};

/// Added to the variance in the norm before the projection.
const NORM_EPS: f64 = 1e-6;

/// Two attentions over the frames of each pixel and a feed-forward; each is added to its input.
struct MotionBlock {
    norm1: LayerNorm,
    attn1: SelfAttention,
    norm2: LayerNorm,
    attn2: SelfAttention,
    norm3: LayerNorm,
    ff: FeedForward,
    /// `[1, rows, c]`.
    positions: Tensor<3>,
}

/// The positions of a block's two attentions.
type BlockPositions = [FramePositions; 2];

impl MotionBlock {
    fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        config: &MotionConfig,
    ) -> Result<Self, ModelError> {
        let shape = [1, config.positions, width];
        let positions = match config.positions_stored {
            true => at.parameter("pos_embed.pe", shape)?,
            false => at.place(interleaved(config.positions, width), shape),
        };
        Ok(Self {
            norm1: LayerNorm::load(&at.at("norm1"), width, LAYER_NORM_EPS)?,
            attn1: SelfAttention::load(&at.at("attn1"), width, heads)?,
            norm2: LayerNorm::load(&at.at("norm2"), width, LAYER_NORM_EPS)?,
            attn2: SelfAttention::load(&at.at("attn2"), width, heads)?,
            norm3: LayerNorm::load(&at.at("norm3"), width, LAYER_NORM_EPS)?,
            ff: FeedForward::load(&at.at("ff"), width)?,
            positions,
        })
    }

    /// The positions of frames 0 to `frames − 1`.
    fn positions(&self, frames: usize) -> BlockPositions {
        // [1, rows, c] -> [f, 1, c]
        let rows = self.positions.clone().narrow(1, 0, frames).swap_dims(0, 1);
        [&self.attn1, &self.attn2].map(|attention| attention.positions(rows.clone()))
    }

    /// `[f, s, c]` to the same shape.
    fn forward(&self, x: Tensor<3>, [first, second]: &BlockPositions) -> Tensor<3> {
        let after = Epilogue::added_to(x.clone());
        let x = self
            .attn1
            .over_frames(x, self.norm1.before(), after, Some(first));
        let after = Epilogue::added_to(x.clone());
        let x = self
            .attn2
            .over_frames(x, self.norm2.before(), after, Some(second));
        let after = Epilogue::added_to(x.clone());
        self.ff.forward(x, self.norm3.before(), after)
    }
}

/// `[p, 2i] = sin(p · 10000^(−2i/c))` and `[p, 2i + 1] = cos(…)`, row-major `[rows, c]`.
///
/// diffusers' `SinusoidalPositionalEmbedding` (models/embeddings.py), in f32 as there.
fn interleaved(rows: usize, width: usize) -> Vec<f32> {
    let step = -(10_000f32.ln()) / width as f32;
    let row = |position: usize| {
        (0..width).map(move |channel| {
            let frequency = ((channel / 2 * 2) as f32 * step).exp();
            let angle = position as f32 * frequency;
            if channel % 2 == 0 {
                angle.sin()
            } else {
                angle.cos()
            }
        })
    };
    (0..rows).flat_map(row).collect()
}

/// One motion module.
struct MotionModule {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<MotionBlock>,
    proj_out: Linear,
}

/// The positions of all blocks of a module.
type ModulePositions = Vec<BlockPositions>;

impl MotionModule {
    fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        config: &MotionConfig,
        reach: NormReach,
    ) -> Result<Self, ModelError> {
        let blocks = at.at("transformer_blocks");
        Ok(Self {
            norm: GroupNorm::load(&at.at("norm"), width, NORM_EPS)?.reaching(reach),
            proj_in: Linear::load(&at.at("proj_in"), width, width)?,
            transformer_blocks: (0..config.blocks_per_module)
                .map(|i| MotionBlock::load(&blocks.at(i), width, heads, config))
                .collect::<Result<_, _>>()?,
            proj_out: Linear::load(&at.at("proj_out"), width, width)?,
        })
    }

    fn positions(&self, frames: usize) -> ModulePositions {
        let blocks = self.transformer_blocks.iter();
        blocks.map(|block| block.positions(frames)).collect()
    }

    /// `[f, c, h, w]` to the same shape.
    fn forward(&self, x: Tensor<4>, positions: &ModulePositions) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let residual = x.clone();
        let mut tokens = self.proj_in.on_pixels(x, self.norm.before());
        for (block, positions) in self.transformer_blocks.iter().zip(positions) {
            tokens = block.forward(tokens, positions);
        }
        self.proj_out.to_pixels(tokens, [h, w], residual)
    }
}

/// The motion modules of a network.
pub struct MotionModules {
    /// By level, from the highest resolution.
    down: Vec<Vec<MotionModule>>,
    middle: Vec<MotionModule>,
    /// By level, from the lowest resolution.
    up: Vec<Vec<MotionModule>>,
}

/// The positions of the frames of one clip, the same in every step.
#[derive(Clone)]
pub struct MotionContext {
    down: Vec<Vec<ModulePositions>>,
    middle: Vec<ModulePositions>,
    up: Vec<Vec<ModulePositions>>,
}

impl MotionModules {
    /// Builds the modules that `config` describes, with norms of this reach.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        config: &MotionConfig,
        reach: NormReach,
    ) -> Result<Self, ModelError> {
        let modules = |at: &Loader<'_>, level: usize, count: usize| {
            let (width, heads) = (config.block_out_channels[level], config.heads(level));
            let at = at.at("motion_modules");
            let all =
                (0..count).map(|i| MotionModule::load(&at.at(i), width, heads, config, reach));
            all.collect::<Result<Vec<_>, ModelError>>()
        };
        let levels = config.block_out_channels.len();
        let (down, up) = (at.at("down_blocks"), at.at("up_blocks"));
        let per_level = config.modules_per_level;
        Ok(Self {
            down: (0..levels)
                .map(|level| modules(&down.at(level), level, per_level))
                .collect::<Result<_, _>>()?,
            middle: match config.middle {
                true => modules(&at.at("mid_block"), levels - 1, 1)?,
                false => Vec::new(),
            },
            up: (0..levels)
                .map(|index| modules(&up.at(index), levels - 1 - index, per_level + 1))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Every parameter that `config` asks for: diffusers' keys and torch's shapes.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &MotionConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config, NormReach::Frame))
    }

    /// Prepares the positions of a clip of `frames` frames.
    ///
    /// # Panics
    /// If the modules have positions for fewer.
    #[must_use]
    pub fn context(&self, frames: usize) -> MotionContext {
        let each = |modules: &Vec<MotionModule>| -> Vec<ModulePositions> {
            let modules = modules.iter();
            modules.map(|module| module.positions(frames)).collect()
        };
        MotionContext {
            down: self.down.iter().map(each).collect(),
            middle: each(&self.middle),
            up: self.up.iter().map(each).collect(),
        }
    }
}

/// The modules in a pass over one clip.
pub(super) struct InClip<'a> {
    pub(super) modules: &'a MotionModules,
    pub(super) context: &'a MotionContext,
}

impl AfterLayer for InClip<'_> {
    fn after(&self, layer: Layer, x: Tensor<4>) -> Tensor<4> {
        let (modules, context) = (self.modules, self.context);
        let found = match layer {
            Layer::Down { level, index } => {
                pair(modules.down.get(level), context.down.get(level), index)
            }
            Layer::Middle => pair(Some(&modules.middle), Some(&context.middle), 0),
            Layer::Up { level, index } => pair(modules.up.get(level), context.up.get(level), index),
        };
        match found {
            Some((module, positions)) => module.forward(x, positions),
            None => x,
        }
    }
}

/// A module and its positions.
fn pair<'a>(
    modules: Option<&'a Vec<MotionModule>>,
    positions: Option<&'a Vec<ModulePositions>>,
    index: usize,
) -> Option<(&'a MotionModule, &'a ModulePositions)> {
    Some((modules?.get(index)?, positions?.get(index)?))
}

#[cfg(test)]
mod tests {
    use super::interleaved;

    /// Values of the published table, row 1 of 320 channels.
    #[test]
    fn positions_are_those_of_the_published_table() {
        let table = interleaved(2, 320);
        assert_eq!(table[..4], [0.0, 1.0, 0.0, 1.0]);
        let expected = [0.841_471, 0.540_302_3, 0.809_946_5, 0.586_503_8];
        for (found, expected) in table[320..].iter().zip(expected) {
            // The last digit of the published numbers.
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }
}
