//! Kinora's own folder of models: its contents, and removing a model, which the next start deletes for good.

use std::fs;
use std::path::{Path, PathBuf};

use super::Library;
use super::install_model::{self, REMOVED, is_copied};
use crate::error::{HubError, os_reason};
use crate::hub::is_fetched;

/// The path of a model in Kinora's folder: a folder or a single file.
pub(crate) fn placed(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.safetensors"));
    if file.is_file() {
        return file;
    }
    folder.join(name)
}

/// Removes a downloaded or copied model, or restores it.
pub(crate) fn keep(library: &Library, name: &str, kept: bool) -> Result<(), HubError> {
    let folder = models_folder(library)?;
    let aside = placed(&folder, &format!("{REMOVED}{name}"));
    let place = match kept {
        true => {
            let name = aside.file_name().unwrap_or_default().to_string_lossy();
            folder.join(name.trim_start_matches(REMOVED))
        }
        false => placed(&folder, name),
    };
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let moved = match kept {
        true => fs::rename(&aside, &place),
        // Only what Kinora downloaded or copied is ever moved.
        false if is_fetched(&place) || is_copied(&place) => {
            fs::rename(&place, folder.join(format!("{REMOVED}{name}")))
        }
        false => Ok(()),
    };
    moved.map_err(|error| HubError::Unwritable {
        reason: os_reason(&error),
        path: place.clone(),
    })
}

/// Deletes models that were removed in an earlier run, and unfinished copies of a run that was killed.
pub(crate) fn sweep(library: &Library) {
    let Ok(folder) = models_folder(library) else {
        return;
    };
    install_model::sweep(&folder);
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let (path, named) = (entry.path(), entry.file_name());
        let removed = named.to_string_lossy().starts_with(REMOVED);
        // Deleting is attempted again at the next start.
        if removed && path.is_dir() && (is_fetched(&path) || is_copied(&path)) {
            let _ = fs::remove_dir_all(&path);
        } else if removed && is_copied(&path) {
            let _ = fs::remove_file(&path);
            let _ = install_model::unmark(&path);
        }
    }
}

pub(crate) fn models_folder(library: &Library) -> Result<PathBuf, HubError> {
    let data = library.data_folder().ok_or(HubError::NoPlace)?;
    Ok(data.join("models"))
}
