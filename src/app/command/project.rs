//! What can be asked for about the project as a whole.

use std::path::PathBuf;

use crate::project::ids::TakeId;

/// Commands about the project as a whole.
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
    /// Copy it to this folder and continue there.
    SaveAs(PathBuf),
    /// Look no more for a take that could not be read back; a file that is there stays.
    Forget(TakeId),
}

/// Commands about presets.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetCommand {
    /// Keep the present settings under a name.
    Keep(String),
}

/// What a folder is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderUse {
    /// Clips that are exported.
    Exports,
    /// New projects, with their takes in them.
    Projects,
}

impl FolderUse {
    /// What stands above the dialog.
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
    /// Ask for a folder.
    Choose(FolderUse),
    /// Show what is in a folder, which is made where it is missing.
    Open(PathBuf),
}
