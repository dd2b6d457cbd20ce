//! Models and camera moves by name: embedded, bundled and installed.
//!
//! A name that is a path means that path; any other is looked up in the program and in the user's data folder.
//! Models are opened and described, but no weights are loaded.

pub mod asked;
mod bundled_moves;
pub mod camera_moves;
#[cfg(feature = "gui")]
pub mod install_model;
pub mod install_move;
#[cfg(feature = "gui")]
pub mod installed;
mod motion_lora_names;
mod motion_modules;
pub mod path_kind;
pub mod samples;
pub mod seen;
pub mod sources;
pub mod steering;

use std::path::{Path, PathBuf};

use crate::checkpoint::lora::Lora;
use crate::checkpoint::tokenizer::{Padding, Tokenizer};
use crate::checkpoint::{Checkpoint, Folder, Prefer};
use crate::error::{CheckpointError, LoraError};
use bundled_moves::BUNDLED_MOVES;

/// The name of the embedded model.
pub const POCKET: &str = "pocket";

/// One embedded file: its name in the model's folder and its bytes.
#[cfg(feature = "pocket")]
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../assets/models/pocket/", $name)))),*]
    };
}

/// Every file of the embedded model, from `assets/models/pocket`.
#[cfg(feature = "pocket")]
static POCKET_FILES: &[(&str, &[u8])] = embedded![
    "model_index.json",
    "pocket.json",
    "feature_extractor/preprocessor_config.json",
    "image_encoder/config.json",
    "image_encoder/model.safetensors",
    "scheduler/scheduler_config.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
];

/// Without the feature `pocket`, no model is embedded, and Pocket can be installed like any other.
#[cfg(not(feature = "pocket"))]
static POCKET_FILES: &[(&str, &[u8])] = &[];

/// The installed models and camera moves.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The user's data folder, which contains `models/` and `camera/`.
    data: Option<PathBuf>,
}

impl Library {
    /// The library in the user's data folder.
    #[must_use]
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("", "", "kinora");
        Self {
            data: folders.map(|folders| folders.data_dir().to_owned()),
        }
    }

    /// A library in another data folder.
    #[must_use]
    pub fn at(data: PathBuf) -> Self {
        Self { data: Some(data) }
    }

    /// The user's cache folder, which contains the verdicts on devices.
    #[must_use]
    pub fn cache_folder() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "kinora")
            .map(|folders| folders.cache_dir().to_owned())
    }

    /// The folder of the user's preferences; for a library in another folder, that folder.
    #[must_use]
    pub fn config_folder(&self) -> Option<PathBuf> {
        let own = directories::ProjectDirs::from("", "", "kinora")?;
        if self.data.as_deref() == Some(own.data_dir()) {
            return Some(own.config_dir().to_owned());
        }
        self.data.clone()
    }

    /// The data folder, if the system has one.
    #[must_use]
    pub fn data_folder(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// Opens a model by path or name.
    ///
    /// # Errors
    /// [`CheckpointError`] if there is none of that name or it cannot be used.
    pub fn model(&self, name: &str) -> Result<Checkpoint, CheckpointError> {
        if is_embedded(name) {
            return Checkpoint::embedded(Path::new(POCKET), POCKET_FILES);
        }
        let path = self.find(name, "models", &["", ".safetensors"]);
        match path {
            Some(path) => Checkpoint::open(&path, Prefer::Full),
            None => Err(self.no_model(name)),
        }
    }

    /// The tokenizer of a model by path or name.
    ///
    /// # Errors
    /// [`CheckpointError`] if there is no model of that name, or it has no text encoder.
    pub fn tokenizer(&self, name: &str) -> Result<Tokenizer, CheckpointError> {
        if is_embedded(name) {
            return Tokenizer::of_folder(&pocket_folder(), Padding::End);
        }
        match self.find(name, "models", &["", ".safetensors"]) {
            Some(path) => Tokenizer::of_model(&path),
            None => Err(self.no_model(name)),
        }
    }

    fn no_model(&self, name: &str) -> CheckpointError {
        CheckpointError::UnknownName {
            what: "model",
            name: name.to_owned(),
            known: listed(&self.models()),
        }
    }

    /// Opens a LoRA by path or by the name of a camera move.
    ///
    /// # Errors
    /// [`LoraError`] if there is none of that name or it cannot be used.
    pub fn lora(&self, name: &str) -> Result<Lora, LoraError> {
        if let Some(path) = self.lora_file(name) {
            return Lora::open(&path);
        }
        match BUNDLED_MOVES.iter().find(|(bundled, _)| *bundled == name) {
            Some((name, bytes)) => Lora::embedded(Path::new(name), bytes),
            None => Err(LoraError::File(CheckpointError::UnknownName {
                what: "LoRA file or camera move",
                name: name.to_owned(),
                known: listed(&self.moves()),
            })),
        }
    }

    /// The file or folder that a LoRA's name or path stands for; `None` if it is not on disk.
    fn lora_file(&self, name: &str) -> Option<PathBuf> {
        self.find(name, "camera", &[".safetensors", ""])
    }

    /// Names of all models, the embedded one first.
    #[must_use]
    pub fn models(&self) -> Vec<String> {
        let mut names = self.installed("models");
        if is_embedded(POCKET) {
            names.insert(0, POCKET.to_owned());
        }
        names
    }

    /// Names of all camera moves, bundled and installed.
    #[must_use]
    pub fn moves(&self) -> Vec<String> {
        let bundled = BUNDLED_MOVES.iter().map(|(name, _)| (*name).to_owned());
        let mut names: Vec<String> = bundled.chain(self.installed("camera")).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The folder of the user's own camera moves, which may not exist yet.
    #[must_use]
    pub fn camera_folder(&self) -> Option<PathBuf> {
        Some(self.data.as_ref()?.join("camera"))
    }

    /// Moves in the user's own folder, each with its file or folder.
    #[must_use]
    pub fn installed_moves(&self) -> Vec<(String, PathBuf)> {
        let names = self.installed("camera").into_iter();
        names
            .filter_map(|name| {
                // Only inside the folder: a file of that name elsewhere is a different one.
                let folder = self.camera_folder()?;
                let file = folder.join(format!("{name}.safetensors"));
                let whole = folder.join(&name);
                let path = if file.is_file() {
                    file
                } else {
                    Some(whole).filter(|path| path.is_dir())?
                };
                Some((name, path))
            })
            .collect()
    }

    /// The path that a name stands for, if it exists.
    fn find(&self, name: &str, folder: &str, endings: &[&str]) -> Option<PathBuf> {
        let given = PathBuf::from(name);
        if given.exists() {
            return Some(given);
        }
        // A name with a separator is a path and must not be looked up in the data folder.
        if given.components().count() != 1 {
            return None;
        }
        let folder = self.data.as_ref()?.join(folder);
        endings
            .iter()
            .map(|ending| folder.join(format!("{name}{ending}")))
            .find(|path| path.exists())
    }

    fn installed(&self, folder: &str) -> Vec<String> {
        let entries = self
            .data
            .as_ref()
            .and_then(|data| std::fs::read_dir(data.join(folder)).ok());
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .map(|name| name.trim_end_matches(".safetensors").to_owned())
            .collect();
        names.sort();
        names
    }
}

/// Whether this is the name of the embedded model.
fn is_embedded(name: &str) -> bool {
    name == POCKET && cfg!(feature = "pocket")
}

/// The files of the embedded model.
fn pocket_folder() -> Folder {
    Folder::Embedded {
        label: PathBuf::from(POCKET),
        files: POCKET_FILES,
    }
}

/// A list of names for a sentence, which may be empty.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none is installed".to_owned();
    }
    names.join(", ")
}
