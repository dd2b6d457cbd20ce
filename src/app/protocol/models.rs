//! Requests to the workers about models, and the events they report.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::state::models::{EntryState, ModelEntry};
use crate::error::{HubError, InstallError};
use crate::hub::{Ended, Offer, Token};
use crate::request::{DevicePreference, Precision};

/// Requests about models.
#[derive(Debug)]
pub(in crate::app) enum ModelsEffect {
    /// List all models, including those at these paths.
    List(Vec<PathBuf>),
    /// Inspect a model.
    Report {
        name: String,
        device: DevicePreference,
        precision: Precision,
    },
    /// Ask the user for a file or a folder.
    Ask { folder: bool },
    /// Copy this model into Kinora's folder.
    Copy(PathBuf),
    /// Cancel the copy.
    EndCopy,
    /// Remove a downloaded or copied model.
    Remove(String),
    /// Restore a removed model.
    Restore(String),
    /// Look up a repository on the hub.
    Look(String),
    /// Download a model.
    Fetch(Arc<Offer>),
    /// Stop the download.
    EndFetch,
    /// Save a token, or delete the saved one.
    Token(Option<Token>),
}

/// Events about models.
#[derive(Debug)]
pub(in crate::app) enum ModelsEvent {
    /// The available models.
    Found(Vec<ModelEntry>),
    /// A model was inspected.
    Reported { name: String, state: EntryState },
    /// The dialog for a model was closed.
    Chosen(Option<PathBuf>),
    /// A dropped file is a model; `as_move` if it was dropped as a camera move.
    Dropped { path: PathBuf, as_move: bool },
    /// Bytes were copied.
    CopyAdvanced {
        done: u64,
        total: u64,
        words: String,
    },
    /// The copy ended: the model's name, or `None` if it was cancelled.
    CopyEnded(Result<Option<String>, InstallError>),
    /// A downloaded or copied model was removed, or could not be.
    Removed {
        name: String,
        ended: Result<(), HubError>,
    },
    /// A removed model was restored, or could not be.
    Restored(Result<(), HubError>),
    /// The hub answered.
    Looked {
        name: String,
        offer: Result<Arc<Offer>, HubError>,
    },
    /// Bytes arrived.
    Advanced {
        done: u64,
        total: u64,
        file: String,
        waiting: Option<String>,
    },
    /// The download ended.
    Ended(Result<Ended, HubError>),
    /// The token was saved or deleted, or could not be.
    TokenSaved(Result<(), HubError>),
}
