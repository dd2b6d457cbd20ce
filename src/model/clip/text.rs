//! The CLIP text tower, which turns the token ids of a prompt into context tokens.
//!
//! transformers' `CLIPTextModel` (models/clip/modeling_clip.py). Padding is not masked: the pipelines of Stable
//! Diffusion pass no attention mask, so padding takes part in the causal attention.

use burn::tensor::{DType, Tensor, TensorData};

use super::layer::{EncoderLayer, LayerShape};
use crate::checkpoint::ClipTextConfig;
use crate::checkpoint::config::HiddenActivation;
use crate::error::ModelError;
use crate::model::blocks::LayerNorm;
use crate::model::weights::{Expected, Loader, Target, list_parameters};

/// The text tower.
pub struct ClipText {
    /// `[vocabulary, c]`, row-major on the host: only the rows of a prompt are used.
    token_embedding: Vec<f32>,
    /// `[positions, c]`.
    position_embedding: Tensor<2>,
    layers: Vec<EncoderLayer>,
    final_layer_norm: LayerNorm,
    width: usize,
    heads: usize,
    act: HiddenActivation,
    target: Target,
}

impl ClipText {
    /// Reads `embeddings`, `encoder` and `final_layer_norm`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &ClipTextConfig) -> Result<Self, ModelError> {
        let width = config.hidden_size;
        let layer = LayerShape::from(config);
        let tokens = at.at("embeddings.token_embedding");
        let positions = at.at("embeddings.position_embedding");
        let final_norm = at.at("final_layer_norm");
        Ok(Self {
            token_embedding: tokens
                .values("weight", &[config.vocab_size, width])?
                .unwrap_or_default(),
            position_embedding: positions
                .parameter("weight", [config.max_position_embeddings, width])?,
            layers: (0..config.num_hidden_layers)
                .map(|i| EncoderLayer::load(&at.at("encoder.layers").at(i), layer))
                .collect::<Result<_, _>>()?,
            final_layer_norm: LayerNorm::load(&final_norm, width, config.layer_norm_eps)?,
            width,
            heads: config.num_attention_heads,
            act: config.hidden_act,
            target: at.target().clone(),
        })
    }

    /// Every parameter that `config` asks for.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &ClipTextConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config))
    }

    /// Token ids to the embedding of the prompt, `[1, n, c]`: the last layer's output, normalised.
    ///
    /// # Panics
    /// If there are more ids than positions, or an id that the vocabulary does not have.
    #[must_use]
    pub fn forward(&self, ids: &[u32]) -> Tensor<3> {
        let mut tokens = self.embedded(ids);
        let mask = self.causal(ids.len());
        for layer in &self.layers {
            tokens = layer.forward(tokens, self.heads, self.act, Some(&mask));
        }
        self.final_layer_norm.forward(tokens)
    }

    /// The tokens before the first layer and after each one, `[1, n, c]`, not normalised.
    ///
    /// # Panics
    /// Same as [`ClipText::forward`].
    #[must_use]
    pub fn hidden_states(&self, ids: &[u32]) -> Vec<Tensor<3>> {
        let mask = self.causal(ids.len());
        let mut states = vec![self.embedded(ids)];
        for layer in &self.layers {
            let tokens = states[states.len() - 1].clone();
            states.push(layer.forward(tokens, self.heads, self.act, Some(&mask)));
        }
        states
    }

    /// Token and position embeddings, `[1, n, c]`.
    fn embedded(&self, ids: &[u32]) -> Tensor<3> {
        let rows = ids.iter().map(|&id| id as usize * self.width);
        let rows = rows.flat_map(|at| &self.token_embedding[at..at + self.width]);
        let rows: Vec<f32> = rows.copied().collect();
        let tokens: Tensor<3> = self.place(rows, [1, ids.len(), self.width]);
        let positions = self.position_embedding.clone().narrow(0, 0, ids.len());
        tokens + positions.unsqueeze_dim(0)
    }

    /// The causal mask of `n` tokens, each of which attends to itself and the tokens before it, `[1, 1, n, n]`.
    fn causal(&self, n: usize) -> Tensor<4> {
        let hidden = |row: usize, column: usize| match column > row {
            true => f32::NEG_INFINITY,
            false => 0.0,
        };
        let values = (0..n * n).map(|at| hidden(at / n, at % n)).collect();
        self.place(values, [1, 1, n, n])
    }

    fn place<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        let dtype: DType = self.target.dtype;
        let data = TensorData::new(values, shape).convert_dtype(dtype);
        Tensor::from_data(data, (&self.target.device, dtype))
    }
}
