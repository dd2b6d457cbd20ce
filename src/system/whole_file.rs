//! Files written completely or not at all: under a hidden name in the same folder, then renamed.
//!
//! A reader, or the next start after a power failure, sees the old file or the new one, never part of one.

use std::fs::{self, DirEntry, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tempfile::{NamedTempFile, TempDir};

/// Prefix of every temporary name: hidden, and short enough even if the real name has the greatest length that
/// the file system allows.
pub(crate) const PREFIX: &str = ".kinora-";
/// Suffix of every temporary name.
const SUFFIX: &str = ".part";
/// The file in a temporary folder whose lock shows that it is in use.
const LOCK: &str = ".lock";
/// Anything changed more recently may not be locked yet.
const SETTLED: Duration = Duration::from_secs(60);

/// Writes `bytes` to `path`, replacing an existing file and creating missing folders.
///
/// # Errors
/// Any error of the system; an existing file is then unchanged.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    finish(temporary_file(parent(path))?, path, bytes)
}

/// Copies the file at `source` to `path`, replacing an existing file and creating missing folders.
///
/// # Errors
/// As [`write()`].
pub fn copy(source: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    let mut file = temporary_file(parent(path))?;
    io::copy(&mut File::open(source)?, file.as_file_mut())?;
    place(file, path)
}

/// As [`write()`], but only the file's owner can read it, from its first byte on.
///
/// # Errors
/// As [`write()`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    // Temporary files are private to their owner on every system that has owners.
    let mut builder = tempfile::Builder::new();
    let file = builder
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(parent(path))?;
    finish(locked(file), path, bytes)
}

/// Writes `value` as indented JSON with a final line break.
///
/// # Errors
/// As [`write()`]; also if `value` cannot be represented in JSON, which plain structs always can.
pub fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
    text.push(b'\n');
    write(path, &text)
}

fn finish(mut file: NamedTempFile, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    place(file, path)
}

fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    sync_folder(parent(path));
    Ok(())
}

/// A temporary file in `folder` with the permissions of an ordinary file.
pub(crate) fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Temporary files are private by default; here the umask decides.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map(locked)
}

/// A temporary folder in `folder` with the permissions of an ordinary folder, and its lock.
///
/// The lock must be dropped, and its file removed, before the folder is moved; see [`unlock_folder`].
pub(crate) fn temporary_folder(folder: &Path) -> io::Result<(TempDir, File)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let made = builder.tempdir_in(folder)?;
    let lock = File::create_new(made.path().join(LOCK))?;
    let _unsupported = lock.try_lock();
    Ok((made, lock))
}

/// Removes the lock of a temporary folder, which is complete.
pub(crate) fn unlock_folder(folder: &Path, lock: File) -> io::Result<()> {
    drop(lock);
    fs::remove_file(folder.join(LOCK))
}

/// Locks a temporary file for as long as it is open. If the disk does not support locks, [`remove_abandoned`] removes
/// nothing.
fn locked(file: NamedTempFile) -> NamedTempFile {
    let _unsupported = file.as_file().try_lock();
    file
}

/// Removes temporary files and folders from `folder` that an interrupted program left there.
///
/// A program holds a lock while it writes; the system releases the lock when the program ends. Files that
/// cannot be removed stay.
pub(crate) fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            let _stays = remove_if_abandoned(&entry);
        }
    }
}

fn remove_if_abandoned(entry: &DirEntry) -> io::Result<()> {
    // For a link, this is the link itself.
    let found = entry.metadata()?;
    // A time in the future is from another machine's clock.
    let settled = found.modified()?.elapsed().is_ok_and(|age| age > SETTLED);
    if !settled || found.is_symlink() {
        return Ok(());
    }
    let path = entry.path();
    if found.is_dir() {
        let lock = path.join(LOCK);
        if !lock.exists() || is_free(&lock)? {
            fs::remove_dir_all(&path)?;
        }
    } else if is_free(&path)? {
        fs::remove_file(&path)?;
    }
    Ok(())
}

/// Whether a file is not locked; false if the disk does not support locks.
fn is_free(path: &Path) -> io::Result<bool> {
    let file = File::options().read(true).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The folder that contains a path; `.` for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// Makes a rename durable. Not every system can; the data itself is on the disk already.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _unsupported = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a file or folder look as if it was written an hour ago.
    fn age(path: &Path) {
        let hour = Duration::from_secs(3600);
        let before = fs::metadata(path).unwrap().modified().unwrap() - hour;
        File::open(path).unwrap().set_modified(before).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_the_leftovers_of_interrupted_programs_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in [
            ".kinora-old.part",
            ".kinora-new.part",
            ".other.part",
            ".kinora-x",
        ] {
            fs::write(place(name), "half a film").unwrap();
        }
        fs::create_dir(place(".kinora-folder.part")).unwrap();
        fs::write(place(".kinora-folder.part/frame_0001.png"), "half").unwrap();
        let written = temporary_file(folder.path()).unwrap();
        let (staging, lock) = temporary_folder(folder.path()).unwrap();
        for name in names(folder.path()) {
            if name != ".kinora-new.part" {
                age(&place(&name));
            }
        }
        let own = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let mut left = vec![
            ".kinora-new.part".to_owned(),
            ".kinora-x".to_owned(),
            ".other.part".to_owned(),
            own(written.path()),
            own(staging.path()),
        ];
        left.sort();
        remove_abandoned(folder.path());
        assert_eq!(names(folder.path()), left);
        // As if the programs that hold them had ended: a lock is released with its last handle, while the
        // file stays.
        let path = written.into_temp_path().keep().unwrap();
        let folder_path = staging.keep();
        drop(lock);
        for path in [&path, &folder_path] {
            age(path);
        }
        remove_abandoned(folder.path());
        left.retain(|name| *name != own(&path) && *name != own(&folder_path));
        assert_eq!(names(folder.path()), left);
        remove_abandoned(&place("no such folder"));
    }
}
