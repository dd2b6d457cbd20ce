//! Models that cannot be fetched from a hub.

use std::path::PathBuf;

/// A model that was not fetched, or not completely.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// What was typed names no repository.
    #[error("{name:?} is not the name of a model on the hub; write it as owner/name")]
    BadName {
        /// The text.
        name: String,
    },
    /// The hub cannot be reached.
    #[error(
        "the model hub cannot be reached ({reason}); check the network and try again (the data received so far is kept): {host}"
    )]
    NoNetwork {
        /// The system's reason.
        reason: String,
        /// The hub's host.
        host: String,
    },
    /// The repository is gated.
    #[error("{repo} is gated; accept its licence at {page} and give Kinora your access token")]
    TokenNeeded {
        /// The repository.
        repo: String,
        /// The page where its licence is accepted.
        page: String,
    },
    /// The hub refuses the access token.
    #[error(
        "this access token gives no access to {repo}; accept its licence at {page}, or use another token"
    )]
    Forbidden {
        /// The repository.
        repo: String,
        /// The page where its licence is accepted.
        page: String,
    },
    /// The repository or file does not exist.
    #[error("the hub has no {what}; check the name")]
    NotFound {
        /// What was requested.
        what: String,
    },
    /// The repository is not a model that Kinora can use.
    #[error(
        "{repo} is not a model in the diffusers layout with safetensors weights ({missing} is missing); \
         choose another repository"
    )]
    NotAModel {
        /// The repository.
        repo: String,
        /// What was looked for.
        missing: String,
    },
    /// The hub failed, or its response is not as expected.
    #[error("unexpected response from the model hub ({reason}); try again later: {host}")]
    BadAnswer {
        /// What is wrong with it.
        reason: String,
        /// The hub's host.
        host: String,
    },
    /// A file did not have its published hash, twice.
    #[error(
        "{file} arrived damaged twice; try again later or on another network (the other files are kept)"
    )]
    WrongHash {
        /// The file in the repository.
        file: String,
    },
    /// The disk is too full.
    #[error(
        "the download needs {needed_mib} MiB, but the disk has {free_mib} MiB free; make room, then try \
         again: {path}"
    )]
    NoSpace {
        /// What still has to be fetched, in MiB.
        needed_mib: u64,
        /// What is free, in MiB.
        free_mib: u64,
        /// The destination.
        path: PathBuf,
    },
    /// The place cannot be written to.
    #[error("cannot save the model ({reason}); check the folder: {path}")]
    Unwritable {
        /// The system's reason.
        reason: String,
        /// The destination.
        path: PathBuf,
    },
    /// A model of that name exists.
    #[error("a model with this name already exists; remove it first: {path}")]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// The system names no data folder.
    #[error("this system has no data folder for models; set HOME or XDG_DATA_HOME")]
    NoPlace,
}
