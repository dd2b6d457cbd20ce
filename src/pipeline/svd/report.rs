//! How the tensors of a model match what the networks of Stable Video Diffusion ask for.

use crate::checkpoint::{LoadReport, SvdParts};
use crate::error::GenerateError;
use crate::model::autoencoder::{VaeDecoder, VaeEncoder};
use crate::model::clip::ClipVision;
use crate::model::svd::Unet;
use crate::pipeline::model_report::ModelReport;

/// Compares names and shapes; reads no weights.
pub(super) fn report(parts: &SvdParts) -> Result<ModelReport, GenerateError> {
    let (unet, vae, tower) = (&parts.unet, &parts.vae, &parts.image_encoder);
    let mut halves = VaeEncoder::parameters(&vae.config)?;
    halves.extend(VaeDecoder::parameters(&vae.config)?);
    let unet_report = LoadReport::new(unet, &Unet::parameters(&unet.config)?);
    let tower_report = LoadReport::new(tower, &ClipVision::parameters(&tower.config)?);
    Ok(ModelReport::new(vec![
        ("unet", unet_report),
        ("vae", LoadReport::new(vae, &halves)),
        ("image_encoder", tower_report),
    ]))
}
