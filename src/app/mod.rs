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
pub mod document;
mod effect;
pub mod estimate;
mod fact;
mod footage;
pub mod framing;
pub mod history;
mod inbox;
mod intake;
pub mod job;
mod lane;
mod librarian;
pub mod models;
pub mod notice;
mod opening;
pub mod outlook;
pub mod payload;
pub mod playback;
pub mod preferences;
pub mod preset;
pub mod queue;
pub mod recipe;
mod reel;
pub mod remedy;
pub mod sequence;
pub mod settings;
pub mod shelf;
pub mod sight;
pub mod state;
pub mod take;
pub mod timing;
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

use crate::error::StudioError;
use crew::Crew;
use fact::Fact;
use inbox::Inbox;

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
        commands.send(Command::LookAround);
        if !files.is_empty() {
            commands.send(Command::OpenPictures(files));
        }
        Ok(Self {
            studio: Studio::default(),
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
        update::tick(&mut self.studio, now);
        let mut facts: VecDeque<Fact> = self.inbox.drain(self.crew.engine()).into();
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
            facts.extend(
                effects
                    .into_iter()
                    .filter_map(|effect| self.crew.perform(effect)),
            );
        }
    }
}
