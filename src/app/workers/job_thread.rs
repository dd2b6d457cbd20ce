//! A thread that does short jobs one after the other.
//!
//! Must not know what the jobs are about.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{Builder, JoinHandle};

use crossbeam::channel::{Sender, bounded};

use super::inbox::Outbox;
use crate::system::priority::keep_work_on_this_thread;

/// Short jobs that may wait; a click starts at most one.
const WAITING_ERRANDS: usize = 64;

/// A short job; the flag is set when the studio closes and it should end early.
type Errand = Box<dyn FnOnce(&Outbox, &AtomicBool) + Send>;

/// The thread; dropping it waits for the job in progress.
pub(in crate::app) struct Lane {
    errands: Option<Sender<Errand>>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    /// Starts the thread; `closing` is handed to every job.
    pub(in crate::app) fn open(
        name: &str,
        outbox: Outbox,
        closing: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let (errands, inbox) = bounded::<Errand>(WAITING_ERRANDS);
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            keep_work_on_this_thread();
            for errand in inbox {
                errand(&outbox, &closing);
            }
        })?;
        Ok(Self {
            errands: Some(errands),
            thread: Some(thread),
        })
    }

    /// Leaves a job; false when too many wait.
    pub(in crate::app) fn send(
        &self,
        errand: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static,
    ) -> bool {
        self.errands
            .as_ref()
            .is_some_and(|errands| errands.try_send(Box::new(errand)).is_ok())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.errands.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}
