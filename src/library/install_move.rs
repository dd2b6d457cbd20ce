//! The user's camera folder: installing a move, completely or not at all, and removing it.
//!
//! `camera_moves` reads the installed files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Library;
use crate::checkpoint::lora::Lora;
use crate::error::CameraError;
use crate::system::whole_file::{self, PREFIX};

/// PEFT's configuration beside the weights; without it the strength would be wrong.
const PEFT: [&str; 2] = ["adapter_model.safetensors", "adapter_config.json"];

/// Copies a LoRA file, or the one in a folder, to where [`Library`] finds it as `name`; returns the
/// new path.
///
/// A move of the same name is replaced at the end, in one step.
///
/// # Errors
/// [`CameraError`] if the source is not a LoRA or the copy cannot be made; no unfinished copy remains.
pub fn install(library: &Library, source: &Path, name: &str) -> Result<PathBuf, CameraError> {
    let folder = library.camera_folder().ok_or(CameraError::NoFolder)?;
    let file = Lora::open(source)?.path;
    let beside = file.with_file_name(PEFT[1]);
    let as_folder = file.file_name() == Some(OsStr::new(PEFT[0])) && beside.is_file();
    let single = folder.join(format!("{name}.safetensors"));
    let whole = folder.join(name);
    let (target, placed) = if as_folder {
        (&whole, place_folder(&folder, [&file, &beside], &whole))
    } else {
        (&single, whole_file::copy(&file, &single))
    };
    let placed = placed.and_then(|()| {
        // An existing move of that name may be a folder while the new one is a file, or the other way round.
        let other = if as_folder { &single } else { &whole };
        remove_any(other)
    });
    match placed {
        Ok(()) => Ok(target.clone()),
        Err(error) => Err(CameraError::NotInstalled {
            reason: error.to_string(),
            path: target.clone(),
        }),
    }
}

/// Removes an installed move.
///
/// # Errors
/// [`CameraError::NotRemoved`] if the system refuses.
pub fn uninstall(library: &Library, name: &str) -> Result<(), CameraError> {
    let installed = library.installed_moves();
    let Some((_, path)) = installed.into_iter().find(|(one, _)| one == name) else {
        // It no longer exists, as requested.
        return Ok(());
    };
    remove_any(&path).map_err(|error| CameraError::NotRemoved {
        reason: error.to_string(),
        path,
    })
}

fn place_folder(folder: &Path, sources: [&Path; 2], target: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let staging = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
    let fresh = staging.path().join("new");
    fs::create_dir(&fresh)?;
    for (source, name) in sources.into_iter().zip(PEFT) {
        let mut copy = File::create(fresh.join(name))?;
        io::copy(&mut File::open(source)?, &mut copy)?;
        copy.sync_all()?;
    }
    if target.exists() {
        // Removed with the staging folder.
        fs::rename(target, staging.path().join("old"))?;
    }
    fs::rename(&fresh, target)
}

fn remove_any(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
