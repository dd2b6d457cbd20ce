//! The gate of a GEGLU feed-forward: `value · gelu(gate)` with the exact GELU.
//!
//! Owns the operation's one entrance and the same maths in tensor operations. Must not know the transformer.
//! Reference: diffusers' `GEGLU` (models/activations.py); value is the first half (spec §9, trap 4).

use burn::tensor::Tensor;
use burn::tensor::activation::gelu;

/// `both[.., ..i] · gelu(both[.., i..])` with `i` half of the last dimension and `gelu(x) = x·Φ(x)`.
///
/// # Shapes
/// `[n, s, 2·i]` to `[n, s, i]`.
#[must_use]
pub fn geglu(both: Tensor<3>) -> Tensor<3> {
    reference(both)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference(both: Tensor<3>) -> Tensor<3> {
    let inner = both.dims()[2] / 2;
    let value = both.clone().narrow(2, 0, inner);
    let gate = both.narrow(2, inner, inner);
    value * gelu(gate)
}
