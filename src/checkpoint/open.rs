//! Opening a model from a folder or a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::animatediff::MotionModule;
use super::config::Unet2dConfig;
use super::defaults::ModelDefaults;
use super::families::{self, Parts};
use super::fingerprint::Print;
use super::folder::Folder;
use super::kind::{FileLayout, Kind, Prefer};
use super::lora::Targets;
use super::opened::Opened;
use super::tensors::TensorFile;
use crate::error::{CheckpointError, excerpt};

/// Licence texts above this size in bytes are not shown.
const MOST_LICENCE_BYTES: usize = 1 << 18;

/// A model on disk or in the program: opened and checked, but not loaded.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The folder or file it was opened from.
    pub path: PathBuf,
    /// Which published model it is.
    pub kind: Kind,
    /// The layout of its files.
    pub layout: FileLayout,
    /// Its networks and settings, by family.
    pub parts: Parts,
    /// Its default settings.
    pub defaults: ModelDefaults,
    /// The text of its licence file.
    pub licence: Option<String>,
    /// Assumptions that had to be made, as sentences for the user.
    pub warnings: Vec<String>,
}

impl Checkpoint {
    /// Opens a diffusers folder, an original single file, or a folder with one single file in it.
    ///
    /// Reads headers and configurations only.
    ///
    /// # Errors
    /// If a part is missing, a file is unreadable, damaged or of another format, a configuration is unusable, or the
    /// parts do not fit each other.
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
    /// Same as [`Checkpoint::open`].
    pub fn embedded(
        label: &Path,
        files: &'static [(&'static str, &'static [u8])],
    ) -> Result<Self, CheckpointError> {
        let label = label.to_owned();
        Self::from_folder(&Folder::Embedded { label, files }, Prefer::Full)
    }

    fn open_folder(path: &Path, prefer: Prefer) -> Result<Self, CheckpointError> {
        let folder = Folder::Disk(path.to_owned());
        if folder.has("model_index.json")
            || families::folders().any(|part| path.join(part).is_dir())
        {
            return Self::from_folder(&folder, prefer);
        }
        let mut files = folder.list("");
        files.retain(|name| name.ends_with(".safetensors"));
        let reason = match files.as_slice() {
            [only] => return Self::open_single(&path.join(only)),
            [] => "it has neither unet/ nor a .safetensors file".to_owned(),
            several => format!(
                "it has several .safetensors files: {}",
                excerpt(several.join(", "))
            ),
        };
        Err(CheckpointError::NoModel {
            reason,
            path: path.to_owned(),
        })
    }

    fn from_folder(folder: &Folder, prefer: Prefer) -> Result<Self, CheckpointError> {
        let opened = families::open_folder(folder, prefer)?;
        Self::checked(folder.path(), FileLayout::Folder, opened, licence(folder))
    }

    fn open_single(path: &Path) -> Result<Self, CheckpointError> {
        let file = Arc::new(TensorFile::open(path)?);
        let opened = families::open_file(&file)?;
        let folder = Folder::Disk(path.parent().unwrap_or(Path::new("")).to_owned());
        Self::checked(path, FileLayout::SingleFile, opened, licence(&folder))
    }

    fn checked(
        path: &Path,
        layout: FileLayout,
        opened: Opened<Parts>,
        licence: Option<String>,
    ) -> Result<Self, CheckpointError> {
        opened.parts.networks().check(opened.kind, path)?;
        Ok(Self {
            path: path.to_owned(),
            kind: opened.kind,
            layout,
            parts: opened.parts,
            defaults: opened.defaults,
            licence,
            warnings: opened.warnings,
        })
    }

    /// The same model with these motion modules, which makes clips. Its fingerprint stays that of the model.
    ///
    /// # Errors
    /// If the model is not one that motion modules are made for, or the modules are incomplete.
    pub fn with_motion_module(self, module: MotionModule) -> Result<Self, CheckpointError> {
        let complete = module.require_complete();
        let (kind, parts, defaults) = families::with_motion(&self.parts, &self.defaults, module)?;
        parts.networks().check(kind, &self.path)?;
        complete?;
        Ok(Self {
            kind,
            parts,
            defaults,
            ..self
        })
    }

    /// The UNet that motion modules can be added to; `None` if the model makes no pictures from words, or has modules.
    #[must_use]
    pub fn picture_unet(&self) -> Option<&Unet2dConfig> {
        self.parts.networks().picture_unet()
    }

    /// The motion modules that were added to the model from another file.
    #[must_use]
    pub fn motion_module(&self) -> Option<&MotionModule> {
        match &self.parts {
            Parts::AnimateDiff(parts) => parts.own_schedule().map(|_| &parts.motion),
            Parts::Svd(_) | Parts::Sd(_) => None,
        }
    }

    /// Refuses models that Kinora recognises but cannot run.
    ///
    /// # Errors
    /// For SV3D, and for schedules that its family cannot be sampled with.
    pub fn require_supported(&self) -> Result<(), CheckpointError> {
        self.parts.networks().check_schedule(&self.path)?;
        if self.kind.runs() {
            return Ok(());
        }
        Err(CheckpointError::Unsupported {
            kind: self.kind.title(),
            path: self.path.clone(),
        })
    }

    /// Whether it is named like a model that was distilled to few steps (AnimateLCM-SVD). Its tensors do not show that,
    /// so this is only a hint.
    #[must_use]
    pub fn is_named_few_step(&self) -> bool {
        self.parts.networks().is_named_few_step(&self.path)
    }

    /// The fingerprint of its weights: 16 hexadecimal digits. A diffusers folder and a single file with the same
    /// tensors have the same fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut print = Print::default();
        self.parts.networks().fingerprint(&mut print);
        print.digits()
    }

    /// The tensors that a LoRA can change.
    #[must_use]
    pub fn lora_targets(&self) -> Targets {
        self.parts.networks().lora_targets()
    }
}

/// The text of the first LICENSE file at the top of a folder.
fn licence(folder: &Folder) -> Option<String> {
    let names = folder.list("");
    let name = names.iter().find(|name| {
        let name = name.to_ascii_uppercase();
        name.starts_with("LICENSE") || name.starts_with("LICENCE")
    })?;
    // An unreadable licence is no reason to refuse the model.
    let bytes = folder.read(name).ok().flatten()?;
    let text = String::from_utf8_lossy(bytes.get(..MOST_LICENCE_BYTES).unwrap_or(&bytes));
    Some(text.into_owned())
}
