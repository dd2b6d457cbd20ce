//! Commands about writing what is on the stage to a file.

use std::path::PathBuf;

use crate::export::{OutputKind, Quality, Scale};

/// Commands about exports.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportCommand {
    /// Export what is on the stage with the settings of the last export; the first time, ask for them.
    Quick,
    /// Set the format.
    Format(OutputKind),
    /// Set the size.
    Scale(Scale),
    /// There and back, or not.
    PingPong(bool),
    /// Set how often it plays; 0 is for ever.
    Plays(u16),
    /// Set the losses.
    Quality(Quality),
    /// Put the recipe into the file, or not.
    Recipe(bool),
    /// Set the name.
    Name(String),
    /// Ask for a folder.
    ChooseFolder,
    /// Export what is on the stage.
    Begin,
    /// End the running export; nothing is left behind.
    Cancel,
    /// Show a written file among its neighbours.
    ShowInFolder(PathBuf),
}
