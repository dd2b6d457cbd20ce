//! A diffusers folder of this family.

use super::kinds::kind_of;
use super::norm_eps::NormEps;
use super::parts::SvdParts;
use crate::checkpoint::config::UnetConfig;
use crate::checkpoint::defaults::Defaults;
use crate::checkpoint::folder::{Folder, Place};
use crate::checkpoint::kind::Prefer;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::parts::Part;
use crate::checkpoint::tensors::TensorFile;
use crate::error::CheckpointError;

/// Where the UNet lies.
pub(in crate::checkpoint) const UNET: Place = Place {
    folder: "unet",
    stem: "diffusion_pytorch_model",
    title: "its UNet",
};
/// Where the autoencoder lies.
const VAE: Place = Place {
    folder: "vae",
    stem: "diffusion_pytorch_model",
    title: "its VAE",
};
/// Where the image encoder lies.
const IMAGE_ENCODER: Place = Place {
    folder: "image_encoder",
    stem: "model",
    title: "its image encoder",
};

/// Folders by which a model of this family is seen to be one.
pub(in crate::checkpoint) const FOLDERS: [&str; 3] =
    [UNET.folder, VAE.folder, IMAGE_ENCODER.folder];

/// Whether these files hold a UNet of this family: its blocks mix space and time.
pub(in crate::checkpoint) fn is_in_folder(files: &[TensorFile]) -> bool {
    let mut tensors = files.iter().flat_map(TensorFile::tensors);
    tensors.any(|info| info.name.ends_with(".time_mixer.mix_factor"))
}

/// Opens a diffusers folder of this family, whose UNet's weight files are open already.
pub(in crate::checkpoint) fn open_folder(
    folder: &Folder,
    prefer: Prefer,
    unet: Result<Vec<TensorFile>, CheckpointError>,
) -> Result<Opened<SvdParts>, CheckpointError> {
    let unet: Part<UnetConfig> = folder.part_of(UNET, unet)?;
    let frames = unet.config.num_frames;
    let defaults = match folder.read("pocket.json")? {
        Some(bytes) => Defaults::parse(&bytes, frames, &folder.join("pocket.json"))?,
        None => Defaults::for_frames(frames),
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
