//! Clips of any origin that cannot be measured.

use std::path::PathBuf;

/// A clip, not necessarily from Kinora, that cannot be read or measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClipError {
    /// The file or folder cannot be read at all.
    #[error("cannot read the clip ({reason}); check the path: {path}")]
    Unreadable {
        /// The reason.
        reason: String,
        /// The path.
        path: PathBuf,
    },
    /// It is neither a video nor a folder of pictures.
    #[error(
        "this is not a clip that can be read; choose a video, a GIF, WebP or APNG file, or a folder of pictures: {path}"
    )]
    NotAClip {
        /// The file or folder.
        path: PathBuf,
    },
    /// Decoding failed.
    #[error("cannot decode the clip ({reason}); convert it to MP4 or get another copy: {path}")]
    Undecodable {
        /// The reason.
        reason: String,
        /// The file, or the picture in a folder.
        path: PathBuf,
    },
    /// It has only one frame.
    #[error(
        "the clip has only one frame, but at least two are needed; choose a longer clip: {path}"
    )]
    SingleFrame {
        /// The file or folder.
        path: PathBuf,
    },
    /// The frames are too small.
    #[error(
        "frames of {width} × {height} pixels are too small to be measured; choose a clip of at least {least} × {least} pixels: {path}"
    )]
    TooSmall {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// Smallest side that can be measured.
        least: usize,
        /// The file or folder.
        path: PathBuf,
    },
    /// Kinora was built without FFmpeg.
    #[error(
        "this build of Kinora has no FFmpeg and cannot read videos; use a GIF, WebP or APNG file, or a folder of pictures: {path}"
    )]
    BuiltWithoutFfmpeg {
        /// The clip.
        path: PathBuf,
    },
}
