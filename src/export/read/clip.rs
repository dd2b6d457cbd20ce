//! Reading clips of any origin: videos, animated pictures, folders of pictures.
//!
//! Unlike takes, these are converted as well as possible instead of exactly.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::visitor::{Contents, Fault};
use super::{read_recipe_text, recognise, video, visit_take};
use crate::error::{ClipError, PictureError, TakeError, os_reason};
use crate::export::output::OutputKind;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::media::rate::Rate;

/// A clip without its frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipHeader {
    /// The comment; the recipe, if the clip is a take.
    pub comment: Option<String>,
    /// Frames per second, if the clip says.
    pub rate: Option<Rate>,
}

/// Called with each frame; can stop the reading.
type Each<'a> = dyn FnMut(Frame) -> ControlFlow<()> + 'a;

/// Reads the clip at `path` and calls `each` with its frames in order, `[h, w, 3]` sRGB and equal in size, until the end
/// or until `each` breaks.
///
/// A folder is a clip of all pictures in it, ordered by name with numbers by value; other files in it are ignored. A video
/// is turned upright.
///
/// # Errors
/// A [`ClipError`] if it is no clip or cannot be decoded. That may be found after the first frames.
pub fn visit_clip(path: &Path, each: &mut Each<'_>) -> Result<ClipHeader, ClipError> {
    let unreadable = |error: &std::io::Error| ClipError::Unreadable {
        reason: os_reason(error),
        path: path.to_path_buf(),
    };
    let about = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if about.is_dir() {
        return visit_folder(path, each);
    }
    match recognise(path) {
        Ok(OutputKind::Apng | OutputKind::Gif | OutputKind::WebP) => {
            let header = visit_take(path, each).map_err(|error| of_take(error, path))?;
            Ok(ClipHeader {
                comment: header.comment,
                rate: header.rate,
            })
        }
        Ok(_) | Err(TakeError::NotATake { .. }) => {
            let file = File::open(path).map_err(|error| unreadable(&error))?;
            visit_video(path, file, each)
        }
        Err(error) => Err(of_take(error, path)),
    }
}

fn visit_video(path: &Path, file: File, each: &mut Each<'_>) -> Result<ClipHeader, ClipError> {
    let mut size = None;
    let mut frames = 0_usize;
    let mut checked = |frame: Frame| {
        if *size.get_or_insert((frame.width, frame.height)) != (frame.width, frame.height) {
            return Err(Fault::Foreign("its size changes".to_owned()));
        }
        frames += 1;
        Ok(each(frame))
    };
    let read = video::visit_clip(file, &mut checked);
    let path = path.to_path_buf();
    match read {
        Ok(Contents { comment, rate }) => Ok(ClipHeader { comment, rate }),
        Err(Fault::Unreadable(reason)) => Err(ClipError::Unreadable { reason, path }),
        #[cfg(not(feature = "export"))]
        Err(Fault::WithoutFfmpeg(_)) => Err(ClipError::BuiltWithoutFfmpeg { path }),
        // Nothing that looks like a video was found in it.
        Err(_) if frames == 0 && recognise(&path).is_err() => Err(ClipError::NotAClip { path }),
        Err(Fault::Damaged(reason) | Fault::Foreign(reason)) => {
            Err(ClipError::Undecodable { reason, path })
        }
        Err(Fault::Single) => Err(ClipError::SingleFrame { path }),
    }
}

fn visit_folder(folder: &Path, each: &mut Each<'_>) -> Result<ClipHeader, ClipError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        let files = entries.into_iter().map(|entry| entry.path());
        Ok(files.filter(|path| path.is_file()).collect())
    };
    let mut files = list().map_err(|error| ClipError::Unreadable {
        reason: os_reason(&error),
        path: folder.to_path_buf(),
    })?;
    files.sort_by(|one, other| by_number(one.file_name(), other.file_name()));
    let mut size = None;
    for path in files {
        let picture = match Picture::open(&path, [0; 3]) {
            Ok(picture) => picture,
            Err(PictureError::NotAPicture { .. }) => continue,
            Err(PictureError::Unreadable { reason, .. }) => {
                return Err(ClipError::Unreadable { reason, path });
            }
            Err(_) => {
                let reason = "a picture in the folder is damaged".to_owned();
                return Err(ClipError::Undecodable { reason, path });
            }
        };
        if *size.get_or_insert((picture.width, picture.height)) != (picture.width, picture.height) {
            let reason = "a picture in the folder differs in size from the first".to_owned();
            return Err(ClipError::Undecodable { reason, path });
        }
        if each(picture.into()).is_break() {
            break;
        }
    }
    if size.is_none() {
        let path = folder.to_path_buf();
        return Err(ClipError::NotAClip { path });
    }
    Ok(ClipHeader {
        comment: read_recipe_text(folder).ok().flatten(),
        rate: None,
    })
}

fn of_take(error: TakeError, path: &Path) -> ClipError {
    let path = path.to_path_buf();
    match error {
        TakeError::Unreadable { reason, .. } => ClipError::Unreadable { reason, path },
        TakeError::Damaged { reason, .. } | TakeError::Foreign { reason, .. } => {
            ClipError::Undecodable { reason, path }
        }
        TakeError::SinglePicture { .. } => ClipError::SingleFrame { path },
        _ => ClipError::NotAClip { path },
    }
}

/// Orders names as people do: numbers in them by value, so that 2 comes before 10.
fn by_number(one: Option<&OsStr>, other: Option<&OsStr>) -> Ordering {
    let name = |name: Option<&OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    let (one, other) = (name(one), name(other));
    parts(&one)
        .cmp(&parts(&other))
        .then_with(|| one.cmp(&other))
}

/// Characters, with each number as one `0`, its length and its digits; a number may have any length.
fn parts(name: &str) -> Vec<(char, usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() {
            parts.push((first, 0, ""));
            rest = &rest[first.len_utf8()..];
        } else {
            let number = number.trim_start_matches('0');
            parts.push(('0', number.len(), number));
            rest = tail;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = ["b", "a10.png", "a9.png", "a009b.png", "a.png", "a2.png"];
        names.sort_by(|one, other| by_number(Some(OsStr::new(one)), Some(OsStr::new(other))));
        assert_eq!(
            names,
            ["a.png", "a2.png", "a9.png", "a009b.png", "a10.png", "b"]
        );
    }
}
