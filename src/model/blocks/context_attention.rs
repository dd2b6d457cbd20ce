//! Attention to a context: tokens of another network, such as a picture's embedding.

use burn::tensor::Tensor;

use super::layers::Linear;
use crate::error::ModelError;
use crate::model::weights::Loader;

/// Attention to a single context token, which is a constant.
///
/// The softmax over one key is exactly one, so the result is `to_out(to_v(context))` whatever the
/// query (spec §1.6). Query and key weights are part of the format and are not kept.
pub(crate) struct ContextAttention {
    to_v: Linear,
    to_out: Linear,
}

impl ContextAttention {
    pub(crate) fn load(
        at: &Loader<'_>,
        width: usize,
        context_width: usize,
    ) -> Result<Self, ModelError> {
        at.declare("to_q.weight", &[width, width]);
        at.declare("to_k.weight", &[width, context_width]);
        Ok(Self {
            to_v: Linear::load_unbiased(&at.at("to_v"), context_width, width)?,
            to_out: Linear::load(&at.at("to_out.0"), width, width)?,
        })
    }

    /// The vector that this attention adds to every token: `[1, context]` to `[1, 1, c]`.
    pub(crate) fn constant(&self, context: Tensor<2>) -> Tensor<3> {
        self.to_out
            .forward(self.to_v.forward(context))
            .unsqueeze_dim(0)
    }
}
