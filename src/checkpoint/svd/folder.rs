//! Diffusers folders of this family.

use super::kinds::kind_of;
use super::norm_eps::NormEps;
use super::parts::SvdParts;
use crate::checkpoint::config::UnetConfig;
use crate::checkpoint::defaults::ModelDefaults;
use crate::checkpoint::folder::{Folder, PartFiles};
use crate::checkpoint::kind::Prefer;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::parts::Part;
use crate::checkpoint::tensors::TensorFile;
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
/// The image encoder.
const IMAGE_ENCODER: PartFiles = PartFiles {
    folder: "image_encoder",
    stem: "model",
    title: "its image encoder",
};

/// Subfolders that show that a folder is a model of this family.
pub(in crate::checkpoint) const FOLDERS: [&str; 3] =
    [UNET.folder, VAE.folder, IMAGE_ENCODER.folder];

/// Whether these files hold a UNet of this family, whose blocks mix spatial and temporal results.
pub(in crate::checkpoint) fn is_in_folder(files: &[TensorFile]) -> bool {
    let mut tensors = files.iter().flat_map(TensorFile::tensors);
    tensors.any(|info| info.name.ends_with(".time_mixer.mix_factor"))
}

/// Opens a diffusers folder of this family, given the weight files of its UNet.
pub(in crate::checkpoint) fn open_folder(
    folder: &Folder,
    prefer: Prefer,
    unet: Result<Vec<TensorFile>, CheckpointError>,
) -> Result<Opened<SvdParts>, CheckpointError> {
    let unet: Part<UnetConfig> = folder.part_of(UNET, unet)?;
    let frames = unet.config.num_frames;
    let defaults = match folder.read("pocket.json")? {
        Some(bytes) => ModelDefaults::parse(&bytes, frames, &folder.join("pocket.json"))?,
        None => ModelDefaults::for_frames(frames),
    };
    Ok(Opened {
        kind: kind_of(&unet.config),
        parts: SvdParts {
            norm_eps: NormEps::Diffusers,
            vae: folder.part(VAE, prefer)?,
            image_encoder: folder.part(IMAGE_ENCODER, prefer)?,
            scheduler: folder.config("scheduler/scheduler_config.json", "its scheduler")?,
            feature_extractor: folder.config(
                "feature_extractor/preprocessor_config.json",
                "its feature extractor",
            )?,
            unet,
        },
        defaults,
        warnings: Vec::new(),
    })
}
