//! Requests to the workers about camera moves, and the events they report.

use std::path::PathBuf;

use crate::error::CameraError;
use crate::library::camera_moves::{MoveCard, MoveInspection};

/// Requests about camera moves.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) enum CameraEffect {
    /// List the available moves, compared with a model.
    List {
        /// The model's name.
        model: String,
    },
    /// Ask the user for a LoRA file.
    Ask,
    /// Inspect a LoRA file.
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

/// Events about camera moves.
#[derive(Debug)]
pub(in crate::app) enum CameraEvent {
    /// The available moves were listed.
    Listed {
        /// The model that they were compared with.
        model: String,
        /// The available moves.
        cards: Vec<MoveCard>,
    },
    /// The dialog for LoRA files was closed.
    Chosen(Option<PathBuf>),
    /// A LoRA file was inspected.
    Inspected(Result<Box<MoveInspection>, CameraError>),
    /// A move was installed, or could not be.
    Installed(Result<String, CameraError>),
    /// A move was deleted, or could not be.
    Uninstalled(Result<String, CameraError>),
}
