//! Commands about models.

use std::path::PathBuf;

use crate::hub::Token;

/// Commands about models.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelsCommand {
    /// Asks for a weight file to add.
    AskFile,
    /// Asks for a model folder to add.
    AskFolder,
    /// Adds these files and folders without copying them.
    Add(Vec<PathBuf>),
    /// Copies a referenced model into Kinora's own folder.
    Copy(String),
    /// Cancels the copy and deletes what was copied.
    StopCopy,
    /// Removes a model from the list, and from the disk if Kinora downloaded or copied it.
    Remove(String),
    /// Restores a downloaded or copied model that was removed.
    Restore(String),
    /// Looks up a repository on the hub.
    Look(String),
    /// Accepts the terms and starts or resumes the download.
    Fetch,
    /// Pauses the download; its partial files are kept.
    Pause,
    /// Dismisses the offer.
    Decline,
    /// Uses this access token from now on; `None` deletes the saved one.
    Token(Option<Token>),
}
