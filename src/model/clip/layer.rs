//! One layer of a CLIP tower.
//!
//! transformers' `CLIPEncoderLayer` (models/clip/modeling_clip.py); spec §3.1.

use burn::tensor::Tensor;

use crate::checkpoint::config::HiddenActivation;
use crate::checkpoint::{ClipTextConfig, ClipVisionConfig};
use crate::error::ModelError;
use crate::kernels::cpu::Activation;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::blocks::{LayerNorm, Linear, Projections};
use crate::model::weights::Loader;

/// The shape of a layer.
#[derive(Clone, Copy, Debug)]
pub struct LayerShape {
    /// Width of a token.
    pub width: usize,
    /// Width inside the feed-forward.
    pub inner: usize,
    /// Added to the variance in its norms.
    pub eps: f64,
}

impl From<&ClipVisionConfig> for LayerShape {
    fn from(config: &ClipVisionConfig) -> Self {
        Self {
            width: config.hidden_size,
            inner: config.intermediate_size,
            eps: config.layer_norm_eps,
        }
    }
}

impl From<&ClipTextConfig> for LayerShape {
    fn from(config: &ClipTextConfig) -> Self {
        Self {
            width: config.hidden_size,
            inner: config.intermediate_size,
            eps: config.layer_norm_eps,
        }
    }
}

/// One layer of a tower: attention over all tokens, then two linear layers.
pub struct EncoderLayer {
    layer_norm1: LayerNorm,
    projections: Projections,
    out_proj: Linear,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl EncoderLayer {
    /// Reads `layer_norm1`, `self_attn`, `layer_norm2` and `mlp`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, shape: LayerShape) -> Result<Self, ModelError> {
        let LayerShape { width, inner, eps } = shape;
        let attention = at.at("self_attn");
        Ok(Self {
            layer_norm1: LayerNorm::load(&at.at("layer_norm1"), width, eps)?,
            projections: Projections::load(
                &attention,
                ["q_proj", "k_proj", "v_proj"],
                width,
                true,
            )?,
            out_proj: Linear::load(&attention.at("out_proj"), width, width)?,
            layer_norm2: LayerNorm::load(&at.at("layer_norm2"), width, eps)?,
            fc1: Linear::load(&at.at("mlp.fc1"), width, inner)?,
            fc2: Linear::load(&at.at("mlp.fc2"), inner, width)?,
        })
    }

    /// `[n, tokens, c]` to the same shape; `mask` is added to the scores of its attention,
    /// `[1 or n, 1 or heads, tokens, tokens]`.
    #[must_use]
    pub fn forward(
        &self,
        x: Tensor<3>,
        heads: usize,
        act: HiddenActivation,
        mask: Option<&Tensor<4>>,
    ) -> Tensor<3> {
        let before = self.layer_norm1.before();
        let seen = self.projections.attend(x.clone(), before, heads, mask);
        let x = self
            .out_proj
            .apply(seen, Prologue::Nothing, Epilogue::added_to(x));
        let curve = match act {
            HiddenActivation::Gelu => Activation::Gelu,
            HiddenActivation::QuickGelu => Activation::QuickGelu,
        };
        let before = self.layer_norm2.before();
        let inner = self.fc1.apply(x.clone(), before, Epilogue::curved(curve));
        self.fc2
            .apply(inner, Prologue::Nothing, Epilogue::added_to(x))
    }
}
