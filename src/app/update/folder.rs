//! Opening and choosing folders.

use std::path::PathBuf;

use crate::app::command::project::{FolderCommand, FolderUse};
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;

pub(super) fn command(studio: &mut Studio, command: FolderCommand) -> Vec<Effect> {
    match command {
        FolderCommand::Choose(what) => choose(studio, what),
        FolderCommand::Open(folder) => vec![Effect::OpenFolder(folder)],
    }
}

/// Asks for a folder, starting at the current one.
pub(super) fn choose(studio: &mut Studio, what: FolderUse) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    studio.runtime.dialog = true;
    let present = match what {
        FolderUse::Exports => studio.session.export.folder.clone(),
        FolderUse::Projects => studio.projects_folder().cloned(),
    };
    vec![Effect::AskForFolder(what, present)]
}

/// The dialog was closed.
pub(super) fn chosen(studio: &mut Studio, what: FolderUse, folder: Option<PathBuf>) -> Vec<Effect> {
    studio.runtime.dialog = false;
    if folder.is_some() {
        match what {
            FolderUse::Exports => studio.session.export.folder = folder,
            FolderUse::Projects => studio.preferences.projects = folder,
        }
    }
    Vec::new()
}
