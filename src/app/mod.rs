//! The studio without its window: state, commands, and the loop that joins them to the workers.
//!
//! One writer: only `update` changes [`Studio`]. The window reads `&Studio` and sends
//! [`Command`]s; workers own their things and report `Event`s. Both go through
//! [`StudioLoop::turn`], which runs once before each picture on screen. Must not know how anything
//! looks: no egui here.

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
use crate::project::file::is_project;
use protocol::effect::Effect;
use protocol::event::Event;
use state::UserFolders;
use state::preferences::PreferencesFile;
use workers::Workers;
use workers::inbox::Inbox;

pub use command::{Choice, Command, Commands};
pub use state::Studio;
pub use workers::{HubAccess, Parts};

/// The file of preferences.
const PREFERENCES: &str = "preferences.json";

/// The state, the workers, and the only way to move either on.
pub struct StudioLoop {
    studio: Studio,
    commands: Commands,
    inbox: Inbox,
    workers: Workers,
}

impl StudioLoop {
    /// A studio with its workers running; `files` are opened first, as if they had been dropped. A
    /// project among them is opened instead of the last one.
    ///
    /// # Errors
    /// [`StudioError`] when a thread cannot be started.
    pub fn start(parts: Parts, files: Vec<PathBuf>) -> Result<Self, StudioError> {
        let (inbox, outbox) = workers::inbox::pair(parts.wake.clone());
        let commands = Commands::default();
        let mut studio = beginning(&parts.library);
        let (projects, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|path| is_project(path));
        // There is one at a time: the last one, as if they had been dropped one after the other.
        let named = projects.into_iter().next_back();
        studio.runtime.folders.named_project =
            named.map(|folder| std::path::absolute(&folder).unwrap_or(folder));
        commands.send(Command::LookAround);
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

    /// Where the window leaves its commands for the next turn.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Takes in what workers reported and what the window asked for, at the time `now` since the
    /// start.
    pub fn turn(&mut self, now: Duration) {
        let effects = update::tick(&mut self.studio, now);
        let mut arrived: VecDeque<Event> = self.inbox.drain(self.workers.engine()).into();
        let mut known: VecDeque<Event> = self.perform(effects).into();
        let mut commands: VecDeque<Command> = self.commands.take().into();
        loop {
            // What a command brings about at once comes before the next command. What workers report
            // comes last: no sender of a command has seen it, and behind another project its numbers
            // would name other things.
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

    /// Has everything written down that is not yet; what is waiting is written while the studio is
    /// dropped.
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

/// The size that the window was left with, in the system's points.
#[must_use]
pub fn window_left() -> Option<[f32; 2]> {
    let preferences = Library::of_user().config_folder()?.join(PREFERENCES);
    let file: PreferencesFile = crate::project::store::read_preferences(&preferences).ok()??;
    file.layout.window_size()
}

/// A studio as it was left: preferences and layout are there before the first picture on screen.
fn beginning(library: &Library) -> Studio {
    let mut studio = Studio::default();
    let preferences = library
        .config_folder()
        .map(|folder| folder.join(PREFERENCES));
    let read = preferences.as_deref().map_or(
        Ok(None),
        crate::project::store::take_preferences::<PreferencesFile>,
    );
    let file = match read {
        Ok(file) => file.unwrap_or_default(),
        Err(error) => {
            update::greet_with_trouble(&mut studio, &error);
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
    // A folder that is gone, as on a disk that was taken out, is asked for anew.
    let folder = &mut studio.session.export.folder;
    *folder = folder.take().filter(|folder| folder.is_dir());
    studio.runtime.recent = file.recent.clone();
    studio.runtime.kept_preferences = file;
    studio
}
