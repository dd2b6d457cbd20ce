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
        "cannot read the project ({reason}); check the disk and the permissions of the folder: {path}"
    )]
    Unreadable {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The project's file is damaged.
    #[error(
        "the project's file is damaged ({reason}); it was renamed to {aside}, and the takes in its folder were kept: {path}"
    )]
    Damaged {
        /// The parser's reason.
        reason: String,
        /// Its new name.
        aside: String,
        /// The file.
        path: PathBuf,
    },
    /// The folder cannot be written.
    #[error(
        "the project is in a folder that Kinora cannot write to ({reason}); copy the project to a folder other than {path} and open the copy"
    )]
    Closed {
        /// The system's reason.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// A later version of Kinora wrote it.
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
        "this project is open in another Kinora window; close that window, or open a project other than {path}"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The project cannot be written.
    #[error(
        "the project cannot be saved ({reason}); make room on the disk, or use “Save as…” to choose a place other than {path}"
    )]
    Unwritable {
        /// The system's reason.
        reason: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// The folder is not empty.
    #[error("this folder is not empty; choose a new name for the project: {path}")]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// There is a file or folder of that name.
    #[error("a file or folder with this name already exists; choose another name: {path}")]
    NameTaken {
        /// The file or folder.
        path: PathBuf,
    },
    /// Nothing of the name can be the name of a folder.
    #[error("a project needs a name with at least one letter or digit; choose another name")]
    NoName,
    /// The project's folder cannot be renamed.
    #[error(
        "the project's folder could not be renamed ({reason}); close other programs that use the folder, or use “Save as…” to make a copy with the new name: {path}"
    )]
    NotRenamed {
        /// The system's reason.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// A take cannot be saved.
    #[error(
        "take {number} could not be saved ({reason}); make room on the disk, or export it elsewhere before you close Kinora (until then, Kinora keeps trying to save it)"
    )]
    TakeNotSaved {
        /// The take's number, as shown.
        number: usize,
        /// The reason.
        reason: String,
    },
    /// A picture without a file of its own cannot be saved.
    #[error(
        "the picture could not be saved ({reason}), and its takes cannot be made again without it; make room on the disk, and Kinora will try again: {path}"
    )]
    PictureNotSaved {
        /// The system's reason.
        reason: String,
        /// The destination.
        path: PathBuf,
    },
    /// A picture is too large to be copied into the project.
    #[error(
        "pictures larger than {limit} MiB are not copied into the project, so this picture will be missing if its file is moved or the project is opened on another machine; open a smaller version of the picture, or leave the file where it is: {path}"
    )]
    PictureTooLarge {
        /// The largest size of a copied file, in MiB.
        limit: u64,
        /// The file.
        path: PathBuf,
    },
    /// The picture of a take is neither on the shelf nor anywhere else that is searched.
    #[error(
        "the picture that this take was made from ({name}) is not on the shelf and was not found; open it, then try again"
    )]
    PictureNeeded {
        /// Its path or its name.
        name: String,
    },
    /// A recipe does not say which picture the take was made from.
    #[error(
        "the recipe of this take does not say which picture the take was made from; apply its settings one by one with the chips below the take"
    )]
    PictureUnknown,
    /// The model of a take was not found.
    #[error(
        "the model that made this take ({name}) was not found; add it under Models, then try again"
    )]
    ModelNeeded {
        /// Its name in the recipe.
        name: String,
    },
    /// A camera move of a take was not found.
    #[error("a camera move of this take ({name}) was not found; install its file, then try again")]
    MoveNeeded {
        /// Its name in the recipe.
        name: String,
    },
    /// A job of the open project is running.
    #[error("a take of the open project is being made; stop it or let it finish first")]
    Busy,
    /// Parts of the open project could not be saved.
    #[error(
        "parts of the open project could not be saved; make room on the disk, or use “Save as…” first"
    )]
    Unsaved,
    /// The project has takes but has not been saved anywhere.
    #[error("the takes of the open project are not saved; use “Save as…” first")]
    Nowhere,
    /// A take in the sequence is missing.
    #[error(
        "a take of the sequence is missing; put its file back and open the project again, or remove its clips from the sequence"
    )]
    TakeNeeded,
    /// A take of the project was made by a later version of Kinora.
    #[error(
        "take {number} of the project was made by a newer version of Kinora ({version}), whose recipes this version cannot read; open the \
         project with that version"
    )]
    TakeTooNew {
        /// The take's number, as shown.
        number: usize,
        /// The version that made it.
        version: String,
    },
    /// A take of the project is missing or damaged.
    #[error(
        "take {number} of the project could not be read ({reason}); put its file back and open the project again"
    )]
    TakeGone {
        /// The take's number, as shown.
        number: usize,
        /// The reason.
        reason: String,
    },
    /// A picture of the project is missing or damaged.
    #[error(
        "a picture in the project could not be opened ({reason}); its takes were kept, but open the picture again to make more"
    )]
    PictureGone {
        /// The reason.
        reason: String,
    },
    /// The preferences cannot be read.
    #[error(
        "the preferences could not be read ({reason}) and were reset to their defaults: {path}"
    )]
    PreferencesUnreadable {
        /// The reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The preferences file is damaged.
    #[error(
        "the preferences could not be read ({reason}) and were reset to their defaults; the old file was renamed to {aside}: {path}"
    )]
    PreferencesDamaged {
        /// The reason.
        reason: String,
        /// The new name of the old file.
        aside: String,
        /// The file.
        path: PathBuf,
    },
    /// The preferences cannot be written.
    #[error(
        "the preferences cannot be saved ({reason}); check the permissions of the folder: {path}"
    )]
    PreferencesUnwritable {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
