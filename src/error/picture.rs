//! Pictures, fits and frame rates that cannot be used.

use std::path::PathBuf;

/// A picture that cannot be opened or fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file cannot be read at all.
    #[error("cannot read the picture ({reason}); check the path: {path}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The path is a folder.
    #[error("this is a folder, not a picture; choose a picture in it: {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Opening was stopped.
    #[error("opening the picture was stopped; open it again if you need it: {path}")]
    Ended {
        /// The file.
        path: PathBuf,
    },
    /// There is too little memory for another picture.
    #[error(
        "only {free_mib} MiB of memory is free, too little for another picture; close other programs, or start a new project: {path}"
    )]
    NoMemory {
        /// Free memory, in MiB.
        free_mib: u64,
        /// The file.
        path: PathBuf,
    },
    /// The file is empty.
    #[error("the picture file is empty; choose a file other than {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are in no format that Kinora reads.
    #[error(
        "this is not a picture that Kinora can read; use JPEG, PNG, WebP, HEIC, AVIF, TIFF, \
         GIF, BMP, OpenEXR, Radiance HDR, ICO, PNM, QOI or TGA: {path}"
    )]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// A folder without pictures.
    #[error("this folder contains no pictures that can be read; choose a folder other than {path}")]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is a model.
    #[error("this folder is a model, not a picture; add it under Models: {path}")]
    ModelFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A known format that Kinora does not read.
    #[error("{kind} files cannot be read; save the picture as PNG or JPEG first: {path}")]
    Foreign {
        /// What it is, such as `HEIC`.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A known format that this FFmpeg cannot decode.
    #[error(
        "the FFmpeg on this computer cannot decode {kind} files; install an FFmpeg with the decoder for them (H.265 for HEIC, libdav1d for AVIF), or save the picture as PNG or JPEG first: {path}"
    )]
    NoDecoder {
        /// What it is, such as `HEIC`.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The data ends before the picture is complete.
    #[error("the picture is incomplete; copy or download the file again: {path}")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The data is damaged or uses a rare feature.
    #[error(
        "the picture is damaged or uses a rare feature ({reason}); open it in an image editor and save \
         it as PNG: {path}"
    )]
    Undecodable {
        /// The decoder's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The picture has too many pixels on a side.
    #[error(
        "the picture is {width} × {height} pixels, more than {limit} on a side; make it smaller \
         first: {path}"
    )]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The largest side.
        limit: u32,
        /// The file.
        path: PathBuf,
    },
    /// The file or its pixels would take more memory than a picture may.
    #[error("the picture needs more than {limit_mib} MiB of memory; make it smaller first: {path}")]
    TooHeavy {
        /// The most memory, in MiB.
        limit_mib: u64,
        /// The file.
        path: PathBuf,
    },
    /// The frame has an impossible size.
    #[error("a frame cannot be {width} × {height} pixels; use 1 to {limit} pixels on each side")]
    FrameSize {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The largest side.
        limit: u32,
    },
    /// Padding would need too large a canvas.
    #[error(
        "a picture of {width} × {height} pixels is too long and narrow to be padded to the shape of \
         {frame_width} × {frame_height}; use crop or stretch"
    )]
    Canvas {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Pixels across the frame.
        frame_width: u32,
        /// Pixels down the frame.
        frame_height: u32,
    },
    /// The window is not entirely inside the picture.
    #[error(
        "the crop window {window} extends beyond the picture of {width} × {height} pixels; choose one inside \
         it, as x,y,width,height"
    )]
    Window {
        /// The window, as it is written.
        window: String,
        /// Pixels across the picture.
        width: u32,
        /// Pixels down the picture.
        height: u32,
    },
}

/// A fit or a window that cannot be parsed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The word names no fit.
    #[error("unknown fit `{word}`; use crop, pad or stretch")]
    Unknown {
        /// The text.
        word: String,
    },
    /// The text is not four numbers, or the window is empty.
    #[error("`{text}` is not a crop window; write it as x,y,width,height in pixels")]
    Window {
        /// The text.
        text: String,
    },
}

/// A frame rate that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// Neither a number nor a fraction.
    #[error("`{text}` is not a frame rate; write it like 24, 23.976 or 30000/1001")]
    Unreadable {
        /// The text.
        text: String,
    },
    /// Zero, too slow or too fast.
    #[error("{rate} frames per second cannot be used; choose a rate from 1/1000 to 1000")]
    OutOfRange {
        /// The requested rate.
        rate: String,
    },
}
