//! `image_encoder/config.json` of `CLIPVisionModelWithProjection`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rules::{Config, Flaw, MOST_CHANNELS, MOST_LAYERS, check_count};
use crate::error::{CheckpointError, excerpt};

/// Activation of the encoder's feed-forward layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HiddenActivation {
    /// Exact GELU (erf).
    #[serde(rename = "gelu")]
    Gelu,
    /// `x · sigmoid(1.702 x)`.
    #[serde(rename = "quick_gelu")]
    QuickGelu,
}

/// A length along both axes; transformers writes a number or a list of two.
#[derive(Deserialize)]
#[serde(untagged)]
enum Side {
    Square(usize),
    Each([usize; 2]),
}

/// Configuration of the CLIP vision tower; defaults are those of transformers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipVisionConfig {
    /// Width of a token. Default 768.
    pub hidden_size: usize,
    /// Width inside the feed-forward layers. Default 3072.
    pub intermediate_size: usize,
    /// Width of the image embedding. Default 512.
    pub projection_dim: usize,
    /// Number of layers. Default 12.
    pub num_hidden_layers: usize,
    /// Number of attention heads. Default 12.
    pub num_attention_heads: usize,
    /// Channels of a picture. Default 3.
    pub num_channels: usize,
    /// Side of the square picture in pixels. Default 224.
    #[serde(deserialize_with = "square")]
    pub image_size: usize,
    /// Side of a square patch in pixels. Default 32.
    #[serde(deserialize_with = "square")]
    pub patch_size: usize,
    /// Activation. Default quick GELU.
    pub hidden_act: HiddenActivation,
    /// Added to the variance in LayerNorm. Default 1e-5.
    pub layer_norm_eps: f64,
}

fn square<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match Side::deserialize(deserializer)? {
        Side::Square(side) => Ok(side),
        Side::Each([height, width]) if height == width => Ok(height),
        Side::Each(_) => Err(serde::de::Error::custom("must be square")),
    }
}

impl Default for ClipVisionConfig {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            intermediate_size: 3072,
            projection_dim: 512,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            num_channels: 3,
            image_size: 224,
            patch_size: 32,
            hidden_act: HiddenActivation::QuickGelu,
            layer_norm_eps: 1e-5,
        }
    }
}

impl ClipVisionConfig {
    /// Tokens of a picture: one per patch and the class token.
    #[must_use]
    pub fn positions(&self) -> usize {
        (self.image_size / self.patch_size.max(1)).pow(2) + 1
    }
}

impl Config for ClipVisionConfig {
    const FIELDS: &'static [&'static str] = &[
        "hidden_size",
        "intermediate_size",
        "projection_dim",
        "num_hidden_layers",
        "num_attention_heads",
        "num_channels",
        "image_size",
        "patch_size",
        "hidden_act",
        "layer_norm_eps",
    ];

    /// A configuration of the whole CLIP model has the vision tower under its own key.
    fn unwrap(mut fields: Map<String, Value>) -> Map<String, Value> {
        match fields.remove("vision_config") {
            Some(Value::Object(vision)) => vision,
            _ => fields,
        }
    }

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        match fields.get("model_type").and_then(Value::as_str) {
            Some(found) if !["clip_vision_model", "clip"].contains(&found) => {
                Err(CheckpointError::WrongClass {
                    found: excerpt(found),
                    needed: "CLIP vision model with projection (clip_vision_model)",
                    path: path.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), Flaw> {
        check_count("hidden_size", self.hidden_size, MOST_CHANNELS)?;
        check_count("intermediate_size", self.intermediate_size, MOST_CHANNELS)?;
        check_count("projection_dim", self.projection_dim, MOST_CHANNELS)?;
        check_count("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        check_count(
            "num_attention_heads",
            self.num_attention_heads,
            self.hidden_size,
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
        if self.num_channels != 3 {
            return Err(Flaw::new(
                "num_channels",
                format!("must be 3, not {}", self.num_channels),
            ));
        }
        check_count("image_size", self.image_size, MOST_CHANNELS)?;
        check_count("patch_size", self.patch_size, self.image_size)?;
        if !self.layer_norm_eps.is_finite() || self.layer_norm_eps < 0.0 {
            return Err(Flaw::new("layer_norm_eps", "must be 0 or more"));
        }
        Ok(())
    }
}
