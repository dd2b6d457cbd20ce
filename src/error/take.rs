//! Finished clips that cannot be read or rendered again.

use std::path::PathBuf;

/// A take that cannot be read or rendered again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeError {
    /// The file or folder cannot be read at all.
    #[error("cannot read the take ({reason}); check the path: {path}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file is empty.
    #[error("the take is an empty file; choose a file other than {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The content is in no format that Kinora writes.
    #[error(
        "this is not a clip in a format that Kinora writes; choose an MP4, MOV, MKV, WebM, GIF, WebP or APNG file, or a folder with frame_0000.png in it: {path}"
    )]
    NotATake {
        /// The file or folder.
        path: PathBuf,
    },
    /// A clip in a known format, but not as Kinora writes it.
    #[error(
        "this clip differs from those that Kinora writes ({reason}); choose the original take: {path}"
    )]
    Foreign {
        /// What differs.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A single picture instead of a clip.
    #[error(
        "this is a single picture, not a clip; to open a take that was saved as PNG pictures, choose the folder that contains {path}"
    )]
    SinglePicture {
        /// The picture.
        path: PathBuf,
    },
    /// The data ends too early or contradicts itself.
    #[error("the take is damaged ({reason}); get another copy of it: {path}")]
    Damaged {
        /// What is wrong.
        reason: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// Kinora was built without FFmpeg.
    #[error(
        "this build of Kinora has no FFmpeg and cannot read {ending}; use .gif, .webp, .apng or a folder of PNG pictures: {path}"
    )]
    BuiltWithoutFfmpeg {
        /// The format, as its extension.
        ending: &'static str,
        /// The clip.
        path: PathBuf,
    },
    /// The clip has no recipe.
    #[error(
        "there is no recipe in this clip; choose the original take, since converting a clip usually strips its recipe: {path}"
    )]
    NoRecipe {
        /// The clip.
        path: PathBuf,
    },
    /// The recipe has a format that this version does not know.
    #[error(
        "the recipe in this take cannot be understood ({reason}); use the version of Kinora that wrote it: {path}"
    )]
    BadRecipe {
        /// The parser's reason.
        reason: String,
        /// The clip.
        path: PathBuf,
    },
    /// A later version of Kinora wrote the recipe in a newer format.
    #[error(
        "this take was made by a newer version of Kinora ({version}), whose recipes this version cannot read; open it with that version: \
         {path}"
    )]
    NewerRecipe {
        /// The version that wrote it.
        version: String,
        /// The clip.
        path: PathBuf,
    },
    /// The recipe names no picture.
    #[error("the recipe does not say which picture the take was made from: {path}")]
    NoPicture {
        /// The clip.
        path: PathBuf,
    },
    /// The picture was not found.
    #[error(
        "the picture that this take was made from ({name}) was not found on this machine: {path}"
    )]
    PictureGone {
        /// Its name in the recipe.
        name: String,
        /// The clip.
        path: PathBuf,
    },
    /// The model was not found.
    #[error("the model that made this take ({name}) was not found on this machine: {path}")]
    ModelGone {
        /// Its name in the recipe.
        name: String,
        /// The clip.
        path: PathBuf,
    },
    /// The motion modules were not found.
    #[error("the motion module of this take ({name}) was not found on this machine: {path}")]
    MotionModuleGone {
        /// Their name in the recipe.
        name: String,
        /// The clip.
        path: PathBuf,
    },
    /// A LoRA was not found.
    #[error("a LoRA used in this take ({name}) was not found on this machine: {path}")]
    LoraGone {
        /// Its name in the recipe.
        name: String,
        /// The clip.
        path: PathBuf,
    },
    /// A mask, near map or reference frame was not found.
    #[error("a file of this take's motion ({name}) was not found on this machine: {path}")]
    MaskGone {
        /// Its name in the recipe.
        name: String,
        /// The clip.
        path: PathBuf,
    },
    /// More LoRAs were given than the recipe has.
    #[error("more LoRAs were given ({given}) than this take was made with ({count}): {path}")]
    TooManyLoras {
        /// LoRAs in the recipe.
        count: usize,
        /// LoRAs that were given.
        given: usize,
        /// The clip.
        path: PathBuf,
    },
    /// Clip and recipe do not belong together.
    #[error(
        "the frames of this take are {width} × {height} pixels, but its recipe makes {recipe_width} × {recipe_height}; choose the original take: {path}"
    )]
    Resized {
        /// Width of the frames in the clip, in pixels.
        width: u32,
        /// Height of the frames in the clip, in pixels.
        height: u32,
        /// Width that the recipe gives, in pixels.
        recipe_width: usize,
        /// Height that the recipe gives, in pixels.
        recipe_height: usize,
        /// The clip.
        path: PathBuf,
    },
}
