//! Residual blocks within and across frames, and the changes of size between levels.
//!
//! diffusers' models/resnet.py, upsampling.py, downsampling.py and spec §1.4, §2.

use burn::tensor::Tensor;

use super::layers::{Conv2d, GroupNorm, Linear, NORM_GROUPS, across_frames, joined, within_frames};
use super::loader::Loader;
use super::transformer::sigmoid;
use crate::error::ModelError;
use crate::kernels::alpha_blend;
use crate::kernels::alpha_blend::Part;
use crate::kernels::layer::{After, Before};

/// The shape of a residual block.
#[derive(Clone, Copy, Debug)]
pub struct ResnetShape {
    /// Channels in.
    pub inputs: usize,
    /// Channels out; a 1×1 shortcut appears when they differ from `inputs`.
    pub outputs: usize,
    /// Width of the time embedding, if the block has one.
    pub time: Option<usize>,
    /// Groups of its norms.
    pub groups: usize,
}

impl ResnetShape {
    /// A block of the UNet.
    #[must_use]
    pub fn timed(inputs: usize, outputs: usize, time: usize) -> Self {
        Self {
            inputs,
            outputs,
            time: Some(time),
            groups: NORM_GROUPS,
        }
    }

    /// A block of the VAE, which knows no time.
    #[must_use]
    pub fn untimed(inputs: usize, outputs: usize) -> Self {
        Self {
            inputs,
            outputs,
            time: None,
            groups: NORM_GROUPS,
        }
    }
}

/// Two convolutions around a residual, within each frame.
pub struct ResnetBlock2d {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
}

impl ResnetBlock2d {
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, shape: ResnetShape, eps: f64) -> Result<Self, ModelError> {
        let ResnetShape {
            inputs,
            outputs,
            time,
            groups,
        } = shape;
        Ok(Self {
            norm1: GroupNorm::load_grouped(&at.at("norm1"), inputs, groups, eps)?,
            conv1: Conv2d::load(&at.at("conv1"), inputs, outputs, 3)?,
            time_emb_proj: time
                .map(|width| Linear::load(&at.at("time_emb_proj"), width, outputs))
                .transpose()?,
            norm2: GroupNorm::load_grouped(&at.at("norm2"), outputs, groups, eps)?,
            conv2: Conv2d::load(&at.at("conv2"), outputs, outputs, 3)?,
            conv_shortcut: (inputs != outputs)
                .then(|| Conv2d::load(&at.at("conv_shortcut"), inputs, outputs, 1))
                .transpose()?,
        })
    }

    /// `[f, inputs, h, w]` and the activated time embedding `[1, t]` to `[f, outputs, h, w]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        self.forward_joined(vec![x], time)
    }

    /// [`ResnetBlock2d::forward`] of inputs whose channels follow each other: one, or one and a skip.
    fn forward_joined(&self, x: Vec<Tensor<4>>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let shift = projected(self.time_emb_proj.as_ref(), time);
        let before = self.norm1.silu_before();
        let after = After::default().shifted(shift);
        let y = self.conv1.apply(x.clone(), before, after);
        let residual = match &self.conv_shortcut {
            Some(shortcut) => shortcut.apply(x, Before::Nothing, After::default()),
            None => joined(x),
        };
        let before = self.norm2.silu_before();
        self.conv2.apply(vec![y], before, After::added_to(residual))
    }
}

/// Two convolutions across frames, without the residual: `u` of `r = s + u`.
struct TemporalResnetBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
}

impl TemporalResnetBlock {
    fn load(
        at: &Loader<'_>,
        width: usize,
        time: Option<usize>,
        eps: f64,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            norm1: GroupNorm::load(&at.at("norm1"), width, eps)?,
            conv1: Conv2d::load_temporal(&at.at("conv1"), width, width)?,
            time_emb_proj: time
                .map(|inputs| Linear::load(&at.at("time_emb_proj"), inputs, width))
                .transpose()?,
            norm2: GroupNorm::load(&at.at("norm2"), width, eps)?,
            conv2: Conv2d::load_temporal(&at.at("conv2"), width, width)?,
        })
    }

    /// `[1, c, f, s]` to `[1, c, f, s]`; norms span the frames.
    fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>, after: After<4>) -> Tensor<4> {
        let shift = projected(self.time_emb_proj.as_ref(), time);
        let before = self.norm1.silu_before();
        let y = self
            .conv1
            .apply(vec![x], before, After::default().shifted(shift));
        self.conv2.apply(vec![y], self.norm2.silu_before(), after)
    }
}

/// What the time embedding `[1, t]` adds to each channel, `[1, c]`.
fn projected(proj: Option<&Linear>, time: Option<&Tensor<2>>) -> Option<Tensor<2>> {
    Some(proj?.forward(time?.clone()))
}

/// Which side `sigmoid(mix_factor)` weighs in an alpha blender (spec §9, trap 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixing {
    /// The UNet: the sigmoid is the share of the spatial side.
    SpatialShare,
    /// The VAE (`switch_spatial_to_temporal_mix`): it is the share of the temporal side.
    TemporalShare,
}

/// A residual block within frames followed by one across frames, blended.
pub struct SpatioTemporalResBlock {
    spatial_res_block: ResnetBlock2d,
    temporal_res_block: TemporalResnetBlock,
    /// Weight of the temporal update `u` in `s + share·u`.
    temporal_share: f32,
}

impl SpatioTemporalResBlock {
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        shape: ResnetShape,
        spatial_eps: f64,
        temporal_eps: f64,
        mixing: Mixing,
    ) -> Result<Self, ModelError> {
        let share = sigmoid(at.scalar("time_mixer.mix_factor")?);
        Ok(Self {
            spatial_res_block: ResnetBlock2d::load(
                &at.at("spatial_res_block"),
                shape,
                spatial_eps,
            )?,
            temporal_res_block: TemporalResnetBlock::load(
                &at.at("temporal_res_block"),
                shape.outputs,
                shape.time,
                temporal_eps,
            )?,
            temporal_share: match mixing {
                Mixing::SpatialShare => 1.0 - share,
                Mixing::TemporalShare => share,
            },
        })
    }

    /// `[f, inputs, h, w]` to `[f, outputs, h, w]`; `time` is the activated embedding `[1, t]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        self.forward_joined(vec![x], time)
    }

    /// [`SpatioTemporalResBlock::forward`] of inputs whose channels follow each other: one, or one and a skip.
    pub(crate) fn forward_joined(&self, x: Vec<Tensor<4>>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let s = self.spatial_res_block.forward_joined(x, time);
        let [f, c, h, w] = s.dims();
        let across = across_frames(s.clone());
        // α·s + (1−α)·(s + u) = s + (1−α)·u (spec §1.6)
        if self.temporal_res_block.conv2.is_packed() {
            let after = After {
                share: self.temporal_share,
                ..After::added_to(across.clone())
            };
            drop(s);
            let blended = self.temporal_res_block.forward(across, time, after);
            return within_frames(blended, [h, w]);
        }
        let u = self
            .temporal_res_block
            .forward(across, time, After::default());
        alpha_blend(
            Part::new(s.reshape([1, f, c, h * w]), 1.0),
            // [1, c, f, s] -> [1, f, c, s]
            Part::new(u.swap_dims(1, 2), self.temporal_share),
            None,
        )
        .reshape([f, c, h, w])
    }
}

/// Halves the size, rounding up, with a strided 3×3 convolution.
pub struct Downsample2d {
    conv: Conv2d,
    padding: DownPadding,
}

/// How a strided convolution meets the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownPadding {
    /// One pixel on every side: the UNet.
    Symmetric,
    /// One pixel right and below only: the VAE's encoder (spec §2.1).
    RightBelow,
}

impl Downsample2d {
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        channels: usize,
        padding: DownPadding,
    ) -> Result<Self, ModelError> {
        let symmetric = usize::from(padding == DownPadding::Symmetric);
        Ok(Self {
            conv: Conv2d::load_strided(&at.at("conv"), channels, channels, 3, 2, symmetric)?,
            padding,
        })
    }

    /// `[f, c, h, w]` to `[f, c, ⌈h/2⌉, ⌈w/2⌉]` (rounded down with [`DownPadding::RightBelow`]).
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.padding {
            DownPadding::Symmetric => self.conv.forward(x),
            DownPadding::RightBelow => self.conv.forward_padded_right_below(x),
        }
    }
}

/// Enlarges to the nearest pixel, then a 3×3 convolution.
pub struct Upsample2d {
    conv: Conv2d,
}

impl Upsample2d {
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, channels: usize) -> Result<Self, ModelError> {
        Ok(Self {
            conv: Conv2d::load(&at.at("conv"), channels, channels, 3)?,
        })
    }

    /// `[f, c, h, w]` to `[f, c, size[0], size[1]]`, or to twice the size.
    ///
    /// The UNet's up path names the size of the skip it must meet, which at odd sizes is not
    /// twice its own (spec §1.3).
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, size: Option<[usize; 2]>) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let size = size.unwrap_or([h * 2, w * 2]);
        self.conv.forward_enlarged(x, size)
    }
}
