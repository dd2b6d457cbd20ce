//! Camera moves that cannot be read, installed or removed.

use std::path::PathBuf;

use super::checkpoint::{CheckpointError, LoraError};

/// A camera move that cannot be used as requested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// The file is not a LoRA that Kinora can apply.
    #[error(transparent)]
    Lora(#[from] LoraError),
    /// The model to compare it with cannot be opened.
    #[error(transparent)]
    Model(#[from] CheckpointError),
    /// Moves on the stack do not fit the chosen model.
    #[error(
        "the model {model} cannot use {moves}; remove them, or choose the model that they were made for"
    )]
    Unfit {
        /// The names of the moves in the window.
        moves: String,
        /// The name of the model in the window.
        model: String,
    },
    /// The path for previews cannot be read.
    #[error(
        "the preview path of this camera move cannot be read ({reason}); the move works, but without a preview"
    )]
    Path {
        /// What is wrong.
        reason: String,
    },
    /// The system names no data folder.
    #[error("this system has no data folder to install camera moves in")]
    NoFolder,
    /// The file could not be copied into the camera folder.
    #[error(
        "the camera move was not installed ({reason}); check free space and permissions: {path}"
    )]
    NotInstalled {
        /// The system's reason.
        reason: String,
        /// The output path.
        path: PathBuf,
    },
    /// The file could not be removed from the camera folder.
    #[error("the camera move was not removed ({reason}); check permissions: {path}")]
    NotRemoved {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
