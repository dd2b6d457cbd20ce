//! How the tensors of a model match the networks of Stable Diffusion.

use crate::checkpoint::{LoadReport, SdParts};
use crate::error::GenerateError;
use crate::model::autoencoder::{VaeDecoder, VaeEncoder};
use crate::model::clip::ClipText;
use crate::model::unet2d::Unet2d;
use crate::pipeline::parts_report::PartsReport;

/// Compares names and shapes; reads no weights.
pub(super) fn report(parts: &SdParts) -> Result<PartsReport, GenerateError> {
    let (unet, vae, text) = (&parts.unet, &parts.vae, &parts.text_encoder);
    let mut halves = VaeEncoder::parameters(&vae.config)?;
    halves.extend(VaeDecoder::parameters(&vae.config)?);
    let unet_report = LoadReport::new(unet, &Unet2d::parameters(&unet.config)?);
    let text_report = LoadReport::new(text, &ClipText::parameters(&text.config)?);
    Ok(PartsReport::new(vec![
        ("unet", unet_report),
        ("vae", LoadReport::new(vae, &halves)),
        ("text_encoder", text_report),
    ]))
}
