//! How the tensors of a model match the networks of AnimateDiff.

use crate::checkpoint::{Animated, LoadReport, SdParts};
use crate::error::GenerateError;
use crate::model::animatediff::MotionUnet;
use crate::model::autoencoder::{VaeDecoder, VaeEncoder};
use crate::model::clip::ClipText;
use crate::pipeline::parts_report::PartsReport;

/// Compares names and shapes; reads no weights.
pub(super) fn report(parts: &Animated<SdParts>) -> Result<PartsReport, GenerateError> {
    let (vae, text) = (&parts.base.vae, &parts.base.text_encoder);
    let unet = parts.unet_with(&parts.base.unet);
    let mut halves = VaeEncoder::parameters(&vae.config)?;
    halves.extend(VaeDecoder::parameters(&vae.config)?);
    let unet_report = LoadReport::new(&unet, &MotionUnet::parameters(&unet.config)?);
    let text_report = LoadReport::new(text, &ClipText::parameters(&text.config)?);
    Ok(PartsReport::new(vec![
        ("unet", unet_report),
        ("vae", LoadReport::new(vae, &halves)),
        ("text_encoder", text_report),
    ]))
}
