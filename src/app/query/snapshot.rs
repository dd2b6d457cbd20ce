//! The project file and the preferences file, as values to save.

use crate::app::state::Studio;
use crate::app::state::export_form::ExportForm;
use crate::app::state::preferences::PreferencesFile;
use crate::app::state::shelf::{ShelfPicture, ShelfTake};
use crate::project::file::{PictureEntry, ProjectFile, TakeEntry, VERSION};
use crate::project::take_request::TakeRequest;

/// The project file.
pub(in crate::app) fn project_file(studio: &Studio) -> ProjectFile {
    let project = &studio.project;
    let own = project.pictures.iter().filter(|picture| !picture.sample);
    let mut pictures: Vec<_> = own.map(picture_entry).collect();
    pictures.extend(project.absent_pictures.iter().cloned());
    pictures.sort_by_key(|picture| picture.id);
    let mut takes: Vec<_> = project.takes.iter().map(take_entry).collect();
    takes.extend(project.absent_takes.iter().cloned());
    takes.sort_by_key(|take| take.id);
    let mut document = project.document.clone();
    // The settings of a waiting take that is being edited are not those of the next take.
    if let Some(edit) = &studio.runtime.queue.editing {
        document.direction.clone_from(&edit.direction);
        document.picture = edit.picture;
    }
    ProjectFile {
        kinora_project: VERSION,
        next: project.next,
        pictures,
        takes,
        picture: document.picture,
        document,
        queue: queue(studio),
    }
}

/// The takes that are still to be made: the running one, unless it is being stopped, then those that wait. What the
/// running one has done so far is not saved.
pub(in crate::app) fn queue(studio: &Studio) -> Vec<TakeRequest> {
    let running = studio.running().filter(|job| job.stopping.is_none());
    let running = running.map(|job| job.request.clone());
    let waiting = &studio.runtime.queue.waiting;
    let waiting = waiting.iter().map(|take| take.request.clone());
    running.into_iter().chain(waiting).collect()
}

fn picture_entry(picture: &ShelfPicture) -> PictureEntry {
    PictureEntry {
        id: picture.id,
        name: picture.name.clone(),
        path: picture.collected.clone().or_else(|| picture.path.clone()),
        origin: picture.origin,
        fingerprint: Some(picture.fingerprint.clone()),
        matte: Some(picture.matte),
    }
}

/// The entry of a take in the project file.
pub(in crate::app) fn take_entry(take: &ShelfTake) -> TakeEntry {
    TakeEntry {
        id: take.id,
        number: take.number,
        picture: take.picture,
        brought_from: take.brought_from.clone(),
        prompt: take.prompt.clone(),
        complete: take.take.complete,
    }
}

/// The preferences file.
pub(in crate::app) fn preferences_file(studio: &Studio) -> PreferencesFile {
    PreferencesFile {
        preferences: studio.preferences.clone(),
        layout: studio.session.layout.clone(),
        project: studio.project.home.clone(),
        recent: studio.runtime.recent.clone(),
        export: ExportForm {
            name: ExportForm::default().name,
            sequence_name: ExportForm::default().sequence_name,
            animatic_name: ExportForm::default().animatic_name,
            ..studio.session.export.clone()
        },
    }
}
