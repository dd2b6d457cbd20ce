//! The blend of what a block did within frames and across them, with a residual: a weighted sum in one pass.
//!
//! Owns the operation's one entrance and the same maths in tensor operations. Must not know what is blended.
//! Reference: diffusers' `AlphaBlender` (models/resnet.py), written as `s + (1 − α)·u` (spec §1.6).

use burn::tensor::Tensor;

/// One tensor of a blend and its weight.
#[derive(Clone, Debug)]
pub struct Part<const D: usize> {
    /// The tensor; it may be a transposed view.
    pub tensor: Tensor<D>,
    /// What it is multiplied by.
    pub weight: f32,
}

impl<const D: usize> Part<D> {
    /// `weight · tensor`.
    #[must_use]
    pub fn new(tensor: Tensor<D>, weight: f32) -> Self {
        Self { tensor, weight }
    }
}

/// `s.weight·s + u.weight·u (+ r.weight·r)`, all of one shape and type.
///
/// # Shapes
/// Any; the result is contiguous.
#[must_use]
pub fn alpha_blend<const D: usize>(s: Part<D>, u: Part<D>, r: Option<Part<D>>) -> Tensor<D> {
    reference(s, u, r)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference<const D: usize>(s: Part<D>, u: Part<D>, r: Option<Part<D>>) -> Tensor<D> {
    let scaled = |part: Part<D>| {
        if part.weight == 1.0 {
            part.tensor
        } else {
            part.tensor.mul_scalar(part.weight)
        }
    };
    let sum = scaled(s) + scaled(u);
    match r {
        Some(r) => sum + scaled(r),
        None => sum,
    }
}
