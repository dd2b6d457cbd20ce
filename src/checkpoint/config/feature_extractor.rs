//! `feature_extractor/preprocessor_config.json`: how pixels are normalised for CLIP.

use serde::{Deserialize, Serialize};

use super::rules::{Config, Flaw};

/// Mean and deviation per channel (red, green, blue) of values in 0..1.
///
/// The video pipeline resizes by itself and leaves only this step to the feature extractor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureExtractor {
    /// Subtracted. Default: OpenAI's CLIP mean.
    pub image_mean: [f64; 3],
    /// Divided by. Default: OpenAI's CLIP deviation.
    pub image_std: [f64; 3],
}

impl Default for FeatureExtractor {
    fn default() -> Self {
        Self {
            image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            image_std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
        }
    }
}

impl Config for FeatureExtractor {
    const FIELDS: &'static [&'static str] = &["image_mean", "image_std"];

    fn validate(&self) -> Result<(), Flaw> {
        if !self.image_mean.iter().all(|v| v.is_finite()) {
            return Err(Flaw::new("image_mean", "must contain numbers"));
        }
        if !self.image_std.iter().all(|&v| v.is_finite() && v > 0.0) {
            return Err(Flaw::new("image_std", "must contain numbers above 0"));
        }
        Ok(())
    }
}
