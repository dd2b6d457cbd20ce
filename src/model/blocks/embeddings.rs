//! Embeddings of numbers: sinusoids, and the two-layer network on top of them.
//!
//! Sinusoids are computed on the host in f32 (spec §1.2) and placed in the network's format.
//! Must not depend on what the numbers mean.

use burn::tensor::activation::silu;
use burn::tensor::{Tensor, TensorData};

use super::layers::Linear;
use crate::error::ModelError;
use crate::model::weights::{Loader, Target};

/// `[cos(v·f₀) .. cos(v·f_{half-1}), sin(v·f₀) ..]` with `f_i = 10000^(-i/half)`: cosine first and
/// no frequency shift, as diffusers' `Timesteps(dim, flip_sin_to_cos=True, 0)`.
///
/// An odd `dim` ends with a zero.
#[must_use]
pub fn sinusoid(value: f32, dim: usize) -> Vec<f32> {
    let half = dim / 2;
    let angles: Vec<f32> = (0..half)
        .map(|i| {
            let exponent = -(10_000f32.ln()) * i as f32 / half as f32;
            value * exponent.exp()
        })
        .collect();
    let mut out: Vec<f32> = angles.iter().map(|a| a.cos()).collect();
    out.extend(angles.iter().map(|a| a.sin()));
    out.resize(dim, 0.0);
    out
}

/// Sinusoids of several values, `[values, dim]`, on the network's device.
pub(crate) fn sinusoids(values: &[f32], dim: usize, target: &Target) -> Tensor<2> {
    let rows: Vec<f32> = values.iter().flat_map(|&v| sinusoid(v, dim)).collect();
    let data = TensorData::new(rows, [values.len(), dim]).convert_dtype(target.dtype);
    Tensor::from_data(data, (&target.device, target.dtype))
}

/// Linear, SiLU, linear: `[n, in]` to `[n, out]`.
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

impl TimestepEmbedding {
    /// Reads `linear_1` (`in` to `hidden`) and `linear_2` (`hidden` to `out`).
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        inputs: usize,
        hidden: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            linear_1: Linear::load(&at.at("linear_1"), inputs, hidden)?,
            linear_2: Linear::load(&at.at("linear_2"), hidden, outputs)?,
        })
    }

    /// `[n, in]` to `[n, out]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.linear_2.forward(silu(self.linear_1.forward(x)))
    }
}
