//! Presets that cannot be used or saved.

use std::path::PathBuf;

/// A preset that cannot be used or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// The file cannot be read.
    #[error("cannot read the preset ({reason}); check the file: {path}")]
    Unreadable {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is not a preset.
    #[error("this is not a preset ({reason}); correct or delete the file: {path}")]
    Malformed {
        /// The parser's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The system names no data folder.
    #[error("this system has no data folder for presets; set HOME or XDG_DATA_HOME")]
    NoFolder,
    /// The preset cannot be saved.
    #[error("cannot save the preset ({reason}); make room on the disk or check the folder: {path}")]
    Unwritable {
        /// The system's reason.
        reason: String,
        /// The output path.
        path: PathBuf,
    },
}
