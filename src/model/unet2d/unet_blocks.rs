//! The levels of the UNet: down, middle and up.
//!
//! diffusers' models/unets/unet_2d_blocks.py. Levels with and without attention share one type.

use burn::tensor::Tensor;

use super::transformer::{Transformer2d, TransformerContext};
use crate::checkpoint::Unet2dConfig;
use crate::error::ModelError;
use crate::kernels::group_norm_silu::NormReach;
use crate::model::blocks::{
    ContextShape, DownPadding, Downsample2d, ResnetBlock2d, ResnetShape, Upsample2d,
};
use crate::model::weights::Loader;

/// The contexts of the transformers of one level.
pub(crate) type LevelContext = Vec<TransformerContext>;

/// The transformers of a level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttentionShape {
    pub(crate) heads: usize,
    /// Blocks in each transformer.
    pub(crate) depth: usize,
    pub(crate) context: ContextShape,
}

/// The shape of one level.
#[derive(Clone, Debug)]
pub(crate) struct LevelShape {
    /// Channels in and out of each residual block, in order.
    pub(crate) resnets: Vec<(usize, usize)>,
    /// How many of them a transformer follows: all, none, or the first.
    pub(crate) attended: usize,
    /// Width of the time embedding.
    pub(crate) time: usize,
    pub(crate) attention: AttentionShape,
    pub(crate) eps: f64,
}

impl LevelShape {
    fn of(
        config: &Unet2dConfig,
        level: usize,
        resnets: Vec<(usize, usize)>,
        attended: usize,
    ) -> Self {
        Self {
            resnets,
            attended,
            time: config.time_embed_dim(),
            attention: AttentionShape {
                heads: config.heads(level),
                depth: config.depth(level),
                context: ContextShape::several(config.context()),
            },
            eps: config.norm_eps,
        }
    }
}

pub(super) fn down_shapes(config: &Unet2dConfig) -> Vec<LevelShape> {
    let widths = &config.block_out_channels;
    let shape = |level: usize| {
        let (before, width) = (widths[level.saturating_sub(1)], widths[level]);
        let count = config.layers(level);
        let inputs = std::iter::once(before).chain(std::iter::repeat(width));
        let resnets = inputs.take(count).map(|inputs| (inputs, width)).collect();
        let attended = if config.down_attends(level) { count } else { 0 };
        LevelShape::of(config, level, resnets, attended)
    };
    (0..widths.len()).map(shape).collect()
}

pub(super) fn mid_shape(config: &Unet2dConfig) -> LevelShape {
    let last = config.levels() - 1;
    let width = config.block_out_channels[last];
    LevelShape::of(config, last, vec![(width, width); 2], 1)
}

/// From the lowest resolution to the highest.
pub(super) fn up_shapes(config: &Unet2dConfig) -> Vec<LevelShape> {
    let widths = &config.block_out_channels;
    let last = widths.len() - 1;
    let shape = |level: usize| {
        let (below, width) = (widths[(level + 1).min(last)], widths[level]);
        let above = widths[level.saturating_sub(1)];
        let count = config.layers(level) + 1;
        let resnets = (0..count).map(|i| {
            let hidden = if i == 0 { below } else { width };
            let skip = if i + 1 == count { above } else { width };
            (hidden + skip, width)
        });
        let attended = if config.up_attends(level) { count } else { 0 };
        LevelShape::of(config, level, resnets.collect(), attended)
    };
    (0..widths.len()).rev().map(shape).collect()
}

/// Residual blocks, the first of which a transformer may follow.
pub(crate) struct Layers {
    resnets: Vec<ResnetBlock2d>,
    attentions: Vec<Transformer2d>,
}

impl Layers {
    pub(crate) fn load(
        at: &Loader<'_>,
        shape: &LevelShape,
        reach: NormReach,
    ) -> Result<Self, ModelError> {
        let resnet = |(i, &(inputs, outputs)): (usize, &(usize, usize))| {
            let timed = ResnetShape::timed(inputs, outputs, shape.time).reaching(reach);
            ResnetBlock2d::load(&at.at("resnets").at(i), timed, shape.eps)
        };
        let attention = |(i, &(_, width)): (usize, &(usize, usize))| {
            let AttentionShape {
                heads,
                depth,
                context,
            } = shape.attention;
            Transformer2d::load(&at.at("attentions").at(i), width, heads, depth, context)
        };
        let resnets = shape.resnets.iter().enumerate();
        Ok(Self {
            resnets: resnets.clone().map(resnet).collect::<Result<_, _>>()?,
            attentions: resnets
                .take(shape.attended)
                .map(attention)
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn context(&self, tokens: &Tensor<3>) -> LevelContext {
        let attentions = self.attentions.iter();
        attentions
            .map(|attention| attention.context(tokens))
            .collect()
    }

    /// The `i`-th residual block and its transformer, for an input, or an input and a skip.
    fn step(
        &self,
        i: usize,
        x: Vec<Tensor<4>>,
        time: &Tensor<2>,
        context: &LevelContext,
    ) -> Tensor<4> {
        let x = self.resnets[i].forward_joined(x, Some(time));
        match (self.attentions.get(i), context.get(i)) {
            (Some(attention), Some(context)) => attention.forward(x, context),
            _ => x,
        }
    }

    /// All blocks one after the other, each followed by `after`: `[n, c, h, w]` to the same size.
    pub(crate) fn forward(
        &self,
        x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
        after: impl Fn(usize, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        let blocks = 0..self.resnets.len();
        blocks.fold(x, |x, i| after(i, self.step(i, vec![x], time, context)))
    }
}

/// A level of the down path. It pushes a skip after every layer and after downsampling.
pub(crate) struct DownBlock {
    pub(super) layers: Layers,
    downsampler: Option<Downsample2d>,
}

impl DownBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        shape: &LevelShape,
        reach: NormReach,
        downsample: bool,
    ) -> Result<Self, ModelError> {
        let width = shape.resnets.last().map_or(0, |&(_, outputs)| outputs);
        let down = |at: &Loader<'_>| Downsample2d::load(at, width, DownPadding::Symmetric);
        Ok(Self {
            layers: Layers::load(at, shape, reach)?,
            downsampler: downsample
                .then(|| down(&at.at("downsamplers.0")))
                .transpose()?,
        })
    }

    /// `[n, c, h, w]` to `[n, c', h', w']`, pushing skips. `after` follows each layer.
    pub(crate) fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
        skips: &mut Vec<Tensor<4>>,
        after: impl Fn(usize, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        for i in 0..self.layers.resnets.len() {
            x = after(i, self.layers.step(i, vec![x], time, context));
            skips.push(x.clone());
        }
        if let Some(downsampler) = &self.downsampler {
            x = downsampler.forward(x);
            skips.push(x.clone());
        }
        x
    }
}

/// A level of the up path. It pops one skip before every layer.
pub(crate) struct UpBlock {
    pub(super) layers: Layers,
    upsampler: Option<Upsample2d>,
}

impl UpBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        shape: &LevelShape,
        reach: NormReach,
        upsample: bool,
    ) -> Result<Self, ModelError> {
        let width = shape.resnets.last().map_or(0, |&(_, outputs)| outputs);
        Ok(Self {
            layers: Layers::load(at, shape, reach)?,
            upsampler: upsample
                .then(|| Upsample2d::load(&at.at("upsamplers.0"), width))
                .transpose()?,
        })
    }

    /// `[n, c, h, w]` to `[n, c', h', w']`, popping skips. It upsamples to the size of the next skip.
    /// `after` follows each layer.
    pub(crate) fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
        skips: &mut Vec<Tensor<4>>,
        after: impl Fn(usize, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        for i in 0..self.layers.resnets.len() {
            // [n, c, h, w] ++ [n, c_skip, h, w] over channels
            let inputs: Vec<_> = [Some(x), skips.pop()].into_iter().flatten().collect();
            x = after(i, self.layers.step(i, inputs, time, context));
        }
        if let Some(upsampler) = &self.upsampler {
            let size = skips.last().map(|skip| {
                let [_, _, h, w] = skip.dims();
                [h, w]
            });
            x = upsampler.forward(x, size);
        }
        x
    }
}
