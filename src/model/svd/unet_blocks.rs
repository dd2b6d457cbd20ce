//! The levels of the UNet: down, middle and up.
//!
//! diffusers' models/unets/unet_3d_blocks.py; spec §1.3. Levels with and without attention share one type: those
//! without have no transformers.

use burn::tensor::Tensor;

use super::transformer::{TransformerContext, TransformerSpatioTemporal};
use crate::error::ModelError;
use crate::model::blocks::{
    ContextShape, DownPadding, Downsample2d, Mixing, ResnetShape, SpatioTemporalResBlock,
    Upsample2d,
};
use crate::model::weights::{Loader, Target};

/// The contexts of the transformers of one level.
pub(crate) type LevelContext = Vec<TransformerContext>;

/// The transformers of a level.
#[derive(Clone, Debug)]
pub(crate) struct AttentionShape {
    pub(crate) heads: usize,
    /// Number of block pairs in each transformer, one entry per transformer.
    pub(crate) depths: Vec<usize>,
    pub(crate) context: ContextShape,
}

/// The shape of one level.
#[derive(Clone, Debug)]
pub(crate) struct LevelShape {
    /// Channels in and out of each residual block, in order.
    pub(crate) resnets: Vec<(usize, usize)>,
    /// Width of the time embedding.
    pub(crate) time: usize,
    /// `None` for a level without attention.
    pub(crate) attention: Option<AttentionShape>,
    /// Epsilon of the residual blocks' norms.
    pub(crate) eps: f64,
}

/// Residual blocks, each followed by a transformer if the level has attention.
struct Layers {
    resnets: Vec<SpatioTemporalResBlock>,
    attentions: Vec<TransformerSpatioTemporal>,
}

impl Layers {
    fn load(at: &Loader<'_>, shape: &LevelShape) -> Result<Self, ModelError> {
        let resnets = shape
            .resnets
            .iter()
            .enumerate()
            .map(|(i, &(inputs, outputs))| {
                SpatioTemporalResBlock::load(
                    &at.at("resnets").at(i),
                    ResnetShape::timed(inputs, outputs, shape.time),
                    shape.eps,
                    shape.eps,
                    Mixing::SpatialShare,
                )
            })
            .collect::<Result<_, _>>()?;
        let attentions = match &shape.attention {
            None => Vec::new(),
            Some(attention) => shape
                .resnets
                .iter()
                .zip(&attention.depths)
                .enumerate()
                .map(|(i, (&(_, width), &depth))| {
                    TransformerSpatioTemporal::load(
                        &at.at("attentions").at(i),
                        width,
                        attention.heads,
                        depth,
                        attention.context,
                    )
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            resnets,
            attentions,
        })
    }

    fn context(&self, tokens: &Tensor<3>, frames: usize, target: &Target) -> LevelContext {
        self.attentions
            .iter()
            .map(|attention| attention.context(tokens, frames, target))
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
}

/// A level of the down path. It pushes a skip after every layer and after downsampling.
pub(crate) struct DownBlock {
    layers: Layers,
    downsampler: Option<Downsample2d>,
}

impl DownBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        shape: &LevelShape,
        downsample: bool,
    ) -> Result<Self, ModelError> {
        let width = shape.resnets.last().map_or(0, |&(_, outputs)| outputs);
        Ok(Self {
            layers: Layers::load(at, shape)?,
            downsampler: downsample
                .then(|| {
                    Downsample2d::load(&at.at("downsamplers.0"), width, DownPadding::Symmetric)
                })
                .transpose()?,
        })
    }

    pub(crate) fn context(
        &self,
        tokens: &Tensor<3>,
        frames: usize,
        target: &Target,
    ) -> LevelContext {
        self.layers.context(tokens, frames, target)
    }

    /// `[f, c, h, w]` to `[f, c', h', w']`, pushing skips.
    pub(crate) fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
        skips: &mut Vec<Tensor<4>>,
    ) -> Tensor<4> {
        for i in 0..self.layers.resnets.len() {
            x = self.layers.step(i, vec![x], time, context);
            skips.push(x.clone());
        }
        if let Some(downsampler) = &self.downsampler {
            x = downsampler.forward(x);
            skips.push(x.clone());
        }
        x
    }
}

/// The middle: a residual block, a transformer, and another residual block.
pub(crate) struct MidBlock {
    layers: Layers,
}

impl MidBlock {
    pub(crate) fn load(at: &Loader<'_>, shape: &LevelShape) -> Result<Self, ModelError> {
        Ok(Self {
            layers: Layers::load(at, shape)?,
        })
    }

    pub(crate) fn context(
        &self,
        tokens: &Tensor<3>,
        frames: usize,
        target: &Target,
    ) -> LevelContext {
        self.layers.context(tokens, frames, target)
    }

    /// `[f, c, h, w]` to the same shape.
    pub(crate) fn forward(
        &self,
        x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
    ) -> Tensor<4> {
        (0..self.layers.resnets.len()).fold(x, |x, i| self.layers.step(i, vec![x], time, context))
    }
}

/// A level of the up path. It pops one skip before every layer.
pub(crate) struct UpBlock {
    layers: Layers,
    upsampler: Option<Upsample2d>,
}

impl UpBlock {
    pub(crate) fn load(
        at: &Loader<'_>,
        shape: &LevelShape,
        upsample: bool,
    ) -> Result<Self, ModelError> {
        let width = shape.resnets.last().map_or(0, |&(_, outputs)| outputs);
        Ok(Self {
            layers: Layers::load(at, shape)?,
            upsampler: upsample
                .then(|| Upsample2d::load(&at.at("upsamplers.0"), width))
                .transpose()?,
        })
    }

    pub(crate) fn context(
        &self,
        tokens: &Tensor<3>,
        frames: usize,
        target: &Target,
    ) -> LevelContext {
        self.layers.context(tokens, frames, target)
    }

    /// `[f, c, h, w]` to `[f, c', h', w']`, popping skips. It upsamples to the size of the next skip.
    pub(crate) fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        context: &LevelContext,
        skips: &mut Vec<Tensor<4>>,
    ) -> Tensor<4> {
        for i in 0..self.layers.resnets.len() {
            // [f, c, h, w] ++ [f, c_skip, h, w] over channels
            let inputs: Vec<_> = [Some(x), skips.pop()].into_iter().flatten().collect();
            x = self.layers.step(i, inputs, time, context);
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
