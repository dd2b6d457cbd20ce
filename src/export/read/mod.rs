//! Reading takes: their recipe and their frames; and pictures, whatever decodes them.
//!
//! Reads every format that `write` writes, recognised by content and not by name. The recipe is returned as text.

mod animation;
mod clip;
#[cfg(feature = "export")]
mod ffmpeg;
#[cfg(feature = "export")]
mod heif;
mod metadata;
mod picture;
mod png;
mod visitor;
#[cfg(feature = "export")]
mod yuv_to_rgb;

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Seek as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use self::clip::{ClipHeader, visit_clip};
pub use self::picture::{open_known_picture, open_picture, picture_size};
use self::visitor::{Contents, Fault, Visitor, most_pixels};
use super::output::OutputKind;
use super::write::png as stills;
use crate::error::{TakeError, os_reason};
use crate::media::frame::Frame;
use crate::media::rate::Rate;

#[cfg(feature = "export")]
use self::ffmpeg as video;

/// A take without its frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeHeader {
    /// The format.
    pub kind: OutputKind,
    /// The recipe, as JSON text; `None` if there is none.
    pub comment: Option<String>,
    /// Frames per second of the file: rounded in GIF and WebP, unknown for a folder.
    pub rate: Option<Rate>,
}

/// A take that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTake {
    /// Format, recipe and rate.
    pub header: TakeHeader,
    /// All frames in order, equal in size; at least one.
    pub frames: Vec<Frame>,
}

/// A take that is opened but not decoded yet.
enum Found {
    /// A folder, with its pictures in order.
    Folder(Vec<PathBuf>),
    /// A file, at its start.
    File(OutputKind, File),
}

/// Recognises the format of the take at `path` by its content. A single PNG picture counts as [`OutputKind::Apng`].
///
/// # Errors
/// [`TakeError::Unreadable`], [`TakeError::Empty`], [`TakeError::NotATake`], and
/// [`TakeError::Damaged`] for a folder with a gap.
pub fn recognise(path: &Path) -> Result<OutputKind, TakeError> {
    Ok(match find(path)? {
        Found::Folder(_) => OutputKind::Folder,
        Found::File(kind, _) => kind,
    })
}

/// Reads only the recipe, without decoding frames; `None` if the clip has none. For a folder it is that of the first
/// picture.
///
/// # Errors
/// A [`TakeError`] if it is not a clip, or is damaged before the recipe.
pub fn read_recipe_text(path: &Path) -> Result<Option<String>, TakeError> {
    let (text, place) = match find(path)? {
        Found::Folder(pictures) => {
            let first = &pictures[0];
            let text = File::open(first).map_err(Fault::from);
            (text.and_then(png::comment), first.clone())
        }
        Found::File(kind, file) => (comment(kind, file), path.to_path_buf()),
    };
    text.map_err(|fault| fault.at(&place))
}

fn comment(kind: OutputKind, file: File) -> Result<Option<String>, Fault> {
    match kind {
        OutputKind::Apng => png::comment(file),
        OutputKind::Gif => Ok(metadata::comment_of_gif(&mut BufReader::new(file))?),
        OutputKind::WebP => Ok(metadata::comment_of_webp(&mut BufReader::new(file))?),
        kind => video::comment(kind, file),
    }
}

/// Reads the take at `path` with all its frames.
///
/// # Errors
/// As [`visit_take`], and [`TakeError::Foreign`] if the frames together would take far more memory than a file of
/// that size can contain.
pub fn read_take(path: &Path) -> Result<ReadTake, TakeError> {
    let most = match find(path)? {
        // Each picture has been compared with the size of its own file.
        Found::Folder(_) => u64::MAX,
        Found::File(kind, file) => {
            let length = file.metadata().map_or(0, |about| about.len());
            most_pixels(kind, length)
        }
    };
    let (mut frames, mut bytes) = (Vec::new(), 0);
    let header = visit_take(path, &mut |frame| {
        bytes += frame.rgb.len() as u64;
        frames.push(frame);
        if bytes <= most {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    if bytes > most {
        return Err(Fault::too_small().at(path));
    }
    Ok(ReadTake { header, frames })
}

/// Reads the take at `path` and calls `each` with its frames in order, `[h, w, 3]` sRGB and equal in size, until the
/// end or until `each` breaks.
///
/// Video is converted from BT.709 to RGB by the inverse of the conversion that wrote it; GIF and WebP are composed
/// onto their canvas.
///
/// # Errors
/// A [`TakeError`] if it is not a clip, not as Kinora writes them, or damaged. Damage may be found after the first
/// frames.
pub fn visit_take(
    path: &Path,
    each: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<TakeHeader, TakeError> {
    let mut size = None;
    let mut count = 0_usize;
    let mut checked = |frame: Frame| {
        let size = *size.get_or_insert((frame.width, frame.height));
        if (frame.width, frame.height) != size {
            let reason = format!("frame {} differs in size from the first", count + 1);
            return Err(Fault::Foreign(reason));
        }
        count += 1;
        Ok(each(frame))
    };
    let (kind, contents) = match find(path)? {
        Found::Folder(pictures) => {
            let contents = visit_pictures(&pictures, &mut checked)?;
            (OutputKind::Folder, contents)
        }
        Found::File(kind, file) => {
            let contents = match kind {
                OutputKind::Apng => png::visit(file, &mut checked),
                OutputKind::Gif => animation::visit_gif(file, &mut checked),
                OutputKind::WebP => animation::visit_webp(file, &mut checked),
                kind => video::visit(kind, file, &mut checked),
            };
            (kind, contents.map_err(|fault| fault.at(path))?)
        }
    };
    if count == 0 {
        return Err(Fault::Damaged("there are no frames in it".to_owned()).at(path));
    }
    Ok(TakeHeader {
        kind,
        comment: contents.comment,
        rate: contents.rate,
    })
}

fn visit_pictures(pictures: &[PathBuf], visitor: &mut Visitor<'_>) -> Result<Contents, TakeError> {
    let mut comment = None;
    for (index, path) in pictures.iter().enumerate() {
        let picture = File::open(path).map_err(Fault::from).and_then(png::single);
        let read = picture.and_then(|(frame, text)| {
            if index == 0 {
                comment = text;
            }
            visitor(frame)
        });
        if read.map_err(|fault| fault.at(path))?.is_break() {
            break;
        }
    }
    Ok(Contents {
        comment,
        rate: None,
    })
}

/// Lists a folder, or opens a file and reads its first bytes.
fn find(path: &Path) -> Result<Found, TakeError> {
    let refused = |error: io::Error| TakeError::Unreadable {
        path: path.to_path_buf(),
        reason: os_reason(&error),
    };
    let metadata = fs::metadata(path).map_err(refused)?;
    if metadata.is_dir() {
        return pictures(path).map(Found::Folder);
    }
    if !metadata.is_file() {
        // Reading a pipe might block for ever.
        return Err(refused(io::Error::other("it is not an ordinary file")));
    }
    if metadata.len() == 0 {
        let path = path.to_path_buf();
        return Err(TakeError::Empty { path });
    }
    let mut file = File::open(path).map_err(refused)?;
    let mut start = Vec::new();
    let read = (&mut file).take(64).read_to_end(&mut start);
    read.and_then(|_| file.rewind()).map_err(refused)?;
    let kind = kind_of(&start).ok_or_else(|| TakeError::NotATake {
        path: path.to_path_buf(),
    })?;
    Ok(Found::File(kind, file))
}

/// The format of a file that starts with these bytes.
fn kind_of(start: &[u8]) -> Option<OutputKind> {
    let has = |text: &[u8]| start.windows(text.len()).any(|part| part == text);
    if start.starts_with(b"\x89PNG\r\n\x1A\n") {
        Some(OutputKind::Apng)
    } else if start.starts_with(b"GIF8") {
        Some(OutputKind::Gif)
    } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        Some(OutputKind::WebP)
    } else if start.get(4..12) == Some(b"ftypqt  ") {
        Some(OutputKind::Mov)
    } else if start.get(4..8) == Some(b"ftyp") {
        Some(OutputKind::Mp4)
    } else if start.starts_with(b"\x1A\x45\xDF\xA3") && has(b"webm") {
        Some(OutputKind::WebM)
    } else if start.starts_with(b"\x1A\x45\xDF\xA3") && has(b"matroska") {
        Some(OutputKind::Mkv)
    } else {
        None
    }
}

/// The numbered pictures of a folder in order; at least one, none missing.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, TakeError> {
    let list = || -> io::Result<usize> {
        let mut count = 0;
        for entry in fs::read_dir(folder)? {
            count += usize::from(stills::is_frame_name(&entry?.file_name()));
        }
        Ok(count)
    };
    let count = list().map_err(|error| Fault::from(error).at(folder))?;
    if count == 0 {
        let path = folder.to_path_buf();
        return Err(TakeError::NotATake { path });
    }
    let paths = (0..count).map(|index| folder.join(stills::frame_name(index)));
    let paths: Vec<_> = paths.collect();
    if let Some(index) = paths.iter().position(|path| !path.is_file()) {
        let reason = format!("{} is missing", stills::frame_name(index));
        return Err(Fault::Damaged(reason).at(folder));
    }
    Ok(paths)
}

/// The decoder in a build without FFmpeg.
#[cfg(not(feature = "export"))]
mod video {
    use std::fs::File;

    use super::{Contents, Fault, OutputKind, Visitor};

    pub(super) fn comment(kind: OutputKind, _file: File) -> Result<Option<String>, Fault> {
        Err(Fault::WithoutFfmpeg(kind.ending()))
    }

    pub(super) fn visit(
        kind: OutputKind,
        _file: File,
        _visitor: &mut Visitor<'_>,
    ) -> Result<Contents, Fault> {
        Err(Fault::WithoutFfmpeg(kind.ending()))
    }

    pub(super) fn visit_clip(_file: File, _visitor: &mut Visitor<'_>) -> Result<Contents, Fault> {
        Err(Fault::WithoutFfmpeg(""))
    }
}
