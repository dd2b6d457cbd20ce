//! What can be asked for about the project as a whole.

use std::path::PathBuf;

use super::state::TakeId;

/// A wish about the project.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectCommand {
    /// Save it now; it is saved by itself as well.
    Save,
    /// Begin another one.
    New,
    /// Ask which one to open.
    AskOpen,
    /// Open the one in this folder.
    Open(PathBuf),
    /// Ask where it shall lie.
    AskSaveAs,
    /// Copy it to this folder and go on there.
    SaveAs(PathBuf),
    /// Look no more for a take that could not be read back; a file that is there stays.
    Forget(TakeId),
}
