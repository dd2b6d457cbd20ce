//! `text_encoder/config.json` of `CLIPTextModel`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clip_vision::HiddenActivation;
use super::rules::{Config, Flaw, MOST_CHANNELS, MOST_LAYERS, check_count};
use crate::error::{CheckpointError, excerpt};

/// Configuration of the CLIP text tower; defaults are those of transformers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipTextConfig {
    /// Tokens of the vocabulary. Default 49408.
    pub vocab_size: usize,
    /// Width of a token. Default 512.
    pub hidden_size: usize,
    /// Width inside the feed-forward layers. Default 2048.
    pub intermediate_size: usize,
    /// Number of layers, all of which run. Default 12.
    pub num_hidden_layers: usize,
    /// Number of attention heads. Default 8.
    pub num_attention_heads: usize,
    /// Positions that a prompt may have. Default 77.
    pub max_position_embeddings: usize,
    /// Activation. Default quick GELU.
    pub hidden_act: HiddenActivation,
    /// Added to the variance in LayerNorm. Default 1e-5.
    pub layer_norm_eps: f64,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            vocab_size: 49_408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: HiddenActivation::QuickGelu,
            layer_norm_eps: 1e-5,
        }
    }
}

impl Config for ClipTextConfig {
    const FIELDS: &'static [&'static str] = &[
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "max_position_embeddings",
        "hidden_act",
        "layer_norm_eps",
    ];

    /// A configuration of the whole CLIP model has the text tower under its own key.
    fn unwrap(mut fields: Map<String, Value>) -> Map<String, Value> {
        match fields.remove("text_config") {
            Some(Value::Object(text)) => text,
            _ => fields,
        }
    }

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        match fields.get("model_type").and_then(Value::as_str) {
            Some(found) if !["clip_text_model", "clip"].contains(&found) => {
                Err(CheckpointError::WrongClass {
                    found: excerpt(found),
                    needed: "CLIP text model (clip_text_model)",
                    path: path.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), Flaw> {
        check_count("vocab_size", self.vocab_size, 1 << 20)?;
        check_count("hidden_size", self.hidden_size, MOST_CHANNELS)?;
        check_count("intermediate_size", self.intermediate_size, MOST_CHANNELS)?;
        check_count("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        check_count(
            "num_attention_heads",
            self.num_attention_heads,
            self.hidden_size,
        )?;
        check_count(
            "max_position_embeddings",
            self.max_position_embeddings,
            MOST_CHANNELS,
        )?;
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(Flaw::new(
                "num_attention_heads",
                format!(
                    "must divide hidden_size, but {} does not divide {}",
                    self.num_attention_heads, self.hidden_size
                ),
            ));
        }
        if !self.layer_norm_eps.is_finite() || self.layer_norm_eps < 0.0 {
            return Err(Flaw::new("layer_norm_eps", "must be 0 or more"));
        }
        Ok(())
    }
}
