//! The workers: the engine, one thread for short jobs, one for the clip being written, one while a
//! dialog is open. The one interpreter of [`Effect`]s; it reads no state and changes none.

mod camera;
mod incoming;
mod outgoing;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use super::clipboard::{Clipboard, SystemClipboard};
use super::dialogs::{Answer, Dialogs, SystemDialogs, wait};
use super::effect::{Effect, ProjectEffect};
use super::fact::Fact;
use super::inbox::Outbox;
use super::keeper::Keeper;
use super::lane::Lane;
use super::librarian::{self, HubAccess, found};
use super::models::{ModelsEffect, ModelsFact};
use super::opening::cells;
use super::outlook::Question;
use super::preset::{Preset, presets};
use super::restoring;
use super::settings::ModelCard;
use crate::engine::clock::now;
use crate::engine::forecast::{Forecast, forecast};
use crate::engine::library::Library;
use crate::engine::priority::compute_behind_the_window;
use crate::engine::protocol::JobId;
use crate::engine::residency::Residency;
use crate::engine::trust::Trust;
use crate::engine::{Engine, Runner, SvdRunner, Wake, defaults_of, fresh_seed};
use crate::error::{CheckpointError, PresetError, StudioError};
use incoming::open_samples;
use outgoing::{Exporting, open_folder, show_in_folder};

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
    /// Where pictures are pasted from.
    pub clipboard: Box<dyn Clipboard>,
    /// Where models are fetched from.
    pub hub: HubAccess,
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
            clipboard: Box::new(SystemClipboard::default()),
            hub: HubAccess::of_user(),
            wake,
        })
    }
}

/// All workers; dropping it ends what they do and waits for them.
pub(super) struct Crew {
    engine: Engine,
    library: Library,
    dialogs: Box<dyn Dialogs>,
    outbox: Outbox,
    clipboard: Arc<Mutex<Box<dyn Clipboard>>>,
    /// Short jobs.
    background: Lane,
    /// Pictures are decoded here, so that a large one holds nothing else up.
    pictures: Lane,
    /// Set when the studio closes: a list of files is not opened to its end.
    closing: Arc<AtomicBool>,
    /// Ends the opening of pictures that was asked for so far.
    opening_ended: Arc<AtomicBool>,
    export: Option<Exporting>,
    hub: HubAccess,
    /// Ends the fetch under way.
    fetch_ended: Arc<AtomicBool>,
    /// Ends the copy under way.
    copy_ended: Arc<AtomicBool>,
    keeper: Keeper,
}

impl Crew {
    pub(super) fn hire(parts: Parts, outbox: Outbox) -> Result<Self, StudioError> {
        let engine = Engine::spawn(parts.runner, parts.wake).map_err(no_thread)?;
        let closing = Arc::new(AtomicBool::new(false));
        let lane = |name| Lane::open(name, outbox.clone(), Arc::clone(&closing)).map_err(no_thread);
        let (background, pictures) = (lane("background")?, lane("pictures")?);
        let library = parts.library.clone();
        background.send(move |_, _| librarian::sweep(&library));
        let keeper = Keeper::hire(outbox.clone())?;
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
            keeper,
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Does one thing, or has it done; what is known at once comes back.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Fact> {
        match effect {
            Effect::OpenSamples => busy(self.pictures.send(open_samples)),
            Effect::OpenPictures { paths, matte } => self.open_pictures(paths, matte),
            Effect::StopOpening => {
                self.stop_opening();
                None
            }
            Effect::Paste { name, matte } => self.paste(name, matte),
            Effect::ListPresets => self.list_presets(),
            Effect::KeepPreset(preset) => self.keep_preset(*preset),
            Effect::Forecast { question, job } => self.forecast(*question, job),
            Effect::WeighMemory => {
                let taken = self.background.send(|outbox, _| {
                    outbox.tell(Fact::MemoryWeighed(Some(Residency::now())));
                });
                (!taken).then_some(Fact::MemoryWeighed(None))
            }
            Effect::AskForPictures => {
                let answer = self.dialogs.pictures();
                self.ask(answer, |paths| {
                    Fact::PicturesChosen(paths.unwrap_or_default())
                })
            }
            Effect::FindExportFolder => Some(Fact::ExportFolderKnown(self.dialogs.usual_folder())),
            Effect::AskForFolder(what, present) => {
                let answer = self.dialogs.folder(what.title(), present.as_deref());
                self.ask(answer, move |folder| Fact::FolderChosen(what, folder))
            }
            Effect::OpenFolder(folder) => open_folder(&folder),
            Effect::Models(effect) => self.models(effect),
            Effect::Frame(effect) => self.frame(effect),
            Effect::ShowInFolder(path) => show_in_folder(&path),
            Effect::InspectModel(name) => {
                let library = self.library.clone();
                self.errand(move |outbox, _| {
                    let card = inspect(&library, &name);
                    outbox.tell(Fact::ModelInspected { name, card });
                })
            }
            Effect::Camera(effect) => self.camera(effect),
            Effect::DrawSeed => Some(Fact::SeedDrawn(fresh_seed())),
            Effect::Generate { order, wanted } => Some(match self.engine.generate(*order) {
                Ok(job) => Fact::JobQueued { job, wanted },
                Err(error) => Fact::JobRefused { error, wanted },
            }),
            Effect::Hold(job, hold) => {
                if hold {
                    self.engine.pause(job);
                } else {
                    self.engine.resume(job);
                }
                None
            }
            Effect::Stop(job, mode) => {
                self.engine.stop(job, mode);
                None
            }
            Effect::MakeCells(id, take) => self.errand(move |outbox, _| {
                let cells = cells(&take.frames);
                outbox.tell(Fact::CellsMade { take: id, cells });
            }),
            Effect::Project(effect) => self.project(effect),
            Effect::Keep { place, keep } => self.keeper.keep(place, keep),
            Effect::Export(shipment) => self.export(*shipment),
            Effect::CancelExport => {
                if let Some(export) = &self.export {
                    export.cancel();
                }
                None
            }
        }
    }

    fn project(&mut self, effect: ProjectEffect) -> Option<Fact> {
        match effect {
            // In the lane of pictures: those that were asked for later come after the project.
            ProjectEffect::Open { folder, fresh } => {
                // A project that was left a moment ago is read as it was left.
                let written = self.keeper.written();
                busy(self.pictures.send(move |outbox, _| {
                    let _ = written.recv();
                    restoring::open(folder, fresh, outbox);
                }))
            }
            ProjectEffect::Begin { projects, name } => busy(
                self.pictures
                    .send(move |outbox, _| restoring::begin(&projects, &name, outbox)),
            ),
            ProjectEffect::AskFor => {
                let answer = self.dialogs.project();
                self.ask(answer, Fact::ProjectChosen)
            }
            ProjectEffect::AskForPlace(name) => {
                let answer = self.dialogs.project_place(&name);
                self.ask(answer, Fact::ProjectPlaceChosen)
            }
            ProjectEffect::RestorePictures {
                folder,
                entries,
                matte,
            } => busy(self.pictures.send(move |outbox, closing| {
                restoring::pictures(&folder, entries, matte, outbox, closing);
            })),
            ProjectEffect::RestoreTakes { folder, entries } => {
                busy(self.background.send(move |outbox, closing| {
                    restoring::takes(&folder, entries, outbox, closing);
                }))
            }
        }
    }

    fn models(&mut self, effect: ModelsEffect) -> Option<Fact> {
        let library = self.library.clone();
        let tell = |outbox: &Outbox, fact| outbox.tell(Fact::Models(fact));
        match effect {
            ModelsEffect::List(referenced) => self.errand(move |outbox, _| {
                tell(outbox, ModelsFact::Found(found(&library, &referenced)));
            }),
            ModelsEffect::Report {
                name,
                device,
                precision,
            } => self.errand(move |outbox, closing| {
                if !closing.load(Ordering::Relaxed) {
                    let state = librarian::state(&library, &name, device, precision);
                    tell(outbox, ModelsFact::Reported { name, state });
                }
            }),
            ModelsEffect::Ask { folder } => {
                let answer = self.dialogs.model(folder);
                self.ask(answer, |path| Fact::Models(ModelsFact::Chosen(path)))
            }
            ModelsEffect::Keep { name, kept } => self.errand(move |outbox, _| {
                let ended = librarian::keep(&library, &name, kept);
                tell(outbox, ModelsFact::Kept { name, kept, ended });
            }),
            ModelsEffect::Copy(source) => {
                self.copy_ended = Arc::default();
                let (ended, outbox) = (Arc::clone(&self.copy_ended), self.outbox.clone());
                begun(librarian::copy(&library, source, ended, outbox))
            }
            ModelsEffect::EndCopy => {
                self.copy_ended.store(true, Ordering::Relaxed);
                None
            }
            ModelsEffect::Look(name) => {
                begun(librarian::look(&self.hub, name, self.outbox.clone()))
            }
            ModelsEffect::Fetch(offer) => {
                self.fetch_ended = Arc::default();
                let ended = Arc::clone(&self.fetch_ended);
                let outbox = self.outbox.clone();
                begun(librarian::fetch(&self.hub, &library, offer, ended, outbox))
            }
            ModelsEffect::EndFetch => {
                self.fetch_ended.store(true, Ordering::Relaxed);
                None
            }
            ModelsEffect::Token(token) => {
                let kept = librarian::keep_token(&self.hub, token.as_ref());
                Some(Fact::Models(ModelsFact::TokenKept(kept)))
            }
        }
    }

    fn errand(&self, errand: impl FnOnce(&Outbox, &AtomicBool) + Send + 'static) -> Option<Fact> {
        busy(self.background.send(errand))
    }

    fn list_presets(&self) -> Option<Fact> {
        let folder = self.presets_folder();
        self.errand(move |outbox, _| {
            let (presets, refused) = presets(folder.as_deref());
            outbox.tell(Fact::PresetsListed { presets, refused });
        })
    }

    fn keep_preset(&self, preset: Preset) -> Option<Fact> {
        let folder = self.presets_folder();
        self.errand(move |outbox, _| {
            let kept = folder.ok_or(PresetError::NoFolder);
            let kept = kept.and_then(|folder| preset.keep(&folder));
            outbox.tell(Fact::PresetKept(kept.map(|_| preset.name)));
        })
    }

    fn forecast(&self, question: Question, job: Option<JobId>) -> Option<Fact> {
        let library = self.library.clone();
        let taken = self.background.send(move |outbox, _| {
            let forecast = answer(&library, &question).map(Box::new);
            outbox.tell(Fact::Forecast { job, forecast });
        });
        // Whoever asked waits for an answer; nobody needs to hear that there was no time for one.
        (!taken).then_some(Fact::Forecast {
            job,
            forecast: None,
        })
    }

    /// Where the artist's own presets are.
    fn presets_folder(&self) -> Option<PathBuf> {
        let data = self.library.data_folder()?;
        Some(data.join("presets"))
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
}

impl Drop for Crew {
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

fn no_thread(error: std::io::Error) -> StudioError {
    StudioError::NoThread {
        reason: error.to_string(),
    }
}

/// A thread that reports by itself, or none.
fn begun(thread: std::io::Result<()>) -> Option<Fact> {
    thread.err().map(|error| Fact::Troubled(no_thread(error)))
}

/// Too many short jobs wait.
fn busy(taken: bool) -> Option<Fact> {
    (!taken).then_some(Fact::Troubled(StudioError::Busy))
}

fn answer(library: &Library, question: &Question) -> Option<Forecast> {
    // A model that cannot be used has been refused with its reasons already.
    forecast(
        library,
        &question.model,
        &question.request,
        question.device,
        question.precision,
    )
    .ok()
}

fn inspect(library: &Library, name: &str) -> Result<ModelCard, CheckpointError> {
    if Path::new(name).is_absolute() && !Path::new(name).exists() {
        return Err(CheckpointError::Gone {
            path: PathBuf::from(name),
        });
    }
    let checkpoint = library.model(name)?;
    checkpoint.require_supported()?;
    let embedded = name == crate::engine::library::POCKET;
    Ok(ModelCard {
        name: name.to_owned(),
        title: if embedded {
            "Pocket".to_owned()
        } else {
            let name = Path::new(name);
            let name = name.file_name().unwrap_or(name.as_os_str());
            name.to_string_lossy().into_owned()
        },
        defaults: defaults_of(&checkpoint),
    })
}
