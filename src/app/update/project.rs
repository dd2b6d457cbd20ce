//! The project: opened, saved, copied, created; and the preferences.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::home::{move_pictures, remember, rename};
use super::save::{self, save, save_preferences, touch};
use super::stage::put_on_stage;
use super::{missing, notice, picture, queue};
use crate::app::command::project::ProjectCommand;
use crate::app::protocol::effect::{Effect, ProjectEffect};
use crate::app::protocol::event::ProjectEvent;
use crate::app::protocol::save::SaveJob;
use crate::app::state::notice::{NoticeAction, Topic};
use crate::app::state::shelf::ShelfTake;
use crate::app::state::{ModelState, Project, Shown, Studio};
use crate::app::{Command, query};
use crate::error::ProjectError;
use crate::media::frame::Frame;
use crate::project::file::{ProjectFile, TakeEntry, UNTITLED, project_name};
use crate::project::ids::{FIRST_NUMBER, TakeId};
use crate::project::store::Claim;
use crate::request::Take;

pub(super) fn command(studio: &mut Studio, command: ProjectCommand) -> Vec<Effect> {
    let asking = studio.runtime.dialog;
    if let Some(reason) = command.obstacle(studio) {
        return stay(studio, &reason);
    }
    match command {
        ProjectCommand::Save => save(studio),
        ProjectCommand::Forget(take) => forget(studio, take),
        ProjectCommand::AskFind(picture) => missing::ask(studio, picture),
        ProjectCommand::Find {
            picture,
            path,
            anyway,
        } => missing::find(studio, picture, path, anyway),
        // There is no project yet: the window has just opened.
        _ if studio.runtime.project_awaited => Vec::new(),
        ProjectCommand::New => {
            let mut effects = save(studio);
            effects.extend(begin_untitled(studio));
            effects
        }
        // It is the open project.
        ProjectCommand::Open(folder) if studio.project.home.as_ref() == Some(&folder) => {
            save(studio)
        }
        ProjectCommand::Open(folder) => {
            let mut effects = save(studio);
            effects.push(
                ProjectEffect::Open {
                    folder,
                    fresh: false,
                }
                .into(),
            );
            effects
        }
        ProjectCommand::AskOpen if !asking => {
            studio.runtime.dialog = true;
            vec![ProjectEffect::AskFor.into()]
        }
        ProjectCommand::AskSaveAs if !asking => {
            studio.runtime.dialog = true;
            let name = studio.project.home.as_deref().map(project_name);
            vec![
                ProjectEffect::AskForPlace {
                    epoch: studio.project.epoch,
                    name: name.unwrap_or_default(),
                }
                .into(),
            ]
        }
        ProjectCommand::AskOpen | ProjectCommand::AskSaveAs => Vec::new(),
        ProjectCommand::AskName => {
            studio.session.renaming_project = studio.project.home.is_some();
            Vec::new()
        }
        ProjectCommand::CancelRename => {
            studio.session.renaming_project = false;
            Vec::new()
        }
        ProjectCommand::Rename(name) => rename(studio, &name),
        ProjectCommand::SaveAs(to) => save_as(studio, to),
    }
}

/// A project was opened along with pictures: it replaces the open one.
pub(super) fn found(studio: &mut Studio, folder: PathBuf) -> Vec<Effect> {
    picture::file_done(studio);
    command(studio, ProjectCommand::Open(folder))
}

/// Reports why the open project stays open.
fn stay(studio: &mut Studio, reason: &ProjectError) -> Vec<Effect> {
    notice::error(studio, "The project stays open", reason)
}

/// A dialog for a project's folder was closed.
pub(super) fn chosen(
    studio: &mut Studio,
    folder: Option<PathBuf>,
    then: fn(PathBuf) -> ProjectCommand,
) -> Vec<Effect> {
    studio.runtime.dialog = false;
    folder.map_or_else(Vec::new, |folder| command(studio, then(folder)))
}

/// Opens the project given when the window was started, or else the last one.
pub(super) fn open_first(studio: &mut Studio) -> Vec<Effect> {
    let places = &studio.runtime.folders;
    let (named, last) = (places.named_project.clone(), places.last_project.clone());
    let fresh = named.is_none();
    let untitled = || Some(studio.projects_folder()?.join(UNTITLED));
    // If there is no folder for projects, only a project given by its path can be opened.
    let last = studio.projects_folder().and(last);
    let Some(folder) = named.or(last).or_else(untitled) else {
        return Vec::new();
    };
    studio.runtime.project_awaited = true;
    vec![ProjectEffect::Open { folder, fresh }.into()]
}

fn begin_untitled(studio: &Studio) -> Option<Effect> {
    let projects = studio.projects_folder()?.clone();
    Some(
        ProjectEffect::Begin {
            projects,
            name: UNTITLED.to_owned(),
        }
        .into(),
    )
}

/// A project was read.
pub(super) fn read(
    studio: &mut Studio,
    folder: PathBuf,
    read: Result<(Claim, Box<ProjectFile>), ProjectError>,
) -> Vec<Effect> {
    let at_start = studio.runtime.project_awaited;
    match read {
        Ok((claim, file)) => {
            let mut effects = opened(studio, folder, claim, *file);
            effects.extend(begun(studio));
            effects
        }
        Err(error) => {
            let damaged = matches!(error, ProjectError::Damaged { .. });
            let in_use = matches!(error, ProjectError::InUse { .. });
            if in_use && studio.project.home.as_ref() == Some(&folder) {
                // It is this window that has it open; it was requested twice.
                return Vec::new();
            }
            if at_start && studio.runtime.project_fresh {
                return without_folder(studio, &error);
            }
            // A second window works on another project instead, unless it was started with this one.
            let named = studio.runtime.folders.named_project.as_ref() == Some(&folder);
            if !(at_start && in_use) || named {
                notice::error(studio, "Couldn't open the project", &error);
            }
            match () {
                // The damaged file was set aside; the takes next to it are unharmed.
                () if damaged => vec![
                    ProjectEffect::Open {
                        folder,
                        fresh: true,
                    }
                    .into(),
                ],
                () if at_start => {
                    studio.runtime.project_fresh = true;
                    let untitled = begin_untitled(studio);
                    untitled.map_or_else(|| without_folder(studio, &error), |begin| vec![begin])
                }
                () => Vec::new(),
            }
        }
    }
}

/// Not even a new project can be created: everything stays in memory until the user chooses a folder.
fn without_folder(studio: &mut Studio, error: &ProjectError) -> Vec<Effect> {
    studio.runtime.save_failed = true;
    notice::error(studio, "Changes are not being saved. Use “Save as…”", error);
    begun(studio)
}

/// The first project is open, or cannot be: the queue can start.
fn begun(studio: &mut Studio) -> Vec<Effect> {
    studio.runtime.project_awaited = false;
    queue::start_next(studio)
}

fn opened(
    studio: &mut Studio,
    folder: PathBuf,
    claim: Claim,
    mut file: ProjectFile,
) -> Vec<Effect> {
    let first = studio.runtime.project_awaited;
    // A job may have started, or a save failed, since the project was requested.
    if let Some(reason) = studio.holds_project().filter(|_| !first) {
        return stay(studio, &reason);
    }
    // A new project starts with the user's preferred model.
    if file.kinora_project == 0
        && let Some(model) = studio.preferences.model.clone()
    {
        file.document.direction.model = model;
    }
    // Changes made since it was requested.
    let mut effects = match studio.runtime.edited_at {
        Some(_) => save(studio),
        None => Vec::new(),
    };
    let before = std::mem::take(&mut studio.project);
    let epoch = before.epoch.next();
    if file.document.direction.model != before.document.direction.model {
        studio.runtime.model = ModelState::Opening;
        let model = file.document.direction.model.clone();
        effects.push(Effect::InspectModel(model));
    }
    effects.push(
        ProjectEffect::RestorePictures {
            epoch,
            folder: folder.clone(),
            entries: file.pictures.clone(),
            matte: studio.preferences.matte,
        }
        .into(),
    );
    effects.push(
        ProjectEffect::RestoreTakes {
            epoch,
            folder: folder.clone(),
            entries: file.takes.clone(),
        }
        .into(),
    );
    let waiting = std::mem::take(&mut file.queue);
    // It goes on the shelf as soon as it is opened.
    file.document.picture = file.picture;
    studio.history.begin(&file.document);
    studio.project = Project {
        pictures: before
            .pictures
            .into_iter()
            .filter(|picture| picture.sample)
            .collect(),
        takes: Vec::new(),
        document: file.document,
        next: file.next.max(FIRST_NUMBER),
        absent_pictures: file.pictures,
        missing_pictures: BTreeSet::new(),
        absent_takes: file.takes,
        home: Some(folder),
        claim: Some(claim),
        epoch,
    };
    if !first {
        leave(studio);
    }
    studio.runtime.edited_at = None;
    queue::reopen(studio, waiting);
    remember(studio);
    effects
}

/// Clears everything that refers to pictures, takes and clips of the project being closed: the next project
/// uses the same IDs for other things.
fn leave(studio: &mut Studio) {
    put_on_stage(studio, Shown::Picture, false);
    let session = &mut studio.session;
    (session.clip, session.take_before, session.renaming) = (None, None, None);
    session.renaming_project = false;
    let runtime = &mut studio.runtime;
    runtime.queue.leave_project();
    let notices = &mut runtime.notices;
    notices.retain(|notice| {
        let mut offers = notice.actions();
        !offers.any(|offer| offer.command.refers_to_project())
    });
}

/// Handles an event about a project that has been closed since. Its IDs mean nothing any more.
pub(super) fn handle_late_event(studio: &mut Studio, event: ProjectEvent) -> Vec<Effect> {
    match event {
        ProjectEvent::NotSaved(error)
        | ProjectEvent::TakeSaved {
            outcome: Err(error),
            ..
        }
        | ProjectEvent::PictureSaved {
            outcome: Err(error),
            ..
        } => notice::error(
            studio,
            "Some changes to the previous project were not saved",
            &error,
        ),
        ProjectEvent::Copied { to, .. } => {
            let words = format!("The previous project was copied to {}.", to.display());
            notice::info(studio, "Project saved", &words);
            Vec::new()
        }
        ProjectEvent::Renamed { .. } => {
            studio.runtime.moving = false;
            Vec::new()
        }
        ProjectEvent::PlaceChosen(_) | ProjectEvent::PictureLocated { .. } => {
            studio.runtime.dialog = false;
            Vec::new()
        }
        ProjectEvent::CellsMade { .. }
        | ProjectEvent::FrameOpened(_)
        | ProjectEvent::WordsOpened(_)
        | ProjectEvent::PictureRestored { .. }
        | ProjectEvent::PictureFound { .. }
        | ProjectEvent::PictureCollected { .. }
        | ProjectEvent::TakeRestored { .. }
        | ProjectEvent::Saved
        | ProjectEvent::TakeSaved { .. }
        | ProjectEvent::PictureSaved { .. } => Vec::new(),
    }
}

/// A take of the project was read, or could not be.
pub(super) fn take_restored(
    studio: &mut Studio,
    entry: &TakeEntry,
    take: Result<(Arc<Take>, Vec<Frame>), ProjectError>,
) -> Vec<Effect> {
    let (take, cells) = match take {
        Ok(read) => read,
        Err(error) => {
            let forget = NoticeAction {
                words: format!("Remove take {}", entry.number),
                command: Command::Project(ProjectCommand::Forget(entry.id)),
            };
            let (topic, title) = (Topic::MissingTake, "Take missing");
            return notice::error_about(studio, topic, title, &error, vec![forget]);
        }
    };
    let project = &mut studio.project;
    project.absent_takes.retain(|absent| absent.id != entry.id);
    let at = project.takes.partition_point(|other| other.id < entry.id);
    let take = ShelfTake {
        id: entry.id,
        number: entry.number,
        picture: entry.picture,
        brought_from: entry.brought_from.clone(),
        prompt: entry.prompt.clone(),
        take,
        cells,
    };
    project.takes.insert(at, take);
    Vec::new()
}

fn forget(studio: &mut Studio, take: TakeId) -> Vec<Effect> {
    studio.project.absent_takes.retain(|entry| entry.id != take);
    touch(studio);
    Vec::new()
}

/// Saves everything unsaved, because the window is closing.
pub(in crate::app) fn close(studio: &mut Studio) -> Vec<Effect> {
    let mut effects = Vec::new();
    let queue = query::queue(studio);
    if studio.runtime.edited_at.is_some() || queue != studio.runtime.saved_queue {
        effects.extend(save(studio));
    }
    let file = query::preferences_file(studio);
    if file != studio.runtime.saved_preferences {
        effects.extend(save_preferences(studio, file));
    }
    effects
}

fn save_as(studio: &mut Studio, to: PathBuf) -> Vec<Effect> {
    let mut effects = save(studio);
    let file = Box::new(query::project_file(studio));
    // Without a folder so far, none of it is on the disk.
    let next = studio.project.home.as_ref().map_or(0, |_| file.next);
    let place = studio.project.home.clone().unwrap_or_default();
    let job = SaveJob::Copy { to, file, next };
    let epoch = studio.project.epoch;
    effects.push(Effect::Save { epoch, place, job });
    effects
}

/// The project is in another folder now.
pub(super) fn copied(studio: &mut Studio, to: PathBuf, claim: Claim, next: u64) -> Vec<Effect> {
    let words = format!("Saved to {}.", to.display());
    let before = studio.project.home.take();
    if let Some(before) = before {
        move_pictures(studio, &before, &to);
    }
    studio.project.home = Some(to);
    studio.project.claim = Some(claim);
    remember(studio);
    notice::info(studio, "Project saved", &words);
    // Changes made while it was being copied.
    let mut effects = save(studio);
    effects.extend(save::unsaved_since(studio, next));
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::update;
    use crate::project::ids::PictureId;

    /// A studio in its second project, with an event about one of its pictures.
    fn refused(epoch_of: impl Fn(&Studio) -> crate::app::state::epoch::Epoch) -> Studio {
        let mut studio = Studio::default();
        studio.project.epoch = studio.project.epoch.next().next();
        studio.runtime.dialog = true;
        let epoch = epoch_of(&studio);
        let reason = || "the disk is full".to_owned();
        let outcome = Err(ProjectError::PictureNotSaved {
            reason: reason(),
            path: PathBuf::new(),
        });
        let picture = PictureId(17);
        let outcome = ProjectEvent::PictureSaved { picture, outcome };
        let saved = ProjectEvent::NotSaved(ProjectError::Unwritable {
            reason: reason(),
            path: PathBuf::new(),
        });
        let chosen = ProjectEvent::PlaceChosen(Some("elsewhere".into()));
        for event in [outcome, saved] {
            update::event(&mut studio, event.of(epoch));
        }
        let asked = update::event(&mut studio, chosen.of(epoch));
        assert_eq!(asked.is_empty(), epoch != studio.project.epoch);
        assert!(!studio.runtime.dialog, "closed in both cases");
        assert_eq!(
            studio.runtime.notices.len(),
            2,
            "the error is reported in both cases"
        );
        studio
    }

    #[test]
    fn what_is_reported_about_another_project_changes_nothing_in_this_one() {
        let studio = refused(|studio| studio.project.epoch);
        assert!(studio.runtime.unsaved.pictures.contains(&PictureId(17)));
        assert!(studio.runtime.save_failed && studio.runtime.edited_at.is_some());
        let studio = refused(|_| crate::app::state::epoch::Epoch::default().next());
        assert!(
            studio.runtime.unsaved.is_empty(),
            "17 is a different picture here"
        );
        assert!(!studio.runtime.save_failed && studio.runtime.edited_at.is_none());
    }
}
