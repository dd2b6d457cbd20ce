//! The shelf: pictures and finished takes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::project::ids::{PictureId, TakeId};
use crate::request::{FirstFrame, Take};

/// A picture on the shelf.
#[derive(Debug)]
pub struct ShelfPicture {
    /// ID within the project.
    pub id: PictureId,
    /// Its name.
    pub name: String,
    /// The file it was opened from, if there is one.
    pub path: Option<PathBuf>,
    /// Its copy in the project, relative to the project's folder.
    pub collected: Option<PathBuf>,
    /// Whether a copy was requested, so that a file that is too large is not tried at every save.
    pub(in crate::app) collecting: bool,
    /// Whether it is a sample, embedded in the program.
    pub sample: bool,
    /// The picture at full size.
    pub picture: Arc<Picture>,
    /// sRGB colour behind its transparent parts.
    pub matte: [u8; 3],
    /// A copy for the stage.
    pub view: Frame,
    /// A thumbnail.
    pub thumb: Frame,
    /// For a frame of a take: the take and the frame's index. Takes of this picture continue that take.
    pub origin: Option<(TakeId, usize)>,
    /// Hash of its pixels, which also names its file if Kinora saved it itself.
    pub fingerprint: String,
    /// How it was made, if it was made from words.
    pub made: Option<Arc<FirstFrame>>,
}

/// A take on the shelf.
#[derive(Debug)]
pub struct ShelfTake {
    /// ID within the project.
    pub id: TakeId,
    /// The number shown to the user, counted from one.
    pub number: usize,
    /// The picture it was made from, if the project has it; see [`Studio::picture_of`](super::Studio::picture_of).
    pub picture: Option<PictureId>,
    /// The file from which it was imported.
    pub brought_from: Option<PathBuf>,
    /// The title of the shot.
    pub prompt: String,
    /// Frames and recipe.
    pub take: Arc<Take>,
    /// Small copies of the frames; empty until they are made.
    pub cells: Vec<Frame>,
}
