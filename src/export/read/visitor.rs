//! What all readers share: the visitor of frames, the contents, and faults.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::{TakeError, os_reason};
use crate::export::output::OutputKind;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// Longest side of a frame that is read, in pixels: the limit of video.
pub(super) const LONGEST_SIDE: u32 = 16_384;
/// Bytes of pixels accepted from any file, to which an allowance for each of its bytes is added. PNG compresses plain
/// white a thousandfold, GIF three thousandfold; films repeat whole frames in a few bytes.
const PIXELS: u64 = 64 << 20;
const PIXELS_PER_BYTE: u64 = 1 << 12;
const PIXELS_PER_FILM_BYTE: u64 = 1 << 16;

/// A problem with a file, before its path is added.
pub(super) enum Fault {
    /// The file cannot be read.
    Unreadable(String),
    /// The data ends too early or contradicts itself.
    Damaged(String),
    /// Not as Kinora writes clips.
    Foreign(String),
    /// A PNG picture that is not animated.
    Single,
    /// A format that needs FFmpeg, in a build without it; its extension.
    #[cfg(not(feature = "export"))]
    WithoutFfmpeg(&'static str),
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> TakeError {
        let path = path.to_path_buf();
        match self {
            Self::Unreadable(reason) => TakeError::Unreadable { path, reason },
            Self::Damaged(reason) => TakeError::Damaged { path, reason },
            Self::Foreign(reason) => TakeError::Foreign { path, reason },
            Self::Single => TakeError::SinglePicture { path },
            #[cfg(not(feature = "export"))]
            Self::WithoutFfmpeg(ending) => TakeError::BuiltWithoutFfmpeg { ending, path },
        }
    }

    pub(super) fn too_early() -> Self {
        Self::Damaged("it ends too early".to_owned())
    }

    pub(super) fn sides(width: u32, height: u32) -> Self {
        Self::Foreign(format!("its frames are {width} × {height} pixels"))
    }

    pub(super) fn too_small() -> Self {
        Self::Foreign("it has more pixels than so small a file can hold".to_owned())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::too_early(),
            io::ErrorKind::InvalidData | io::ErrorKind::Other => Self::Damaged(os_reason(&error)),
            _ => Self::Unreadable(os_reason(&error)),
        }
    }
}

/// Called with each frame; can stop the reading.
pub(super) type Visitor<'a> = dyn FnMut(Frame) -> Result<ControlFlow<()>, Fault> + 'a;

/// What a reader found besides the frames.
pub(super) struct Contents {
    /// The recipe's text.
    pub(super) comment: Option<String>,
    /// Frames per second of the file.
    pub(super) rate: Option<Rate>,
}

/// Rejects a picture that no file of `length` bytes can contain, before memory is allocated for it.
pub(super) fn require_plausible((width, height): (u32, u32), length: u64) -> Result<(), Fault> {
    let bytes = 3 * u64::from(width) * u64::from(height);
    if bytes > most_pixels(OutputKind::Apng, length) {
        return Err(Fault::too_small());
    }
    Ok(())
}

/// Maximum bytes of pixels accepted from a file of `length` bytes.
pub(super) fn most_pixels(kind: OutputKind, length: u64) -> u64 {
    let each = if kind.is_film() {
        PIXELS_PER_FILM_BYTE
    } else {
        PIXELS_PER_BYTE
    };
    PIXELS + length.saturating_mul(each)
}
