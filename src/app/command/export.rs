//! Commands about exporting what is on the stage.

use std::path::PathBuf;

use crate::export::{OutputKind, Quality, Scale};

/// Commands about exports.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportCommand {
    /// Exports what is on the stage with the settings of the last export; opens the sheet the first time.
    Quick,
    /// Shows the picture and the sheet that exports everything that moves in it as an animatic.
    Animatic,
    /// Sets the format.
    Format(OutputKind),
    /// Sets the size.
    Scale(Scale),
    /// Whether the clip plays forwards, then backwards.
    PingPong(bool),
    /// Sets how often it plays; 0 is for ever.
    Plays(u16),
    /// Sets the quality.
    Quality(Quality),
    /// Whether to embed the recipe in the file.
    Recipe(bool),
    /// Sets the file name.
    Name(String),
    /// Asks for a folder.
    ChooseFolder,
    /// Exports what is on the stage.
    Begin,
    /// Cancels the running export and deletes its unfinished file.
    Cancel,
    /// Shows a file in the file manager: an exported clip, or the file of a take.
    ShowInFolder(PathBuf),
}
