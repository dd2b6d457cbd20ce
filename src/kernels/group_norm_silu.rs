//! Group normalisation with an optional SiLU behind it, per frame or across frames.
//!
//! Owns the operation's one entrance and the same maths in tensor operations. Must not know which network it is part
//! of. Statistics are in f32 whatever the activations are in: f16 sums overflow.

use burn::tensor::activation::silu;
use burn::tensor::{DType, Tensor};

/// What follows a normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing: the normalised values.
    None,
    /// `x · sigmoid(x)`.
    Silu,
}

/// The learnt numbers of a group normalisation.
#[derive(Clone, Debug)]
pub struct GroupNormParameters {
    /// `[c]`.
    pub weight: Tensor<1>,
    /// `[c]`.
    pub bias: Tensor<1>,
    /// Groups that the channels are divided into.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
}

/// `activation((x − mean)/√(variance + eps) · weight + bias)`, with statistics over each group of channels and all
/// dimensions after them.
///
/// On `[f, c, h, w]` that is per frame, on `[1, c, f, s]` across frames (spec §9, trap 2); the input may be a
/// transposed view.
///
/// # Shapes
/// `[n, c, a, b]` to the same, contiguous, in the type of `x`.
#[must_use]
pub fn group_norm_silu(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: Activation,
) -> Tensor<4> {
    reference(x, parameters, activation)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: Activation,
) -> Tensor<4> {
    let [n, c, a, b] = x.dims();
    let dtype = x.dtype();
    let groups = parameters.groups;
    // [n, c, a, b] -> [n, g, c/g·a·b]
    let grouped = x.cast(DType::F32).reshape([n, groups, c / groups * a * b]);
    let centred = grouped.clone() - grouped.mean_dim(2);
    let variance = (centred.clone() * centred.clone()).mean_dim(2);
    let normal = centred * variance.add_scalar(parameters.eps).sqrt().recip();
    let per_channel = |values: &Tensor<1>| values.clone().cast(DType::F32).reshape([1, c, 1, 1]);
    let y = normal.reshape([n, c, a, b]) * per_channel(&parameters.weight)
        + per_channel(&parameters.bias);
    match activation {
        Activation::None => y.cast(dtype),
        // The activation is in the network's own format, as it would be without fusion.
        Activation::Silu => silu(y.cast(dtype)),
    }
}
