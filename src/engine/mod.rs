//! The engine: a thread that owns the device and the models. Must not depend on any window.
//!
//! [`Engine`] takes [`Order`]s and sends [`EngineEvent`]s, both over bounded channels, and puts previews in a slot.
//! If a job panics, only that job fails. The command line, the tests and the studio use the same engine.

pub mod bench;
pub mod device;
pub mod forecast;
mod job_control;
mod loras;
mod planning;
pub mod protocol;
mod runner;
mod seed;
pub mod slot;
pub mod stage_clock;
mod still;
mod worker;

use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::error::GenerateError;
use crate::pipeline::StopMode;
use job_control::JobControl;
use protocol::{EngineEvent, JobId, Order, Preview, StillOrder, Wake, Work};
use slot::Slot;

pub use forecast::{Forecast, StageForecast, forecast};
pub use planning::{budget, defaults_of, free_memory};
pub use runner::SvdRunner;
pub use seed::fresh_seed;
pub use worker::{JobObserver, RunEnd, Runner};

/// Maximum number of orders waiting behind the running one. The studio queues takes itself, where they can be
/// reordered, and gives the next order when the engine is idle; the command line has only one.
const WAITING_ORDERS: usize = 1;
/// Maximum number of unread events before the engine waits for its reader.
const WAITING_EVENTS: usize = 256;

/// The handle to the engine's thread; dropping it stops the job and joins the thread.
pub struct Engine {
    orders: Option<Sender<(JobId, Work)>>,
    events: Option<Receiver<EngineEvent>>,
    previews: Slot<Preview>,
    control: JobControl,
    given: Vec<JobId>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread; `runner` does the work, and `wake` is called after every event.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn spawn(runner: Box<dyn Runner>, wake: Wake) -> std::io::Result<Self> {
        let (orders, inbox) = bounded(WAITING_ORDERS);
        let (outbox, events) = bounded(WAITING_EVENTS);
        let previews = Slot::default();
        let control = JobControl::default();
        let channels = worker::Channels {
            inbox,
            outbox,
            previews: previews.clone(),
            control: control.clone(),
            wake,
        };
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || worker::run(runner, &channels))?;
        Ok(Self {
            orders: Some(orders),
            events: Some(events),
            previews,
            control,
            given: Vec::new(),
            thread: Some(thread),
        })
    }

    /// Submits an order for a take; it waits if another one is running.
    ///
    /// # Errors
    /// [`GenerateError::QueueFull`] if one is waiting already.
    pub fn generate(&mut self, order: Order) -> Result<JobId, GenerateError> {
        self.submit(Work::Take(Box::new(order)))
    }

    /// Submits an order for a picture from words; it waits if another one is running.
    ///
    /// # Errors
    /// As [`generate`](Self::generate).
    pub fn make_still(&mut self, order: StillOrder) -> Result<JobId, GenerateError> {
        self.submit(Work::Still(Box::new(order)))
    }

    fn submit(&mut self, work: Work) -> Result<JobId, GenerateError> {
        let job = JobId(self.given.len() as u64);
        let sent = self
            .orders
            .as_ref()
            .is_some_and(|orders| orders.try_send((job, work)).is_ok());
        if !sent {
            return Err(GenerateError::QueueFull {
                limit: WAITING_ORDERS,
            });
        }
        self.given.push(job);
        Ok(job)
    }

    /// Stops a job, whether it is running or waiting; a finished job is not affected.
    pub fn stop(&self, job: JobId, mode: StopMode) {
        self.control.stop(job, mode);
    }

    /// Pauses a job after the current step or decoded chunk; [`EngineEvent::Paused`] confirms it. It keeps its device
    /// and weights, and can still be stopped.
    pub fn pause(&self, job: JobId) {
        self.control.set_paused(job, true);
    }

    /// Resumes a paused job.
    pub fn resume(&self, job: JobId) {
        self.control.set_paused(job, false);
    }

    /// The events, in order; `None` only while the handle is being dropped. The engine waits for its reader while 256
    /// events are unread.
    #[must_use]
    pub fn events(&self) -> Option<&Receiver<EngineEvent>> {
        self.events.as_ref()
    }

    /// The slot for the latest preview.
    #[must_use]
    pub fn previews(&self) -> &Slot<Preview> {
        &self.previews
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for &job in &self.given {
            self.control.stop(job, StopMode::Now);
        }
        // Without a sender the thread's loop ends; without a receiver a blocked send fails.
        drop(self.orders.take());
        drop(self.events.take());
        if let Some(thread) = self.thread.take() {
            // The panic hook has already reported a panic outside a job.
            let _ = thread.join();
        }
    }
}
