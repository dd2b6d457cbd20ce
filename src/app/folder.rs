//! Folders that things lie in: looked at, and, where it is the artist's to say, chosen.

use std::path::PathBuf;

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

/// A wish about folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderCommand {
    /// Ask for a folder.
    Choose(FolderUse),
    /// Show what is in a folder, which is made where it is missing.
    Open(PathBuf),
}
