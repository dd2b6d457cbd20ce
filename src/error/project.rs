//! Projects that cannot be read or written.

use std::path::PathBuf;

/// A project that cannot be opened or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// There is no project in the folder.
    #[error(
        "there is no Kinora project in this folder; choose one with project.json in it: {path}"
    )]
    NotAProject {
        /// The folder.
        path: PathBuf,
    },
    /// The project's file cannot be read.
    #[error(
        "cannot read the project ({reason}); check the disk and the rights to the folder: {path}"
    )]
    Unreadable {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The project's file is not what Kinora wrote.
    #[error(
        "the project's file is damaged ({reason}); it was set aside as project.json.damaged, and the takes beside it were kept: {path}"
    )]
    Damaged {
        /// What the parser met.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A later Kinora wrote it.
    #[error(
        "this project was written by a later version of Kinora (format {version}); open it with that version: {path}"
    )]
    TooNew {
        /// The format that the file names.
        version: u32,
        /// The file.
        path: PathBuf,
    },
    /// Another window has it open.
    #[error(
        "this project is open in another Kinora window; close that one or open another project: {path}"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The project cannot be written.
    #[error(
        "the project cannot be saved ({reason}); make room on the disk, or use “Save as…” for another place: {path}"
    )]
    Unwritable {
        /// What the system said.
        reason: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// The folder holds something else.
    #[error("this folder is not empty; choose a new name for the project: {path}")]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A take of the project cannot be kept.
    #[error(
        "take {number} could not be kept in the project ({reason}); export it before you close Kinora"
    )]
    TakeNotKept {
        /// Its number, for people.
        number: usize,
        /// What went wrong.
        reason: String,
    },
    /// A take of the project is gone or damaged.
    #[error("take {number} of the project could not be read back: {reason}")]
    TakeGone {
        /// Its number, for people.
        number: usize,
        /// What went wrong.
        reason: String,
    },
    /// A picture of the project is gone or damaged.
    #[error(
        "a picture of the project could not be opened again ({reason}); its takes are there, open the picture anew to go on with it"
    )]
    PictureGone {
        /// What went wrong.
        reason: String,
    },
    /// The preferences cannot be read.
    #[error("the settings could not be read ({reason}), so Kinora begins with its own: {path}")]
    PreferencesUnreadable {
        /// What was wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The preferences cannot be written.
    #[error("the settings cannot be saved ({reason}); check the rights to the folder: {path}")]
    PreferencesUnwritable {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
