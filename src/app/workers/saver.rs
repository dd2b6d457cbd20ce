//! The thread that writes the project down: what was decided, what was made, what is preferred.
//!
//! One after the other and in the order in which it was asked for; what is waiting is still written
//! when the window closes. Must not know the studio's state.

use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

use crossbeam::channel::{Receiver, Sender, bounded};

use super::inbox::Outbox;
use crate::app::protocol::event::{Fact, ProjectFact};
use crate::app::protocol::save::Keep;
use crate::app::state::epoch::Epoch;
use crate::error::{ProjectError, StudioError};
use crate::project::file::TakeEntry;
use crate::project::store;

/// Writes that may wait; more than a disk can be behind with.
const WAITING: usize = 1024;

/// Something to write, for which project and where.
type Errand = (Epoch, PathBuf, Keep);

/// The thread's handle; dropping it waits until everything is written.
pub(in crate::app) struct SaveThread {
    sender: Option<Sender<Errand>>,
    thread: Option<JoinHandle<()>>,
}

impl SaveThread {
    pub(in crate::app) fn spawn(outbox: Outbox) -> Result<Self, StudioError> {
        let (sender, receiver) = bounded::<Errand>(WAITING);
        let thread = Builder::new()
            .name("save".to_owned())
            .spawn(move || {
                for (epoch, place, keep) in receiver {
                    outbox.tell(write(epoch, &place, keep));
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
    pub(in crate::app) fn keep(&self, epoch: Epoch, place: PathBuf, keep: Keep) -> Option<Fact> {
        let Some(sender) = &self.sender else {
            return Some(late(epoch, &place, keep));
        };
        let refused = sender.try_send((epoch, place, keep)).err()?;
        let (epoch, place, keep) = refused.into_inner();
        Some(late(epoch, &place, keep))
    }

    /// What to wait for until everything that was asked for so far is written.
    pub(in crate::app) fn written(&self) -> Receiver<()> {
        let (told, written) = bounded(1);
        // Where too much waits, the other end hangs up and nobody waits for it.
        let _ = self.keep(Epoch::default(), PathBuf::new(), Keep::Mark(told));
        written
    }
}

/// What is not written because too much waits before it: where it matters, it is asked for again.
fn late(epoch: Epoch, place: &Path, keep: Keep) -> Fact {
    let reason = "the disk is far behind".to_owned();
    match keep {
        Keep::Take(TakeEntry { id, number, .. }, _) => ProjectFact::TakeKept {
            take: id,
            kept: Err(ProjectError::TakeNotKept { number, reason }),
        }
        .of(epoch),
        Keep::Picture(picture, path, _) => ProjectFact::PictureKept {
            picture,
            kept: Err(ProjectError::PictureNotKept { reason, path }),
        }
        .of(epoch),
        Keep::Project(_) => ProjectFact::NotSaved(ProjectError::Unwritable {
            reason,
            path: place.to_owned(),
        })
        .of(epoch),
        Keep::Copy { .. } | Keep::Preferences(_) => Fact::Troubled(StudioError::Busy),
        // Whoever waits for it sees that nobody will tell.
        Keep::Mark(_) => Fact::Kept,
    }
}

fn write(epoch: Epoch, place: &Path, keep: Keep) -> Fact {
    let kept = |result: Result<(), ProjectError>| match result {
        Ok(()) => Fact::Kept,
        Err(error) => Fact::NotKept(error),
    };
    match keep {
        Keep::Project(file) => match store::save(place, &file) {
            Ok(()) => ProjectFact::Saved.of(epoch),
            Err(error) => ProjectFact::NotSaved(error).of(epoch),
        },
        Keep::Take(entry, take) => ProjectFact::TakeKept {
            take: entry.id,
            kept: store::keep_take(place, &entry, &take),
        }
        .of(epoch),
        Keep::Picture(picture, path, pixels) => ProjectFact::PictureKept {
            picture,
            kept: store::keep_picture(&path, &pixels),
        }
        .of(epoch),
        Keep::Copy { to, file, next } => match store::copy(place, &to, &file) {
            Ok(claim) => ProjectFact::Copied { to, claim, next }.of(epoch),
            Err(error) => Fact::NotKept(error),
        },
        Keep::Preferences(file) => kept(store::save_preferences(place, &*file)),
        Keep::Mark(told) => {
            // Whoever wanted to know may be gone.
            let _ = told.send(());
            Fact::Kept
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
