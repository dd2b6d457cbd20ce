//! A thread that runs short tasks, one after the other.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{Builder, JoinHandle};

use crossbeam::channel::{Sender, bounded};

use super::inbox::Outbox;
use crate::system::priority::keep_work_on_this_thread;

/// Capacity of its channel; a click starts at most one task.
const WAITING: usize = 64;

/// A short task; the flag is set when the studio closes and the task should end early.
type Task = Box<dyn FnOnce(&Outbox, &AtomicBool) + Send>;

/// The thread; dropping it waits for the current task.
pub(in crate::app) struct JobThread {
    tasks: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl JobThread {
    /// Starts the thread; `closing` is passed to every task.
    pub(in crate::app) fn open(
        name: &str,
        outbox: Outbox,
        closing: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let (tasks, inbox) = bounded::<Task>(WAITING);
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            keep_work_on_this_thread();
            for task in inbox {
                task(&outbox, &closing);
            }
        })?;
        Ok(Self {
            tasks: Some(tasks),
            thread: Some(thread),
        })
    }

    /// Sends a task; false if the channel is full.
    pub(in crate::app) fn send(
        &self,
        task: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static,
    ) -> bool {
        self.tasks
            .as_ref()
            .is_some_and(|tasks| tasks.try_send(Box::new(task)).is_ok())
    }
}

impl Drop for JobThread {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has already reported a panic.
            let _ = thread.join();
        }
    }
}
