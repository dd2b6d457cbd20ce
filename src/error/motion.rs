//! Motions of a take that cannot be used.

use std::path::PathBuf;

/// A motion that cannot be used as given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MotionError {
    /// A file of the motion cannot be read.
    #[error("cannot read this motion file ({reason}); check its name and permissions: {path}")]
    Unreadable {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A file does not contain a camera path.
    #[error("this camera path cannot be used ({reason}); write a JSON list of keyframes: {path}")]
    Path {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A file does not contain cut-outs.
    #[error(
        "these cut-outs cannot be used ({reason}); write a JSON list of polygons or masks, each with a track: {path}"
    )]
    Drag {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A name is neither a file nor a camera move.
    #[error(
        "there is no camera path or camera move named {name}; name a JSON file, or one of {known}"
    )]
    UnknownMove {
        /// The name.
        name: String,
        /// The names of camera moves with a path.
        known: String,
    },
    /// A camera move without a path.
    #[error(
        "the camera move {name} has no path for the guide to follow; give a path as a JSON file"
    )]
    NoPath {
        /// The name.
        name: String,
    },
    /// A path that only the guide can follow was given for LoRAs.
    #[error(
        "{name} is a camera path without a LoRA; use the guide instead, or name a camera move that has a LoRA"
    )]
    NoLora {
        /// The path's name.
        name: String,
    },
    /// A picture of the motion is missing.
    #[error("the picture {name}, which this motion needs, is missing; choose it again")]
    PictureGone {
        /// Its name.
        name: String,
    },
    /// A folder does not have one reference picture for each frame.
    #[error(
        "the folder {folder} has {count} reference frames, but the take has {frames} frames; give one for each frame of the take, named 0000.png, 0001.png and so on"
    )]
    ReferenceCount {
        /// The folder's name.
        folder: String,
        /// Number of pictures in it.
        count: usize,
        /// Number of frames in the take.
        frames: usize,
    },
    /// A reference picture does not have the take's size.
    #[error("the reference frame {name} has {} × {} pixels, but the take has {} × {}; resize the reference frame to the size of the take", .found[0], .found[1], .expected[0], .expected[1])]
    ReferenceSize {
        /// Its name.
        name: String,
        /// Its width and height.
        found: [usize; 2],
        /// Width and height of the take.
        expected: [usize; 2],
    },
    /// A near map without a camera to move.
    #[error(
        "a near map needs a camera path that the guide follows; give a path, or leave the near map out"
    )]
    NearAlone,
    /// Noise levels of a guide without anything to guide.
    #[error(
        "guide-sigmas needs something for the guide to follow; give a camera path, cut-outs or a mask, or use the guide for the camera moves"
    )]
    NothingGuided,
    /// A cut-out covers no pixel.
    #[error("cut-out {number} has no pixel inside the frame; draw it over the picture")]
    EmptyCutOut {
        /// Its number, counted from one.
        number: usize,
    },
}
