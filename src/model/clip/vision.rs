//! The CLIP vision tower with its projection, which embeds a picture as one vector.
//!
//! transformers' `CLIPVisionModelWithProjection` and spec §3.1.

use burn::tensor::Tensor;

use super::layer::{EncoderLayer, LayerShape};
use crate::checkpoint::ClipVisionConfig;
use crate::checkpoint::config::HiddenActivation;
use crate::error::ModelError;
use crate::model::blocks::{Conv2d, LayerNorm, Linear};
use crate::model::weights::{Expected, Loader, list_parameters};

/// The vision tower.
pub struct ClipVision {
    /// `[c]`.
    class_embedding: Tensor<1>,
    patch_embedding: Conv2d,
    /// `[1 + patches, c]`; index 0 is the class token's.
    position_embedding: Tensor<2>,
    /// Spelled as in the weights.
    pre_layrnorm: LayerNorm,
    layers: Vec<EncoderLayer>,
    post_layernorm: LayerNorm,
    visual_projection: Linear,
    heads: usize,
    act: HiddenActivation,
}

impl ClipVision {
    /// Reads `vision_model` and `visual_projection`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &ClipVisionConfig) -> Result<Self, ModelError> {
        let width = config.hidden_size;
        let side = config.image_size / config.patch_size;
        let layer = LayerShape::from(config);
        let vision = at.at("vision_model");
        let embeddings = vision.at("embeddings");
        Ok(Self {
            class_embedding: embeddings.parameter("class_embedding", [width])?,
            patch_embedding: Conv2d::load_patches(
                &embeddings.at("patch_embedding"),
                config.num_channels,
                width,
                config.patch_size,
            )?,
            position_embedding: embeddings
                .at("position_embedding")
                .parameter("weight", [side * side + 1, width])?,
            pre_layrnorm: LayerNorm::load(
                &vision.at("pre_layrnorm"),
                width,
                config.layer_norm_eps,
            )?,
            layers: (0..config.num_hidden_layers)
                .map(|i| EncoderLayer::load(&vision.at("encoder.layers").at(i), layer))
                .collect::<Result<_, _>>()?,
            post_layernorm: LayerNorm::load(
                &vision.at("post_layernorm"),
                width,
                config.layer_norm_eps,
            )?,
            visual_projection: Linear::load_unbiased(
                &at.at("visual_projection"),
                width,
                config.projection_dim,
            )?,
            heads: config.num_attention_heads,
            act: config.hidden_act,
        })
    }

    /// Every parameter that `config` asks for.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &ClipVisionConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config))
    }

    /// Normalised pixels `[1, 3, size, size]` to `image_embeds` `[1, d]`, not L2-normalised.
    #[must_use]
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let patches = self.patch_embedding.forward(pixels);
        let [n, c, h, w] = patches.dims();
        // [n, c, h, w] -> [n, h·w, c], row by row
        let patches = patches.reshape([n, c, h * w]).swap_dims(1, 2);
        let class = self.class_embedding.clone().reshape([1, 1, c]);
        let tokens = Tensor::cat(vec![class.expand([n, 1, c]), patches], 1)
            + self.position_embedding.clone().unsqueeze_dim(0);
        let mut tokens = self.pre_layrnorm.forward(tokens);
        for layer in &self.layers {
            tokens = layer.forward(tokens, self.heads, self.act, None);
        }
        // Only the class token is used: [n, tokens, c] -> [n, c]
        let class = tokens.narrow(1, 0, 1).reshape([n, c]);
        self.visual_projection
            .forward(self.post_layernorm.forward(class))
    }
}
