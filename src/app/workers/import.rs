//! Importing files, folders and the contents of the clipboard: pictures, takes, models and projects.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clipboard::{Clipboard, Pasted};
use super::folder_scan::pictures_in;
use super::inbox::Outbox;
use super::threads::{Workers, busy};
use crate::app::protocol::event::Event;
use crate::app::protocol::models::ModelsEvent;
use crate::app::protocol::opened_picture::{OpenedPicture, cells};
use crate::app::protocol::sources::{Found, Search};
use crate::engine::free_memory;
use crate::error::{PictureError, TakeError};
use crate::export;
use crate::library::path_kind::{Evidence, PathKind, classify};
use crate::library::samples::SAMPLES;
use crate::library::sources::Sources;
use crate::library::{Library, seen};
use crate::media::progress::PictureWatch;
use crate::request::{Recipe, Take};
use crate::system::clock::now;

/// Interval between progress events.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// Memory to leave free: a picture stays in memory as long as its project is open.
const SPARED: u64 = 512 << 20;

impl Workers {
    /// Opens files and folders, until stopped.
    pub(in crate::app) fn open_pictures(
        &self,
        paths: Vec<PathBuf>,
        matte: [u8; 3],
    ) -> Option<Event> {
        let ended = Arc::clone(&self.opening_ended);
        let library = self.library.clone();
        busy(self.pictures.send(move |outbox, closing| {
            let way = Importer {
                library: &library,
                matte,
                outbox,
                ended: &|| closing.load(Ordering::Relaxed) || ended.load(Ordering::Relaxed),
            };
            way.open(paths);
        }))
    }

    /// Cancels the opening of all files requested so far, whether started or waiting. Later requests are not affected.
    pub(in crate::app) fn stop_opening(&mut self) {
        self.opening_ended.store(true, Ordering::Relaxed);
        self.opening_ended = Arc::default();
    }

    /// Searches for the sources of a take.
    pub(in crate::app) fn search_sources(&self, search: Search) -> Option<Event> {
        let library = self.library.clone();
        busy(self.pictures.send(move |outbox, _| {
            let found = search_result(&library, &search);
            let then = search.then;
            outbox.send(Event::SourcesFound { then, found });
        }))
    }

    pub(in crate::app) fn paste(&self, name: String, matte: [u8; 3]) -> Option<Event> {
        let clipboard = Arc::clone(&self.clipboard);
        busy(self.pictures.send(move |outbox, _| {
            outbox.send(pasted(&clipboard, name, matte));
        }))
    }
}

/// Opens files.
struct Importer<'a> {
    library: &'a Library,
    matte: [u8; 3],
    outbox: &'a Outbox,
    ended: &'a dyn Fn() -> bool,
}

impl Importer<'_> {
    /// Opens files and folders, and reports the outcome for each file, each folder and each picture in a folder.
    fn open(&self, paths: Vec<PathBuf>) {
        for path in paths {
            if (self.ended)() {
                self.outbox.send(Event::PictureSkipped);
            } else {
                self.open_one(path);
            }
        }
    }

    fn open_one(&self, path: PathBuf) {
        let event = match classify(&path, Evidence::Content) {
            PathKind::Model => {
                let as_move = false;
                Event::Models(ModelsEvent::Dropped { path, as_move })
            }
            PathKind::Project => Event::ProjectFound(path),
            _ if path.is_dir() => {
                self.began(&path);
                return self.folder(path);
            }
            _ => {
                self.began(&path);
                take(&path).unwrap_or_else(|| self.picture(path))
            }
        };
        self.outbox.send(event);
    }

    fn folder(&self, path: PathBuf) {
        match pictures_in(&path) {
            Ok((found, all)) => {
                let pictures = found.len();
                self.outbox.send(Event::FolderOpened {
                    path,
                    pictures,
                    all,
                });
                self.open(found);
            }
            Err(error) => self.outbox.send(Event::PictureRefused(error)),
        }
    }

    fn began(&self, path: &Path) {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        self.outbox.send(Event::OpeningBegan(name));
    }

    fn picture(&self, path: PathBuf) -> Event {
        let last: Cell<Option<Instant>> = Cell::new(None);
        let progress = |part| {
            let now = now();
            let soon = |last: Instant| now.duration_since(last) < PROGRESS_INTERVAL;
            if last.get().is_none_or(|last| !soon(last)) {
                last.set(Some(now));
                self.outbox.send(Event::OpeningAdvanced(part));
            }
        };
        let watch = PictureWatch {
            ended: self.ended,
            progress: &progress,
        };
        let opened = require_memory(&path)
            .and_then(|()| OpenedPicture::from_file(path, self.matte, None, watch));
        match opened {
            Ok(opened) => {
                let seen = opened
                    .path
                    .clone()
                    .map(|path| (opened.fingerprint.clone(), path));
                seen::note(self.library.data_folder(), seen);
                Event::PictureOpened(Box::new(opened))
            }
            Err(PictureError::Ended { .. }) => Event::PictureSkipped,
            Err(error) => Event::PictureRefused(error),
        }
    }
}

/// Opens a clip made by Kinora, with its recipe; `None` if it is not one and should be opened as a picture.
fn take(path: &Path) -> Option<Event> {
    if !path.is_file() {
        return None;
    }
    let text = export::read_recipe_text(path).ok()??;
    let recipe = match Recipe::read(path, Some(&text)) {
        Err(TakeError::NoRecipe { .. }) => return None,
        recipe => recipe,
    };
    match export::read_take(path) {
        // A frame that was saved as a picture has a recipe too.
        Err(TakeError::SinglePicture { .. }) => None,
        Err(error) => Some(Event::TakeRefused(error)),
        Ok(read) => Some(match recipe {
            Ok(recipe) => Event::TakeImported {
                cells: cells(&read.frames),
                take: Arc::new(Take {
                    frames: read.frames,
                    complete: recipe.is_complete(),
                    recipe,
                }),
                from: path.to_owned(),
            },
            Err(error) => Event::TakeRefused(error),
        }),
    }
}

/// Searches for what a recipe names.
fn search_result(library: &Library, search: &Search) -> Found {
    let sources = Sources::new(library, search.brought_from.as_deref());
    let recipe = &search.recipe;
    let picture = recipe.picture.as_ref().filter(|_| search.picture);
    let picture = picture.and_then(|wanted| {
        let found = sources.picture(wanted)?;
        let made = recipe.first_frame.clone().map(Arc::new);
        let opened = OpenedPicture::from_found(wanted, found);
        Some(Box::new(OpenedPicture { made, ..opened }))
    });
    let loras = recipe.loras.iter();
    Found {
        project: search.project.clone(),
        picture,
        model: sources.model(&recipe.model),
        loras: loras.map(|lora| sources.lora(&lora.named)).collect(),
    }
}

/// Rejects a picture that does not fit into the free memory; accepts any if the system does not report that.
fn require_memory(path: &Path) -> Result<(), PictureError> {
    match free_memory() {
        1..SPARED => Err(PictureError::NoMemory {
            free_mib: free_memory() >> 20,
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Opens the sample pictures, which are embedded in the program.
pub(in crate::app) fn open_samples(outbox: &Outbox, closing: &AtomicBool) {
    for (index, (name, bytes)) in (0..).zip(SAMPLES) {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        outbox.send(match OpenedPicture::from_sample(index, name, bytes) {
            Ok(opened) => Event::PictureOpened(Box::new(opened)),
            Err(error) => Event::PictureRefused(error),
        });
    }
}

fn pasted(clipboard: &Mutex<Box<dyn Clipboard>>, name: String, matte: [u8; 3]) -> Event {
    // A panic cannot have left it inconsistent: it only passes values on.
    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
    match clipboard.paste(matte) {
        Ok(Pasted::Picture(picture)) => {
            let opened = OpenedPicture::from_clipboard(name, picture, matte);
            Event::PictureOpened(Box::new(opened))
        }
        Ok(Pasted::Files(paths)) => Event::PastedFiles(paths),
        Err(error) => Event::PasteRefused(error),
    }
}
