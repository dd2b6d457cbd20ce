//! Outputs that appear completely or not at all: written in the same folder under a temporary name, then renamed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::error::{ExportError, os_reason};
use crate::system::whole_file::{
    parent, remove_abandoned, sync_folder, temporary_file, temporary_folder, unlock_folder,
};

/// A file being written next to `target`, which it replaces on [`commit`](Self::commit). If dropped before that, it is
/// deleted.
pub(in crate::export) struct FreshFile {
    // Declared before `made`: the file must be deleted before its folder can be.
    temp: NamedTempFile,
    target: PathBuf,
    made: MadeFolders,
}

impl FreshFile {
    /// Opens the temporary file, creating missing parent folders.
    pub(in crate::export) fn create(target: &Path) -> Result<Self, ExportError> {
        // A link stays a link: the file that it points to is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        let begin = || {
            let made = MadeFolders::down_to(parent(&target))?;
            remove_abandoned(parent(&target));
            Ok((temporary_file(parent(&target))?, made))
        };
        match begin() {
            Ok((temp, made)) => Ok(Self { temp, target, made }),
            Err(error) => Err(unwritable(&target, &error)),
        }
    }

    /// The open temporary file, readable and writable.
    pub(in crate::export) fn file(&mut self) -> &mut File {
        self.temp.as_file_mut()
    }

    /// Syncs the finished file to disk and moves it into place.
    pub(in crate::export) fn commit(self) -> Result<(), ExportError> {
        let Self { temp, target, made } = self;
        let finish = || {
            if let Ok(old) = fs::metadata(&target) {
                temp.as_file().set_permissions(old.permissions())?;
            }
            temp.as_file().sync_all()?;
            temp.persist(&target).map_err(|refused| refused.error)
        };
        finish().map_err(|error| unwritable(&target, &error))?;
        made.keep();
        sync_folder(parent(&target));
        Ok(())
    }
}

/// A folder of numbered pictures being written to a staging folder and moved into place on
/// [`commit`](Self::commit). If dropped before that, it is deleted.
pub(in crate::export) struct FreshFolder {
    // Declared before `staging`, which some systems cannot remove while a file in it is open.
    lock: File,
    // Declared before `made`, as above.
    staging: TempDir,
    target: PathBuf,
    made: MadeFolders,
}

impl FreshFolder {
    /// Creates the staging folder: inside the target if that exists (so on the same disk even for `.` or a mount
    /// point), otherwise next to it.
    pub(in crate::export) fn create(target: &Path) -> Result<Self, ExportError> {
        let begin = || {
            if target.is_dir() {
                remove_abandoned(target);
                return Ok((temporary_folder(target)?, MadeFolders::default()));
            }
            let made = MadeFolders::down_to(parent(target))?;
            remove_abandoned(parent(target));
            Ok((temporary_folder(parent(target))?, made))
        };
        let ((staging, lock), made) = begin().map_err(|error| unwritable(target, &error))?;
        Ok(Self {
            lock,
            staging,
            // Without the trailing separator, which a rename would refuse.
            target: target.components().collect(),
            made,
        })
    }

    /// The folder to write the pictures to.
    pub(in crate::export) fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Moves the finished pictures into place. In an existing folder, files that `owned` recognises as those of an
    /// earlier run are removed; others stay.
    pub(in crate::export) fn commit(self, owned: fn(&OsStr) -> bool) -> Result<(), ExportError> {
        let Self {
            lock,
            staging,
            target,
            made,
        } = self;
        let finish = || {
            unlock_folder(staging.path(), lock)?;
            if target.is_dir() {
                exchange(staging.path(), &target, owned)
            } else {
                fs::rename(staging.path(), &target)
            }
        };
        finish().map_err(|error| unwritable(&target, &error))?;
        made.keep();
        sync_folder(&target);
        sync_folder(parent(&target));
        Ok(())
    }
}

/// Moves the old pictures out of `target` and the new ones in; if any move fails, all are undone.
fn exchange(staging: &Path, target: &Path, owned: fn(&OsStr) -> bool) -> io::Result<()> {
    let old = tempfile::Builder::new()
        .prefix("old-")
        .tempdir_in(staging)?;
    let mut moves: Vec<(PathBuf, PathBuf)> = Vec::new();
    for name in file_names(target)?.into_iter().filter(|name| owned(name)) {
        moves.push((target.join(&name), old.path().join(&name)));
    }
    for name in file_names(staging)? {
        moves.push((staging.join(&name), target.join(&name)));
    }
    for (done, (from, to)) in moves.iter().enumerate() {
        let Err(error) = fs::rename(from, to) else {
            continue;
        };
        let mut restored = true;
        for (from, to) in moves[..done].iter().rev() {
            restored &= fs::rename(to, from).is_ok();
        }
        if !restored {
            // A stray hidden folder is better than the loss of earlier pictures.
            let _kept = old.keep();
        }
        return Err(error);
    }
    Ok(())
}

/// The names of the files in a folder, sorted.
fn file_names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok(names)
}

/// Creates and deletes a temporary file where the output would be written.
pub(in crate::export) fn try_writing(target: &Path) -> Result<(), ExportError> {
    let folder = nearest_folder(target);
    if !folder.is_dir() {
        let reason = format!("{} is not a folder", folder.display());
        let path = target.to_path_buf();
        return Err(ExportError::Unwritable { path, reason });
    }
    let tried = temporary_file(&folder).and_then(NamedTempFile::close);
    tried.map_err(|error| unwritable(target, &error))
}

/// The nearest existing ancestor of `target`, or the target itself if it is a folder.
pub(in crate::export) fn nearest_folder(target: &Path) -> PathBuf {
    if target.is_dir() {
        return target.to_path_buf();
    }
    let mut folder = parent(target);
    while !folder.exists() && folder != parent(folder) {
        folder = parent(folder);
    }
    folder.to_path_buf()
}

/// Parent folders that were created for an output; deleted again on drop unless kept.
#[derive(Default)]
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Creates the missing folders of the path `folder`.
    fn down_to(folder: &Path) -> io::Result<Self> {
        let mut made = Self::default();
        let mut way = PathBuf::new();
        for part in folder.components() {
            way.push(part);
            let named = matches!(part, Component::Normal(_));
            if named && !way.exists() {
                fs::create_dir(&way)?;
                made.0.push(way.clone());
            }
        }
        Ok(made)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // Fails for a folder that is no longer empty, which then stays.
            let _still_used = fs::remove_dir(folder);
        }
    }
}

/// An I/O error while writing `path`, as [`ExportError`].
pub(in crate::export) fn unwritable(path: &Path, error: &io::Error) -> ExportError {
    ExportError::Unwritable {
        path: path.to_path_buf(),
        reason: os_reason(error),
    }
}
