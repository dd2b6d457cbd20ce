//! Checking before a render whether its output can be written. No file remains.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ExportError;
use crate::export::atomic;
use crate::export::output::{ClipShape, Output, OutputKind};
use crate::system::disk;

#[cfg(feature = "export")]
use super::ffmpeg;

impl Output {
    /// Checks before a long render whether a clip of this shape can be written: the format supports it, an encoder
    /// opens, the folder is writable and the disk has room. No file remains, and missing parent folders are not
    /// created yet.
    ///
    /// # Errors
    /// The [`ExportError`] that [`super::write()`] would return.
    pub fn check_writable(&self, shape: ClipShape) -> Result<(), ExportError> {
        check_shape(self, shape)?;
        check_format(self, shape)?;
        check_place(self)?;
        let place = atomic::nearest_folder(self.path());
        check_space(self, &place, shape)
    }
}

/// Whether the format supports such frames.
pub(super) fn check_shape(output: &Output, shape: ClipShape) -> Result<(), ExportError> {
    let ClipShape {
        width,
        height,
        frames,
    } = shape;
    if frames == 0 || width == 0 || height == 0 {
        let path = output.path().to_path_buf();
        return Err(ExportError::NoFrames { path });
    }
    let longest = output.kind().longest_side();
    if width.max(height) > longest {
        return Err(ExportError::TooLarge {
            path: output.path().to_path_buf(),
            ending: output.kind().ending(),
            longest,
            width,
            height,
        });
    }
    Ok(())
}

#[cfg(feature = "export")]
fn check_format(output: &Output, shape: ClipShape) -> Result<(), ExportError> {
    if output.kind().needs_ffmpeg() {
        ffmpeg::probe(output, shape)?;
    }
    Ok(())
}

#[cfg(not(feature = "export"))]
fn check_format(output: &Output, _shape: ClipShape) -> Result<(), ExportError> {
    if output.kind().needs_ffmpeg() {
        return Err(built_without_ffmpeg(output));
    }
    Ok(())
}

#[cfg(not(feature = "export"))]
pub(super) fn built_without_ffmpeg(output: &Output) -> ExportError {
    ExportError::BuiltWithoutFfmpeg {
        path: output.path().to_path_buf(),
        ending: output.kind().ending(),
    }
}

/// Whether an existing file may be replaced, and whether a temporary file can be made in its folder.
pub(super) fn check_place(output: &Output) -> Result<(), ExportError> {
    let path = output.path().to_path_buf();
    // With a trailing separator, an existing file of that name would not be found.
    let place: PathBuf = path.components().collect();
    if let Ok(there) = fs::metadata(place) {
        if output.kind() == OutputKind::Folder {
            if !there.is_dir() {
                return Err(ExportError::NotAFolder { path });
            }
        } else if there.is_dir() {
            return Err(ExportError::IsFolder { path });
        } else if !there.is_file() {
            return Err(ExportError::NotAFile { path });
        } else if there.permissions().readonly() {
            // A rename would replace a read-only file, against its owner's intention.
            let reason = "the existing file is read-only".to_owned();
            return Err(ExportError::Unwritable { path, reason });
        }
    }
    atomic::try_writing(output.path())
}

/// Whether the disk of `folder` has room for the upper estimate. If the system does not report free space, a full disk
/// is found while writing; the unfinished output is then deleted.
fn check_space(output: &Output, folder: &Path, shape: ClipShape) -> Result<(), ExportError> {
    const MIB: u64 = 1 << 20;
    let pixels = f64::from(shape.width) * f64::from(shape.height) * shape.frames as f64;
    let needed = (pixels * output.kind().bytes_per_pixel()) as u64 + MIB;
    match disk::free(folder) {
        Some(free) if free < needed => Err(ExportError::NoSpace {
            path: output.path().to_path_buf(),
            needed_mib: needed.div_ceil(MIB),
            free_mib: free / MIB,
        }),
        _ => Ok(()),
    }
}
