//! The thread that writes the project down: what was decided, what was made, what is preferred.
//!
//! One after the other and in the order in which it was asked for; what is waiting is still written
//! when the window closes. Must not know the studio's state.

use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

use crossbeam::channel::{Receiver, Sender, bounded};

use super::inbox::Outbox;
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::app::protocol::save::SaveJob;
use crate::app::state::epoch::Epoch;
use crate::error::{ProjectError, StudioError};
use crate::project::file::TakeEntry;
use crate::project::store;

/// Writes that may wait; more than a disk can be behind with.
const WAITING: usize = 1024;

/// Something to write, for which project and where.
type Write = (Epoch, PathBuf, SaveJob);

/// The thread's handle; dropping it waits until everything is written.
pub(in crate::app) struct SaveThread {
    sender: Option<Sender<Write>>,
    thread: Option<JoinHandle<()>>,
}

impl SaveThread {
    pub(in crate::app) fn spawn(outbox: Outbox) -> Result<Self, StudioError> {
        let (sender, receiver) = bounded::<Write>(WAITING);
        let thread = Builder::new()
            .name("save".to_owned())
            .spawn(move || {
                for (epoch, place, job) in receiver {
                    outbox.tell(write(epoch, &place, job));
                }
            })
            .map_err(|error| StudioError::NoThread {
                reason: error.to_string(),
            })?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// Has something written: into this project's folder, or this file of preferences.
    pub(in crate::app) fn save(&self, epoch: Epoch, place: PathBuf, job: SaveJob) -> Option<Event> {
        let Some(sender) = &self.sender else {
            return Some(late(epoch, &place, job));
        };
        let refused = sender.try_send((epoch, place, job)).err()?;
        let (epoch, place, job) = refused.into_inner();
        Some(late(epoch, &place, job))
    }

    /// What to wait for until everything that was asked for so far is written.
    pub(in crate::app) fn written(&self) -> Receiver<()> {
        let (told, written) = bounded(1);
        // Where too much waits, the other end hangs up and nobody waits for it.
        let _ = self.save(Epoch::default(), PathBuf::new(), SaveJob::Mark(told));
        written
    }
}

/// What is not written because too much waits before it: where it matters, it is asked for again.
fn late(epoch: Epoch, place: &Path, job: SaveJob) -> Event {
    let reason = "the disk is far behind".to_owned();
    match job {
        SaveJob::Take(TakeEntry { id, number, .. }, _) => ProjectEvent::TakeKept {
            take: id,
            kept: Err(ProjectError::TakeNotKept { number, reason }),
        }
        .of(epoch),
        SaveJob::Picture(picture, path, _) => ProjectEvent::PictureKept {
            picture,
            kept: Err(ProjectError::PictureNotKept { reason, path }),
        }
        .of(epoch),
        SaveJob::Project(_) => ProjectEvent::NotSaved(ProjectError::Unwritable {
            reason,
            path: place.to_owned(),
        })
        .of(epoch),
        SaveJob::Copy { .. } | SaveJob::Preferences(_) => Event::Troubled(StudioError::Busy),
        // Whoever waits for it sees that nobody will tell.
        SaveJob::Mark(_) => Event::Kept,
    }
}

fn write(epoch: Epoch, place: &Path, job: SaveJob) -> Event {
    let kept = |result: Result<(), ProjectError>| match result {
        Ok(()) => Event::Kept,
        Err(error) => Event::NotKept(error),
    };
    match job {
        SaveJob::Project(file) => match store::save(place, &file) {
            Ok(()) => ProjectEvent::Saved.of(epoch),
            Err(error) => ProjectEvent::NotSaved(error).of(epoch),
        },
        SaveJob::Take(entry, take) => ProjectEvent::TakeKept {
            take: entry.id,
            kept: store::keep_take(place, &entry, &take),
        }
        .of(epoch),
        SaveJob::Picture(picture, path, pixels) => ProjectEvent::PictureKept {
            picture,
            kept: store::keep_picture(&path, &pixels),
        }
        .of(epoch),
        SaveJob::Copy { to, file, next } => match store::copy(place, &to, &file) {
            Ok(claim) => ProjectEvent::Copied { to, claim, next }.of(epoch),
            Err(error) => Event::NotKept(error),
        },
        SaveJob::Preferences(file) => kept(store::save_preferences(place, &*file)),
        SaveJob::Mark(told) => {
            // Whoever wanted to know may be gone.
            let _ = told.send(());
            Event::Kept
        }
    }
}

impl Drop for SaveThread {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}
