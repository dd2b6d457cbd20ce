//! The error for a single file that no family recognises.

use super::layout::UNET_PREFIX;
use crate::checkpoint::tensors::TensorFile;
use crate::error::CheckpointError;

/// Explains why a single file cannot be opened as a model.
pub(in crate::checkpoint) fn unknown(file: &TensorFile) -> CheckpointError {
    let reason = if file.has_prefix(UNET_PREFIX) {
        "its UNet has no temporal layers, and the file lacks parts of Stable Diffusion 1 or 2"
            .to_owned()
    } else {
        look(file)
    };
    CheckpointError::UnknownModel {
        reason,
        path: file.path().to_owned(),
    }
}

/// What a file without a UNet in this layout appears to be.
fn look(file: &TensorFile) -> String {
    let first = file.tensors().first().map_or("", |info| info.name.as_str());
    let lora =
        |name: &str| name.contains("lora_") || name.contains(".lora.") || name.contains("_lora.");
    if file.tensors().is_empty() {
        "it holds no tensors".to_owned()
    } else if file.tensors().iter().any(|info| lora(&info.name)) {
        "it is a LoRA, to be used together with a model".to_owned()
    } else if file
        .tensors()
        .iter()
        .any(|info| info.name.contains("motion_modules."))
    {
        "it is an AnimateDiff motion module, to be used together with a model".to_owned()
    } else if file.has_prefix("down_blocks.") && file.has_prefix("up_blocks.") {
        "it is the UNet alone; choose the folder that holds unet/, vae/ and image_encoder/"
            .to_owned()
    } else if file.has_prefix("encoder.") && file.has_prefix("decoder.") {
        "it is a VAE alone; choose the folder that holds unet/, vae/ and image_encoder/".to_owned()
    } else if file.has_prefix("vision_model.") {
        "it is an image encoder alone; choose the folder that holds unet/, vae/ and image_encoder/"
            .to_owned()
    } else {
        format!("its first tensor is {first}")
    }
}
