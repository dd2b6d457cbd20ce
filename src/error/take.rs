//! Finished clips that cannot be read back or rendered again.

use std::path::PathBuf;

/// A take that cannot be read, or not be rendered again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeError {
    /// The file or folder cannot be read at all.
    #[error("cannot read the take ({reason}); check the path: {path}")]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is nothing in the file.
    #[error("the take is an empty file; choose another one: {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The content is of no kind that Kinora writes.
    #[error(
        "this is no clip of a kind that Kinora writes; choose an MP4, MOV, MKV, WebM, GIF, WebP or APNG file, or a folder with frame_0000.png in it: {path}"
    )]
    NotATake {
        /// The file or folder.
        path: PathBuf,
    },
    /// A clip of a known kind, but not as Kinora writes it.
    #[error("this clip is not as Kinora writes them ({reason}); choose the original take: {path}")]
    Foreign {
        /// What differs.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// One picture instead of a clip.
    #[error(
        "this is a single picture and no clip; for a take of PNG pictures name its folder: {path}"
    )]
    SinglePicture {
        /// The picture.
        path: PathBuf,
    },
    /// The data stops too early or contradicts itself.
    #[error("the take is damaged ({reason}); get another copy of it: {path}")]
    Damaged {
        /// What does not hold.
        reason: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// Kinora was built without FFmpeg.
    #[error(
        "this build of Kinora has no FFmpeg and cannot read {ending}; use .gif, .webp, .apng or a folder of PNG pictures: {path}"
    )]
    BuiltWithoutFfmpeg {
        /// The kind of clip, as its ending.
        ending: &'static str,
        /// The clip.
        path: PathBuf,
    },
    /// The clip is fine, but nothing says how it was made.
    #[error(
        "there is no recipe of Kinora in this clip; choose a take as Kinora wrote it, programs that convert a clip often drop the recipe: {path}"
    )]
    NoRecipe {
        /// The clip.
        path: PathBuf,
    },
    /// The recipe is of a form that this version does not know.
    #[error(
        "the recipe in this take cannot be understood ({reason}); use the version of Kinora that wrote it: {path}"
    )]
    BadRecipe {
        /// What the parser met.
        reason: String,
        /// The clip.
        path: PathBuf,
    },
    /// The recipe was made from a picture without a path.
    #[error("the recipe does not say where its picture is: {path}")]
    NoPicture {
        /// The clip.
        path: PathBuf,
    },
    /// The picture is no longer where it was.
    #[error("the picture of this take is no longer where it was: {path}")]
    PictureGone {
        /// Where the recipe says that it is.
        path: PathBuf,
    },
    /// Clip and recipe do not belong together.
    #[error(
        "the frames of this take are {width}x{height}, but its recipe makes {recipe_width}x{recipe_height}; choose the original take: {path}"
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
