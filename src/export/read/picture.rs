//! Opening a picture of any format: those that `media` reads itself, and HEIC and AVIF with FFmpeg's decoders.

use std::path::Path;

use crate::error::PictureError;
use crate::media::picture::Picture;
use crate::media::progress::PictureWatch;

/// Reads the picture at `path` as [`Picture::open_watched`] does; HEIC and AVIF too if this build has FFmpeg, and that
/// has their decoders.
///
/// # Errors
/// As [`Picture::open_watched`], and [`PictureError::NoDecoder`].
pub fn open_picture(
    path: &Path,
    matte: [u8; 3],
    watch: PictureWatch<'_>,
) -> Result<Picture, PictureError> {
    let opened = Picture::open_watched(path, matte, watch);
    #[cfg(feature = "export")]
    if let Err(PictureError::Foreign {
        kind: kind @ ("HEIC" | "HEIF" | "AVIF"),
        ..
    }) = opened
    {
        return super::heif::open(path, kind, matte, watch);
    }
    opened
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
