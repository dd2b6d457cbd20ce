//! Commands about models.

use std::path::PathBuf;

use crate::hub::Token;

/// Commands about models.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelsCommand {
    /// Ask for a weight file to add.
    AskFile,
    /// Ask for a model folder to add.
    AskFolder,
    /// Add these files and folders where they lie.
    Add(Vec<PathBuf>),
    /// Copy a model that is used from its current location into Kinora's own folder.
    Copy(String),
    /// Cancel the copy and remove what was copied.
    StopCopy,
    /// Take a model off the list; only what Kinora fetched or copied is taken off the disk too.
    Remove(String),
    /// Put a fetched or copied model back that was removed.
    Restore(String),
    /// Ask the hub what a repository offers.
    Look(String),
    /// Accept the terms and fetch, or go on fetching.
    Fetch,
    /// End the fetch; what has arrived stays.
    Pause,
    /// Think better of the offer.
    Decline,
    /// Use this access token from now on; `None` forgets the kept one.
    Token(Option<Token>),
}
