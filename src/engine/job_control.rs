//! Requests to stop, pause or resume a job, shared by the engine's handle and its thread.
//!
//! A job checks them between steps; a pause lasts until the next request.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::protocol::JobId;
use crate::pipeline::StopMode;

/// The jobs to stop (and how), and the jobs to pause.
#[derive(Clone, Default)]
pub(crate) struct JobControl(Arc<Shared>);

#[derive(Default)]
struct Shared {
    requests: Mutex<Requests>,
    changed: Condvar,
}

#[derive(Default)]
struct Requests {
    stops: HashMap<JobId, StopMode>,
    pauses: HashSet<JobId>,
}

impl JobControl {
    /// Asks a job to stop, also while it is paused.
    pub(super) fn stop(&self, job: JobId, mode: StopMode) {
        self.requests().stops.insert(job, mode);
        self.0.changed.notify_all();
    }

    /// Asks a job to pause, or to resume.
    pub(super) fn set_paused(&self, job: JobId, paused: bool) {
        let mut requests = self.requests();
        if paused {
            requests.pauses.insert(job);
        } else {
            requests.pauses.remove(&job);
        }
        drop(requests);
        self.0.changed.notify_all();
    }

    /// Whether a job should stop, and how.
    pub(super) fn stopping(&self, job: JobId) -> Option<StopMode> {
        self.requests().stops.get(&job).copied()
    }

    /// Whether a job should pause.
    pub(super) fn should_pause(&self, job: JobId) -> bool {
        self.requests().pauses(job)
    }

    /// Waits while a job should pause.
    pub(super) fn wait_while_paused(&self, job: JobId) {
        let mut requests = self.requests();
        while requests.pauses(job) {
            requests = self
                .0
                .changed
                .wait(requests)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Removes the requests to a job that has ended.
    pub(super) fn forget(&self, job: JobId) {
        let mut requests = self.requests();
        requests.stops.remove(&job);
        requests.pauses.remove(&job);
    }

    /// The entries stay consistent even if a thread panicked.
    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.0
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Requests {
    fn pauses(&self, job: JobId) -> bool {
        self.pauses.contains(&job) && !self.stops.contains_key(&job)
    }
}
