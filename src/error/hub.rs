//! Models that cannot be fetched from their hub.

use std::path::PathBuf;

/// A model that was not fetched, or not to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// What was typed names no repository.
    #[error("{name:?} names no model on the hub; write it as owner/name")]
    BadName {
        /// What was typed.
        name: String,
    },
    /// Nothing answers.
    #[error(
        "the model hub does not answer ({reason}); check the network and try again, what has \
         arrived is kept: {host}"
    )]
    NoNetwork {
        /// What the system said.
        reason: String,
        /// Who was asked.
        host: String,
    },
    /// The hub wants to know who asks.
    #[error(
        "{repo} is given out only to those who accepted its terms; accept them on {page} and give \
         Kinora an access token of your account"
    )]
    TokenNeeded {
        /// The repository.
        repo: String,
        /// Where its terms are accepted.
        page: String,
    },
    /// The hub knows who asks, and refuses.
    #[error(
        "the hub refuses {repo} to this access token; accept its terms on {page}, or give another \
         token"
    )]
    Forbidden {
        /// The repository.
        repo: String,
        /// Where its terms are accepted.
        page: String,
    },
    /// No such thing.
    #[error("the hub has no {what}; check the name")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The repository holds something else.
    #[error(
        "{repo} is no model in diffusers' layout with safetensors weights ({missing} is missing); \
         choose another repository"
    )]
    NotAModel {
        /// The repository.
        repo: String,
        /// What was looked for.
        missing: String,
    },
    /// The hub is in trouble, or does not speak as expected.
    #[error("the hub gave an answer that is of no use ({reason}); try again later: {host}")]
    BadAnswer {
        /// What was wrong with it.
        reason: String,
        /// Who was asked.
        host: String,
    },
    /// What arrived is not what was published, twice.
    #[error(
        "{file} arrived damaged twice; try again later or from another network, the other files \
         are kept"
    )]
    WrongHash {
        /// The file in the repository.
        file: String,
    },
    /// The disk is too full.
    #[error(
        "the model needs {needed_mib} MiB more and the disk has {free_mib} MiB free; make room \
         and go on: {path}"
    )]
    NoSpace {
        /// What is still to come, in MiB.
        needed_mib: u64,
        /// What is free, in MiB.
        free_mib: u64,
        /// Where it should go.
        path: PathBuf,
    },
    /// The place cannot be written to.
    #[error("cannot keep the model ({reason}); check the folder: {path}")]
    Unwritable {
        /// What the system said.
        reason: String,
        /// Where it should go.
        path: PathBuf,
    },
    /// A model of that name is there already.
    #[error("a model of that name is there already; remove it first: {path}")]
    Exists {
        /// Where it lies.
        path: PathBuf,
    },
    /// The system has no folder for data.
    #[error("the system names no folder for data; set HOME or XDG_DATA_HOME")]
    NoPlace,
}
