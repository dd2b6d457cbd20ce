//! The save thread: writes projects, takes, pictures and preferences.
//!
//! It writes in the order of the requests, and completes all of them before the window closes.

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

/// Capacity of its channel: more requests than pile up even on a slow disk.
const WAITING: usize = 1024;

/// What to save, with its project and place.
type Write = (Epoch, PathBuf, SaveJob);

/// The save thread; dropping it waits until everything is saved.
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
                    outbox.send(write(epoch, &place, job));
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

    /// Requests a save into this project folder, or into this preferences file.
    pub(in crate::app) fn save(&self, epoch: Epoch, place: PathBuf, job: SaveJob) -> Option<Event> {
        let Some(sender) = &self.sender else {
            return Some(late(epoch, &place, job));
        };
        let refused = sender.try_send((epoch, place, job)).err()?;
        let (epoch, place, job) = refused.into_inner();
        Some(late(epoch, &place, job))
    }

    /// A receiver that disconnects or receives once everything requested so far is saved.
    pub(in crate::app) fn written(&self) -> Receiver<()> {
        let (done, written) = bounded(1);
        // If the channel is full, the receiver disconnects immediately.
        let _ = self.save(Epoch::default(), PathBuf::new(), SaveJob::Mark(done));
        written
    }
}

/// The event for a request that does not fit in the channel; important ones are repeated.
fn late(epoch: Epoch, place: &Path, job: SaveJob) -> Event {
    let reason = "the disk is too slow".to_owned();
    match job {
        SaveJob::Take(TakeEntry { id, number, .. }, _) => ProjectEvent::TakeSaved {
            take: id,
            outcome: Err(ProjectError::TakeNotSaved { number, reason }),
        }
        .of(epoch),
        SaveJob::Collect(picture, _, copy) => {
            let path = place.join(&copy);
            ProjectEvent::PictureCollected {
                picture,
                copy,
                outcome: Err(ProjectError::PictureNotSaved { reason, path }),
            }
            .of(epoch)
        }
        SaveJob::Picture(picture, path, ..) => ProjectEvent::PictureSaved {
            picture,
            outcome: Err(ProjectError::PictureNotSaved { reason, path }),
        }
        .of(epoch),
        SaveJob::Project(_) => ProjectEvent::NotSaved(ProjectError::Unwritable {
            reason,
            path: place.to_owned(),
        })
        .of(epoch),
        SaveJob::Rename(to) => {
            let path = place.to_owned();
            let outcome = Err(ProjectError::NotRenamed { reason, path });
            ProjectEvent::Renamed { to, outcome }.of(epoch)
        }
        SaveJob::Copy { .. } | SaveJob::Preferences(_) => Event::StudioFailed(StudioError::Busy),
        // The receiver sees that the sender is gone.
        SaveJob::Mark(_) => Event::Saved,
    }
}

fn write(epoch: Epoch, place: &Path, job: SaveJob) -> Event {
    let report = |result: Result<(), ProjectError>| match result {
        Ok(()) => Event::Saved,
        Err(error) => Event::NotSaved(error),
    };
    match job {
        SaveJob::Project(file) => match store::save(place, &file) {
            Ok(()) => ProjectEvent::Saved.of(epoch),
            Err(error) => ProjectEvent::NotSaved(error).of(epoch),
        },
        SaveJob::Take(entry, take) => ProjectEvent::TakeSaved {
            take: entry.id,
            outcome: store::write_take(place, &entry, &take),
        }
        .of(epoch),
        SaveJob::Picture(picture, path, pixels, made) => ProjectEvent::PictureSaved {
            picture,
            outcome: store::write_picture(&path, &pixels, made.as_deref()),
        }
        .of(epoch),
        SaveJob::Collect(picture, from, copy) => ProjectEvent::PictureCollected {
            picture,
            outcome: store::collect_picture(&from, &place.join(&copy)),
            copy,
        }
        .of(epoch),
        SaveJob::Copy { to, file, next } => match store::copy(place, &to, &file) {
            Ok(claim) => ProjectEvent::Copied { to, claim, next }.of(epoch),
            Err(error) => Event::NotSaved(error),
        },
        SaveJob::Rename(to) => {
            let outcome = store::rename(place, &to);
            ProjectEvent::Renamed { to, outcome }.of(epoch)
        }
        SaveJob::Preferences(file) => report(store::save_preferences(place, &*file)),
        SaveJob::Mark(done) => {
            // The receiver may be gone.
            let _ = done.send(());
            Event::Saved
        }
    }
}

impl Drop for SaveThread {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has already reported a panic.
            let _ = thread.join();
        }
    }
}
