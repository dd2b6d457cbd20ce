//! Whether a checkpoint holds what its configuration needs, before anything is loaded.

use serde::Serialize;

use crate::checkpoint::{Checkpoint, LoadReport, Parts, VaeConfig};
use crate::error::GenerateError;
use crate::model::autoencoder::{VaeDecoder, VaeEncoder};
use crate::model::clip::ClipVision;
use crate::model::svd::Unet;
use crate::model::weights::Expected;

/// How each part of a checkpoint matches the architecture its configuration describes.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// The spatio-temporal UNet.
    pub unet: LoadReport,
    /// Both halves of the autoencoder.
    pub vae: LoadReport,
    /// The CLIP vision tower.
    pub image_encoder: LoadReport,
}

impl ModelReport {
    /// Compares names and shapes; reads no weights.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn new(checkpoint: &Checkpoint) -> Result<Self, GenerateError> {
        let Parts::Svd(parts) = &checkpoint.parts;
        let unet = Unet::parameters(&parts.unet.config)?;
        let image_encoder = ClipVision::parameters(&parts.image_encoder.config)?;
        Ok(Self {
            unet: LoadReport::new(&parts.unet, &unet),
            vae: LoadReport::new(&parts.vae, &vae_parameters(&parts.vae.config)?),
            image_encoder: LoadReport::new(&parts.image_encoder, &image_encoder),
        })
    }

    /// The three parts with their names.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &LoadReport); 3] {
        [
            ("unet", &self.unet),
            ("vae", &self.vae),
            ("image_encoder", &self.image_encoder),
        ]
    }

    /// One sentence on tensors that nothing uses, if there are any.
    #[must_use]
    pub fn unexpected_note(&self) -> Option<String> {
        let unused: Vec<String> = self
            .parts()
            .iter()
            .filter(|(_, report)| !report.unexpected.is_empty())
            .map(|(name, report)| {
                let first = report.unexpected.first().map_or("", String::as_str);
                format!("{} in {name} (such as {first})", report.unexpected.len())
            })
            .collect();
        (!unused.is_empty()).then(|| format!("tensors that nothing uses: {}", unused.join(", ")))
    }
}

/// Parameters of both halves of the autoencoder.
fn vae_parameters(config: &VaeConfig) -> Result<Vec<Expected>, GenerateError> {
    let mut expected = VaeEncoder::parameters(config)?;
    expected.extend(VaeDecoder::parameters(config)?);
    Ok(expected)
}

/// Refuses a checkpoint that lacks anything, naming what.
///
/// # Errors
/// [`crate::error::CheckpointError::Incomplete`] for the first part that does not match.
pub fn verify(checkpoint: &Checkpoint) -> Result<ModelReport, GenerateError> {
    let report = ModelReport::new(checkpoint)?;
    for (name, part) in report.parts() {
        part.require_complete(name, &checkpoint.path)?;
    }
    Ok(report)
}
