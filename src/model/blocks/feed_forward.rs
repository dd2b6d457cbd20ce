//! The gated feed-forward of a transformer block.
//!
//! Tokens `[f, s, c]` are independent here, so it runs in chunks where its inner activation would be large.

use burn::tensor::Tensor;

use super::layers::Linear;
use crate::error::ModelError;
use crate::kernels::chunks::{intermediate_bytes, ranges, together};
use crate::kernels::cpu_tensor;
use crate::kernels::geglu;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::weights::Loader;

/// GEGLU feed-forward: `net.2(a · gelu(b))` with `[a, b] = net.0.proj(x)` and the exact GELU.
pub(crate) struct FeedForward {
    proj: Linear,
    out: Linear,
}

impl FeedForward {
    pub(crate) fn load(at: &Loader<'_>, width: usize) -> Result<Self, ModelError> {
        let inner = width * 4;
        Ok(Self {
            proj: Linear::load_gated(&at.at("net.0.proj"), width, inner * 2)?,
            out: Linear::load(&at.at("net.2"), inner, width)?,
        })
    }

    /// `[f, s, c]` to `[f, s, c]`, in chunks if the inner activation would be too large.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        after: Epilogue<3>,
    ) -> Tensor<3> {
        if let (Some(gate), Some(out)) = (self.proj.packed(), self.out.packed()) {
            let (first, second) = (gate.0.packed(), out.0.packed());
            return cpu_tensor::feed_forward(x, (&first, gate.1), (&second, out.1), before, after);
        }
        let shape = x.dims();
        let [frames, pixels, width] = shape;
        let tokens = frames * pixels;
        let x = before.tokens(x);
        let token = (width * 8 * x.dtype().size()) as u64;
        let together = together(tokens, token, intermediate_bytes(&x.device()));
        if together == tokens {
            return after.reference(self.through(x));
        }
        // [f, s, c] -> [1, f·s, c]
        let x = x.reshape([1, tokens, width]);
        let parts = ranges(tokens, together)
            .map(|(from, count)| self.through(x.clone().narrow(1, from, count)))
            .collect();
        after.reference(Tensor::cat(parts, 1).reshape(shape))
    }

    fn through(&self, x: Tensor<3>) -> Tensor<3> {
        self.out.forward(geglu(self.proj.forward(x)))
    }
}
