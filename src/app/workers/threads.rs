//! The threads behind the studio: the engine, one for short jobs, one for pictures, one that saves, one for the clip
//! being written, one while a dialog is open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::clipboard::Clipboard;
use super::dialogs::{Answer, Dialogs, wait};
use super::inbox::Outbox;
use super::job_thread::JobThread;
use super::models::HubAccess;
use super::parts::Parts;
use super::saver::SaveThread;
use crate::app::protocol::event::Event;
use crate::engine::Engine;
use crate::error::StudioError;
use crate::library::{Library, installed};
use crate::system::clock::now;

/// No artist closes a dialog this fast: there was none to close.
const FASTEST_ANSWER: Duration = Duration::from_millis(400);

/// The thread that writes a clip, and how to end it.
pub(in crate::app) struct Exporting {
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) thread: JoinHandle<()>,
}

impl Exporting {
    /// Asks it to end.
    pub(in crate::app) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Waits for its end; a panic there has been reported by the panic hook already.
    pub(in crate::app) fn join(self) {
        let _ = self.thread.join();
    }
}

/// All workers; dropping it ends what they do and waits for them.
pub(in crate::app) struct Workers {
    pub(super) engine: Engine,
    pub(super) library: Library,
    pub(super) dialogs: Box<dyn Dialogs>,
    pub(super) outbox: Outbox,
    pub(super) clipboard: Arc<Mutex<Box<dyn Clipboard>>>,
    /// Short jobs.
    pub(super) background: JobThread,
    /// Pictures are decoded here, so that a large one holds nothing else up.
    pub(super) pictures: JobThread,
    /// Set when the studio closes: a list of files is not opened to its end.
    pub(super) closing: Arc<AtomicBool>,
    /// Ends the opening of pictures that was asked for so far.
    pub(super) opening_ended: Arc<AtomicBool>,
    pub(super) export: Option<Exporting>,
    pub(super) hub: HubAccess,
    /// Ends the fetch under way.
    pub(super) fetch_ended: Arc<AtomicBool>,
    /// Ends the copy under way.
    pub(super) copy_ended: Arc<AtomicBool>,
    pub(super) saver: SaveThread,
}

impl Workers {
    pub(in crate::app) fn spawn(parts: Parts, outbox: Outbox) -> Result<Self, StudioError> {
        let engine = Engine::spawn(parts.runner, parts.wake).map_err(no_thread)?;
        let closing = Arc::new(AtomicBool::new(false));
        let job_thread =
            |name| JobThread::open(name, outbox.clone(), Arc::clone(&closing)).map_err(no_thread);
        let (background, pictures) = (job_thread("background")?, job_thread("pictures")?);
        let library = parts.library.clone();
        background.send(move |_, _| installed::sweep(&library));
        let saver = SaveThread::spawn(outbox.clone())?;
        Ok(Self {
            engine,
            library: parts.library,
            dialogs: parts.dialogs,
            outbox,
            clipboard: Arc::new(Mutex::new(parts.clipboard)),
            background,
            pictures,
            closing,
            opening_ended: Arc::default(),
            export: None,
            hub: parts.hub,
            fetch_ended: Arc::default(),
            copy_ended: Arc::default(),
            saver,
        })
    }

    pub(in crate::app) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Has a short job done in the background.
    pub(super) fn background(
        &self,
        task: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static,
    ) -> Option<Event> {
        busy(self.background.send(task))
    }

    /// Waits for an answer on a thread of its own, which ends with the dialog: nothing can close it
    /// from here, so nobody waits for the thread.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        answer: Answer<T>,
        event: impl FnOnce(Option<T>) -> Event + Send + 'static,
    ) -> Option<Event> {
        let outbox = self.outbox.clone();
        let asked = now();
        let thread = Builder::new().name("dialog".to_owned()).spawn(move || {
            let answer = wait(answer);
            if answer.is_none() && asked.elapsed() < FASTEST_ANSWER {
                outbox.tell(Event::Troubled(StudioError::NoDialog));
            }
            outbox.tell(event(answer));
        });
        thread.err().map(|error| Event::Troubled(no_thread(error)))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.fetch_ended.store(true, Ordering::Relaxed);
        self.copy_ended.store(true, Ordering::Relaxed);
        if let Some(export) = self.export.take() {
            export.cancel();
            // It removes what it has begun.
            export.join();
        }
    }
}

pub(super) fn no_thread(error: std::io::Error) -> StudioError {
    StudioError::NoThread {
        reason: error.to_string(),
    }
}

/// A thread that reports by itself, or none.
pub(super) fn begun(thread: std::io::Result<()>) -> Option<Event> {
    thread.err().map(|error| Event::Troubled(no_thread(error)))
}

/// Too many short jobs wait.
pub(super) fn busy(taken: bool) -> Option<Event> {
    (!taken).then_some(Event::Troubled(StudioError::Busy))
}
