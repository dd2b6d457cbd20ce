//! Saving finished takes, and pictures without a file of their own, as soon as they exist, and again until
//! that succeeds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::notice;
use crate::app::protocol::effect::Effect;
use crate::app::protocol::save::SaveJob;
use crate::app::query::{self, AUTOSAVE, SAVE_PREFERENCES};
use crate::app::state::Studio;
use crate::app::state::notice::Topic;
use crate::app::state::preferences::PreferencesFile;
use crate::app::state::shelf::ShelfPicture;
use crate::error::{Hinted as _, ProjectError};
use crate::project::file::{collected_file, picture_file};
use crate::project::ids::{PictureId, TakeId};
use crate::project::store::{Collected, MOST_COLLECTED};

/// Effects that save a finished take: first its entry in the project file, then its frames.
pub(super) fn save_take(studio: &mut Studio, id: TakeId) -> Vec<Effect> {
    let mut effects = save(studio);
    effects.extend(take(studio, id));
    effects
}

fn take(studio: &Studio, id: TakeId) -> Option<Effect> {
    let place = studio.project.home.clone()?;
    let shelf = studio.take_named(id)?;
    let job = SaveJob::Take(query::take_entry(shelf), Arc::clone(&shelf.take));
    let epoch = studio.project.epoch;
    Some(Effect::Save { epoch, place, job })
}

/// The effect that saves a picture without a file of its own; `None` if it has one.
pub(super) fn save_picture(studio: &Studio, id: PictureId) -> Option<Effect> {
    let place = studio.project.home.clone()?;
    let shelf = studio.picture_named(id)?;
    if shelf.path.is_some() {
        return None;
    }
    let path = picture_file(&place, &shelf.fingerprint, shelf.sample);
    let job = SaveJob::Picture(id, path, Arc::clone(&shelf.picture), shelf.made.clone());
    let epoch = studio.project.epoch;
    Some(Effect::Save { epoch, place, job })
}

/// Effects that copy pictures into the project's folder, so that it can be given to someone else.
fn collect(studio: &mut Studio, place: &Path) -> Vec<Effect> {
    let epoch = studio.project.epoch;
    let pictures = studio.project.pictures.iter_mut();
    let mut effects = Vec::new();
    for picture in pictures.filter(|picture| !picture.collecting && picture.collected.is_none()) {
        let Some(from) = picture.path.clone() else {
            continue;
        };
        picture.collecting = true;
        let copy = collected_file(&from, &picture.fingerprint);
        let job = SaveJob::Collect(picture.id, from, copy);
        let place = place.to_owned();
        effects.push(Effect::Save { epoch, place, job });
    }
    effects
}

/// A picture was copied into the project, or could not be.
pub(super) fn picture_collected(
    studio: &mut Studio,
    id: PictureId,
    copy: PathBuf,
    outcome: Result<Collected, ProjectError>,
) -> Vec<Effect> {
    if let Ok(Collected::TooLarge) = outcome {
        too_large(studio, id);
    }
    let copied = outcome
        .as_ref()
        .ok()
        .map(|found| *found == Collected::Copied);
    let mut pictures = studio.project.pictures.iter_mut();
    if let Some(picture) = pictures.find(|picture| picture.id == id) {
        // A copy that failed is tried again at the next save.
        picture.collecting = copied.is_some();
        picture.collected = copied.filter(|copied| *copied).map(|_| copy);
    }
    if copied == Some(true) {
        touch(studio);
    }
    save_ended(studio, outcome.map(|_| ()))
}

/// Says that a picture stays where it is; once, because its entry then names that place.
fn too_large(studio: &mut Studio, id: PictureId) {
    let Some(picture) = studio.picture_named(id) else {
        return;
    };
    let error = ProjectError::PictureTooLarge {
        limit: MOST_COLLECTED >> 20,
        path: picture.path.clone().unwrap_or_default(),
    };
    let title = "Picture not copied into the project";
    notice::warning_about(studio, Topic::LargePicture, title, &error.in_window());
}

/// The file of a picture to remember for recipes: its own, or the one in the project's folder.
pub(super) fn file_of(studio: &Studio, picture: &ShelfPicture) -> Option<PathBuf> {
    let home = studio.project.home.as_deref();
    let outcome = home.map(|home| picture_file(home, &picture.fingerprint, picture.sample));
    picture.path.clone().or(outcome)
}

pub(super) fn take_saved(
    studio: &mut Studio,
    take: TakeId,
    outcome: Result<(), ProjectError>,
) -> Vec<Effect> {
    if outcome.is_err() {
        studio.runtime.unsaved.takes.insert(take);
    }
    save_ended(studio, outcome)
}

pub(super) fn picture_saved(
    studio: &mut Studio,
    picture: PictureId,
    outcome: Result<(), ProjectError>,
) -> Vec<Effect> {
    if outcome.is_err() {
        studio.runtime.unsaved.pictures.insert(picture);
    }
    save_ended(studio, outcome)
}

fn save_ended(studio: &mut Studio, outcome: Result<(), ProjectError>) -> Vec<Effect> {
    match outcome {
        Ok(()) => Vec::new(),
        Err(error) => {
            try_again_later(studio);
            notice::error(studio, "Some changes are not saved", &error)
        }
    }
}

/// Effects that repeat every save that failed.
pub(super) fn again(studio: &mut Studio) -> Vec<Effect> {
    let unsaved = std::mem::take(&mut studio.runtime.unsaved);
    let pictures = unsaved.pictures.into_iter();
    let mut effects: Vec<_> = pictures.filter_map(|id| save_picture(studio, id)).collect();
    effects.extend(unsaved.takes.into_iter().filter_map(|id| take(studio, id)));
    effects
}

/// Effects that save everything with an ID from `next` on: a copy of the project requested at that time does
/// not contain it.
pub(super) fn unsaved_since(studio: &Studio, next: u64) -> Vec<Effect> {
    let pictures = studio.project.pictures.iter();
    let pictures = pictures.filter(|picture| picture.id.0 >= next);
    let takes = studio.project.takes.iter().filter(|take| take.id.0 >= next);
    pictures
        .filter_map(|picture| save_picture(studio, picture.id))
        .chain(takes.filter_map(|shelf| take(studio, shelf.id)))
        .collect()
}

/// Delay before a failed save is repeated.
const RETRY: Duration = Duration::from_secs(30);

/// Schedules an autosave.
pub(super) fn touch(studio: &mut Studio) {
    studio.runtime.edited_at = Some(studio.runtime.now);
}

/// Saves if there has been no edit for long enough.
pub(super) fn autosave(studio: &mut Studio) -> Vec<Effect> {
    let now = studio.runtime.now;
    let due = |since: Option<Duration>, wait| {
        since.is_some_and(|since| now.saturating_sub(since) >= wait && now >= since)
    };
    let mut effects = Vec::new();
    if studio.runtime.edited_at.is_none() && query::queue(studio) != studio.runtime.saved_queue {
        touch(studio);
    }
    if due(studio.runtime.edited_at, AUTOSAVE) {
        effects.extend(save(studio));
    }
    let file = query::preferences_file(studio);
    if file == studio.runtime.saved_preferences {
        studio.runtime.preferences_changed_at = None;
    } else if due(studio.runtime.preferences_changed_at, SAVE_PREFERENCES) {
        effects.extend(save_preferences(studio, file));
    } else if studio.runtime.preferences_changed_at.is_none() {
        studio.runtime.preferences_changed_at = Some(now);
    }
    effects
}

/// Saves the project file, and everything that could not be saved so far.
pub(super) fn save(studio: &mut Studio) -> Vec<Effect> {
    // The folder has its name again in a moment; then everything is saved.
    let home = studio.project.home.clone();
    let Some(place) = home.filter(|_| !studio.runtime.moving) else {
        return Vec::new();
    };
    studio.runtime.edited_at = None;
    studio.runtime.saved_queue = query::queue(studio);
    let job = SaveJob::Project(Box::new(query::project_file(studio)));
    let epoch = studio.project.epoch;
    let mut effects = collect(studio, &place);
    effects.push(Effect::Save { epoch, place, job });
    effects.extend(again(studio));
    effects
}

pub(super) fn save_preferences(studio: &mut Studio, file: PreferencesFile) -> Vec<Effect> {
    studio.runtime.preferences_changed_at = None;
    studio.runtime.saved_preferences = file.clone();
    let place = studio.runtime.folders.preferences.clone();
    let job = SaveJob::Preferences(Box::new(file));
    let epoch = studio.project.epoch;
    place.map_or_else(Vec::new, |place| vec![Effect::Save { epoch, place, job }])
}

pub(super) fn saved(studio: &mut Studio) -> Vec<Effect> {
    studio.runtime.save_failed = !studio.runtime.unsaved.is_empty();
    Vec::new()
}

pub(super) fn not_saved(studio: &mut Studio, error: &ProjectError) -> Vec<Effect> {
    try_again_later(studio);
    notice::error(studio, "Couldn't save the project", error)
}

/// Schedules another attempt to save.
pub(super) fn try_again_later(studio: &mut Studio) {
    studio.runtime.save_failed = true;
    studio.runtime.edited_at = Some(studio.runtime.now + RETRY);
}
