//! The tokenizer that belongs to a model on disk.

use std::path::Path;

use super::{Padding, Tokenizer};
use crate::checkpoint::config::ClipTextConfig;
use crate::checkpoint::folder::Folder;
use crate::checkpoint::single_file::text;
use crate::checkpoint::tensors::TensorFile;
use crate::error::CheckpointError;

/// States the width of a folder's text tower, which is needed only if no file states the padding.
const TOWER: &str = "text_encoder/config.json";

impl Tokenizer {
    /// The tokenizer of a diffusers folder, or the built-in one for a single file with a text tower.
    ///
    /// # Errors
    /// If a folder contains no vocabulary, a file has no text tower, or either cannot be read.
    pub fn of_model(path: &Path) -> Result<Self, CheckpointError> {
        if path.is_file() {
            return Self::of_file(&TensorFile::open(path)?);
        }
        let folder = Folder::Disk(path.to_owned());
        let mut files = folder.list("");
        files.retain(|name| name.ends_with(".safetensors"));
        match files.as_slice() {
            [only] if !path.join("unet").is_dir() => {
                Self::of_file(&TensorFile::open(&path.join(only))?)
            }
            _ => {
                let tower = folder.config::<ClipTextConfig>(TOWER, "its text encoder");
                let width = tower.map(|tower| tower.hidden_size);
                Self::of_folder(&folder, width.map_or(Padding::End, Padding::of_width))
            }
        }
    }

    /// The built-in tokenizer with the padding that the text tower of a single file was trained with.
    ///
    /// # Errors
    /// If the file has no text tower.
    pub(in crate::checkpoint) fn of_file(file: &TensorFile) -> Result<Self, CheckpointError> {
        let Some((_, names)) = text::find(file) else {
            return Err(CheckpointError::MissingPart {
                part: "its text encoder (cond_stage_model)".to_owned(),
                path: file.path().to_owned(),
            });
        };
        Ok(Self::embedded(match names {
            text::TextNames::Transformers => Padding::End,
            text::TextNames::OpenClip => Padding::Zero,
        }))
    }
}
