//! The table of model families: how each is recognised by its tensors, and which code reads it.
//!
//! A model is identified by its tensors, not by file names. To add a family, add a row, a variant of [`Parts`], and a
//! folder beside `svd`.

use std::sync::Arc;

use super::animatediff::{self, Animated, MotionModule};
use super::defaults::ModelDefaults;
use super::folder::{Folder, PartFiles};
use super::kind::{Kind, Prefer};
use super::networks::Networks;
use super::opened::Opened;
use super::sd::{self, SdParts};
use super::single_file;
use super::svd::{self, SvdParts};
use super::tensors::TensorFile;
use crate::error::CheckpointError;

/// The networks and settings of a model, by family.
#[derive(Debug, Clone)]
pub enum Parts {
    /// Stable Video Diffusion, and SV3D, which has the same networks.
    Svd(Box<SvdParts>),
    /// Stable Diffusion 1 and 2, which make pictures from text.
    Sd(Box<SdParts>),
    /// AnimateDiff, which makes clips from text: a model of Stable Diffusion with motion modules.
    AnimateDiff(Box<Animated<SdParts>>),
}

impl Parts {
    /// The parts without their family.
    pub(super) fn networks(&self) -> &dyn Networks {
        match self {
            Self::Svd(parts) => &**parts,
            Self::Sd(parts) => &**parts,
            Self::AnimateDiff(parts) => &**parts,
        }
    }
}

/// A model with motion modules from another file: its kind, parts and defaults.
pub(super) fn with_motion(
    parts: &Parts,
    defaults: &ModelDefaults,
    module: MotionModule,
) -> Result<(Kind, Parts, ModelDefaults), CheckpointError> {
    let base = match parts {
        Parts::Sd(parts) => (**parts).clone(),
        // The modules of the folder are replaced.
        Parts::AnimateDiff(parts) => parts.base.clone(),
        Parts::Svd(_) => {
            return Err(CheckpointError::MotionModule {
                reason: "the model does not make pictures from words".to_owned(),
                path: module.path,
            });
        }
    };
    let parts = Animated::joined(base, module);
    let (kind, defaults) = (parts.kind(), parts.defaults(defaults));
    Ok((kind, Parts::AnimateDiff(Box::new(parts)), defaults))
}

/// A row of the table.
struct Row {
    /// The denoising network in a diffusers folder.
    denoiser: PartFiles,
    /// Subfolders that show that a folder is a diffusers model.
    folders: &'static [&'static str],
    /// Recognises the denoising network in a diffusers folder by its tensors.
    is_in_folder: fn(&[TensorFile]) -> bool,
    /// Recognises a single file in the original layout by its tensors.
    is_in_file: fn(&TensorFile) -> bool,
    /// Opens a folder, given the weight files of its denoising network or the reason why they could not be opened.
    open_folder: fn(&Folder, Prefer, Weights) -> Result<Opened<Parts>, CheckpointError>,
    /// Opens a single file.
    open_file: fn(&Arc<TensorFile>) -> Result<Opened<Parts>, CheckpointError>,
}

/// The weight files of a part.
type Weights = Result<Vec<TensorFile>, CheckpointError>;

/// The first row that recognises a model opens it.
///
/// | family | recognised by |
/// | --- | --- |
/// | SVD, SV3D | blocks of the UNet that mix spatial and temporal results (`time_mixer`, `time_stack`) |
/// | AnimateDiff | a UNet for pictures with `motion_modules` |
/// | SD 1, SD 2 | a UNet that attends to a prompt (`attn2`) and has nothing temporal |
///
/// A folder of SD that has motion modules beside the UNet is AnimateDiff's too.
const FAMILIES: [Row; 3] = [
    Row {
        denoiser: svd::UNET,
        folders: &svd::FOLDERS,
        is_in_folder: svd::is_in_folder,
        is_in_file: svd::is_in_file,
        open_folder: |folder, prefer, unet| {
            Ok(svd::open_folder(folder, prefer, unet)?.map(|parts| Parts::Svd(Box::new(parts))))
        },
        open_file: |file| Ok(svd::open_file(file)?.map(|parts| Parts::Svd(Box::new(parts)))),
    },
    Row {
        denoiser: animatediff::UNET,
        folders: &animatediff::FOLDERS,
        is_in_folder: animatediff::is_in_folder,
        // Single files with both do not exist.
        is_in_file: |_| false,
        open_folder: |folder, prefer, unet| {
            let (unet, module) = animatediff::split(folder, unet?)?;
            let base = sd::open_with(folder, prefer, unet)?;
            Ok(animated(base, module))
        },
        open_file: |file| Err(single_file::unknown(file)),
    },
    Row {
        denoiser: sd::UNET,
        folders: &sd::FOLDERS,
        is_in_folder: sd::is_in_folder,
        is_in_file: sd::is_in_file,
        open_folder: |folder, prefer, unet| {
            let opened = sd::open_folder(folder, prefer, unet)?;
            Ok(match MotionModule::beside(folder, prefer)? {
                Some(module) => animated(opened, module),
                None => opened.map(|parts| Parts::Sd(Box::new(parts))),
            })
        },
        open_file: |file| Ok(sd::open_file(file)?.map(|parts| Parts::Sd(Box::new(parts)))),
    },
];

/// A model of Stable Diffusion with the motion modules of its folder.
fn animated(base: Opened<SdParts>, module: MotionModule) -> Opened<Parts> {
    Animated::in_folder(base, module).map(|parts| Parts::AnimateDiff(Box::new(parts)))
}

/// Subfolders that show that a folder is a diffusers model of some family.
pub(super) fn folders() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|row| row.folders).copied()
}

/// Opens a diffusers folder. If no family recognises it, the first one reports what is missing.
pub(super) fn open_folder(
    folder: &Folder,
    prefer: Prefer,
) -> Result<Opened<Parts>, CheckpointError> {
    let [first, others @ ..] = &FAMILIES;
    let weights = folder.weights(first.denoiser, prefer);
    let knows = |row: &Row, weights: &Weights| {
        let files = weights.as_deref();
        files.is_ok_and(|files| (row.is_in_folder)(files))
    };
    if !knows(first, &weights) {
        for row in others {
            let weights = folder.weights(row.denoiser, prefer);
            if knows(row, &weights) {
                return (row.open_folder)(folder, prefer, weights);
            }
        }
    }
    (first.open_folder)(folder, prefer, weights)
}

/// Opens a single file in the original layout.
pub(super) fn open_file(file: &Arc<TensorFile>) -> Result<Opened<Parts>, CheckpointError> {
    let row = FAMILIES.iter().find(|row| (row.is_in_file)(file));
    match row {
        Some(row) => (row.open_file)(file),
        None => Err(single_file::unknown(file)),
    }
}
