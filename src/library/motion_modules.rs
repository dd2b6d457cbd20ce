//! Motion modules by path or name.

use std::path::PathBuf;

use super::Library;
use crate::checkpoint::{Checkpoint, MotionModule, Prefer};
use crate::error::CheckpointError;

/// The folder of installed motion modules.
const FOLDER: &str = "motion";
/// The folder of downloads, which may be motion modules too.
const DOWNLOADS: &str = "models";

impl Library {
    /// Opens motion modules by path or name.
    ///
    /// # Errors
    /// [`CheckpointError`] if there are none of that name or they cannot be used.
    pub fn motion_module(&self, name: &str) -> Result<MotionModule, CheckpointError> {
        let endings = ["", ".safetensors"];
        let found = self.find(name, FOLDER, &endings);
        match found.or_else(|| self.find(name, DOWNLOADS, &endings)) {
            Some(path) => MotionModule::open(&path, Prefer::Full),
            None => Err(CheckpointError::UnknownName {
                what: "motion module",
                name: name.to_owned(),
                known: super::listed(&self.motion_modules()),
            }),
        }
    }

    /// Opens a model, with motion modules if any are named.
    ///
    /// # Errors
    /// [`CheckpointError`] if one of the two cannot be used, or they do not fit each other.
    pub fn model_with(
        &self,
        model: &str,
        motion_module: Option<&str>,
    ) -> Result<Checkpoint, CheckpointError> {
        let checkpoint = self.model(model)?;
        match motion_module {
            Some(name) => checkpoint.with_motion_module(self.motion_module(name)?),
            None => Ok(checkpoint),
        }
    }

    /// Names of the installed motion modules.
    #[must_use]
    pub fn motion_modules(&self) -> Vec<String> {
        self.installed(FOLDER)
    }

    /// The installed motion modules, each with its file or folder.
    #[must_use]
    pub fn installed_motion_modules(&self) -> Vec<(String, PathBuf)> {
        let names = self.motion_modules().into_iter();
        names
            .filter_map(|name| {
                let folder = self.data_folder()?.join(FOLDER);
                let file = folder.join(format!("{name}.safetensors"));
                let path = if file.is_file() {
                    file
                } else {
                    folder.join(&name)
                };
                Some((name, path))
            })
            .collect()
    }
}
