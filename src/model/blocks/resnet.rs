//! The residual block within frames.
//!
//! diffusers' `ResnetBlock2D` (models/resnet.py); spec §1.4, §2.

use burn::tensor::Tensor;

use super::layers::{Conv2d, GroupNorm, Linear, NORM_GROUPS, joined};
use crate::error::ModelError;
use crate::kernels::group_norm_silu::NormReach;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::weights::Loader;

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
    /// How far the statistics of its norms reach.
    pub reach: NormReach,
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
            reach: NormReach::Frame,
        }
    }

    /// A block of the VAE, which has no time embedding.
    #[must_use]
    pub fn untimed(inputs: usize, outputs: usize) -> Self {
        Self {
            inputs,
            outputs,
            time: None,
            groups: NORM_GROUPS,
            reach: NormReach::Frame,
        }
    }

    /// The same block with norms of this reach.
    #[must_use]
    pub fn reaching(self, reach: NormReach) -> Self {
        Self { reach, ..self }
    }
}

/// Two convolutions with a residual connection, within each frame.
pub struct ResnetBlock2d {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
}

impl ResnetBlock2d {
    /// Reads `norm1`, `conv1`, `time_emb_proj`, `norm2`, `conv2` and `conv_shortcut`, as `shape` requires.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, shape: ResnetShape, eps: f64) -> Result<Self, ModelError> {
        let ResnetShape {
            inputs,
            outputs,
            time,
            groups,
            reach,
        } = shape;
        let norm = |name: &str, width: usize| -> Result<GroupNorm, ModelError> {
            Ok(GroupNorm::load_grouped(&at.at(name), width, groups, eps)?.reaching(reach))
        };
        Ok(Self {
            norm1: norm("norm1", inputs)?,
            conv1: Conv2d::load(&at.at("conv1"), inputs, outputs, 3)?,
            time_emb_proj: time
                .map(|width| Linear::load(&at.at("time_emb_proj"), width, outputs))
                .transpose()?,
            norm2: norm("norm2", outputs)?,
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

    /// [`ResnetBlock2d::forward`] of an input, or of an input and a skip concatenated over channels.
    pub(crate) fn forward_joined(&self, x: Vec<Tensor<4>>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let shift = projected(self.time_emb_proj.as_ref(), time);
        let before = self.norm1.silu_before();
        let after = Epilogue::default().shifted(shift);
        let y = self.conv1.apply(x.clone(), before, after);
        let residual = match &self.conv_shortcut {
            Some(shortcut) => shortcut.apply(x, Prologue::Nothing, Epilogue::default()),
            None => joined(x),
        };
        let before = self.norm2.silu_before();
        self.conv2
            .apply(vec![y], before, Epilogue::added_to(residual))
    }
}

/// The shift of each channel, `[1, c]`, from the time embedding `[1, t]`.
pub(super) fn projected(proj: Option<&Linear>, time: Option<&Tensor<2>>) -> Option<Tensor<2>> {
    Some(proj?.forward(time?.clone()))
}
