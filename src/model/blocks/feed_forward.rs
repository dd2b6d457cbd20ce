//! The gated feed-forward of a transformer block.
//!
//! Tokens `[f, s, c]` are independent here, so it runs in chunks where its inner activation would be large.

use burn::tensor::Tensor;

use super::layers::Linear;
use crate::error::ModelError;
use crate::kernels::cpu_tensor;
use crate::kernels::geglu;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::weights::Loader;

/// Largest inner activation of a feed-forward, `[f, s, 8·c]`, in bytes. At full size a single frame takes 94 MB in f32,
/// which is large enough for any matrix product to run at full speed; all 25 frames would take 2.4 GB.
pub(crate) const FEED_FORWARD_BYTES: u64 = 256 << 20;

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
        let [frames, pixels, width] = x.dims();
        let x = before.tokens(x);
        let frame = (pixels * width * 8 * x.dtype().size()) as u64;
        let together = (FEED_FORWARD_BYTES / frame.max(1)).max(1);
        if together >= frames as u64 {
            return after.reference(self.through(x));
        }
        let together = together as usize;
        let parts = (0..frames)
            .step_by(together)
            .map(|from| {
                let count = together.min(frames - from);
                // [f, s, c] -> [f', s, c]
                self.through(x.clone().narrow(0, from, count))
            })
            .collect();
        after.reference(Tensor::cat(parts, 0))
    }

    fn through(&self, x: Tensor<3>) -> Tensor<3> {
        self.out.forward(geglu(self.proj.forward(x)))
    }
}
