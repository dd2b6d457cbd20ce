//! Opening a picture of any format: those that `media` reads itself, and HEIC and AVIF with FFmpeg's decoders.

use std::path::Path;

use crate::error::PictureError;
use crate::media::picture::{Picture, Reading};
use crate::media::progress::PictureWatch;

/// Reads the picture at `path` as [`Picture::open_watched`] does; HEIC and AVIF too if this build has FFmpeg, and that
/// has their decoders.
///
/// # Errors
/// As [`Picture::open_watched`], and [`PictureError::NoDecoder`].
pub fn open_picture(
    path: &Path,
    matte: [u8; 3],
    reading: Reading,
    watch: PictureWatch<'_>,
) -> Result<Picture, PictureError> {
    let opened = Picture::open_watched(path, matte, reading, watch);
    #[cfg(feature = "export")]
    if let Err(PictureError::Foreign {
        kind: kind @ ("HEIC" | "HEIF" | "AVIF"),
        ..
    }) = opened
    {
        return super::heif::open(path, kind, matte, reading, watch);
    }
    opened
}

/// Reads a picture that is known by its fingerprint, as it is meant or as it is stored, whichever has the fingerprint;
/// as it is meant if neither has it.
///
/// Kinora 0.1 read colours as they are stored. The takes that it made from such a picture can be made again.
///
/// # Errors
/// As [`open_picture`].
pub fn open_known_picture(
    path: &Path,
    matte: [u8; 3],
    fingerprint: Option<&str>,
    watch: PictureWatch<'_>,
) -> Result<Picture, PictureError> {
    let meant = open_picture(path, matte, Reading::AsMeant, watch)?;
    let is = |picture: &Picture| fingerprint.is_none_or(|known| picture.fingerprint() == known);
    if is(&meant) {
        return Ok(meant);
    }
    let stored = open_picture(path, matte, Reading::AsStored, watch)?;
    Ok(if is(&stored) { stored } else { meant })
}

/// Width and height of the picture in a file according to its header, before it is turned upright; `None` if it is not a
/// picture.
#[must_use]
pub fn picture_size(path: &Path) -> Option<(u32, u32)> {
    let size = Picture::stored_size(path);
    #[cfg(feature = "export")]
    let size = size.or_else(|| super::heif::stored_size(path));
    size
}
