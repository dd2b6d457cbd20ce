//! A decoded picture with its smaller copies; made in the background.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::protocol::Still;
use crate::error::PictureError;
use crate::export::{self, open_known_picture};
use crate::library::samples::SAMPLE_MATTE;
use crate::library::sources::FoundPicture;
use crate::media::frame::Frame;
use crate::media::lanczos::lanczos;
use crate::media::picture::Picture;
use crate::media::progress::PictureWatch;
use crate::project::file::PictureEntry;
use crate::project::ids::{PictureId, TakeId};
use crate::request::{FirstFrame, Named, NamedPicture, StillRecipe};

/// Longest side of the copy for the stage, in pixels; every GPU supports textures of this size.
const VIEW_SIDE: u32 = 2048;
/// Longest side of the copy for the shelf, in pixels: twice its size on screen, for sharp displays.
const THUMB_SIDE: u32 = 208;
/// Longest side of a frame's copy for the timeline, in pixels.
const CELL_SIDE: u32 = 192;

/// Background for transparent parts of a frame, which has none.
const NO_MATTE: [u8; 3] = [0; 3];

/// A picture with its copies for the screen.
#[derive(Debug)]
pub(in crate::app) struct OpenedPicture {
    /// Its ID, if it has one already.
    pub(in crate::app) id: Option<PictureId>,
    pub(in crate::app) name: String,
    pub(in crate::app) path: Option<PathBuf>,
    /// Its copy in the project, relative to the project's folder.
    pub(in crate::app) collected: Option<PathBuf>,
    pub(in crate::app) sample: bool,
    pub(in crate::app) picture: Arc<Picture>,
    /// sRGB colour behind its transparent parts.
    pub(in crate::app) matte: [u8; 3],
    pub(in crate::app) view: Frame,
    pub(in crate::app) thumb: Frame,
    pub(in crate::app) origin: Option<(TakeId, usize)>,
    /// Hash of its pixels.
    pub(in crate::app) fingerprint: String,
    /// How it was made, if it was made from words.
    pub(in crate::app) made: Option<Arc<FirstFrame>>,
}

impl OpenedPicture {
    /// Opens a file, which had the fingerprint `known` if a project contains it; `watch` receives the progress and
    /// can stop it.
    pub(in crate::app) fn from_file(
        path: PathBuf,
        matte: [u8; 3],
        known: Option<&str>,
        watch: PictureWatch<'_>,
    ) -> Result<Self, PictureError> {
        // Reading a pipe that nobody writes to would block everything after it.
        if fs::metadata(&path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            let reason = "it is not an ordinary file".to_owned();
            return Err(PictureError::Unreadable { path, reason });
        }
        let picture = open_known_picture(&path, matte, known, watch)?;
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        // Recipes may be read from another working directory.
        let path = std::path::absolute(&path).unwrap_or(path);
        let opened = Self::new(name, Some(path.clone()), picture, matte);
        Ok(Self {
            made: recipe_in(&path, &opened.fingerprint),
            ..opened
        })
    }

    pub(in crate::app) fn from_clipboard(name: String, picture: Picture, matte: [u8; 3]) -> Self {
        Self::new(name, None, picture, matte)
    }

    /// A picture that a recipe names and that was found; if Kinora saved it itself, it has no path.
    pub(in crate::app) fn from_found(wanted: &NamedPicture, found: FoundPicture) -> Self {
        let is_kept = |name: &str| Named::of(name).fingerprint.is_some();
        let file = found.path.as_deref().and_then(Path::file_name);
        let file = file.map(|name| name.to_string_lossy().into_owned());
        let file = file.filter(|name| !is_kept(name));
        let path = found.path.filter(|_| file.is_some());
        let written = Some(wanted.named.name.clone()).filter(|name| !is_kept(name));
        let name = file.or(written).unwrap_or_else(|| "Picture".to_owned());
        Self::new(name, path, found.picture, wanted.matte)
    }

    /// The same picture with its ID and name in a project.
    pub(in crate::app) fn restored(self, entry: &PictureEntry) -> Self {
        let (collected, path) = match &entry.path {
            Some(path) if path.is_relative() => (Some(path.clone()), self.path),
            path => (None, path.clone()),
        };
        Self {
            id: Some(entry.id),
            name: entry.name.clone(),
            path,
            collected,
            origin: entry.origin,
            ..self
        }
    }

    /// A missing picture of a project, opened from another file.
    pub(in crate::app) fn found_for(self, entry: &PictureEntry) -> Self {
        Self {
            id: Some(entry.id),
            name: entry.name.clone(),
            origin: entry.origin,
            ..self
        }
    }

    /// The sample at `index`.
    pub(in crate::app) fn from_sample(
        index: u64,
        name: &str,
        bytes: &[u8],
    ) -> Result<Self, PictureError> {
        let picture = Picture::decode(bytes, SAMPLE_MATTE)?;
        Ok(Self {
            id: Some(PictureId(index)),
            sample: true,
            ..Self::new(name.to_owned(), None, picture, SAMPLE_MATTE)
        })
    }

    /// A frame of a take.
    pub(in crate::app) fn from_frame(name: String, frame: &Frame, origin: (TakeId, usize)) -> Self {
        let picture = Picture {
            width: frame.width,
            height: frame.height,
            rgb: frame.rgb.to_vec(),
        };
        Self {
            origin: Some(origin),
            ..Self::new(name, None, picture, NO_MATTE)
        }
    }

    /// A picture from words.
    pub(in crate::app) fn from_words(name: String, still: &Still) -> Self {
        Self {
            made: Some(Arc::new(still.made.clone())),
            ..Self::new(name, None, Picture::from(&still.frame), NO_MATTE)
        }
    }

    fn new(name: String, path: Option<PathBuf>, picture: Picture, matte: [u8; 3]) -> Self {
        let view = shrunk(&picture, VIEW_SIDE);
        let thumb = shrunk(&picture, THUMB_SIDE);
        let fingerprint = picture.fingerprint();
        Self {
            id: None,
            name,
            path,
            collected: None,
            sample: false,
            picture: Arc::new(picture),
            matte,
            view: view.into(),
            thumb: thumb.into(),
            origin: None,
            fingerprint,
            made: None,
        }
    }
}

/// How the picture in a file was made from words, if the file says so and its pixels are unchanged.
fn recipe_in(path: &Path, fingerprint: &str) -> Option<Arc<FirstFrame>> {
    let text = export::read_recipe_text(path).ok()??;
    let made = StillRecipe::read(&text)?.of_pixels(fingerprint)?;
    Some(Arc::new(made))
}

/// Small copies of frames for the timeline.
pub(in crate::app) fn cells(frames: &[Frame]) -> Vec<Frame> {
    let small = |frame: &Frame| {
        if frame.width.max(frame.height) <= CELL_SIDE {
            return frame.clone();
        }
        shrunk(&frame.into(), CELL_SIDE).into()
    };
    frames.iter().map(small).collect()
}

/// A copy whose longest side is at most `side` pixels.
fn shrunk(picture: &Picture, side: u32) -> Picture {
    let longest = picture.width.max(picture.height);
    if longest <= side {
        return picture.clone();
    }
    let scaled = |length: u32| {
        // At most `side`, which is a u32.
        (u64::from(length) * u64::from(side) / u64::from(longest)).max(1) as u32
    };
    lanczos(picture, scaled(picture.width), scaled(picture.height))
}
