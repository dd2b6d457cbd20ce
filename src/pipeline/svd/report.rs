//! How the tensors of a model match the networks of Stable Video Diffusion.

use crate::checkpoint::{LoadReport, SvdParts};
use crate::error::GenerateError;
use crate::model::autoencoder::{VaeDecoder, VaeEncoder};
use crate::model::clip::ClipVision;
use crate::model::svd::Unet;
use crate::pipeline::parts_report::PartsReport;

/// Compares names and shapes; reads no weights.
pub(super) fn report(parts: &SvdParts) -> Result<PartsReport, GenerateError> {
    let (unet, vae, tower) = (&parts.unet, &parts.vae, &parts.image_encoder);
    let mut halves = VaeEncoder::parameters(&vae.config)?;
    halves.extend(VaeDecoder::parameters(&vae.config)?);
    let unet_report = LoadReport::new(unet, &Unet::parameters(&unet.config)?);
    let tower_report = LoadReport::new(tower, &ClipVision::parameters(&tower.config)?);
    Ok(PartsReport::new(vec![
        ("unet", unet_report),
        ("vae", LoadReport::new(vae, &halves)),
        ("image_encoder", tower_report),
    ]))
}
