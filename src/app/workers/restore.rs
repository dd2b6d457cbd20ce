//! Reading a project's pictures and takes in the background, the newest take first.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::inbox::Outbox;
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::app::protocol::opened_picture::{OpenedPicture, cells};
use crate::error::{PictureError, ProjectError};
use crate::media::progress::PictureWatch;
use crate::project::file::{PictureEntry, TakeEntry};
use crate::project::store;

pub(in crate::app) fn open(folder: PathBuf, fresh: bool, outbox: &Outbox) {
    let read = store::open(&folder, fresh).map(|(claim, file)| (claim, Box::new(file)));
    outbox.send(Event::ProjectRead { folder, read });
}

pub(in crate::app) fn begin(projects: &Path, name: &str, outbox: &Outbox) {
    open(store::unused(projects, name), true, outbox);
}

pub(in crate::app) fn pictures(
    folder: &Path,
    entries: Vec<PictureEntry>,
    matte: [u8; 3],
    tell: impl Fn(ProjectEvent),
    closing: &AtomicBool,
) {
    for entry in entries {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        let place = store::picture_file_found(folder, &entry);
        let restored = opened_for(&entry, place, matte, closing)
            .map(|opened| Box::new(opened.restored(&entry)))
            .map_err(|error| ProjectError::PictureGone {
                reason: error.to_string(),
            });
        let (picture, opened) = (entry.id, restored);
        tell(ProjectEvent::PictureRestored { picture, opened });
    }
}

/// Opens a missing picture from a file, then those of the others that are in the same folder under their names.
pub(in crate::app) fn find(
    (wanted, path, anyway): (&PictureEntry, PathBuf, bool),
    others: &[PictureEntry],
    matte: [u8; 3],
    tell: impl Fn(ProjectEvent),
    closing: &AtomicBool,
) {
    let open = |entry: &PictureEntry, path: &Path| {
        opened_for(entry, path.to_owned(), matte, closing)
            .map(|opened| Box::new(opened.found_for(entry)))
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    tell(ProjectEvent::PictureFound {
        picture: wanted.id,
        opened: open(wanted, &path),
        path,
        anyway,
    });
    for entry in others {
        let own = entry.path.as_deref().and_then(Path::file_name);
        let names = [Some(OsStr::new(&entry.name)), own];
        let same = |path: &PathBuf| {
            let opened = open(entry, path).ok()?;
            let same = entry.fingerprint.as_ref() == Some(&opened.fingerprint);
            same.then_some(opened)
        };
        for name in names.into_iter().flatten() {
            let path = folder.join(name);
            if let Some(opened) = path.is_file().then(|| same(&path)).flatten() {
                let (picture, opened, anyway) = (entry.id, Ok(opened), false);
                tell(ProjectEvent::PictureFound {
                    picture,
                    path,
                    opened,
                    anyway,
                });
                break;
            }
        }
    }
}

/// Opens the picture of an entry from a file, behind it the colour of the entry, or else `matte`.
fn opened_for(
    entry: &PictureEntry,
    file: PathBuf,
    matte: [u8; 3],
    closing: &AtomicBool,
) -> Result<OpenedPicture, PictureError> {
    let watch = PictureWatch {
        ended: &|| closing.load(Ordering::Relaxed),
        progress: &|_| {},
    };
    let (matte, known) = (entry.matte.unwrap_or(matte), entry.fingerprint.as_deref());
    OpenedPicture::from_file(file, matte, known, watch)
}

pub(in crate::app) fn takes(
    folder: &Path,
    entries: Vec<TakeEntry>,
    tell: impl Fn(ProjectEvent),
    closing: &AtomicBool,
) {
    for entry in entries.into_iter().rev() {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        let take = store::read_take(folder, &entry).map(|take| {
            let cells = cells(&take.frames);
            (Arc::new(take), cells)
        });
        tell(ProjectEvent::TakeRestored { entry, take });
    }
}
