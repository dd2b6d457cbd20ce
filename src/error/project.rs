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
        "the project's file is damaged ({reason}); it was set aside as {aside}, and the takes beside it were kept: {path}"
    )]
    Damaged {
        /// What the parser met.
        reason: String,
        /// Its new name.
        aside: String,
        /// The file.
        path: PathBuf,
    },
    /// The folder cannot be worked in.
    #[error(
        "the project cannot be worked on where it lies ({reason}); copy its folder to a place where you may write, and open it there: {path}"
    )]
    Closed {
        /// What the system said.
        reason: String,
        /// The folder.
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
        "take {number} is not on the disk yet ({reason}); make room, or export it elsewhere, before you close Kinora, which tries again until it is"
    )]
    TakeNotKept {
        /// Its number, for people.
        number: usize,
        /// What went wrong.
        reason: String,
    },
    /// A picture without a file of its own cannot be kept.
    #[error(
        "the picture is not on the disk yet ({reason}), without which its takes cannot be made again; make room, and Kinora tries again until it is: {path}"
    )]
    PictureNotKept {
        /// What the system said.
        reason: String,
        /// Where it should go.
        path: PathBuf,
    },
    /// The picture that a take was made of is not on the shelf.
    #[error(
        "the picture of this take is not on the shelf ({name}); open it again, then ask once more"
    )]
    PictureNeeded {
        /// What is known of it: its file or its name.
        name: String,
    },
    /// Something belongs to the project that is open.
    #[error(
        "a take is being made, which belongs to the project that is open; stop it or let it finish first"
    )]
    Busy,
    /// There are takes in memory and no project on the disk.
    #[error("its takes are in memory alone; use “Save as…” first, and choose a place for them")]
    Nowhere,
    /// A take that a sequence shows is not there.
    #[error(
        "the sequence shows a take that is not at hand; bring its file back and open the project again, or take its clips out"
    )]
    TakeNeeded,
    /// A take of the project is gone or damaged.
    #[error(
        "take {number} of the project could not be read back; bring its file back and open the project again ({reason})"
    )]
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
    /// The preferences are not what Kinora wrote.
    #[error(
        "the settings could not be read ({reason}), so Kinora begins with its own; the old ones were set aside as {aside}: {path}"
    )]
    PreferencesDamaged {
        /// What was wrong.
        reason: String,
        /// Their new name.
        aside: String,
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
