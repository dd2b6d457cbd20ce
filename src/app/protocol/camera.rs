//! What update asks of the workers about camera moves, and what they report.

use std::path::PathBuf;

use crate::error::CameraError;
use crate::library::camera_moves::{MoveCard, MoveInspection};

/// What the workers do about camera moves.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) enum CameraEffect {
    /// List the available moves, compared with a model.
    List {
        /// The model's name.
        model: String,
    },
    /// Ask the artist for a LoRA file.
    Ask,
    /// Look into a LoRA file.
    Inspect {
        /// The file or folder.
        path: PathBuf,
        /// The model to compare it with.
        model: String,
    },
    /// Copy a LoRA file into the camera folder.
    Install {
        /// The file or folder.
        path: PathBuf,
        /// The move's name.
        name: String,
    },
    /// Delete an installed move.
    Uninstall(String),
}

/// What the workers report about camera moves.
#[derive(Debug)]
pub(in crate::app) enum CameraEvent {
    /// The available moves were listed.
    Listed {
        /// The model that they were compared with.
        model: String,
        /// All of them.
        cards: Vec<MoveCard>,
    },
    /// The artist closed the dialog for LoRA files.
    Chosen(Option<PathBuf>),
    /// A LoRA file was inspected.
    Inspected(Result<Box<MoveInspection>, CameraError>),
    /// A move was installed, or not.
    Installed(Result<String, CameraError>),
    /// A move was deleted, or not.
    Uninstalled(Result<String, CameraError>),
}
