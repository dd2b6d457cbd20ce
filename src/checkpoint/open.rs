//! Opening a model: a folder or a file becomes a [`Checkpoint`], whichever family it is of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::defaults::Defaults;
use super::families::{self, Parts};
use super::folder::Folder;
use super::kind::{Kind, Layout, Prefer};
use super::lora::Targets;
use super::opened::Opened;
use super::tensors::TensorFile;
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
    /// Its networks and settings, by family.
    pub parts: Parts,
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
            several => format!("it has several .safetensors files: {}", several.join(", ")),
        };
        Err(CheckpointError::NoModel {
            reason,
            path: path.to_owned(),
        })
    }

    fn from_folder(folder: &Folder, prefer: Prefer) -> Result<Self, CheckpointError> {
        let opened = families::open_folder(folder, prefer)?;
        Self::checked(folder.path(), Layout::Folder, opened, licence(folder))
    }

    fn open_single(path: &Path) -> Result<Self, CheckpointError> {
        let file = Arc::new(TensorFile::open(path)?);
        let opened = families::open_file(&file)?;
        let folder = Folder::Disk(path.parent().unwrap_or(Path::new("")).to_owned());
        Self::checked(path, Layout::SingleFile, opened, licence(&folder))
    }

    fn checked(
        path: &Path,
        layout: Layout,
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

    /// Refuses models that are recognised and cannot be run.
    ///
    /// # Errors
    /// For SV3D, and for schedules other than those that its family is sampled with.
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

    /// What a LoRA may change in it.
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
    // A licence that cannot be read is no reason to refuse the model.
    let bytes = folder.read(name).ok().flatten()?;
    let text = String::from_utf8_lossy(bytes.get(..MOST_LICENCE_BYTES).unwrap_or(&bytes));
    Some(text.into_owned())
}
