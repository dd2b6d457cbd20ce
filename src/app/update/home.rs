//! The folder of the open project: remembered, and renamed with the project.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{notice, save};
use crate::app::Command;
use crate::app::command::project::FolderCommand;
use crate::app::protocol::effect::Effect;
use crate::app::protocol::save::SaveJob;
use crate::app::state::Studio;
use crate::app::state::notice::NoticeAction;
use crate::error::ProjectError;
use crate::project::file::{plain_name, project_name};

/// Maximum number of recent projects.
const MOST_RECENT: usize = 8;

/// Requests the new name of the project's folder.
pub(super) fn rename(studio: &mut Studio, name: &str) -> Vec<Effect> {
    studio.session.renaming_project = false;
    let Some(home) = studio.project.home.clone() else {
        return Vec::new();
    };
    if name.trim() == project_name(&home) {
        return Vec::new();
    }
    let Some(name) = plain_name(name) else {
        return failed(studio, &ProjectError::NoName);
    };
    let mut effects = save::save(studio);
    studio.runtime.moving = true;
    effects.push(Effect::Save {
        epoch: studio.project.epoch,
        job: SaveJob::Rename(home.with_file_name(name)),
        place: home,
    });
    effects
}

/// The folder was renamed, or could not be.
pub(super) fn renamed(
    studio: &mut Studio,
    to: PathBuf,
    outcome: Result<(), ProjectError>,
) -> Vec<Effect> {
    studio.runtime.moving = false;
    if let Err(error) = outcome {
        let mut effects = failed(studio, &error);
        effects.extend(save::save(studio));
        return effects;
    }
    let words = format!("It is in {}.", to.display());
    let show = NoticeAction {
        words: "Show in folder".to_owned(),
        command: Command::Folder(FolderCommand::Open(to.clone())),
    };
    if let Some(before) = studio.project.home.replace(to.clone()) {
        let folders = &mut studio.runtime.recent;
        folders.retain(|folder| *folder != before);
        move_pictures(studio, &before, &to);
    }
    remember(studio);
    notice::info_with_actions(studio, "Project renamed", &words, vec![show]);
    save::save(studio)
}

fn failed(studio: &mut Studio, error: &ProjectError) -> Vec<Effect> {
    notice::error(studio, "Couldn't rename the project", error)
}

/// Puts the open project first in the list of recent projects.
pub(super) fn remember(studio: &mut Studio) {
    let Some(home) = studio.project.home.clone() else {
        return;
    };
    let ages = &mut studio.runtime.recent_ages;
    ages.insert(home.clone(), Duration::ZERO);
    let recent = &mut studio.runtime.recent;
    recent.retain(|folder| *folder != home);
    recent.insert(0, home);
    recent.truncate(MOST_RECENT);
}

/// Copies of pictures in the folder that was left are in the new one now.
pub(super) fn move_pictures(studio: &mut Studio, before: &Path, to: &Path) {
    for picture in &mut studio.project.pictures {
        if let (Some(path), Some(copy)) = (&picture.path, &picture.collected)
            && *path == before.join(copy)
        {
            picture.path = Some(to.join(copy));
        }
    }
}
