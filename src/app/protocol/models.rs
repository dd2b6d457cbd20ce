//! What update asks of the workers about models, and what they report.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::state::models::{EntryState, ModelEntry};
use crate::engine::device::{DevicePreference, Precision};
use crate::error::{HubError, InstallError};
use crate::hub::{Ended, Offer, Token};

/// What is to be done about models outside of the state.
#[derive(Debug)]
pub(in crate::app) enum ModelsEffect {
    /// Find all models; these paths among them.
    List(Vec<PathBuf>),
    /// Look into a model.
    Report {
        name: String,
        device: DevicePreference,
        precision: Precision,
    },
    /// Ask the artist for a file or a folder.
    Ask { folder: bool },
    /// Copy this model into Kinora's folder.
    Copy(PathBuf),
    /// End the copy.
    EndCopy,
    /// Take a fetched or copied model off the disk, or put it back.
    Keep { name: String, kept: bool },
    /// Ask the hub.
    Look(String),
    /// Fetch.
    Fetch(Arc<Offer>),
    /// End the fetch.
    EndFetch,
    /// Keep a token, or forget it.
    Token(Option<Token>),
}

/// What was reported about models.
#[derive(Debug)]
pub(in crate::app) enum ModelsEvent {
    /// The available models.
    Found(Vec<ModelEntry>),
    /// This was found in one.
    Reported { name: String, state: EntryState },
    /// The artist chose these in a dialog.
    Chosen(Option<PathBuf>),
    /// Something that was dropped is a model; `as_move` when it came to the camera.
    Brought { path: PathBuf, as_move: bool },
    /// Bytes were copied.
    CopyAdvanced {
        done: u64,
        total: u64,
        words: String,
    },
    /// The copy is over: its name, or `None` where it was ended.
    CopyEnded(Result<Option<String>, InstallError>),
    /// A fetched or copied model was taken off the disk, or put back.
    Kept {
        name: String,
        kept: bool,
        ended: Result<(), HubError>,
    },
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
    /// The fetch is over.
    Ended(Result<Ended, HubError>),
    /// The token was kept or forgotten.
    TokenKept(Result<(), HubError>),
}
