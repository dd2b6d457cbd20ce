//! The plain layers: linear, convolution, normalisation.
//!
//! Each holds its parameters under diffusers' names and applies them with burn's functions.
//! Must not know which network it is part of.

use burn::tensor::Tensor;
use burn::tensor::module::{conv2d, layer_norm, linear};
use burn::tensor::ops::ConvOptions;

use super::loader::Loader;
use crate::error::ModelError;
use crate::kernels::group_norm_silu;
use crate::kernels::group_norm_silu::{Activation, GroupNormParameters};

/// diffusers fixes the number of groups in every norm of these networks.
pub(crate) const NORM_GROUPS: usize = 32;

/// `y = x·W + b` over the last dimension.
pub(crate) struct Linear {
    /// `[in, out]`.
    weight: Tensor<2>,
    /// `[out]`.
    bias: Option<Tensor<1>>,
}

impl Linear {
    /// A layer with a bias.
    pub(crate) fn load(at: &Loader<'_>, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        Ok(Self {
            weight: at.linear_weight(inputs, outputs)?,
            bias: Some(at.parameter("bias", [outputs])?),
        })
    }

    /// A layer without a bias.
    pub(crate) fn load_unbiased(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: at.linear_weight(inputs, outputs)?,
            bias: None,
        })
    }

    /// `[.., in]` to `[.., out]`.
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        linear(x, self.weight.clone(), self.bias.clone())
    }
}

/// A 2-D convolution with a bias.
pub(crate) struct Conv2d {
    /// `[out, in, kh, kw]`.
    weight: Tensor<4>,
    /// `[out]`.
    bias: Option<Tensor<1>>,
    stride: usize,
    padding: usize,
}

impl Conv2d {
    /// A square kernel that keeps the picture's size.
    pub(crate) fn load(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Result<Self, ModelError> {
        Self::load_strided(at, inputs, outputs, kernel, 1, kernel / 2)
    }

    /// A square kernel with its stride and symmetric padding.
    pub(crate) fn load_strided(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: at.parameter("weight", [outputs, inputs, kernel, kernel])?,
            bias: Some(at.parameter("bias", [outputs])?),
            stride,
            padding,
        })
    }

    /// Non-overlapping patches without a bias, as a vision tower cuts its picture.
    pub(crate) fn load_patches(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        patch: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: at.parameter("weight", [outputs, inputs, patch, patch])?,
            bias: None,
            stride: patch,
            padding: 0,
        })
    }

    /// `[n, in, h, w]` to `[n, out, h', w']`.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(
            x,
            self.weight.clone(),
            self.bias.clone(),
            ConvOptions::new(
                [self.stride, self.stride],
                [self.padding, self.padding],
                [1, 1],
                1,
            ),
        )
    }
}

/// A convolution over frames, torch's `Conv3d` with kernel `(3, 1, 1)` and zero padding in time.
///
/// Pixels do not mix, so it runs as a 2-D convolution with a `3×1` kernel over `[f, s]`.
pub(crate) struct TemporalConv {
    /// `[out, in, 3, 1]`.
    weight: Tensor<4>,
    /// `[out]`.
    bias: Tensor<1>,
}

impl TemporalConv {
    pub(crate) fn load(at: &Loader<'_>, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        let weight: Tensor<5> = at.parameter("weight", [outputs, inputs, 3, 1, 1])?;
        // [out, in, 3, 1, 1] -> [out, in, 3, 1]
        let [o, i, k, _, _] = weight.dims();
        Ok(Self {
            weight: weight.reshape([o, i, k, 1]),
            bias: at.parameter("bias", [outputs])?,
        })
    }

    /// `[1, in, f, s]` to `[1, out, f, s]`.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(
            x,
            self.weight.clone(),
            Some(self.bias.clone()),
            ConvOptions::new([1, 1], [1, 0], [1, 1], 1),
        )
    }
}

/// Group normalisation with 32 groups; statistics span all dimensions after the channels.
///
/// On `[f, c, h, w]` that is per frame, on `[1, c, f, s]` across frames (spec §9, trap 2).
/// Statistics are kept in f32 whatever the activations are in: f16 sums overflow.
pub(crate) struct GroupNorm {
    parameters: GroupNormParameters,
}

impl GroupNorm {
    pub(crate) fn load(at: &Loader<'_>, channels: usize, eps: f64) -> Result<Self, ModelError> {
        Self::load_grouped(at, channels, NORM_GROUPS, eps)
    }

    /// As [`GroupNorm::load`], with another number of groups (plain AutoencoderKL allows it).
    pub(crate) fn load_grouped(
        at: &Loader<'_>,
        channels: usize,
        groups: usize,
        eps: f64,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            parameters: GroupNormParameters {
                weight: at.parameter("weight", [channels])?,
                bias: at.parameter("bias", [channels])?,
                groups,
                eps,
            },
        })
    }

    /// `[n, c, a, b]` to the same shape.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        group_norm_silu(x, &self.parameters, Activation::None)
    }

    /// `silu(forward(x))`, in one pass where the device has it.
    pub(crate) fn forward_silu(&self, x: Tensor<4>) -> Tensor<4> {
        group_norm_silu(x, &self.parameters, Activation::Silu)
    }
}

/// Layer normalisation over the last dimension.
pub(crate) struct LayerNorm {
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
}

impl LayerNorm {
    pub(crate) fn load(at: &Loader<'_>, width: usize, eps: f64) -> Result<Self, ModelError> {
        Ok(Self {
            weight: at.parameter("weight", [width])?,
            bias: at.parameter("bias", [width])?,
            eps,
        })
    }

    /// `[.., width]` to the same shape.
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        layer_norm(x, self.weight.clone(), Some(self.bias.clone()), self.eps)
    }
}

/// Records the parameters of a layer norm that the arithmetic does not need.
pub(crate) fn declare_layer_norm(at: &Loader<'_>, width: usize) {
    at.declare("weight", &[width]);
    at.declare("bias", &[width]);
}
