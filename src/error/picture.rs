//! Pictures, fits and rates that cannot be used.

use std::path::PathBuf;

/// A picture that cannot be taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file cannot be read at all.
    #[error("cannot read the picture ({reason}); check the path: {path}")]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A folder where a picture was asked for.
    #[error("this is a folder, not a picture; name a picture in it: {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// It was asked to end before it was open.
    #[error("the picture was not opened, as you asked: {path}")]
    Ended {
        /// The file.
        path: PathBuf,
    },
    /// Memory is short, and a picture stays in it.
    #[error(
        "only {free_mib} MiB of memory are free, too little to open one more picture; close other programs, or begin a project for the rest: {path}"
    )]
    NoMemory {
        /// What is free, in MiB.
        free_mib: u64,
        /// The file.
        path: PathBuf,
    },
    /// There is nothing in the file.
    #[error("the picture file is empty; choose another one: {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are of no picture format that is read.
    #[error(
        "this is not a picture of a kind that can be read; use JPEG, PNG, WebP, TIFF, GIF, BMP, \
         OpenEXR, Radiance HDR, ICO, PNM, QOI or TGA: {path}"
    )]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// A folder without pictures.
    #[error("this folder holds no pictures that can be read; choose another one: {path}")]
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
    /// A known kind of file that is not read.
    #[error("{kind} files cannot be read; save the picture as PNG or JPEG first: {path}")]
    Foreign {
        /// What it is, such as `HEIC`.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The data stops before the picture is complete.
    #[error("the picture ends too early; copy or download the file again: {path}")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The data contradicts itself or uses a rare feature.
    #[error(
        "the picture is damaged or of a rare kind ({reason}); open it in an image editor and save \
         it as PNG: {path}"
    )]
    Undecodable {
        /// What the decoder met.
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
        /// The most that is accepted on a side.
        limit: u32,
        /// The file.
        path: PathBuf,
    },
    /// The file or its pixels would take more memory than a picture may.
    #[error("the picture takes more than {limit_mib} MiB of memory; make it smaller first: {path}")]
    TooHeavy {
        /// The most that is accepted, in MiB.
        limit_mib: u64,
        /// The file.
        path: PathBuf,
    },
    /// The frame to fit into is impossible.
    #[error("a frame of {width} × {height} pixels cannot be made; use 1 to {limit} on each side")]
    FrameSize {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The most that is accepted on a side.
        limit: u32,
    },
    /// Padding would need an absurd canvas.
    #[error(
        "a picture of {width} × {height} pixels is too narrow to be padded to the shape of \
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
    /// The chosen part is not all inside of the picture.
    #[error(
        "the window {window} reaches out of the picture of {width} × {height} pixels; choose a \
         part of the picture, as x,y,width,height"
    )]
    Window {
        /// The part that was asked for, as it is written.
        window: String,
        /// Pixels across the picture.
        width: u32,
        /// Pixels down the picture.
        height: u32,
    },
}

/// A way of fitting that does not exist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// None of the known words.
    #[error("`{word}` is no way to fit a picture; use crop, pad or stretch")]
    Unknown {
        /// What was written.
        word: String,
    },
    /// Not four numbers with something between them.
    #[error("`{text}` is no part of a picture; write it as x,y,width,height in pixels")]
    Window {
        /// What was written.
        text: String,
    },
}

/// Frames per second that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// Neither a number nor a fraction.
    #[error("`{text}` is not a frame rate; write it like 24, 23.976 or 30000/1001")]
    Unreadable {
        /// What was written.
        text: String,
    },
    /// Zero, or too slow or too fast to mean anything.
    #[error("{rate} frames per second cannot be used; choose a rate from 1/1000 to 1000")]
    OutOfRange {
        /// What was asked for.
        rate: String,
    },
}
