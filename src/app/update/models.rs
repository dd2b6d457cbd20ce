//! Models: listed, inspected, added, removed, downloaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{camera, direction, notice, picture};
use crate::app::command::models::ModelsCommand;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::command::{Choice, Command};
use crate::app::protocol::effect::Effect;
use crate::app::protocol::models::{ModelsEffect, ModelsEvent};
use crate::app::state::Studio;
use crate::app::state::models::{CopyJob, FetchJob, ModelEntry, Origin};
use crate::app::state::notice::NoticeAction;
use crate::error::{HubError, InstallError};
use crate::hub::Ended;
use crate::library::POCKET;

fn effect(effect: ModelsEffect) -> Vec<Effect> {
    vec![Effect::Models(effect)]
}

/// Requests a list of all models on the disk.
pub(super) fn list(studio: &Studio) -> Effect {
    Effect::Models(ModelsEffect::List(studio.preferences.models.clone()))
}

pub(super) fn command(studio: &mut Studio, command: ModelsCommand) -> Vec<Effect> {
    match command {
        ModelsCommand::AskFile => ask(studio, false),
        ModelsCommand::AskFolder => ask(studio, true),
        ModelsCommand::Add(paths) => add(studio, paths),
        ModelsCommand::Copy(name) => copy(studio, &name),
        ModelsCommand::StopCopy => {
            let Some(job) = &mut studio.runtime.model_shelf.copying else {
                return Vec::new();
            };
            job.stopping = true;
            effect(ModelsEffect::EndCopy)
        }
        ModelsCommand::Remove(name) => remove(studio, &name),
        ModelsCommand::Restore(name) => effect(ModelsEffect::Restore(name)),
        ModelsCommand::Look(name) => look(studio, name),
        ModelsCommand::Fetch => fetch(studio),
        ModelsCommand::Pause => {
            let Some(job) = &mut studio.runtime.model_shelf.hub.fetching else {
                return Vec::new();
            };
            job.stopping = true;
            effect(ModelsEffect::EndFetch)
        }
        ModelsCommand::Decline => {
            let hub = &mut studio.runtime.model_shelf.hub;
            if hub.fetching.is_none() {
                (hub.offer, hub.trouble) = (None, None);
            }
            Vec::new()
        }
        ModelsCommand::Token(token) => effect(ModelsEffect::Token(token)),
    }
}

fn ask(studio: &mut Studio, folder: bool) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    studio.runtime.dialog = true;
    effect(ModelsEffect::Ask { folder })
}

/// Adds files and folders by path, without copying them.
fn add(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    let remembered = &mut studio.preferences.models;
    for path in paths {
        if !remembered.contains(&path) {
            remembered.push(path);
        }
    }
    vec![list(studio)]
}

fn remove(studio: &mut Studio, name: &str) -> Vec<Effect> {
    let Some(entry) = studio.runtime.model_shelf.named(name).cloned() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    match entry.origin {
        // Embedded models, and those that the user put into Kinora's folder, cannot be removed here.
        Origin::Embedded | Origin::Installed => return Vec::new(),
        Origin::Referenced => {
            studio
                .preferences
                .models
                .retain(|path| path != Path::new(name));
            let words = format!("The model's files stay where they are: {name}");
            removed(studio, &entry, &words);
            effects.push(list(studio));
        }
        Origin::Fetched | Origin::Copied => {
            effects.extend(effect(ModelsEffect::Remove(name.to_owned())));
        }
    }
    if studio.direction().model == name {
        effects.extend(direction::direct(studio, Choice::Model(POCKET.to_owned())));
    }
    effects
}

/// Copies a model into Kinora's folder; one at a time.
fn copy(studio: &mut Studio, name: &str) -> Vec<Effect> {
    let shelf = &mut studio.runtime.model_shelf;
    let entry = shelf.named(name).cloned();
    let Some(entry) = entry.filter(|entry| entry.origin == Origin::Referenced) else {
        return Vec::new();
    };
    if shelf.copying.is_some() {
        return Vec::new();
    }
    shelf.copying = Some(CopyJob {
        name: entry.name,
        title: entry.title,
        done: 0,
        total: 0,
        words: "Listing the files…".to_owned(),
        stopping: false,
    });
    effect(ModelsEffect::Copy(PathBuf::from(name)))
}

/// The copy replaces the original in the list.
fn copy_ended(studio: &mut Studio, copied: Result<Option<String>, InstallError>) -> Vec<Effect> {
    let Some(job) = studio.runtime.model_shelf.copying.take() else {
        return Vec::new();
    };
    let name = match copied {
        Ok(Some(name)) => name,
        Ok(None) => {
            let words =
                "The unfinished copy was deleted. The model is used from its current location.";
            notice::info(studio, "Copy stopped", words);
            return Vec::new();
        }
        Err(error) => return notice::error(studio, "Couldn't copy the model", &error),
    };
    let preferences = &mut studio.preferences;
    preferences
        .models
        .retain(|path| *path != Path::new(&job.name));
    if preferences.model.as_ref() == Some(&job.name) {
        preferences.model = Some(name.clone());
    }
    let words = format!(
        "{name} is now in Kinora's own folder. The original can be deleted: {}",
        job.name
    );
    notice::info(studio, "Model copied", &words);
    let mut effects = vec![list(studio)];
    if studio.direction().model == job.name {
        effects.extend(direction::direct(studio, Choice::Model(name)));
    }
    effects
}

/// Reports that a model was removed, and offers to restore it.
fn removed(studio: &mut Studio, entry: &ModelEntry, words: &str) {
    let command = match entry.origin {
        Origin::Fetched | Origin::Copied => ModelsCommand::Restore(entry.name.clone()),
        _ => ModelsCommand::Add(vec![PathBuf::from(&entry.name)]),
    };
    let offer = NoticeAction {
        words: "Restore".to_owned(),
        command: Command::Models(command),
    };
    let title = format!("{} removed", entry.title);
    notice::with_actions(studio, &title, words, vec![offer]);
}

fn look(studio: &mut Studio, name: String) -> Vec<Effect> {
    let hub = &mut studio.runtime.model_shelf.hub;
    if hub.fetching.is_some() || hub.asking.is_some() {
        return Vec::new();
    }
    (hub.offer, hub.trouble, hub.arrived) = (None, None, 0);
    hub.asking = Some(name.clone());
    effect(ModelsEffect::Look(name))
}

fn fetch(studio: &mut Studio) -> Vec<Effect> {
    let hub = &mut studio.runtime.model_shelf.hub;
    let (Some(offer), None) = (&hub.offer, &hub.fetching) else {
        return Vec::new();
    };
    hub.fetching = Some(FetchJob {
        done: hub.arrived,
        total: offer.bytes(),
        ..FetchJob::default()
    });
    hub.trouble = None;
    effect(ModelsEffect::Fetch(Arc::clone(offer)))
}

pub(super) fn event(studio: &mut Studio, event: ModelsEvent) -> Vec<Effect> {
    match event {
        ModelsEvent::Found(entries) => found(studio, entries),
        ModelsEvent::Reported { name, state } => {
            let entries = &mut studio.runtime.model_shelf.entries;
            if let Some(entry) = entries.iter_mut().find(|entry| entry.name == name) {
                entry.state = state;
            }
            Vec::new()
        }
        ModelsEvent::Chosen(path) => {
            studio.runtime.dialog = false;
            path.map_or_else(Vec::new, |path| add(studio, vec![path]))
        }
        ModelsEvent::Dropped { path, as_move } => {
            if as_move {
                camera::inspection_done(studio);
            } else {
                picture::file_done(studio);
            }
            // Its report appears there.
            studio.session.overlay = Some(Overlay::Models);
            add(studio, vec![path])
        }
        ModelsEvent::CopyAdvanced { done, total, words } => {
            if let Some(job) = &mut studio.runtime.model_shelf.copying {
                (job.done, job.total, job.words) = (done, total, words);
            }
            Vec::new()
        }
        ModelsEvent::CopyEnded(copied) => copy_ended(studio, copied),
        ModelsEvent::Removed { name, ended } => removal_ended(studio, &name, ended),
        ModelsEvent::Restored(ended) => restoring_ended(studio, ended),
        ModelsEvent::Looked { name, offer } => {
            let hub = &mut studio.runtime.model_shelf.hub;
            hub.asking = None;
            match offer {
                Ok(offer) => hub.offer = Some(offer),
                Err(error) => hub.trouble = Some((name, error)),
            }
            Vec::new()
        }
        ModelsEvent::Advanced {
            done,
            total,
            file,
            waiting,
        } => {
            let now = studio.runtime.now;
            if let Some(job) = &mut studio.runtime.model_shelf.hub.fetching {
                let began = job.began.unwrap_or((now, done));
                *job = FetchJob {
                    done,
                    total,
                    file,
                    waiting,
                    stopping: job.stopping,
                    began: Some(began),
                };
            }
            Vec::new()
        }
        ModelsEvent::Ended(ended) => fetched(studio, ended),
        ModelsEvent::TokenSaved(kept) => token_saved(studio, kept),
    }
}

/// Details of a model are kept when it is listed again.
fn found(studio: &mut Studio, mut entries: Vec<ModelEntry>) -> Vec<Effect> {
    let (device, precision) = (studio.preferences.device, studio.preferences.precision);
    let before = std::mem::take(&mut studio.runtime.model_shelf.entries);
    let mut effects = Vec::new();
    for entry in &mut entries {
        let known = before.iter().find(|known| known.name == entry.name);
        if let Some(known) = known {
            entry.state.clone_from(&known.state);
        }
        effects.extend(effect(ModelsEffect::Report {
            name: entry.name.clone(),
            device,
            precision,
        }));
    }
    studio.runtime.models = entries.iter().map(|entry| entry.name.clone()).collect();
    studio.runtime.model_shelf.entries = entries;
    effects
}

fn removal_ended(studio: &mut Studio, name: &str, ended: Result<(), HubError>) -> Vec<Effect> {
    match ended {
        Ok(()) => {
            let entry = studio.runtime.model_shelf.named(name).cloned();
            if let Some(entry) = entry {
                let words = "The model's files will be deleted when Kinora next starts.";
                removed(studio, &entry, words);
            }
        }
        Err(error) => {
            notice::error(studio, "Couldn't remove the model", &error);
        }
    }
    vec![list(studio)]
}

fn restoring_ended(studio: &mut Studio, ended: Result<(), HubError>) -> Vec<Effect> {
    if let Err(error) = ended {
        notice::error(studio, "Couldn't restore the model", &error);
    }
    vec![list(studio)]
}

fn fetched(studio: &mut Studio, ended: Result<Ended, HubError>) -> Vec<Effect> {
    let hub = &mut studio.runtime.model_shelf.hub;
    let job = hub.fetching.take().unwrap_or_default();
    hub.arrived = job.done;
    let name = hub.offer.as_ref().map(|offer| offer.repo.clone());
    match ended {
        Ok(Ended::Whole(path)) => {
            let offer = hub.offer.take();
            let pictures = offer.as_ref().is_some_and(|offer| offer.makes_pictures());
            let modules = offer.is_some_and(|offer| offer.is_motion_modules());
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let offer = if modules {
                // They are no model of their own; the list says which models they fit.
                NoticeAction {
                    words: "Show models".to_owned(),
                    command: Command::Window(WindowCommand::Show(Overlay::Models)),
                }
            } else if pictures {
                NoticeAction {
                    words: "Picture from words…".to_owned(),
                    command: Command::Window(WindowCommand::Show(Overlay::Words)),
                }
            } else {
                NoticeAction {
                    words: "Use it".to_owned(),
                    command: Command::Direct(Choice::Model(name.clone().into_owned())),
                }
            };
            let words = format!("{name} was downloaded.");
            notice::with_actions(studio, "Download complete", &words, vec![offer]);
            vec![list(studio)]
        }
        Ok(Ended::Early) => Vec::new(),
        Err(error) => {
            let name = name.map(|name| name.to_string()).unwrap_or_default();
            hub.trouble = Some((name, error));
            Vec::new()
        }
    }
}

/// With a new token, a request that failed for lack of one is repeated.
fn token_saved(studio: &mut Studio, kept: Result<(), HubError>) -> Vec<Effect> {
    if let Err(error) = kept {
        return notice::error(studio, "Couldn't save the token", &error);
    }
    let refused = studio.runtime.model_shelf.hub.trouble.take();
    match refused {
        Some((name, HubError::TokenNeeded { .. } | HubError::Forbidden { .. })) => {
            look(studio, name)
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::models::EntryState;

    #[test]
    fn a_users_own_files_are_not_removed() {
        let mut studio = Studio::default();
        studio.runtime.model_shelf.entries = [Origin::Embedded, Origin::Installed]
            .into_iter()
            .map(|origin| ModelEntry {
                name: format!("{origin:?}"),
                title: String::new(),
                origin,
                state: EntryState::Opening,
            })
            .collect();
        for name in ["Embedded", "Installed", "nothing"] {
            assert!(remove(&mut studio, name).is_empty(), "{name}");
        }
    }
}
