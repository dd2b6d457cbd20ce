//! What leaves the studio: clips, pictures, and the way to where they are.

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
use crate::export::{Metadata, Outcome, Watch, write_still};
use crate::media::frame::Frame;
use crate::project::render::ExportTask;
use crate::system::priority::lower_priority;

impl Workers {
    /// Does one thing with a frame, or has it done.
    pub(in crate::app) fn frame(&self, effect: FrameEffect) -> Option<Event> {
        match effect {
            FrameEffect::Copy(frame) => {
                let clipboard = Arc::clone(&self.clipboard);
                self.background(move |outbox, _| {
                    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
                    outbox.tell(Event::FrameCopied(clipboard.copy(&frame)));
                })
            }
            FrameEffect::AskForPlace { frame, name } => {
                let answer = self.dialogs.frame_place(&name);
                self.ask(answer, move |path| Event::FramePlaceChosen { frame, path })
            }
            FrameEffect::Write { frame, path } => {
                self.background(move |outbox, _| outbox.tell(write_frame(&frame, path)))
            }
            FrameEffect::Open {
                name,
                frame,
                origin,
                epoch,
            } => self.background(move |outbox, _| {
                let opened = OpenedPicture::from_frame(name, &frame, origin);
                outbox.tell(ProjectEvent::FrameOpened(Box::new(opened)).of(epoch));
            }),
        }
    }

    /// Writes a clip on a thread of its own.
    pub(in crate::app) fn export(&mut self, task: ExportTask) -> Option<Event> {
        // One clip at a time: the update has seen the end of the one before.
        if let Some(before) = self.export.take() {
            before.join();
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let (outbox, flag) = (self.outbox.clone(), Arc::clone(&cancelled));
        let thread = Builder::new().name("export".to_owned()).spawn(move || {
            // Encoding takes what it can get, and the encoder's own threads do as this one does.
            lower_priority();
            outbox.tell(write(&task, &flag, &outbox));
        });
        match thread {
            Ok(thread) => {
                self.export = Some(Exporting { cancelled, thread });
                None
            }
            Err(error) => Some(Event::Troubled(no_thread(error))),
        }
    }
}

fn write(task: &ExportTask, cancelled: &AtomicBool, outbox: &Outbox) -> Event {
    let written = task.write(Watch {
        cancelled: &|| cancelled.load(Ordering::Relaxed),
        progress: &mut |done| outbox.tell(Event::ExportAdvanced { done }),
    });
    match written {
        Ok((path, Outcome::Finished(written))) => Event::ExportFinished { path, written },
        Ok((_, Outcome::Stopped)) => Event::ExportStopped,
        Err(error) => Event::ExportFailed(error),
    }
}

/// Writes a picture.
fn write_frame(frame: &Frame, path: PathBuf) -> Event {
    match write_still(frame, &path, &Metadata::default()) {
        Ok(()) => Event::FrameWritten(path),
        Err(error) => Event::FrameNotWritten(error),
    }
}

/// Opens the system's file manager at a file.
pub(in crate::app) fn show_in_folder(path: &Path) -> Option<Event> {
    manage(path, file_manager(path))
}

/// Opens the system's file manager in a folder, which is made where it is missing.
pub(in crate::app) fn open_folder(folder: &Path) -> Option<Event> {
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Some(no_manager(folder, &error));
    }
    let mut manager = Command::new(OPENER);
    manager.arg(folder);
    manage(folder, manager)
}

/// What opens a folder.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

fn no_manager(path: &Path, error: &std::io::Error) -> Event {
    Event::Troubled(StudioError::NoFileManager {
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
            // It hands over to the one that runs and ends; nobody else would take note of that.
            let reaper = Builder::new()
                .name("file manager".to_owned())
                .spawn(move || {
                    let _ = manager.wait();
                });
            reaper.err().map(|error| Event::Troubled(no_thread(error)))
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

/// There is no common way to point at a file, so its folder must do.
#[cfg(not(any(target_os = "macos", windows)))]
fn file_manager(path: &Path) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(path.parent().unwrap_or(path));
    command
}
