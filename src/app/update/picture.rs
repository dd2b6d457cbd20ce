//! Pictures: opened, rejected, selected, shown.

use std::path::{Path, PathBuf};

use super::stage::{next_number, put_on_stage};
use super::{notice, save};
use crate::app::protocol::effect::Effect;
use crate::app::protocol::opened_picture::OpenedPicture;
use crate::app::state::notice::Topic;
use crate::app::state::shelf::ShelfPicture;
use crate::app::state::{Shown, Studio};
use crate::error::{ClipboardError, Hinted, PictureError};
use crate::media::fit::Fit;
use crate::project::file::PictureEntry;
use crate::project::ids::PictureId;

/// Maximum number of recent files.
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
    // A picture that the user opens goes on the stage; samples do not.
    if let Some(id) = opened.id {
        put_on_shelf(studio, id, opened);
        return Vec::new();
    }
    let (path, origin) = (opened.path.clone(), opened.origin);
    let (id, mut effects) = add_to_shelf(studio, opened);
    if let Some(path) = &path {
        remember(studio, path);
    }
    if origin.is_some() {
        effects.extend(extends(studio, id));
        return effects;
    }
    // Of several pictures the first goes on the stage.
    let first = !studio.runtime.opening_shown;
    file_done(studio);
    studio.runtime.opening_shown = true;
    if first {
        effects.extend(show(studio, id));
    }
    effects
}

/// A picture from words was chosen: it is a picture of the project like any other.
pub(super) fn from_words(studio: &mut Studio, opened: OpenedPicture) -> Vec<Effect> {
    let (id, mut effects) = add_to_shelf(studio, opened);
    effects.extend(show(studio, id));
    effects
}

/// A frame that continues a take has been added to the shelf.
fn extends(studio: &mut Studio, id: PictureId) -> Vec<Effect> {
    notice::info(
        studio,
        "Frame added as a picture",
        "Press Enter to make a take that continues from this frame.",
    );
    show(studio, id)
}

/// Adds a picture that a take was made from; the stage is unchanged.
pub(super) fn add_found(studio: &mut Studio, opened: OpenedPicture) -> Vec<Effect> {
    let (_, effects) = add_to_shelf(studio, opened);
    effects
}

/// Adds a picture to the shelf, unless it is there already, with its earlier ID if it was missing.
fn add_to_shelf(studio: &mut Studio, opened: OpenedPicture) -> (PictureId, Vec<Effect>) {
    let there = same(studio, &opened);
    let id = there
        .or_else(|| absent(studio, &opened))
        .unwrap_or_else(|| PictureId(next_number(studio)));
    if there.is_none() {
        put_on_shelf(studio, id, opened);
    } else if let Some(path) = opened.path {
        // The project has a copy of it; its original has been found again.
        let mut pictures = studio.project.pictures.iter_mut();
        if let Some(picture) = pictures.find(|picture| picture.id == id) {
            picture.path = Some(path);
        }
    }
    save::touch(studio);
    let keep = save::save_picture(studio, id);
    (id, keep.into_iter().collect())
}

/// The same picture on the shelf: same pixels, and the same place, or the same name if the project has its own copy.
fn same(studio: &Studio, opened: &OpenedPicture) -> Option<PictureId> {
    let found = studio.project.pictures.iter().find(|picture| {
        let copied = picture.collected.is_some() && picture.name == opened.name;
        let place = copied || picture.path == opened.path;
        !picture.sample
            && place
            && picture.origin == opened.origin
            && picture.fingerprint == opened.fingerprint
    });
    found.map(|picture| picture.id)
}

/// The missing picture that this one is, wherever it was opened from; its takes refer to it again.
fn absent(studio: &mut Studio, opened: &OpenedPicture) -> Option<PictureId> {
    let found = studio.project.absent_pictures.iter().find(|absent| {
        let pixels = absent.fingerprint.as_ref() == Some(&opened.fingerprint);
        let place = absent.path.is_some() && absent.path == opened.path;
        absent.origin == opened.origin && (pixels || (place && absent.fingerprint.is_none()))
    })?;
    let id = found.id;
    no_longer_absent(studio, id).map(|entry| entry.id)
}

/// Removes a picture from those that are absent, and returns its entry.
pub(super) fn no_longer_absent(studio: &mut Studio, id: PictureId) -> Option<PictureEntry> {
    let absent = &mut studio.project.absent_pictures;
    let index = absent.iter().position(|absent| absent.id == id)?;
    studio.project.missing_pictures.remove(&id);
    Some(absent.remove(index))
}

/// Inserts a picture: samples first, then in order of arrival.
pub(super) fn put_on_shelf(studio: &mut Studio, id: PictureId, opened: OpenedPicture) {
    let pictures = &mut studio.project.pictures;
    let at = pictures.partition_point(|picture| picture.id < id);
    let picture = ShelfPicture {
        id,
        name: opened.name,
        path: opened.path,
        collecting: false,
        collected: opened.collected,
        sample: opened.sample,
        picture: opened.picture,
        matte: opened.matte,
        view: opened.view,
        thumb: opened.thumb,
        origin: opened.origin,
        fingerprint: opened.fingerprint,
        made: opened.made,
    };
    pictures.insert(at, picture);
}

pub(super) fn refused(studio: &mut Studio, error: &PictureError) -> Vec<Effect> {
    not_opened(studio, "the picture", error)
}

/// Reports that a file could not be opened, with its name if known.
pub(super) fn not_opened(studio: &mut Studio, what: &str, error: &impl Hinted) -> Vec<Effect> {
    let name = studio.runtime.opening_name.take();
    file_done(studio);
    let name = name.unwrap_or_else(|| what.to_owned());
    let title = format!("Couldn't open {name}");
    notice::error_about(studio, Topic::File, &title, error, Vec::new())
}

/// Counts one file of the batch as done.
pub(super) fn file_done(studio: &mut Studio) {
    let runtime = &mut studio.runtime;
    runtime.opening = runtime.opening.saturating_sub(1);
    runtime.opening_part = 0.0;
    runtime.opening_name = None;
    if runtime.opening == 0 {
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

/// Stops opening files; pictures that are already open stay.
pub(super) fn stop_opening(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.opening == 0 {
        return Vec::new();
    }
    studio.runtime.opening_stopping = true;
    vec![Effect::StopOpening]
}

pub(super) fn skipped(studio: &mut Studio) -> Vec<Effect> {
    file_done(studio);
    Vec::new()
}

/// A folder counts as one file until it has been scanned.
pub(super) fn folder(studio: &mut Studio, path: &Path, pictures: usize, all: bool) -> Vec<Effect> {
    let runtime = &mut studio.runtime;
    runtime.opening = (runtime.opening + pictures).saturating_sub(1);
    runtime.opening_total = (runtime.opening_total + pictures).saturating_sub(1);
    if !all {
        let words = format!(
            "the first {pictures} pictures in the folder are being opened; drop the others separately: {}",
            path.display()
        );
        notice::warning(studio, "Only part of the folder was opened", &words);
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
    file_done(studio);
    open(studio, paths)
}

pub(super) fn paste_refused(studio: &mut Studio, error: &ClipboardError) -> Vec<Effect> {
    file_done(studio);
    notice::error(studio, "Couldn't paste", error)
}

/// Puts a file first in the list of recent files.
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

/// Selects the picture that the next take is made from.
pub(super) fn choose(studio: &mut Studio, id: PictureId) {
    let document = &mut studio.project.document;
    let fit = &mut document.direction.fit;
    // A crop window belongs to one picture.
    if document.picture != Some(id) && matches!(fit, Fit::Window(_)) {
        *fit = Fit::default();
    }
    if document.picture != Some(id) {
        // Cut-outs belong to one picture.
        studio.session.draw.selected = None;
    }
    document.picture = Some(id);
}
