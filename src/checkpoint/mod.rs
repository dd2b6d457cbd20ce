//! Weight files by name: what a model is, its configurations, and its tensors under diffusers'
//! names, whatever the layout of the files.
//!
//! Owns reading, recognising and renaming. Knows nothing of burn, devices or networks: a network
//! asks a [`Part`] for tensors and reports with a [`LoadReport`].
//!
//! ```text
//! Checkpoint::open(path)  → kind, configurations, Part<UnetConfig>, Part<VaeConfig>, …
//! LoadReport::new(part, expected) → matched, missing, unexpected, wrong shape
//! part.get(name)?.to_f32() / to_vec::<f16>() → values, checked for NaN
//! ```

pub mod census;
pub mod config;
pub mod convert;
mod defaults;
mod describe;
mod folder;
mod foreign;
mod kind;
pub mod lora;
mod parts;
mod released;
mod report;
mod single_file;
mod tensors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use config::{ClipVisionConfig, FeatureExtractor, SchedulerConfig, UnetConfig, VaeConfig};
pub use convert::Weight;
pub use defaults::Defaults;
pub use describe::{Description, Identity, LoraDescription, PartDescription, identify};
pub use folder::Folder;
pub use kind::{Kind, Layout, NormEps, Prefer};
pub use parts::{Entry, Part, Transform};
pub use report::{LoadReport, WrongDtype, WrongShape};
pub use tensors::{Dtype, TensorFile, TensorInfo, TensorView};

use crate::error::CheckpointError;

/// Licence texts above this are not shown.
const MOST_LICENCE_BYTES: usize = 1 << 18;

/// A model on disk or in the program, opened and checked, with nothing placed yet.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The folder or file it was opened from.
    pub path: PathBuf,
    /// Which published model it is.
    pub kind: Kind,
    /// How its files are laid out.
    pub layout: Layout,
    /// Which of the two references' GroupNorm constants to use; see [`NormEps`].
    pub norm_eps: NormEps,
    /// The spatio-temporal UNet.
    pub unet: Part<UnetConfig>,
    /// The autoencoder.
    pub vae: Part<VaeConfig>,
    /// The CLIP vision tower.
    pub image_encoder: Part<ClipVisionConfig>,
    /// The noise schedule.
    pub scheduler: SchedulerConfig,
    /// How pixels are normalised for the image encoder.
    pub feature_extractor: FeatureExtractor,
    /// What it is asked for when the user says nothing.
    pub defaults: Defaults,
    /// The licence text that lies beside it.
    pub licence: Option<String>,
    /// What had to be assumed, in sentences for the user.
    pub warnings: Vec<String>,
}

impl Checkpoint {
    /// Opens a diffusers folder, an original single file, or a folder with one single file in it.
    ///
    /// Reads headers and configurations only.
    ///
    /// # Errors
    /// When a part is missing, a file is unreadable, damaged or of another format, a
    /// configuration cannot be used, or the parts do not fit each other.
    pub fn open(path: &Path, prefer: Prefer) -> Result<Self, CheckpointError> {
        let about = std::fs::metadata(path).map_err(|e| CheckpointError::Unreadable {
            path: path.to_owned(),
            reason: e.to_string(),
        })?;
        if about.is_dir() {
            return Self::open_folder(path, prefer);
        }
        match path.parent() {
            Some(parent)
                if path
                    .file_name()
                    .is_some_and(|name| name == "model_index.json") =>
            {
                Self::open_folder(parent, prefer)
            }
            _ => Self::open_single(path),
        }
    }

    /// Opens a diffusers folder whose files are part of the program.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn embedded(
        label: &Path,
        files: &'static [(&'static str, &'static [u8])],
    ) -> Result<Self, CheckpointError> {
        let label = label.to_owned();
        Self::from_folder(&Folder::Embedded { label, files }, Prefer::Full)
    }

    fn open_folder(path: &Path, prefer: Prefer) -> Result<Self, CheckpointError> {
        let folder = Folder::Disk(path.to_owned());
        let parts = [folder::UNET, folder::VAE, folder::IMAGE_ENCODER];
        if folder.has("model_index.json")
            || parts.iter().any(|part| path.join(part.folder).is_dir())
        {
            return Self::from_folder(&folder, prefer);
        }
        let mut files = folder.list("");
        files.retain(|name| name.ends_with(".safetensors"));
        let reason = match files.as_slice() {
            [only] => return Self::open_single(&path.join(only)),
            [] => "it has neither unet/ nor a .safetensors file".to_owned(),
            several => format!("it has several .safetensors files: {}", several.join(", ")),
        };
        Err(CheckpointError::NoModel {
            reason,
            path: path.to_owned(),
        })
    }

    fn from_folder(folder: &Folder, prefer: Prefer) -> Result<Self, CheckpointError> {
        let unet: Part<UnetConfig> = folder.part(folder::UNET, prefer)?;
        let frames = unet.config.num_frames;
        let defaults = match folder.read("pocket.json")? {
            Some(bytes) => Defaults::parse(&bytes, frames, &folder.join("pocket.json"))?,
            None => Defaults::for_frames(frames),
        };
        let checkpoint = Self {
            path: folder.path().to_owned(),
            kind: Kind::of(&unet.config),
            layout: Layout::Folder,
            norm_eps: NormEps::Diffusers,
            vae: folder.part(folder::VAE, prefer)?,
            image_encoder: folder.part(folder::IMAGE_ENCODER, prefer)?,
            scheduler: folder.config("scheduler/scheduler_config.json", "its scheduler")?,
            feature_extractor: folder.config(
                "feature_extractor/preprocessor_config.json",
                "its feature extractor",
            )?,
            defaults,
            licence: licence(folder),
            warnings: Vec::new(),
            unet,
        };
        checkpoint.check_parts()?;
        Ok(checkpoint)
    }

    fn open_single(path: &Path) -> Result<Self, CheckpointError> {
        let file = Arc::new(TensorFile::open(path)?);
        let read = single_file::read(&file)?;
        let folder = Folder::Disk(path.parent().unwrap_or(Path::new("")).to_owned());
        let checkpoint = Self {
            path: path.to_owned(),
            kind: read.kind,
            layout: Layout::SingleFile,
            norm_eps: NormEps::Diffusers,
            unet: read.unet,
            vae: read.vae,
            image_encoder: read.image_encoder,
            scheduler: read.scheduler,
            feature_extractor: FeatureExtractor::default(),
            defaults: read.defaults,
            licence: licence(&folder),
            warnings: read.warnings,
        };
        checkpoint.check_parts()?;
        Ok(checkpoint)
    }

    /// Refuses models that are recognised and cannot be run.
    ///
    /// # Errors
    /// For SV3D, and for schedules other than SVD's.
    pub fn require_supported(&self) -> Result<(), CheckpointError> {
        self.sigma_range()?;
        match self.kind {
            Kind::Sv3dU | Kind::Sv3dP => Err(CheckpointError::Unsupported {
                kind: self.kind.title(),
                path: self.path.clone(),
            }),
            Kind::Svd | Kind::SvdXt | Kind::Custom => Ok(()),
        }
    }

    /// The noise levels `(σ_min, σ_max)` between which this model is sampled.
    ///
    /// # Errors
    /// When its scheduler is not SVD's.
    pub fn sigma_range(&self) -> Result<(f64, f64), CheckpointError> {
        self.scheduler
            .edm_range()
            .map_err(|flaw| flaw.at(&self.path.join("scheduler/scheduler_config.json")))
    }

    /// Checks the figures that two parts must share, as diffusers' pipeline relies on them.
    fn check_parts(&self) -> Result<(), CheckpointError> {
        let (unet, vae) = (&self.unet.config, &self.vae.config);
        let latent = vae.latent_channels;
        let projection = self.image_encoder.config.projection_dim;
        let last = unet.levels().saturating_sub(1);
        let context = (0..unet.levels())
            .filter(|&level| level == last || unet.down_attends(level) || unet.up_attends(level))
            .map(|level| unet.context(level))
            .find(|&context| context != projection);
        let ids = unet.projection_class_embeddings_input_dim;
        let each = unet.addition_time_embed_dim;
        let reason = if unet.in_channels != 2 * latent || unet.out_channels != latent {
            format!(
                "the VAE has {latent} latent channels, the UNet takes {} and gives {}",
                unet.in_channels, unet.out_channels
            )
        } else if let Some(context) = context {
            format!("the image encoder gives {projection} values, the UNet attends to {context}")
        } else if vae.in_channels != 3 || vae.out_channels != 3 {
            format!(
                "the VAE turns {} channels into {}, not 3",
                vae.in_channels, vae.out_channels
            )
        } else if ids != 3 * each && !self.kind.is_orbital() {
            format!("the UNet takes {ids} values of added ids, not 3 × {each}")
        } else {
            return Ok(());
        };
        Err(CheckpointError::PartsDisagree {
            reason,
            path: self.path.clone(),
        })
    }
}

/// The text of the first LICENSE file at the top of a folder.
fn licence(folder: &Folder) -> Option<String> {
    let names = folder.list("");
    let name = names.iter().find(|name| {
        let name = name.to_ascii_uppercase();
        name.starts_with("LICENSE") || name.starts_with("LICENCE")
    })?;
    // A licence that cannot be read is no reason to refuse the model.
    let bytes = folder.read(name).ok().flatten()?;
    let text = String::from_utf8_lossy(bytes.get(..MOST_LICENCE_BYTES).unwrap_or(&bytes));
    Some(text.into_owned())
}
