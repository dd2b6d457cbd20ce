//! Camera moves that cannot be read, installed or removed.

use std::path::PathBuf;

use super::checkpoint::{CheckpointError, LoraError};

/// A camera move that cannot be used as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// The file is no LoRA that Kinora can apply.
    #[error(transparent)]
    Lora(#[from] LoraError),
    /// The model that it should fit cannot be opened.
    #[error(transparent)]
    Model(#[from] CheckpointError),
    /// The path that previews show cannot be read.
    #[error(
        "the preview path of this camera move cannot be read ({reason}); the move works without a \
         preview"
    )]
    Path {
        /// What does not hold.
        reason: String,
    },
    /// The system has no place for a user's data.
    #[error("this system has no data folder to install camera moves in")]
    NoFolder,
    /// The file could not be copied into the camera folder.
    #[error(
        "the camera move was not installed ({reason}); check free space and permissions: {path}"
    )]
    NotInstalled {
        /// What the system said.
        reason: String,
        /// Where it should have gone.
        path: PathBuf,
    },
    /// The file could not be taken out of the camera folder.
    #[error("the camera move was not removed ({reason}); check permissions: {path}")]
    NotRemoved {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
