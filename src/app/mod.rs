//! The studio without its window: state, commands, and the loop that connects them to the workers.
//!
//! Only `update` changes [`Studio`]. The window reads `&Studio` and sends [`Command`]s; workers report
//! `Event`s. [`StudioLoop::turn`] handles both once before each frame. No egui in this room.

pub mod command;
mod protocol;
pub mod query;
pub mod state;
mod update;
pub mod workers;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::StudioError;
use crate::library::Library;
use crate::library::path_kind::{Evidence, PROJECT_FILE, PathKind, classify};
use protocol::effect::Effect;
use protocol::event::Event;
use state::UserFolders;
use state::preferences::PreferencesFile;
use workers::Workers;
use workers::inbox::Inbox;

pub use command::{Choice, Command, Commands};
pub use state::Studio;
pub use workers::{HubAccess, Parts};

/// File name of the preferences.
const PREFERENCES: &str = "preferences.json";

/// The state and the workers, and the only way to advance them.
pub struct StudioLoop {
    studio: Studio,
    commands: Commands,
    inbox: Inbox,
    workers: Workers,
}

impl StudioLoop {
    /// Starts the workers and opens `files` as if they had been dropped. A project among them is opened
    /// instead of the last one.
    ///
    /// # Errors
    /// [`StudioError`] when a thread cannot be started.
    pub fn start(parts: Parts, files: Vec<PathBuf>) -> Result<Self, StudioError> {
        let (inbox, outbox) = workers::inbox::pair(parts.wake.clone());
        let commands = Commands::default();
        let mut studio = beginning(&parts.library);
        let (projects, files): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|path| classify(path, Evidence::Name) == PathKind::Project);
        // Only one project can be open: the last of them, as if they had been dropped in turn.
        let named = projects.into_iter().next_back();
        studio.runtime.folders.named_project =
            named.map(|folder| std::path::absolute(&folder).unwrap_or(folder));
        commands.send(Command::StartUp);
        if !files.is_empty() {
            commands.send(Command::OpenPictures(files));
        }
        Ok(Self {
            studio,
            commands,
            inbox,
            workers: Workers::spawn(parts, outbox)?,
        })
    }

    /// The state to draw.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// The queue for the window's commands.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Handles the workers' events and the window's commands; `now` is the time since the start.
    pub fn turn(&mut self, now: Duration) {
        let effects = update::tick(&mut self.studio, now);
        let mut arrived: VecDeque<Event> = self.inbox.drain(self.workers.engine()).into();
        let mut known: VecDeque<Event> = self.perform(effects).into();
        let mut commands: VecDeque<Command> = self.commands.take().into();
        loop {
            // The immediate effects of a command come before the next command. Events come last: whoever
            // sent a command had not seen them, and in another project their IDs would name other
            // things.
            let effects = if let Some(event) = known.pop_front() {
                update::event(&mut self.studio, event)
            } else if let Some(command) = commands.pop_front() {
                update::command(&mut self.studio, command)
            } else if let Some(event) = arrived.pop_front() {
                update::event(&mut self.studio, event)
            } else {
                break;
            };
            known.extend(self.perform(effects));
        }
    }

    /// Requests that everything unsaved is saved; dropping the studio waits for that.
    pub fn close(&mut self) {
        let effects = update::close(&mut self.studio);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Vec<Event> {
        let done = effects
            .into_iter()
            .filter_map(|effect| self.workers.perform(effect));
        done.collect()
    }
}

/// The size of the window when it was last closed, in the system's points.
#[must_use]
pub fn window_left() -> Option<[f32; 2]> {
    let preferences = Library::of_user().config_folder()?.join(PREFERENCES);
    let file: PreferencesFile = crate::project::store::read_preferences(&preferences).ok()??;
    file.layout.window_size()
}

/// The initial state: preferences and layout are loaded before the first frame.
fn beginning(library: &Library) -> Studio {
    let mut studio = Studio::default();
    let preferences = library
        .config_folder()
        .map(|folder| folder.join(PREFERENCES));
    let read = preferences.as_deref().map_or(
        Ok(None),
        crate::project::store::load_preferences::<PreferencesFile>,
    );
    let file = match read {
        Ok(file) => file
            .map(PreferencesFile::without_relative_paths)
            .unwrap_or_default(),
        Err(error) => {
            update::report_preferences_error(&mut studio, &error);
            PreferencesFile::default()
        }
    };
    studio.runtime.folders = UserFolders {
        projects: library.data_folder().map(|data| data.join("projects")),
        models: library.data_folder().map(|data| data.join("models")),
        camera: library.camera_folder(),
        preferences,
        last_project: file.project.clone(),
        named_project: None,
    };
    studio.preferences = file.preferences.clone();
    studio.session.layout = file.layout.clone();
    studio.session.export = file.export.clone();
    // A folder that no longer exists, such as one on a removed disk, is asked for again.
    let folder = &mut studio.session.export.folder;
    *folder = folder.take().filter(|folder| folder.is_dir());
    studio.runtime.recent = file.recent.clone();
    let age = |folder: &PathBuf| {
        let written = std::fs::metadata(folder.join(PROJECT_FILE))
            .ok()?
            .modified();
        Some((folder.clone(), written.ok()?.elapsed().ok()?))
    };
    studio.runtime.recent_ages = file.recent.iter().filter_map(age).collect();
    studio.runtime.saved_preferences = file;
    studio
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_in_the_preferences_are_ignored() {
        let data = tempfile::tempdir().unwrap();
        let here = std::env::current_dir().unwrap();
        let file = PreferencesFile {
            project: Some("mine".into()),
            recent: vec!["mine".into(), here.clone()],
            ..PreferencesFile::default()
        };
        let mut written = serde_json::to_value(&file).unwrap();
        written["preferences"]["recent"] = serde_json::json!(["sea.png", here.join("sea.png")]);
        written["preferences"]["models"] = serde_json::json!(["../model", here.join("model")]);
        written["preferences"]["model"] = "models/mine".into();
        written["preferences"]["projects"] = "projects".into();
        // It exists, whatever the current directory is.
        written["export"]["folder"] = ".".into();
        std::fs::write(data.path().join(PREFERENCES), written.to_string()).unwrap();

        let studio = beginning(&Library::at(data.path().to_owned()));
        assert!(studio.runtime.notices.is_empty(), "the rest is used");
        assert_eq!(studio.runtime.folders.last_project, None);
        assert_eq!(studio.runtime.recent, std::slice::from_ref(&here));
        assert_eq!(studio.preferences.recent, [here.join("sea.png")]);
        assert_eq!(studio.preferences.models, [here.join("model")]);
        assert_eq!(studio.preferences.model, None);
        assert_eq!(studio.preferences.projects, None);
        assert_eq!(studio.session.export.folder, None);
    }
}
