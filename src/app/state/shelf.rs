//! The shelf: pictures and finished takes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::protocol::Take;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::project::ids::{PictureId, TakeId};

/// A picture on the shelf.
#[derive(Debug)]
pub struct ShelfPicture {
    /// Its name in here.
    pub id: PictureId,
    /// Its name for people.
    pub name: String,
    /// The file it was opened from, if there is one.
    pub path: Option<PathBuf>,
    /// It is part of the program.
    pub sample: bool,
    /// All its pixels.
    pub picture: Arc<Picture>,
    /// sRGB colour that its transparent parts were laid over.
    pub matte: [u8; 3],
    /// A copy that fits a screen.
    pub view: Frame,
    /// A copy that fits the shelf.
    pub thumb: Frame,
    /// The take and its frame that it was taken from: its takes continue that one.
    pub origin: Option<(TakeId, usize)>,
    /// What its pixels are told from others by; a copy without a file of its own is named after it.
    pub fingerprint: String,
}

/// A take on the shelf.
#[derive(Debug)]
pub struct ShelfTake {
    /// Its name in here.
    pub id: TakeId,
    /// Counted from one, for people.
    pub number: usize,
    /// The picture it was made of, where the project knows it; see [`Studio::picture_of`](super::Studio::picture_of).
    pub picture: Option<PictureId>,
    /// The file that it was brought in from.
    pub brought_from: Option<PathBuf>,
    /// What the artist called the shot.
    pub prompt: String,
    /// Frames and recipe.
    pub take: Arc<Take>,
    /// Small copies of the frames; empty until they are made.
    pub cells: Vec<Frame>,
}
