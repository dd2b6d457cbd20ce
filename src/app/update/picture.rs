//! Pictures: opened, refused, chosen, shown.

use std::path::{Path, PathBuf};

use super::stage::{next_number, put_on_stage};
use super::{notice, save};
use crate::app::protocol::effect::Effect;
use crate::app::protocol::opened_picture::OpenedPicture;
use crate::app::state::shelf::ShelfPicture;
use crate::app::state::{Shown, Studio};
use crate::error::{ClipboardError, PictureError, ProjectError};
use crate::media::fit::Fit;
use crate::project::ids::PictureId;

/// Files that are remembered from one start to the next.
const MOST_RECENT: usize = 12;

pub(super) fn open(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    if paths.is_empty() {
        return Vec::new();
    }
    let runtime = &mut studio.runtime;
    if runtime.opening == 0 {
        runtime.opening_total = 0;
        runtime.opening_shown = false;
    }
    runtime.opening += paths.len();
    runtime.opening_total += paths.len();
    let matte = studio.preferences.matte;
    vec![Effect::OpenPictures { paths, matte }]
}

pub(super) fn ask(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    studio.runtime.dialog = true;
    vec![Effect::AskForPictures]
}

pub(super) fn chosen(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    studio.runtime.dialog = false;
    open(studio, paths)
}

pub(super) fn opened(studio: &mut Studio, opened: OpenedPicture) -> Vec<Effect> {
    // What an artist brings goes on the stage; samples wait to be asked.
    if let Some(id) = opened.id {
        put_on_shelf(studio, id, opened);
        return Vec::new();
    }
    let (path, origin) = (opened.path.clone(), opened.origin);
    let (id, mut effects) = take_in(studio, opened);
    if let Some(path) = &path {
        remember(studio, path);
    }
    if origin.is_some() {
        effects.extend(extends(studio, id));
        return effects;
    }
    // Of many pictures the first goes on the stage.
    let first = !studio.runtime.opening_shown;
    one_less(studio);
    studio.runtime.opening_shown = true;
    if first {
        effects.extend(show(studio, id));
    }
    effects
}

/// The picture that continues a take has arrived on the shelf.
fn extends(studio: &mut Studio, id: PictureId) -> Vec<Effect> {
    notice::info(
        studio,
        "This frame is the next picture",
        "Its take will be joined to the one that it continues. Press Enter to make it.",
    );
    show(studio, id)
}

/// Puts a picture on the shelf that a take was made of; the stage stays as it is.
pub(super) fn bring(studio: &mut Studio, opened: OpenedPicture) -> Vec<Effect> {
    let (_, effects) = take_in(studio, opened);
    effects
}

/// Puts a picture on the shelf, unless it is there, under the name that it has or had.
fn take_in(studio: &mut Studio, opened: OpenedPicture) -> (PictureId, Vec<Effect>) {
    let there = same(studio, &opened);
    let id = there
        .or_else(|| absent(studio, &opened))
        .unwrap_or_else(|| PictureId(next_number(studio)));
    if there.is_none() {
        put_on_shelf(studio, id, opened);
    }
    save::touch(studio);
    let keep = save::keep_picture(studio, id);
    (id, keep.into_iter().collect())
}

/// The picture on the shelf that is the very same: the same pixels from the same place.
fn same(studio: &Studio, opened: &OpenedPicture) -> Option<PictureId> {
    let found = studio.project.pictures.iter().find(|picture| {
        let place = (&picture.path, picture.origin) == (&opened.path, opened.origin);
        !picture.sample && place && picture.fingerprint == opened.fingerprint
    });
    found.map(|picture| picture.id)
}

/// The picture that was missing and is brought again, from wherever: its takes have it back.
fn absent(studio: &mut Studio, opened: &OpenedPicture) -> Option<PictureId> {
    let absent = &mut studio.project.absent_pictures;
    let found = absent.iter().position(|absent| {
        let pixels = absent.fingerprint.as_ref() == Some(&opened.fingerprint);
        let place = absent.path.is_some() && absent.path == opened.path;
        absent.origin == opened.origin && (pixels || (place && absent.fingerprint.is_none()))
    })?;
    Some(absent.remove(found).id)
}

/// A picture of the project was opened again, or could not be.
pub(super) fn restored(
    studio: &mut Studio,
    opened: Result<Box<OpenedPicture>, ProjectError>,
) -> Vec<Effect> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return notice::error(studio, "A picture is missing", &error),
    };
    let Some(id) = opened.id else {
        return Vec::new();
    };
    let absent = &mut studio.project.absent_pictures;
    let Some(index) = absent.iter().position(|absent| absent.id == id) else {
        // The artist was faster and has brought it already.
        return Vec::new();
    };
    let before = absent.remove(index);
    if before
        .fingerprint
        .is_some_and(|fingerprint| fingerprint != opened.fingerprint)
    {
        let words = format!(
            "{} is another picture than when its takes were made, so they cannot be made again \
             from it",
            before.path.unwrap_or_default().display()
        );
        notice::warning(studio, "A picture has changed on the disk", &words);
    }
    put_on_shelf(studio, id, *opened);
    Vec::new()
}

/// Samples first, then in the order of arrival.
fn put_on_shelf(studio: &mut Studio, id: PictureId, opened: OpenedPicture) {
    let pictures = &mut studio.project.pictures;
    let at = pictures.partition_point(|picture| picture.id < id);
    let picture = ShelfPicture {
        id,
        name: opened.name,
        path: opened.path,
        sample: opened.sample,
        picture: opened.picture,
        matte: opened.matte,
        view: opened.view,
        thumb: opened.thumb,
        origin: opened.origin,
        fingerprint: opened.fingerprint,
    };
    pictures.insert(at, picture);
}

pub(super) fn refused(studio: &mut Studio, error: &PictureError) -> Vec<Effect> {
    one_less(studio);
    notice::error(studio, "That picture was not opened", error)
}

/// One file is dealt with.
pub(super) fn one_less(studio: &mut Studio) {
    let runtime = &mut studio.runtime;
    runtime.opening = runtime.opening.saturating_sub(1);
    runtime.opening_part = 0.0;
    if runtime.opening == 0 {
        runtime.opening_name = None;
        runtime.opening_stopping = false;
    }
}

pub(super) fn opening(studio: &mut Studio, name: String) -> Vec<Effect> {
    studio.runtime.opening_name = Some(name);
    Vec::new()
}

pub(super) fn opening_advanced(studio: &mut Studio, part: f32) -> Vec<Effect> {
    studio.runtime.opening_part = part;
    Vec::new()
}

/// What is open stays; the rest is left alone.
pub(super) fn stop_opening(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.opening == 0 {
        return Vec::new();
    }
    studio.runtime.opening_stopping = true;
    vec![Effect::StopOpening]
}

pub(super) fn left(studio: &mut Studio) -> Vec<Effect> {
    one_less(studio);
    Vec::new()
}

/// A folder counts as one file until it has been scanned.
pub(super) fn folder(studio: &mut Studio, path: &Path, pictures: usize, all: bool) -> Vec<Effect> {
    let runtime = &mut studio.runtime;
    runtime.opening = (runtime.opening + pictures).saturating_sub(1);
    runtime.opening_total = (runtime.opening_total + pictures).saturating_sub(1);
    if !all {
        let words = format!(
            "the first {pictures} pictures of it are opened; drop the others by themselves: {}",
            path.display()
        );
        notice::warning(studio, "That folder is large", &words);
    }
    Vec::new()
}

pub(super) fn paste(studio: &mut Studio) -> Vec<Effect> {
    let pasted = studio
        .project
        .pictures
        .iter()
        .filter(|picture| !picture.sample && picture.path.is_none())
        .count();
    let name = format!("Pasted {}", pasted + 1);
    let runtime = &mut studio.runtime;
    if runtime.opening == 0 {
        runtime.opening_total = 0;
        runtime.opening_shown = false;
    }
    runtime.opening += 1;
    runtime.opening_total += 1;
    runtime.opening_name = Some("the clipboard".to_owned());
    let matte = studio.preferences.matte;
    vec![Effect::Paste { name, matte }]
}

pub(super) fn pasted_files(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    one_less(studio);
    open(studio, paths)
}

pub(super) fn paste_refused(studio: &mut Studio, error: &ClipboardError) -> Vec<Effect> {
    one_less(studio);
    notice::error(studio, "Nothing was pasted", error)
}

/// Puts a file at the front of those that were opened last.
fn remember(studio: &mut Studio, path: &Path) {
    let recent = &mut studio.preferences.recent;
    recent.retain(|other| other != path);
    recent.insert(0, path.to_owned());
    recent.truncate(MOST_RECENT);
}

pub(super) fn show(studio: &mut Studio, id: PictureId) -> Vec<Effect> {
    if studio.picture_named(id).is_some() {
        choose(studio, id);
        put_on_stage(studio, Shown::Picture, false);
    }
    Vec::new()
}

/// Makes it the picture that the next take is made of.
pub(super) fn choose(studio: &mut Studio, id: PictureId) {
    let document = &mut studio.project.document;
    let fit = &mut document.direction.fit;
    // A window is drawn on one picture and means nothing on another.
    if document.picture != Some(id) && matches!(fit, Fit::Window(_)) {
        *fit = Fit::default();
    }
    document.picture = Some(id);
}
