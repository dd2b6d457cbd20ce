//! Diffusers folders of this family.

use super::kinds::{defaults, kind_of};
use super::parts::SdParts;
use crate::checkpoint::config::{ClipTextConfig, DiscreteSchedulerConfig, Unet2dConfig, VaeConfig};
use crate::checkpoint::folder::{Folder, PartFiles};
use crate::checkpoint::kind::Prefer;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::parts::Part;
use crate::checkpoint::tensors::TensorFile;
use crate::checkpoint::tokenizer::{Padding, Tokenizer};
use crate::error::CheckpointError;

/// The UNet.
pub(in crate::checkpoint) const UNET: PartFiles = PartFiles {
    folder: "unet",
    stem: "diffusion_pytorch_model",
    title: "its UNet",
};
/// The autoencoder.
const VAE: PartFiles = PartFiles {
    folder: "vae",
    stem: "diffusion_pytorch_model",
    title: "its VAE",
};
/// The text tower.
const TEXT_ENCODER: PartFiles = PartFiles {
    folder: "text_encoder",
    stem: "model",
    title: "its text encoder",
};
/// A prefix of names that transformers 5 omits, although all published files have it.
const TEXT_LEVEL: &str = "text_model.";

/// The schedulers that have a sampler here; PNDM's is DDIM.
const SCHEDULERS: [&str; 5] = [
    "DDIMScheduler",
    "PNDMScheduler",
    "EulerDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "LCMScheduler",
];

/// Subfolders that show that a folder is a model of this family.
pub(in crate::checkpoint) const FOLDERS: [&str; 3] = [UNET.folder, VAE.folder, TEXT_ENCODER.folder];

/// Whether these files hold a UNet of this family, which attends to a prompt and has nothing temporal.
pub(in crate::checkpoint) fn is_in_folder(files: &[TensorFile]) -> bool {
    let any = |wanted: fn(&str) -> bool| {
        let mut tensors = files.iter().flat_map(TensorFile::tensors);
        tensors.any(|info| wanted(&info.name))
    };
    any(|name| name.starts_with("mid_block.") && name.ends_with(".attn2.to_k.weight"))
        && any(|name| name == "conv_in.weight")
        && !any(|name| name.contains("time_mixer") || name.contains("motion_modules"))
}

/// Opens a diffusers folder of this family, given the weight files of its UNet.
pub(in crate::checkpoint) fn open_folder(
    folder: &Folder,
    prefer: Prefer,
    unet: Result<Vec<TensorFile>, CheckpointError>,
) -> Result<Opened<SdParts>, CheckpointError> {
    open_with(folder, prefer, folder.part_of(UNET, unet)?)
}

/// Opens a diffusers folder of this family, given its UNet.
pub(in crate::checkpoint) fn open_with(
    folder: &Folder,
    prefer: Prefer,
    unet: Part<Unet2dConfig>,
) -> Result<Opened<SdParts>, CheckpointError> {
    let vae: Part<VaeConfig> = folder.part(VAE, prefer)?;
    let mut text_encoder: Part<ClipTextConfig> = folder.part(TEXT_ENCODER, prefer)?;
    text_encoder.strip(TEXT_LEVEL);
    let padding = Padding::of_width(text_encoder.config.hidden_size);
    let path = folder.path();
    let scheduler: DiscreteSchedulerConfig =
        folder.config("scheduler/scheduler_config.json", "its scheduler")?;
    let foreign = scheduler
        .class
        .iter()
        .filter(|class| !SCHEDULERS.contains(&class.as_str()));
    let warnings = foreign
        .map(|class| {
            format!(
                "Kinora does not have the model's scheduler, {class}; it uses another one with the \
                 same noise schedule."
            )
        })
        .collect();
    Ok(Opened {
        kind: kind_of(&unet.config),
        defaults: defaults(path, &unet.config, vae.config.scale()),
        parts: SdParts {
            unet: unet.squeezed(is_projection),
            vae,
            text_encoder,
            tokenizer: Tokenizer::of_folder(folder, padding)?,
            scheduler,
        },
        warnings,
    })
}

/// Whether a tensor is a projection of a transformer, which may be stored as a 1×1 convolution.
pub(super) fn is_projection(name: &str) -> bool {
    name.contains(".attentions.")
        && (name.ends_with(".proj_in.weight") || name.ends_with(".proj_out.weight"))
}
