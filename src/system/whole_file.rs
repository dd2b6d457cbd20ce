//! Files written completely or not at all: under a hidden name in the same folder, then renamed.
//!
//! A reader, or the next start after a power failure, sees the old file or the new one, never part of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use tempfile::NamedTempFile;

/// Prefix of every temporary name: hidden, and short enough even if the real name has the greatest length that
/// the file system allows.
pub(crate) const PREFIX: &str = ".kinora-";
/// Suffix of every temporary name.
pub(crate) const SUFFIX: &str = ".part";

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
    finish(file, path, bytes)
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
    builder.tempfile_in(folder)
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
