//! The workers: the engine, one thread for short jobs, one for the clip being written, one while a
//! dialog is open. The one interpreter of [`Effect`]s; it reads no state and changes none.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam::channel::{Sender, bounded};

use super::dialogs::{Answer, Dialogs, SystemDialogs, wait};
use super::effect::Effect;
use super::fact::Fact;
use super::inbox::Outbox;
use super::opening::{OpenedPicture, SAMPLES, cells};
use super::settings::ModelCard;
use crate::engine::clock::now;
use crate::engine::library::Library;
use crate::engine::priority::{compute_behind_the_window, keep_work_here, step_back};
use crate::engine::protocol::Take;
use crate::engine::trust::Trust;
use crate::engine::{Engine, Runner, SvdRunner, Wake, defaults_of, fresh_seed};
use crate::error::{CheckpointError, ExportError, StudioError};
use crate::export::{self, ClipShape, Metadata, Output, Watch};

/// Short jobs that may wait; a click starts at most one.
const WAITING_ERRANDS: usize = 64;
/// No artist closes a dialog this fast: there was none to close.
const FASTEST_ANSWER: Duration = Duration::from_millis(400);

/// What a studio is made of; tests bring their own.
pub struct Parts {
    /// Carries out orders.
    pub runner: Box<dyn Runner>,
    /// Where models are found.
    pub library: Library,
    /// Asks for paths.
    pub dialogs: Box<dyn Dialogs>,
    /// Wakes the window; called after every report.
    pub wake: Wake,
}

impl Parts {
    /// The real ones.
    ///
    /// # Errors
    /// [`StudioError`] when the running program cannot be located, which tests devices.
    pub fn of_system(wake: Wake) -> Result<Self, StudioError> {
        let library = Library::of_user();
        let trust =
            Trust::new(Library::cache_folder()).map_err(|error| StudioError::NoProgram {
                reason: error.to_string(),
            })?;
        compute_behind_the_window();
        let runner = SvdRunner::new(library.clone(), trust).behind_a_window();
        Ok(Self {
            runner: Box::new(runner),
            library,
            dialogs: Box::new(SystemDialogs),
            wake,
        })
    }
}

/// A short job for the background thread.
type Errand = Box<dyn FnOnce(&Outbox, &AtomicBool) + Send>;

/// All workers; dropping it ends what they do and waits for them.
pub(super) struct Crew {
    engine: Engine,
    library: Library,
    dialogs: Box<dyn Dialogs>,
    outbox: Outbox,
    errands: Option<Sender<Errand>>,
    background: Option<JoinHandle<()>>,
    /// Set when the studio closes: a list of files is not opened to its end.
    closing: Arc<AtomicBool>,
    export: Option<Exporting>,
}

/// The thread that writes a clip, and how to end it.
struct Exporting {
    cancelled: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Crew {
    pub(super) fn hire(parts: Parts, outbox: Outbox) -> Result<Self, StudioError> {
        let engine = Engine::spawn(parts.runner, parts.wake).map_err(no_thread)?;
        let closing = Arc::new(AtomicBool::new(false));
        let (errands, inbox) = bounded::<Errand>(WAITING_ERRANDS);
        let (told, ended) = (outbox.clone(), Arc::clone(&closing));
        let background = Builder::new()
            .name("background".to_owned())
            .spawn(move || {
                keep_work_here();
                for errand in inbox {
                    errand(&told, &ended);
                }
            })
            .map_err(no_thread)?;
        Ok(Self {
            engine,
            library: parts.library,
            dialogs: parts.dialogs,
            outbox,
            errands: Some(errands),
            background: Some(background),
            closing,
            export: None,
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Does one thing, or has it done; what is known at once comes back.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Fact> {
        match effect {
            Effect::OpenSamples => self.errand(open_samples),
            Effect::OpenPictures { paths, matte } => {
                self.errand(move |outbox, closing| open_pictures(paths, matte, outbox, closing))
            }
            Effect::AskForPictures => {
                let answer = self.dialogs.pictures();
                self.ask(answer, |paths| {
                    Fact::PicturesChosen(paths.unwrap_or_default())
                })
            }
            Effect::AskForClipPlace { take, name } => {
                let answer = self.dialogs.clip_place(&name);
                self.ask(answer, move |path| Fact::ClipPlaceChosen { take, path })
            }
            Effect::ListModels => {
                let library = self.library.clone();
                self.errand(move |outbox, _| outbox.tell(Fact::ModelsListed(library.models())))
            }
            Effect::InspectModel(name) => {
                let library = self.library.clone();
                self.errand(move |outbox, _| {
                    let card = inspect(&library, &name);
                    outbox.tell(Fact::ModelInspected { name, card });
                })
            }
            Effect::DrawSeed => Some(Fact::SeedDrawn(fresh_seed())),
            Effect::Generate { order, picture } => Some(match self.engine.generate(*order) {
                Ok(job) => Fact::JobQueued { job, picture },
                Err(error) => Fact::JobRefused(error),
            }),
            Effect::Stop(job, mode) => {
                self.engine.stop(job, mode);
                None
            }
            Effect::MakeCells(id, take) => self.errand(move |outbox, _| {
                let cells = cells(&take.frames);
                outbox.tell(Fact::CellsMade { take: id, cells });
            }),
            Effect::Export { take, path } => self.export(take, path),
            Effect::CancelExport => {
                if let Some(export) = &self.export {
                    export.cancelled.store(true, Ordering::Relaxed);
                }
                None
            }
        }
    }

    fn errand(&self, errand: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static) -> Option<Fact> {
        let taken = self
            .errands
            .as_ref()
            .is_some_and(|errands| errands.try_send(Box::new(errand)).is_ok());
        (!taken).then_some(Fact::Troubled(StudioError::Busy))
    }

    /// Waits for an answer on a thread of its own, which ends with the dialog: nothing can close it
    /// from here, so nobody waits for the thread.
    fn ask<T: Send + 'static>(
        &self,
        answer: Answer<T>,
        fact: impl FnOnce(Option<T>) -> Fact + Send + 'static,
    ) -> Option<Fact> {
        let outbox = self.outbox.clone();
        let asked = now();
        let thread = Builder::new().name("dialog".to_owned()).spawn(move || {
            let answer = wait(answer);
            if answer.is_none() && asked.elapsed() < FASTEST_ANSWER {
                outbox.tell(Fact::Troubled(StudioError::NoDialog));
            }
            outbox.tell(fact(answer));
        });
        thread.err().map(|error| Fact::Troubled(no_thread(error)))
    }

    fn export(&mut self, take: Arc<Take>, path: PathBuf) -> Option<Fact> {
        // One clip at a time: the update has seen the end of the one before.
        if let Some(before) = self.export.take() {
            let _ = before.thread.join();
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let (outbox, flag) = (self.outbox.clone(), Arc::clone(&cancelled));
        let thread = Builder::new().name("export".to_owned()).spawn(move || {
            // Encoding takes what it can get, and the encoder's own threads do as this one does.
            step_back();
            let fact = match write(&take, &path, &flag, &outbox) {
                Ok(export::Outcome::Finished(written)) => Fact::ExportFinished { path, written },
                Ok(export::Outcome::Stopped) => Fact::ExportStopped,
                Err(error) => Fact::ExportFailed(error),
            };
            outbox.tell(fact);
        });
        match thread {
            Ok(thread) => {
                self.export = Some(Exporting { cancelled, thread });
                None
            }
            Err(error) => Some(Fact::Troubled(no_thread(error))),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        drop(self.errands.take());
        if let Some(export) = self.export.take() {
            export.cancelled.store(true, Ordering::Relaxed);
            // It removes what it has begun.
            let _ = export.thread.join();
        }
        if let Some(background) = self.background.take() {
            // A panic there has been reported by the panic hook already.
            let _ = background.join();
        }
    }
}

fn no_thread(error: std::io::Error) -> StudioError {
    StudioError::NoThread {
        reason: error.to_string(),
    }
}

fn open_samples(outbox: &Outbox, closing: &AtomicBool) {
    for (name, bytes) in SAMPLES {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        outbox.tell(match OpenedPicture::from_sample(name, bytes) {
            Ok(opened) => Fact::PictureOpened(Box::new(opened)),
            Err(error) => Fact::PictureRefused(error),
        });
    }
}

fn open_pictures(paths: Vec<PathBuf>, matte: [u8; 3], outbox: &Outbox, closing: &AtomicBool) {
    for path in paths {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        outbox.tell(match OpenedPicture::from_file(path, matte) {
            Ok(opened) => Fact::PictureOpened(Box::new(opened)),
            Err(error) => Fact::PictureRefused(error),
        });
    }
}

fn inspect(library: &Library, name: &str) -> Result<ModelCard, CheckpointError> {
    let checkpoint = library.model(name)?;
    checkpoint.require_supported()?;
    let embedded = name == crate::engine::library::POCKET;
    Ok(ModelCard {
        name: name.to_owned(),
        title: if embedded {
            "Pocket".to_owned()
        } else {
            name.to_owned()
        },
        defaults: defaults_of(&checkpoint),
    })
}

fn write(
    take: &Take,
    path: &std::path::Path,
    cancelled: &AtomicBool,
    outbox: &Outbox,
) -> Result<export::Outcome, ExportError> {
    let output = Output::parse(path)?;
    if let Some(first) = take.frames.first() {
        output.check_writable(ClipShape {
            width: first.width,
            height: first.height,
            frames: take.frames.len(),
        })?;
    }
    let metadata = Metadata::of_take(&take.recipe).map_err(|error| ExportError::Failed {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    export::write(
        take.frames.iter().cloned(),
        take.recipe.request.fps,
        &output,
        &metadata,
        Watch {
            cancelled: &|| cancelled.load(Ordering::Relaxed),
            progress: &mut |done| outbox.tell(Fact::ExportAdvanced { done }),
        },
    )
}
