//! Presets that cannot be used or kept.

use std::path::PathBuf;

/// A preset that cannot be used or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// The file cannot be read.
    #[error("cannot read the preset ({reason}); check the file: {path}")]
    Unreadable {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is no preset.
    #[error(
        "this is no preset ({reason}); compare it with presets/README.md, or delete it: {path}"
    )]
    Malformed {
        /// What the parser said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// There is nowhere to keep presets.
    #[error("this system has no data folder to keep presets in; set HOME or XDG_DATA_HOME")]
    NoFolder,
    /// The preset cannot be written.
    #[error("cannot keep the preset ({reason}); make room or check the folder: {path}")]
    Unwritable {
        /// What the system said.
        reason: String,
        /// Where it should have gone.
        path: PathBuf,
    },
}
