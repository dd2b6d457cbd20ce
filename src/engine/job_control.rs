//! What the handle wishes of a job that has been given: that it stop, or hold.
//!
//! Shared by both threads. A wish is looked at where a job can follow it; holding is a wait that
//! any later wish ends. Must not know what a job does.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::protocol::JobId;
use crate::pipeline::StopMode;

/// Jobs that were asked to stop, and how; jobs that were asked to hold.
#[derive(Clone, Default)]
pub(crate) struct Wishes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    wishes: Mutex<Open>,
    changed: Condvar,
}

#[derive(Default)]
struct Open {
    stops: HashMap<JobId, StopMode>,
    holds: HashSet<JobId>,
}

impl Wishes {
    /// A job should stop; it does so even while it holds.
    pub(super) fn stop(&self, job: JobId, mode: StopMode) {
        self.open().stops.insert(job, mode);
        self.0.changed.notify_all();
    }

    /// A job should hold, or go on.
    pub(super) fn hold(&self, job: JobId, hold: bool) {
        let mut open = self.open();
        if hold {
            open.holds.insert(job);
        } else {
            open.holds.remove(&job);
        }
        drop(open);
        self.0.changed.notify_all();
    }

    /// Whether and how a job should stop.
    pub(super) fn stopping(&self, job: JobId) -> Option<StopMode> {
        self.open().stops.get(&job).copied()
    }

    /// Whether a job should hold here.
    pub(super) fn holding(&self, job: JobId) -> bool {
        self.open().holds(job)
    }

    /// Waits for as long as a job should hold.
    pub(super) fn wait_while_holding(&self, job: JobId) {
        let mut open = self.open();
        while open.holds(job) {
            open = self
                .0
                .changed
                .wait(open)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job has ended: nothing is wished of it any more.
    pub(super) fn forget(&self, job: JobId) {
        let mut open = self.open();
        open.stops.remove(&job);
        open.holds.remove(&job);
    }

    /// A thread that panicked leaves whole entries: all are fine to go on with.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn holds(&self, job: JobId) -> bool {
        self.holds.contains(&job) && !self.stops.contains_key(&job)
    }
}
