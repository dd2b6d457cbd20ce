//! Exporting clips and frames, and opening the file manager.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::Builder;

use super::inbox::Outbox;
use super::threads::{Exporting, Workers, no_thread};
use crate::app::protocol::effect::FrameEffect;
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::app::protocol::opened_picture::OpenedPicture;
use crate::error::StudioError;
use crate::export::{Metadata, Outcome, Watch, write_frame_file};
use crate::media::frame::Frame;
use crate::project::render::ExportTask;
use crate::system::priority::lower_priority;

impl Workers {
    /// Carries out a request about a frame, or hands it to a worker.
    pub(in crate::app) fn frame(&self, effect: FrameEffect) -> Option<Event> {
        match effect {
            FrameEffect::Copy(frame) => {
                let clipboard = Arc::clone(&self.clipboard);
                self.background(move |outbox, _| {
                    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
                    outbox.send(Event::FrameCopied(clipboard.copy(&frame)));
                })
            }
            FrameEffect::AskForPlace { frame, name } => {
                let answer = self.dialogs.frame_place(&name);
                self.ask(answer, move |path| Event::FramePlaceChosen { frame, path })
            }
            FrameEffect::Write { frame, path } => {
                self.background(move |outbox, _| outbox.send(write_frame(&frame, path)))
            }
            FrameEffect::Open {
                name,
                frame,
                origin,
                epoch,
            } => self.background(move |outbox, _| {
                let opened = OpenedPicture::from_frame(name, &frame, origin);
                outbox.send(ProjectEvent::FrameOpened(Box::new(opened)).of(epoch));
            }),
        }
    }

    /// Exports a clip on a thread of its own.
    pub(in crate::app) fn export(&mut self, task: ExportTask) -> Option<Event> {
        // One export at a time; `update` has already handled the end of the previous one.
        if let Some(before) = self.export.take() {
            before.join();
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let (outbox, flag) = (self.outbox.clone(), Arc::clone(&cancelled));
        let thread = Builder::new().name("export".to_owned()).spawn(move || {
            // The encoder's own threads inherit this priority.
            lower_priority();
            outbox.send(write(&task, &flag, &outbox));
        });
        match thread {
            Ok(thread) => {
                self.export = Some(Exporting { cancelled, thread });
                None
            }
            Err(error) => Some(Event::StudioFailed(no_thread(error))),
        }
    }
}

fn write(task: &ExportTask, cancelled: &AtomicBool, outbox: &Outbox) -> Event {
    let written = task.write(Watch {
        cancelled: &|| cancelled.load(Ordering::Relaxed),
        progress: &mut |done| outbox.send(Event::ExportAdvanced { done }),
    });
    match written {
        Ok((path, Outcome::Finished(written))) => Event::ExportFinished { path, written },
        Ok((_, Outcome::Stopped)) => Event::ExportStopped,
        Err(error) => Event::ExportFailed(error),
    }
}

/// Saves a frame as a picture.
fn write_frame(frame: &Frame, path: PathBuf) -> Event {
    match write_frame_file(frame, &path, &Metadata::default()) {
        Ok(()) => Event::FrameWritten(path),
        Err(error) => Event::FrameNotWritten(error),
    }
}

/// Opens the file manager at a file.
pub(in crate::app) fn show_in_folder(path: &Path) -> Option<Event> {
    manage(path, file_manager(path))
}

/// Opens a folder in the file manager, creating it if necessary.
pub(in crate::app) fn open_folder(folder: &Path) -> Option<Event> {
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Some(no_manager(folder, &error));
    }
    let mut manager = Command::new(OPENER);
    manager.arg(folder);
    manage(folder, manager)
}

/// The program that opens a folder.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

fn no_manager(path: &Path, error: &std::io::Error) -> Event {
    Event::StudioFailed(StudioError::NoFileManager {
        reason: error.to_string(),
        path: path.to_owned(),
    })
}

/// Starts a file manager at `path`.
fn manage(path: &Path, mut manager: Command) -> Option<Event> {
    let started = manager
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut manager) => {
            // It passes the request to a running instance and exits; it must be waited for.
            let reaper = Builder::new()
                .name("file manager".to_owned())
                .spawn(move || {
                    let _ = manager.wait();
                });
            reaper
                .err()
                .map(|error| Event::StudioFailed(no_thread(error)))
        }
        Err(error) => Some(no_manager(path, &error)),
    }
}

#[cfg(target_os = "macos")]
fn file_manager(path: &Path) -> Command {
    let mut command = Command::new("open");
    command.arg("-R").arg(path);
    command
}

#[cfg(windows)]
fn file_manager(path: &Path) -> Command {
    let mut command = Command::new("explorer");
    command.arg("/select,").arg(path);
    command
}

/// There is no common way to select a file, so this opens its folder.
#[cfg(not(any(target_os = "macos", windows)))]
fn file_manager(path: &Path) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(path.parent().unwrap_or(path));
    command
}
