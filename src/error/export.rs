//! Outputs that cannot be written.

use std::path::PathBuf;

/// An output file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The output cannot be written.
    #[error("cannot write the output ({reason}); choose a place other than {path}")]
    Unwritable {
        /// The output path.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The extension names no format that can be written.
    #[error(
        "unknown clip format {ending:?}; use {known}, or a trailing / for a folder of PNG pictures: {path}"
    )]
    UnknownEnding {
        /// The path as given.
        path: PathBuf,
        /// Its extension with the dot; empty when there is none.
        ending: String,
        /// The endings that can be written.
        known: String,
    },
    /// A folder has the name of the output file.
    #[error(
        "the output is named like a file, but a folder with that name exists; choose another name, or add a trailing / to write PNG pictures into the folder: {path}"
    )]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Something other than a folder has the name of the output folder.
    #[error(
        "the output should be a folder, but a file with that name exists; choose a name other than {path}"
    )]
    NotAFolder {
        /// The existing file.
        path: PathBuf,
    },
    /// The existing output is a device, a pipe or the like.
    #[error("the output exists and is not an ordinary file; choose a name other than {path}")]
    NotAFile {
        /// The existing file.
        path: PathBuf,
    },
    /// The disk is too full for the result.
    #[error(
        "the disk has {free_mib} MiB free, but the output may need {needed_mib} MiB; make room, or choose a place other than {path}"
    )]
    NoSpace {
        /// The output path.
        path: PathBuf,
        /// Upper estimate of the output, in MiB.
        needed_mib: u64,
        /// Free space, in MiB.
        free_mib: u64,
    },
    /// FFmpeg has no encoder for this format on this machine.
    #[error(
        "this FFmpeg cannot write {ending} ({tried}); install an FFmpeg with one of these encoders, or use {alternatives}: {path}"
    )]
    EncoderMissing {
        /// The output path.
        path: PathBuf,
        /// The extension.
        ending: &'static str,
        /// Each encoder tried, with what was wrong with it.
        tried: String,
        /// Extensions that work here.
        alternatives: String,
    },
    /// Kinora was built without FFmpeg.
    #[error("this build of Kinora has no FFmpeg and cannot write {ending}: {path}")]
    BuiltWithoutFfmpeg {
        /// The output path.
        path: PathBuf,
        /// The extension.
        ending: &'static str,
    },
    /// The frames are larger than the format allows.
    #[error(
        "{ending} allows at most {longest} pixels on a side, but the frames are {width} × {height}; choose a smaller size or a folder of PNG pictures: {path}"
    )]
    TooLarge {
        /// The output path.
        path: PathBuf,
        /// The extension.
        ending: &'static str,
        /// Longest side the format allows, in pixels.
        longest: u32,
        /// Width of the frames, in pixels.
        width: u32,
        /// Height of the frames, in pixels.
        height: u32,
    },
    /// There are no frames.
    #[error("there are no frames to write; render at least one: {path}")]
    NoFrames {
        /// The output path.
        path: PathBuf,
    },
    /// An animatic cannot be drawn.
    #[error("the animatic cannot be drawn: {reason}")]
    Animatic {
        /// The sentence of the picture or the motion that is wrong.
        reason: String,
    },
    /// A frame is missing.
    #[error(
        "the file cannot be written because frame {} is missing; open the take that this frame comes from, or remove that take's clips from the sequence: {path}",
        .index + 1
    )]
    FrameMissing {
        /// The output path.
        path: PathBuf,
        /// The missing frame, counted from 0.
        index: usize,
    },
    /// A frame differs in size from the first, or its pixels do not match its size.
    #[error(
        "frame {} and the first frame ({width} × {height} pixels) differ in size; all frames of a clip must have the same size: {path}",
        .index + 1
    )]
    UnevenFrames {
        /// The output path.
        path: PathBuf,
        /// The frame, counted from 0.
        index: usize,
        /// Width of the first frame, in pixels.
        width: u32,
        /// Height of the first frame, in pixels.
        height: u32,
    },
    /// The frame rate is zero or beyond what files can hold.
    #[error(
        "a rate of {num}/{den} frames per second cannot be written; choose one above 0 and up to 1000: {path}"
    )]
    BadRate {
        /// The output path.
        path: PathBuf,
        /// Frames per `den` seconds.
        num: u32,
        /// Seconds for `num` frames.
        den: u32,
    },
    /// The encoder or the container failed while writing.
    #[error(
        "the clip could not be written ({reason}), so no file was created; try another format, or a place other than {path}"
    )]
    Failed {
        /// The output path.
        path: PathBuf,
        /// The encoder's reason.
        reason: String,
    },
}
