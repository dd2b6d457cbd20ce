//! Files that are there whole or not at all: written beside their place under a hidden name, then renamed.
//!
//! A reader, or the next start after a power cut, sees the old file or the new one, never half of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use tempfile::NamedTempFile;

/// Start of every temporary name: hidden, and short enough for any file system even where the real name is as long as
/// names may be.
pub(crate) const PREFIX: &str = ".kinora-";
/// End of every temporary name.
pub(crate) const SUFFIX: &str = ".part";

/// Writes `bytes` to `path`, which is replaced where it exists; missing folders are made.
///
/// # Errors
/// Whatever the system says; what was at `path` is as it was then.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    finish(temporary_file(parent(path))?, path, bytes)
}

/// Copies the file at `source` to `path`, which is replaced where it exists; missing folders are made.
///
/// # Errors
/// As [`write`].
pub fn copy(source: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    let mut file = temporary_file(parent(path))?;
    io::copy(&mut File::open(source)?, file.as_file_mut())?;
    place(file, path)
}

/// As [`write`], for a file that nobody but its owner may read, from its first byte on.
///
/// # Errors
/// As [`write`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(parent(path))?;
    // A temporary file is its owner's alone on every system that knows owners.
    let mut builder = tempfile::Builder::new();
    let file = builder
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(parent(path))?;
    finish(file, path, bytes)
}

/// Writes `value` as indented JSON with a line end behind it.
///
/// # Errors
/// As [`write`]; also when the value is no JSON, which plain structs always are.
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

/// A temporary file in `folder` that becomes an ordinary file of the user.
pub(crate) fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Temporary files are private by default; here the umask decides.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The folder that a path lies in; `.` for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// Makes a rename durable. Not all systems can; the data itself is safe already.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _unsupported = folder.sync_all();
    }
}
