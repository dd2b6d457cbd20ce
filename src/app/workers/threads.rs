//! The threads behind the studio: the engine, short tasks, pictures, saving, the export in progress, and an open
//! dialog.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::clipboard::Clipboard;
use super::dialogs::{Answer, Dialogs, wait};
use super::inbox::Outbox;
use super::job_thread::JobThread;
use super::last_tokenizer::LastTokenizer;
use super::models::HubAccess;
use super::parts::Parts;
use super::saver::SaveThread;
use crate::app::protocol::event::Event;
use crate::engine::Engine;
use crate::error::StudioError;
use crate::library::{Library, installed};
use crate::system::clock::now;

/// No user closes a dialog this fast: an answer within this time means that none opened.
const FASTEST_ANSWER: Duration = Duration::from_millis(400);

/// The thread of an export, with its cancellation.
pub(in crate::app) struct Exporting {
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) thread: JoinHandle<()>,
}

impl Exporting {
    /// Cancels the export.
    pub(in crate::app) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Waits for its end; the panic hook has already reported a panic.
    pub(in crate::app) fn join(self) {
        let _ = self.thread.join();
    }
}

/// All workers; dropping them stops and joins them.
pub(in crate::app) struct Workers {
    pub(super) engine: Engine,
    pub(super) library: Library,
    pub(super) dialogs: Box<dyn Dialogs>,
    pub(super) outbox: Outbox,
    pub(super) clipboard: Arc<Mutex<Box<dyn Clipboard>>>,
    /// Short tasks.
    pub(super) background: JobThread,
    /// Decoding of pictures, so that a large one does not delay anything else.
    pub(super) pictures: JobThread,
    /// Set when the studio closes, to stop opening files.
    pub(super) closing: Arc<AtomicBool>,
    /// Stops the opening of pictures requested so far.
    pub(super) opening_ended: Arc<AtomicBool>,
    pub(super) export: Option<Exporting>,
    pub(super) hub: HubAccess,
    /// Stops the download in progress.
    pub(super) fetch_ended: Arc<AtomicBool>,
    /// Stops the copy in progress.
    pub(super) copy_ended: Arc<AtomicBool>,
    pub(super) saver: SaveThread,
    pub(super) tokenizer: LastTokenizer,
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
            tokenizer: LastTokenizer::default(),
        })
    }

    pub(in crate::app) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs a short task in the background.
    pub(super) fn background(
        &self,
        task: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static,
    ) -> Option<Event> {
        busy(self.background.send(task))
    }

    /// Waits for an answer on a thread of its own. The thread is not joined: nothing can close the dialog from
    /// here.
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
                outbox.send(Event::StudioFailed(StudioError::NoDialog));
            }
            outbox.send(event(answer));
        });
        thread
            .err()
            .map(|error| Event::StudioFailed(no_thread(error)))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.fetch_ended.store(true, Ordering::Relaxed);
        self.copy_ended.store(true, Ordering::Relaxed);
        if let Some(export) = self.export.take() {
            export.cancel();
            // It deletes its unfinished file.
            export.join();
        }
    }
}

pub(super) fn no_thread(error: std::io::Error) -> StudioError {
    StudioError::NoThread {
        reason: error.to_string(),
    }
}

/// An event if a detached thread could not be started.
pub(super) fn begun(thread: std::io::Result<()>) -> Option<Event> {
    thread
        .err()
        .map(|error| Event::StudioFailed(no_thread(error)))
}

/// An event if there are too many short tasks.
pub(super) fn busy(taken: bool) -> Option<Event> {
    (!taken).then_some(Event::StudioFailed(StudioError::Busy))
}
