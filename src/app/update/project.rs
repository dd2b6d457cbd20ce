//! The project: opened, saved by itself, copied, begun anew; and the preferences beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::save::{self, save, save_preferences, touch};
use super::stage::put_on_stage;
use super::{notice, picture, queue};
use crate::app::command::project::ProjectCommand;
use crate::app::protocol::effect::{Effect, ProjectEffect};
use crate::app::protocol::save::Keep;
use crate::app::state::notice::Offer;
use crate::app::state::queue::Queue;
use crate::app::state::shelf::ShelfTake;
use crate::app::state::unsaved::Unkept;
use crate::app::state::{ModelState, Project, Shown, Studio};
use crate::app::{Command, query};
use crate::engine::protocol::Take;
use crate::error::ProjectError;
use crate::media::frame::Frame;
use crate::project::file::{ProjectFile, TakeEntry, project_name};
use crate::project::ids::{FIRST_NUMBER, TakeId};
use crate::project::store::Claim;

/// Projects that the menu remembers.
const MOST_RECENT: usize = 8;
/// What a project is called before it has a name.
const UNTITLED: &str = "Untitled";

pub(super) fn command(studio: &mut Studio, command: ProjectCommand) -> Vec<Effect> {
    // What a job makes belongs to the project that it was begun in.
    let nowhere = studio.project.home.is_none();
    let busy = !studio.runtime.jobs.is_empty() || studio.runtime.project_awaited;
    let asking = studio.runtime.dialog;
    match command {
        ProjectCommand::Save => save(studio),
        ProjectCommand::Forget(take) => forget(studio, take),
        _ if busy => not_now(studio),
        // What there is in memory alone would be lost.
        ProjectCommand::New | ProjectCommand::Open(_)
            if nowhere && !studio.project.takes.is_empty() =>
        {
            notice::trouble(studio, "The project stays open", &ProjectError::Nowhere)
        }
        ProjectCommand::New => {
            let mut effects = save(studio);
            effects.extend(begin_untitled(studio));
            effects
        }
        // It is open here.
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
            vec![ProjectEffect::AskForPlace(name.unwrap_or_default()).into()]
        }
        ProjectCommand::AskOpen | ProjectCommand::AskSaveAs => Vec::new(),
        ProjectCommand::SaveAs(to) => save_as(studio, to),
    }
}

/// A project came in among pictures: it is opened in place of the one that is.
pub(super) fn brought(studio: &mut Studio, folder: PathBuf) -> Vec<Effect> {
    picture::one_less(studio);
    command(studio, ProjectCommand::Open(folder))
}

/// Why the project that is open stays open.
fn not_now(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.jobs.is_empty() {
        // There is none yet; the window has only begun.
        return Vec::new();
    }
    notice::trouble(studio, "The project stays open", &ProjectError::Busy)
}

/// The artist closed a dialog for a project's folder.
pub(super) fn chosen(
    studio: &mut Studio,
    folder: Option<PathBuf>,
    then: fn(PathBuf) -> ProjectCommand,
) -> Vec<Effect> {
    studio.runtime.dialog = false;
    folder.map_or_else(Vec::new, |folder| command(studio, then(folder)))
}

/// Opens what was open when the window was closed.
pub(super) fn look_around(studio: &mut Studio) -> Vec<Effect> {
    let Some(projects) = studio.projects_folder().cloned() else {
        return Vec::new();
    };
    let last = studio.runtime.places.last_project.clone();
    studio.runtime.project_awaited = true;
    vec![
        ProjectEffect::Open {
            folder: last.unwrap_or_else(|| projects.join(UNTITLED)),
            fresh: true,
        }
        .into(),
    ]
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
    match read {
        Ok((claim, file)) => {
            studio.runtime.project_awaited = false;
            let mut effects = opened(studio, folder, claim, *file);
            effects.extend(queue::start_next(studio));
            effects
        }
        Err(error) => {
            let damaged = matches!(error, ProjectError::Damaged { .. });
            let in_use = matches!(error, ProjectError::InUse { .. });
            let at_start = studio.project.home.is_none();
            if at_start && studio.runtime.project_fresh {
                return homeless(studio, &error);
            }
            // A second window simply works on another project.
            if !(at_start && in_use) {
                notice::trouble(studio, "The project was not opened", &error);
            }
            match () {
                // The damaged file was set aside; the takes beside it are there.
                () if damaged => vec![
                    ProjectEffect::Open {
                        folder,
                        fresh: true,
                    }
                    .into(),
                ],
                () if at_start => {
                    studio.runtime.project_fresh = true;
                    begin_untitled(studio).into_iter().collect()
                }
                () => Vec::new(),
            }
        }
    }
}

/// Not even a new project can be begun: everything is in memory alone until there is a place.
fn homeless(studio: &mut Studio, error: &ProjectError) -> Vec<Effect> {
    studio.runtime.project_awaited = false;
    studio.runtime.unsaved = true;
    notice::trouble(studio, "Nothing is kept until you “Save as…”", error);
    queue::start_next(studio)
}

fn opened(
    studio: &mut Studio,
    folder: PathBuf,
    claim: Claim,
    mut file: ProjectFile,
) -> Vec<Effect> {
    // Begun since it was asked for, and what it makes belongs to the project that is open.
    let first = studio.project.home.is_none();
    if !first && !studio.runtime.jobs.is_empty() {
        return not_now(studio);
    }
    // A new project begins with the artist's own model.
    if file.kinora_project == 0
        && let Some(model) = studio.preferences.model.clone()
    {
        file.document.direction.model = model;
    }
    // What waits, and what failed, was about the pictures of the project before.
    let unmade = if first {
        0
    } else {
        studio.runtime.queue.waiting.len()
    };
    if !first {
        studio.runtime.queue = Queue::default();
    }
    studio.runtime.unkept = Unkept::default();
    (studio.session.clip, studio.session.take_before) = (None, None);
    let before = std::mem::take(&mut studio.project);
    if unmade > 0 {
        let words = format!("{unmade} were of the project before, and are not made.");
        notice::warning(studio, "No take waits any more", &words);
    }
    let mut effects = Vec::new();
    if file.document.direction.model != before.document.direction.model {
        studio.runtime.model = ModelState::Opening;
        let model = file.document.direction.model.clone();
        effects.push(Effect::InspectModel(model));
    }
    effects.push(
        ProjectEffect::RestorePictures {
            folder: folder.clone(),
            entries: file.pictures.clone(),
            matte: studio.preferences.matte,
        }
        .into(),
    );
    effects.push(
        ProjectEffect::RestoreTakes {
            folder: folder.clone(),
            entries: file.takes.clone(),
        }
        .into(),
    );
    // It is on the shelf as soon as it is opened again.
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
        absent_takes: file.takes,
        home: Some(folder),
        claim: Some(claim),
    };
    put_on_stage(studio, Shown::Picture, false);
    studio.runtime.edited_at = None;
    remember(studio);
    effects
}

/// Puts the open project first among the recent ones.
fn remember(studio: &mut Studio) {
    let Some(home) = studio.project.home.clone() else {
        return;
    };
    let recent = &mut studio.runtime.recent;
    recent.retain(|folder| *folder != home);
    recent.insert(0, home);
    recent.truncate(MOST_RECENT);
}

/// A take of the project was read back, or could not be.
pub(super) fn take_restored(
    studio: &mut Studio,
    folder: &Path,
    entry: &TakeEntry,
    take: Result<(Arc<Take>, Vec<Frame>), ProjectError>,
) -> Vec<Effect> {
    if studio.project.home.as_deref() != Some(folder) {
        return Vec::new();
    }
    let (take, cells) = match take {
        Ok(read) => read,
        Err(error) => {
            let forget = Offer {
                words: format!("Forget take {}", entry.number),
                command: Command::Project(ProjectCommand::Forget(entry.id)),
            };
            return notice::trouble_with(studio, "A take is missing", &error, vec![forget]);
        }
    };
    let project = &mut studio.project;
    project.absent_takes.retain(|absent| absent.id != entry.id);
    let at = project.takes.partition_point(|other| other.id < entry.id);
    let take = ShelfTake {
        id: entry.id,
        number: entry.number,
        picture: entry.picture,
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

/// Saves whatever is not saved yet; the window closes.
pub(in crate::app) fn close(studio: &mut Studio) -> Vec<Effect> {
    let mut effects = Vec::new();
    if studio.runtime.edited_at.is_some() {
        effects.extend(save(studio));
    }
    let file = query::preferences_file(studio);
    if file != studio.runtime.kept_preferences {
        effects.extend(save_preferences(studio, file));
    }
    effects
}

fn save_as(studio: &mut Studio, to: PathBuf) -> Vec<Effect> {
    let mut effects = save(studio);
    let file = Box::new(query::project_file(studio));
    // Without a place so far, nothing of it is on the disk.
    let next = studio.project.home.as_ref().map_or(0, |_| file.next);
    let place = studio.project.home.clone().unwrap_or_default();
    let keep = Keep::Copy { to, file, next };
    effects.push(Effect::Keep { place, keep });
    effects
}

/// The project lies in another folder now.
pub(super) fn copied(studio: &mut Studio, to: PathBuf, claim: Claim, next: u64) -> Vec<Effect> {
    let words = format!("It lies in {}.", to.display());
    studio.project.home = Some(to);
    studio.project.claim = Some(claim);
    remember(studio);
    notice::news(studio, "The project is saved", &words);
    // What was decided and made while it was being copied.
    let mut effects = save(studio);
    effects.extend(save::later_than(studio, next));
    effects
}
