//! Outputs that cannot be written.

use std::path::PathBuf;

/// An output file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The place cannot be written to.
    #[error("cannot write the output ({reason}); choose another place: {path}")]
    Unwritable {
        /// Where it should have gone.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The ending names no format that can be written.
    #[error(
        "the ending {ending:?} names no clip format; use {known}, or a trailing / for a folder of PNG pictures: {path}"
    )]
    UnknownEnding {
        /// The path as given.
        path: PathBuf,
        /// Its ending with the dot, empty when there is none.
        ending: String,
        /// The endings that can be written.
        known: String,
    },
    /// A folder stands where a file was asked for.
    #[error(
        "the output is an existing folder, but its ending asks for a file; choose another name, or add a trailing / for PNG pictures inside it: {path}"
    )]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Something else than a folder stands where a folder was asked for.
    #[error(
        "the output should be a folder, but a file of that name exists; choose another name: {path}"
    )]
    NotAFolder {
        /// The file in the way.
        path: PathBuf,
    },
    /// The existing output is a device, a pipe or the like.
    #[error("the output exists and is not an ordinary file; choose another name: {path}")]
    NotAFile {
        /// What is in the way.
        path: PathBuf,
    },
    /// The disk is too full for the result.
    #[error(
        "the disk has {free_mib} MiB free, but the output may need {needed_mib} MiB; make room or choose another place: {path}"
    )]
    NoSpace {
        /// Where it should have gone.
        path: PathBuf,
        /// Upper estimate of what will be written, in MiB.
        needed_mib: u64,
        /// What is free, in MiB.
        free_mib: u64,
    },
    /// FFmpeg has no encoder for this format on this machine.
    #[error(
        "this FFmpeg cannot write {ending} ({tried}); install an FFmpeg with one of them, or use {alternatives}: {path}"
    )]
    EncoderMissing {
        /// Where it should have gone.
        path: PathBuf,
        /// The ending asked for.
        ending: &'static str,
        /// Each encoder tried, with what was wrong with it.
        tried: String,
        /// Endings that do work here.
        alternatives: String,
    },
    /// Kinora was built without FFmpeg.
    #[error("this build of Kinora has no FFmpeg and cannot write {ending}: {path}")]
    BuiltWithoutFfmpeg {
        /// Where it should have gone.
        path: PathBuf,
        /// The ending asked for.
        ending: &'static str,
    },
    /// The pictures are larger than the format allows.
    #[error(
        "{ending} holds at most {longest} pixels a side, but the frames are {width}x{height}; choose a smaller size or a folder of PNG pictures: {path}"
    )]
    TooLarge {
        /// Where it should have gone.
        path: PathBuf,
        /// The ending asked for.
        ending: &'static str,
        /// Longest side the format allows, in pixels.
        longest: u32,
        /// Width of the frames, in pixels.
        width: u32,
        /// Height of the frames, in pixels.
        height: u32,
    },
    /// There is nothing to write.
    #[error("there are no frames to write; render at least one: {path}")]
    NoFrames {
        /// Where they should have gone.
        path: PathBuf,
    },
    /// A frame is not there.
    #[error(
        "frame {index} is missing; open its take again, or remove its clips from the sequence: {path}"
    )]
    FrameMissing {
        /// Where the clip should have gone.
        path: PathBuf,
        /// The missing frame, counted from 0.
        index: usize,
    },
    /// A frame differs in size from the first, or its pixels do not fill it.
    #[error(
        "frame {index} does not have the {width}x{height} pixels of the first one; all frames of a clip must be equal in size: {path}"
    )]
    UnevenFrames {
        /// Where they should have gone.
        path: PathBuf,
        /// The odd frame, counted from 0.
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
        /// Where the clip should have gone.
        path: PathBuf,
        /// Frames per `den` seconds.
        num: u32,
        /// Seconds for `num` frames.
        den: u32,
    },
    /// The encoder or the container writer failed midway.
    #[error(
        "writing the clip failed ({reason}); nothing was left behind, try another format or place: {path}"
    )]
    Failed {
        /// Where the clip should have gone.
        path: PathBuf,
        /// What the encoder said, as a sentence.
        reason: String,
    },
}
