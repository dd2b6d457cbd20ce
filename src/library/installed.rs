//! Kinora's own folder of models: its contents, and removing a model, which the next start deletes for good.

use std::path::{Path, PathBuf};
use std::{fs, io};

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

/// Removes a model that Kinora downloaded or copied, and no other: its files are renamed, and deleted at the next start.
pub(crate) fn remove(library: &Library, name: &str) -> Result<(), HubError> {
    let folder = models_folder(library)?;
    let place = placed(&folder, name);
    if !is_fetched(&place) && !is_copied(&place) {
        return Ok(());
    }
    let aside = folder.join(format!("{REMOVED}{}", file_name(&place)));
    fs::rename(&place, aside).map_err(|error| unwritable(&error, place))
}

/// Restores a model that was removed since the start.
pub(crate) fn restore(library: &Library, name: &str) -> Result<(), HubError> {
    let folder = models_folder(library)?;
    let aside = placed(&folder, &format!("{REMOVED}{name}"));
    let place = folder.join(file_name(&aside).trim_start_matches(REMOVED));
    fs::rename(aside, &place).map_err(|error| unwritable(&error, place))
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn unwritable(error: &io::Error, path: PathBuf) -> HubError {
    let reason = os_reason(error);
    HubError::Unwritable { reason, path }
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
