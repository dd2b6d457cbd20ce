//! The studio without its window: state, commands, and the loop that joins them to the workers.
//!
//! One writer: only `update` changes [`Studio`]. The window reads `&Studio` and sends
//! [`Command`]s; workers own their things and report `Fact`s. Both go through
//! [`StudioLoop::turn`], which runs once before each picture on screen. Must not know how anything
//! looks: no egui here.

pub mod camera;
pub mod changed;
pub mod clipboard;
pub mod command;
pub mod compare;
mod crew;
pub mod delivery;
pub mod dialogs;
pub mod difference;
pub mod document;
mod effect;
pub mod estimate;
mod fact;
pub mod folder;
mod footage;
pub mod framing;
pub mod history;
mod inbox;
mod installing;
mod intake;
pub mod job;
mod keeper;
mod lane;
mod librarian;
pub mod memory;
pub mod models;
pub mod notice;
mod opening;
pub mod outlook;
pub mod payload;
pub mod playback;
pub mod preferences;
pub mod preset;
pub mod project;
pub mod project_file;
pub mod queue;
pub mod recipe;
mod reel;
pub mod remedy;
mod restoring;
mod salvage;
pub mod sequence;
pub mod settings;
pub mod shelf;
pub mod sight;
pub mod state;
mod store;
pub mod take;
pub mod timing;
pub mod unkept;
mod update;
pub mod window;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

pub use command::{Choice, Command, Commands};
pub use crew::Parts;
pub use footage::{Footage, FootageKey, footage_of, source_of};
pub use librarian::HubAccess;
pub use state::Studio;

use crate::engine::library::Library;
use crate::error::StudioError;
use crew::Crew;
use effect::Effect;
use fact::Fact;
use inbox::Inbox;
use preferences::PreferencesFile;
use state::Places;

/// The file of preferences.
const PREFERENCES: &str = "preferences.json";

/// The state, the workers, and the only way to move either on.
pub struct StudioLoop {
    studio: Studio,
    commands: Commands,
    inbox: Inbox,
    crew: Crew,
}

impl StudioLoop {
    /// A studio with its workers running; `files` are opened first, as if they had been dropped.
    ///
    /// # Errors
    /// [`StudioError`] when the system gives no thread.
    pub fn start(parts: Parts, files: Vec<PathBuf>) -> Result<Self, StudioError> {
        let (inbox, outbox) = inbox::pair(parts.wake.clone());
        let commands = Commands::default();
        let studio = beginning(&parts.library);
        commands.send(Command::LookAround);
        if !files.is_empty() {
            commands.send(Command::OpenPictures(files));
        }
        Ok(Self {
            studio,
            commands,
            inbox,
            crew: Crew::hire(parts, outbox)?,
        })
    }

    /// What there is to see.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// Where the window leaves its commands for the next turn.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Takes in what workers reported and what the window asked for, at the time `now` since the
    /// start.
    pub fn turn(&mut self, now: Duration) {
        let effects = update::tick(&mut self.studio, now);
        let mut facts: VecDeque<Fact> = self.inbox.drain(self.crew.engine()).into();
        facts.extend(self.perform(effects));
        let mut commands: VecDeque<Command> = self.commands.take().into();
        loop {
            // Facts first: a command answers what its sender could have seen.
            let effects = if let Some(fact) = facts.pop_front() {
                update::fact(&mut self.studio, fact)
            } else if let Some(command) = commands.pop_front() {
                update::command(&mut self.studio, command)
            } else {
                break;
            };
            facts.extend(self.perform(effects));
        }
    }

    /// Has everything written down that is not yet; what is waiting is written while the studio is
    /// dropped.
    pub fn close(&mut self) {
        let effects = update::close(&mut self.studio);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Vec<Fact> {
        let done = effects
            .into_iter()
            .filter_map(|effect| self.crew.perform(effect));
        done.collect()
    }
}

/// The size that the window was left with, in the system's points.
#[must_use]
pub fn window_left() -> Option<[f32; 2]> {
    let preferences = Library::of_user().config_folder()?.join(PREFERENCES);
    let file: PreferencesFile = store::read_preferences(&preferences).ok()??;
    file.layout.window
}

/// A studio as it was left: preferences and layout are there before the first picture on screen.
fn beginning(library: &Library) -> Studio {
    let mut studio = Studio::default();
    let preferences = library
        .config_folder()
        .map(|folder| folder.join(PREFERENCES));
    let read = preferences
        .as_deref()
        .map_or(Ok(None), store::take_preferences::<PreferencesFile>);
    let file = match read {
        Ok(file) => file.unwrap_or_default(),
        Err(error) => {
            update::greet_with_trouble(&mut studio, &error);
            PreferencesFile::default()
        }
    };
    studio.runtime.places = Places {
        projects: library.data_folder().map(|data| data.join("projects")),
        models: library.data_folder().map(|data| data.join("models")),
        camera: library.camera_folder(),
        preferences,
        last_project: file.project.clone(),
    };
    studio.preferences = file.preferences.clone();
    studio.session.layout = file.layout.clone();
    studio.session.export = file.export.clone();
    // A folder that is gone, as on a disk that was taken out, is asked for anew.
    let folder = &mut studio.session.export.folder;
    *folder = folder.take().filter(|folder| folder.is_dir());
    studio.runtime.recent = file.recent.clone();
    studio.runtime.kept_preferences = file;
    studio
}
