//! Hands each [`Effect`] to the worker that carries it out. Reads and changes no state.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::export::{open_folder, show_in_folder};
use super::import::open_samples;
use super::inbox::Outbox;
use super::models::{self, found};
use super::restore;
use super::threads::{Workers, begun, busy};
use crate::app::protocol::effect::{Effect, ProjectEffect};
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::app::protocol::models::{ModelsEffect, ModelsEvent};
use crate::app::protocol::opened_picture::cells;
use crate::app::state::forecast::ForecastQuery;
use crate::engine::forecast::{Forecast, forecast};
use crate::engine::protocol::JobId;
use crate::engine::{defaults_of, fresh_seed};
use crate::error::{CheckpointError, PresetError};
use crate::library::{Library, installed};
use crate::project::direction::ModelCard;
use crate::project::preset::{Preset, presets};
use crate::project::render;
use crate::system::memory::Residency;

impl Workers {
    /// Carries out an effect, or hands it to a worker; returns an event if the outcome is known immediately.
    pub(in crate::app) fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::OpenSamples => busy(self.pictures.send(open_samples)),
            Effect::OpenPictures { paths, matte } => self.open_pictures(paths, matte),
            Effect::StopOpening => {
                self.stop_opening();
                None
            }
            Effect::Paste { name, matte } => self.paste(name, matte),
            Effect::SearchSources(search) => self.search_sources(*search),
            Effect::ListPresets => self.list_presets(),
            Effect::SavePreset(preset) => self.keep_preset(*preset),
            Effect::Forecast { question, job } => self.forecast(*question, job),
            Effect::MeasureMemory => {
                let taken = self.background.send(|outbox, _| {
                    outbox.send(Event::MemoryMeasured(Some(Residency::now())));
                });
                (!taken).then_some(Event::MemoryMeasured(None))
            }
            Effect::AskForPictures => {
                let answer = self.dialogs.pictures();
                self.ask(answer, |paths| {
                    Event::PicturesChosen(paths.unwrap_or_default())
                })
            }
            Effect::FindExportFolder => Some(Event::ExportFolderKnown(self.dialogs.usual_folder())),
            Effect::AskForFolder(what, present) => {
                let answer = self.dialogs.folder(what.title(), present.as_deref());
                self.ask(answer, move |folder| Event::FolderChosen(what, folder))
            }
            Effect::OpenFolder(folder) => open_folder(&folder),
            Effect::Models(effect) => self.models(effect),
            Effect::Words(effect) => self.words(effect),
            Effect::Frame(effect) => self.frame(effect),
            Effect::ShowInFolder(path) => show_in_folder(&path),
            Effect::InspectModel(name) => {
                let library = self.library.clone();
                self.background(move |outbox, _| {
                    let card = inspect(&library, &name);
                    outbox.send(Event::ModelInspected { name, card });
                })
            }
            Effect::Camera(effect) => self.camera(effect),
            Effect::DrawSeed => Some(Event::SeedDrawn(fresh_seed())),
            Effect::Generate { order, request } => Some(match self.engine.generate(*order) {
                Ok(job) => Event::JobQueued { job, request },
                Err(error) => Event::JobRefused { error, request },
            }),
            Effect::SetPaused(job, paused) => {
                if paused {
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
            Effect::MakeCells { epoch, id, take } => self.background(move |outbox, _| {
                let cells = cells(&take.frames);
                outbox.send(ProjectEvent::CellsMade { take: id, cells }.of(epoch));
            }),
            Effect::Project(effect) => self.project(effect),
            Effect::Save { epoch, place, job } => self.saver.save(epoch, place, job),
            Effect::Export(task) => self.export(*task),
            Effect::FindFreePlace(place) => self.background(move |outbox, _| {
                let free = render::free(&place);
                outbox.send(Event::FreePlaceFound { place, free });
            }),
            Effect::CancelExport => {
                if let Some(export) = &self.export {
                    export.cancel();
                }
                None
            }
        }
    }

    fn project(&mut self, effect: ProjectEffect) -> Option<Event> {
        match effect {
            // On the pictures thread, so that pictures requested later come after the project.
            ProjectEffect::Open { folder, fresh } => {
                // A project that was just closed is read only after it is saved.
                let written = self.saver.written();
                busy(self.pictures.send(move |outbox, _| {
                    let _ = written.recv();
                    restore::open(folder, fresh, outbox);
                }))
            }
            ProjectEffect::Begin { projects, name } => {
                // If saving the open project fails, that is known before it is closed.
                let written = self.saver.written();
                busy(self.pictures.send(move |outbox, _| {
                    let _ = written.recv();
                    restore::begin(&projects, &name, outbox);
                }))
            }
            ProjectEffect::AskFor => {
                let answer = self.dialogs.project();
                self.ask(answer, Event::ProjectChosen)
            }
            ProjectEffect::AskForPlace { epoch, name } => {
                let answer = self.dialogs.project_place(&name);
                self.ask(answer, move |place| {
                    ProjectEvent::PlaceChosen(place).of(epoch)
                })
            }
            ProjectEffect::AskForPicture {
                epoch,
                picture,
                name,
            } => {
                let answer = self.dialogs.missing_picture(&name);
                self.ask(answer, move |path| {
                    ProjectEvent::PictureLocated { picture, path }.of(epoch)
                })
            }
            ProjectEffect::FindPictures {
                epoch,
                wanted,
                path,
                anyway,
                others,
                matte,
            } => busy(self.pictures.send(move |outbox, closing| {
                let tell = |event: ProjectEvent| outbox.send(event.of(epoch));
                restore::find((&wanted, path, anyway), &others, matte, tell, closing);
            })),
            ProjectEffect::RestorePictures {
                epoch,
                folder,
                entries,
                matte,
            } => busy(self.pictures.send(move |outbox, closing| {
                let tell = |event: ProjectEvent| outbox.send(event.of(epoch));
                restore::pictures(&folder, entries, matte, tell, closing);
            })),
            ProjectEffect::RestoreTakes {
                epoch,
                folder,
                entries,
            } => busy(self.background.send(move |outbox, closing| {
                let tell = |event: ProjectEvent| outbox.send(event.of(epoch));
                restore::takes(&folder, entries, tell, closing);
            })),
        }
    }

    fn models(&mut self, effect: ModelsEffect) -> Option<Event> {
        let library = self.library.clone();
        let tell = |outbox: &Outbox, event| outbox.send(Event::Models(event));
        match effect {
            ModelsEffect::List(referenced) => self.background(move |outbox, _| {
                tell(outbox, ModelsEvent::Found(found(&library, &referenced)));
            }),
            ModelsEffect::Report {
                name,
                device,
                precision,
            } => self.background(move |outbox, closing| {
                if !closing.load(Ordering::Relaxed) {
                    let state = models::state(&library, &name, device, precision);
                    tell(outbox, ModelsEvent::Reported { name, state });
                }
            }),
            ModelsEffect::Ask { folder } => {
                let answer = self.dialogs.model(folder);
                self.ask(answer, |path| Event::Models(ModelsEvent::Chosen(path)))
            }
            ModelsEffect::Remove(name) => self.background(move |outbox, _| {
                let ended = installed::remove(&library, &name);
                tell(outbox, ModelsEvent::Removed { name, ended });
            }),
            ModelsEffect::Restore(name) => self.background(move |outbox, _| {
                let ended = installed::restore(&library, &name);
                tell(outbox, ModelsEvent::Restored(ended));
            }),
            ModelsEffect::Copy(source) => {
                self.copy_ended = Arc::default();
                let (ended, outbox) = (Arc::clone(&self.copy_ended), self.outbox.clone());
                begun(models::copy(&library, source, ended, outbox))
            }
            ModelsEffect::EndCopy => {
                self.copy_ended.store(true, Ordering::Relaxed);
                None
            }
            ModelsEffect::Look(name) => begun(models::look(&self.hub, name, self.outbox.clone())),
            ModelsEffect::Fetch(offer) => {
                self.fetch_ended = Arc::default();
                let ended = Arc::clone(&self.fetch_ended);
                let outbox = self.outbox.clone();
                begun(models::fetch(&self.hub, &library, offer, ended, outbox))
            }
            ModelsEffect::EndFetch => {
                self.fetch_ended.store(true, Ordering::Relaxed);
                None
            }
            ModelsEffect::Token(token) => {
                let kept = models::keep_token(&self.hub, token.as_ref());
                Some(Event::Models(ModelsEvent::TokenSaved(kept)))
            }
        }
    }

    fn list_presets(&self) -> Option<Event> {
        let folder = self.presets_folder();
        self.background(move |outbox, _| {
            let (presets, refused) = presets(folder.as_deref());
            outbox.send(Event::PresetsListed { presets, refused });
        })
    }

    fn keep_preset(&self, preset: Preset) -> Option<Event> {
        let folder = self.presets_folder();
        self.background(move |outbox, _| {
            let kept = folder.ok_or(PresetError::NoFolder);
            let kept = kept.and_then(|folder| preset.keep(&folder));
            outbox.send(Event::PresetSaved(kept.map(|_| preset.name)));
        })
    }

    fn forecast(&self, question: ForecastQuery, job: Option<JobId>) -> Option<Event> {
        let library = self.library.clone();
        let taken = self.background.send(move |outbox, _| {
            let forecast = answer(&library, &question).map(Box::new);
            outbox.send(Event::Forecast { job, forecast });
        });
        // The sender waits for an answer, so it gets an empty one; a notice that the workers are busy would
        // help nobody.
        (!taken).then_some(Event::Forecast {
            job,
            forecast: None,
        })
    }

    /// The folder of the user's own presets.
    fn presets_folder(&self) -> Option<PathBuf> {
        let data = self.library.data_folder()?;
        Some(data.join("presets"))
    }
}

fn answer(library: &Library, question: &ForecastQuery) -> Option<Forecast> {
    // If the model cannot be used, that was reported when it was inspected.
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
    let embedded = name == crate::library::POCKET;
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
        few_steps: checkpoint.is_named_few_step(),
    })
}
