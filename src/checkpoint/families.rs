//! The families of models, one row each: how a family's tensors are told from others', and who reads them.
//!
//! What a model is gets decided by its tensors, not by the names of its files. A new family is a row here with a variant
//! of [`Parts`], and a folder of its own beside `svd`.

use std::sync::Arc;

use super::folder::{Folder, Place};
use super::kind::Prefer;
use super::networks::Networks;
use super::opened::Opened;
use super::single_file;
use super::svd::{self, SvdParts};
use super::tensors::TensorFile;
use crate::error::CheckpointError;

/// The networks and settings of a model, by family.
#[derive(Debug, Clone)]
pub enum Parts {
    /// Of Stable Video Diffusion, and of SV3D, which has the same networks.
    Svd(Box<SvdParts>),
}

impl Parts {
    /// What can be asked whatever the family.
    pub(super) fn networks(&self) -> &dyn Networks {
        match self {
            Self::Svd(parts) => &**parts,
        }
    }
}

/// One row of the table.
struct Family {
    /// Where a diffusers folder has the denoising network.
    denoiser: Place,
    /// Folders of a diffusers model by which it is seen to be one.
    folders: &'static [&'static str],
    /// Whether the denoising network of a folder is of this family, from its tensors in diffusers' names.
    is_in_folder: fn(&[TensorFile]) -> bool,
    /// Whether a single file is of this family, from its tensors in the original names.
    is_in_file: fn(&TensorFile) -> bool,
    /// Reads a folder; the denoising network's files are open already, or could not be opened.
    open_folder: fn(&Folder, Prefer, Weights) -> Result<Opened<Parts>, CheckpointError>,
    /// Reads a single file.
    open_file: fn(&Arc<TensorFile>) -> Result<Opened<Parts>, CheckpointError>,
}

/// The weight files of a part.
type Weights = Result<Vec<TensorFile>, CheckpointError>;

/// The first row that knows a model opens it.
///
/// | family | told by |
/// | --- | --- |
/// | SVD, SV3D | every block of the UNet mixes space and time (`time_mixer`, `time_stack`) |
const FAMILIES: [Family; 1] = [Family {
    denoiser: svd::UNET,
    folders: &svd::FOLDERS,
    is_in_folder: svd::is_in_folder,
    is_in_file: svd::is_in_file,
    open_folder: |folder, prefer, unet| {
        Ok(svd::open_folder(folder, prefer, unet)?.map(|parts| Parts::Svd(Box::new(parts))))
    },
    open_file: |file| Ok(svd::open_file(file)?.map(|parts| Parts::Svd(Box::new(parts)))),
}];

/// Names of folders by which a diffusers model is seen to be one.
pub(super) fn folders() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.folders).copied()
}

/// Reads a diffusers folder. One that no family knows is read by the first, whose complaint says what it lacks.
pub(super) fn open_folder(
    folder: &Folder,
    prefer: Prefer,
) -> Result<Opened<Parts>, CheckpointError> {
    let [first, others @ ..] = &FAMILIES;
    let weights = folder.weights(first.denoiser, prefer);
    let knows = |family: &Family, weights: &Weights| {
        let files = weights.as_deref();
        files.is_ok_and(|files| (family.is_in_folder)(files))
    };
    if !knows(first, &weights) {
        for family in others {
            let weights = folder.weights(family.denoiser, prefer);
            if knows(family, &weights) {
                return (family.open_folder)(folder, prefer, weights);
            }
        }
    }
    (first.open_folder)(folder, prefer, weights)
}

/// Reads a single file in the original layout.
pub(super) fn open_file(file: &Arc<TensorFile>) -> Result<Opened<Parts>, CheckpointError> {
    let family = FAMILIES.iter().find(|family| (family.is_in_file)(file));
    match family {
        Some(family) => (family.open_file)(file),
        None => Err(single_file::unknown(file)),
    }
}
