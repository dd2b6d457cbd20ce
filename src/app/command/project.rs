//! Commands about the project as a whole, presets and folders.

use std::path::PathBuf;

use crate::project::ids::{PictureId, TakeId};

/// Commands about the project as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectCommand {
    /// Saves now, ahead of autosave.
    Save,
    /// Starts a new project.
    New,
    /// Asks which project to open.
    AskOpen,
    /// Opens the project in this folder.
    Open(PathBuf),
    /// Asks for a folder to save to.
    AskSaveAs,
    /// Copies the project to this folder and continues there.
    SaveAs(PathBuf),
    /// Begins to rename the project.
    AskName,
    /// Renames the project and its folder.
    Rename(String),
    /// Leaves the name as it is.
    CancelRename,
    /// Asks for the file of a missing picture.
    AskFind(PictureId),
    /// Opens a missing picture from a file.
    Find {
        /// The picture.
        picture: PictureId,
        /// The file.
        path: PathBuf,
        /// Whether to use the file even if it is another picture.
        anyway: bool,
    },
    /// Removes a take that could not be read from the project; its files stay.
    Forget(TakeId),
}

/// Commands about presets.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetCommand {
    /// Saves the current settings under a name.
    Save(String),
}

/// What a folder is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderUse {
    /// Exported clips.
    Exports,
    /// New projects, with their takes.
    Projects,
}

impl FolderUse {
    /// The title of the dialog.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Exports => "Folder for exports",
            Self::Projects => "Folder for new projects",
        }
    }
}

/// Commands about folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderCommand {
    /// Asks for a folder.
    Choose(FolderUse),
    /// Opens a folder in the file manager, creating it if necessary.
    Open(PathBuf),
}
