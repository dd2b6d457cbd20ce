//! The state of the studio. Everything may read it; only `update` changes it.
//!
//! [`Project`]: what is saved, with the [`Document`] that can be undone through the [`History`].
//! [`Session`]: what the window shows. [`Runtime`]: jobs, notices and everything else that is never saved.
//! [`Preferences`]: settings that apply to all projects.

pub mod camera;
pub mod clip_source;
pub mod compare;
pub mod draw;
pub mod epoch;
pub mod eta;
pub mod export_form;
pub mod forecast;
pub mod job;
pub mod layout;
pub mod memory;
pub mod models;
pub mod notice;
pub mod playback;
pub mod preferences;
pub mod queue;
pub mod shelf;
pub mod take_filter;
pub mod unsaved;
pub mod words;
pub mod zoom;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::app::command::Command;
use crate::app::command::window::{NoticeId, Overlay};
use crate::engine::protocol::JobId;
use crate::project::direction::{Direction, ModelCard, ResolvedDirection};
use crate::project::document::Document;
use crate::project::file::{PictureEntry, TakeEntry};
use crate::project::history::History;
use crate::project::ids::{ClipId, PictureId, TakeId};
use crate::project::preset::Preset;
use crate::project::render::ExportPlace;
use crate::project::sequence::Sequence;
use crate::project::store::Claim;
use crate::project::take_request::TakeRequest;
use crate::project::timing::Timing;
use crate::request::NamedPicture;
use camera::{CameraLibrary, CameraView};
use clip_source::{ClipSource, clip_source_of};
use compare::Compare;
use draw::DrawView;
use epoch::Epoch;
use export_form::ExportForm;
use forecast::ForecastState;
use job::{ExportJob, Job, PauseState};
use layout::{Layout, Leaving};
use memory::MemoryWatch;
use models::Models;
use notice::Notice;
use playback::Playback;
use preferences::{Preferences, PreferencesFile};
use queue::Queue;
use shelf::{ShelfPicture, ShelfTake};
use take_filter::ShelfFilter;
use unsaved::Unsaved;
use words::{Words, WordsForm};
use zoom::ViewZoom;

/// The state of the studio.
#[derive(Debug, Default)]
pub struct Studio {
    /// What the user saves.
    pub project: Project,
    /// Earlier documents.
    pub history: History,
    /// What the window shows.
    pub session: Session,
    /// Jobs, notices and everything else that is never saved.
    pub runtime: Runtime,
    /// Settings that apply to all projects.
    pub preferences: Preferences,
}

/// Pictures and takes, which are only ever added, and the document that refers to them.
#[derive(Debug, Default)]
pub struct Project {
    /// The pictures on the shelf: samples first, then in order of arrival.
    pub pictures: Vec<ShelfPicture>,
    /// Finished takes, oldest first; never changed or removed.
    pub takes: Vec<ShelfTake>,
    /// Everything that can be undone.
    pub document: Document,
    /// The ID of the next picture or take.
    pub(in crate::app) next: u64,
    /// Pictures that have not been reopened yet, or cannot be.
    pub absent_pictures: Vec<PictureEntry>,
    /// Those of them that could not be opened.
    pub missing_pictures: BTreeSet<PictureId>,
    /// Takes that have not been read yet, or cannot be.
    pub absent_takes: Vec<TakeEntry>,
    /// The project's folder, once it has one.
    pub home: Option<PathBuf>,
    /// The lock that keeps other windows from opening it.
    pub(in crate::app) claim: Option<Claim>,
    /// Identifies this opening of the project.
    pub(in crate::app) epoch: Epoch,
}

/// What is on the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The selected picture.
    #[default]
    Picture,
    /// A take.
    Take(TakeId),
    /// The sequence.
    Sequence,
    /// The preview of a job.
    Job(JobId),
}

/// What the window shows; never undone.
#[derive(Debug, Default)]
pub struct Session {
    /// What is on the stage.
    pub shown: Shown,
    /// The state of playback.
    pub playback: Playback,
    /// The preview of camera moves, and the pad.
    pub camera: CameraView,
    /// The tools for drawing over the picture.
    pub draw: DrawView,
    /// The take that was on the stage before.
    pub take_before: Option<TakeId>,
    /// The comparison with another take, if any.
    pub compare: Option<Compare>,
    /// The selected clip.
    pub clip: Option<ClipId>,
    /// Zoom of the stage and the timeline.
    pub zoom: ViewZoom,
    /// The shelf's filter.
    pub filter: ShelfFilter,
    /// The take that is being renamed.
    pub renaming: Option<TakeId>,
    /// Settings of the next export.
    pub export: ExportForm,
    /// What the next pictures from words are made from.
    pub words: WordsForm,
    /// Which panels are collapsed, and their sizes.
    pub layout: Layout,
    /// Whether the project is being renamed.
    pub renaming_project: bool,
    /// The sheet that is open over the panels.
    pub overlay: Option<Overlay>,
    /// Set when the window is to close.
    pub leaving: Option<Leaving>,
}

/// The state of the selected model.
#[derive(Debug, Default)]
pub enum ModelState {
    /// It is being inspected.
    #[default]
    Opening,
    /// It can be used.
    Ready(ModelCard),
    /// It cannot be used; a notice says why.
    Refused,
}

/// Everything that is never saved: jobs, models, folders, notices.
#[derive(Debug, Default)]
pub struct Runtime {
    /// Time since the start of the studio.
    pub now: Duration,
    /// The selected model.
    pub model: ModelState,
    /// Names of all available models.
    pub models: Vec<String>,
    /// Details of each of them, and the state of downloads.
    pub model_shelf: Models,
    /// Available camera moves.
    pub camera: CameraLibrary,
    /// A sentence about the device of the last job.
    pub device: Option<String>,
    /// The job in the engine, if any.
    pub job: Option<Job>,
    /// Takes waiting to be made.
    pub queue: Queue,
    /// Pictures from words.
    pub words: Words,
    /// The forecast for the next take.
    pub forecast: ForecastState,
    /// Used and free memory.
    pub memory: MemoryWatch,
    /// The available presets.
    pub presets: Vec<Preset>,
    /// The export in progress.
    pub export: Option<ExportJob>,
    /// The last exported file.
    pub written: Option<PathBuf>,
    /// The place last checked for the next export.
    pub(in crate::app) export_asked: Option<ExportPlace>,
    /// A place for an export, and a free file name there.
    pub(in crate::app) export_free: Option<(ExportPlace, PathBuf)>,
    /// Files that are still being opened.
    pub opening: usize,
    /// Number of files in the current batch.
    pub opening_total: usize,
    /// The file that is being opened now.
    pub opening_name: Option<String>,
    /// Progress of that file, from 0 to 1.
    pub opening_part: f32,
    /// Whether the user asked to stop opening files.
    pub opening_stopping: bool,
    /// Whether a picture of the batch is on the stage already; the others stay on the shelf.
    pub(in crate::app) opening_shown: bool,
    /// Whether a system dialog is open; only one can be.
    pub dialog: bool,
    /// Folders on this machine.
    pub folders: UserFolders,
    /// Recently opened projects, the latest first.
    pub recent: Vec<PathBuf>,
    /// How long ago each of them was saved, when the window opened.
    pub recent_ages: BTreeMap<PathBuf, Duration>,
    /// Whether the project's folder is being renamed; nothing is saved until it is.
    pub(in crate::app) moving: bool,
    /// Whether the first project is still to be read.
    pub(in crate::app) project_awaited: bool,
    /// Commands that were sent in the meantime and need it.
    pub(in crate::app) awaiting: Vec<Command>,
    /// Whether a new project was requested because the last one cannot be opened.
    pub(in crate::app) project_fresh: bool,
    /// When the project was last edited; `None` if it has been saved since.
    pub(in crate::app) edited_at: Option<Duration>,
    /// The queue as last saved.
    pub(in crate::app) saved_queue: Vec<TakeRequest>,
    /// Whether the last save failed.
    pub save_failed: bool,
    /// Takes and pictures that are not yet saved to disk.
    pub unsaved: Unsaved,
    /// The preferences as last saved.
    pub(in crate::app) saved_preferences: PreferencesFile,
    /// When the preferences were found to have changed.
    pub(in crate::app) preferences_changed_at: Option<Duration>,
    /// Notices, oldest first.
    pub notices: Vec<Notice>,
    /// The ID of the next notice.
    pub(in crate::app) next_notice: u64,
}

/// Folders on this machine; `None` where there is no place for one.
#[derive(Clone, Debug, Default)]
pub struct UserFolders {
    /// The default folder of projects.
    pub projects: Option<PathBuf>,
    /// The folder of installed and downloaded models.
    pub models: Option<PathBuf>,
    /// The folder of installed camera moves.
    pub camera: Option<PathBuf>,
    /// The preferences file.
    pub preferences: Option<PathBuf>,
    /// The project that was open when the window was last closed.
    pub last_project: Option<PathBuf>,
    /// The project given when the window was started.
    pub named_project: Option<PathBuf>,
}

impl Studio {
    /// The folder of new projects, if there is one.
    #[must_use]
    pub fn projects_folder(&self) -> Option<&PathBuf> {
        let preferred = self.preferences.projects.as_ref();
        preferred.or(self.runtime.folders.projects.as_ref())
    }

    /// The settings of the next take.
    #[must_use]
    pub fn direction(&self) -> &Direction {
        &self.project.document.direction
    }

    /// The picture that the next take is made from.
    #[must_use]
    pub fn picture(&self) -> Option<&ShelfPicture> {
        let chosen = self.project.document.picture;
        chosen.and_then(|id| self.picture_named(id))
    }

    /// Finds a picture.
    #[must_use]
    pub fn picture_named(&self, id: PictureId) -> Option<&ShelfPicture> {
        self.project
            .pictures
            .iter()
            .find(|picture| picture.id == id)
    }

    /// The picture that a take was made from, if it is on the shelf: by its ID, or by the fingerprint in
    /// the recipe.
    #[must_use]
    pub fn picture_of(&self, take: &ShelfTake) -> Option<&ShelfPicture> {
        let own = take.picture.and_then(|id| self.picture_named(id));
        own.or_else(|| self.picture_like(take.take.recipe.picture.as_ref()?))
    }

    /// The picture on the shelf that matches one named in a recipe.
    #[must_use]
    pub fn picture_like(&self, wanted: &NamedPicture) -> Option<&ShelfPicture> {
        let mut pictures = self.project.pictures.iter();
        match &wanted.named.fingerprint {
            Some(fingerprint) => pictures.find(|picture| picture.fingerprint == *fingerprint),
            // Older recipes contain only a path.
            None => pictures
                .find(|picture| picture.path.is_some() && picture.path == wanted.named.place),
        }
    }

    /// The name of the picture that a take was made from; empty if unknown.
    #[must_use]
    pub fn picture_name_of<'a>(&'a self, take: &'a ShelfTake) -> &'a str {
        let written = take.take.recipe.picture.as_ref();
        let written = written.map_or("", |picture| picture.named.name.as_str());
        self.picture_of(take)
            .map_or(written, |picture| picture.name.as_str())
    }

    /// Finds a take.
    #[must_use]
    pub fn take_named(&self, id: TakeId) -> Option<&ShelfTake> {
        self.project.takes.iter().find(|take| take.id == id)
    }

    /// The take on the stage.
    #[must_use]
    pub fn shown_take(&self) -> Option<&ShelfTake> {
        match self.session.shown {
            Shown::Take(id) => self.take_named(id),
            Shown::Picture | Shown::Sequence | Shown::Job(_) => None,
        }
    }

    /// The running job.
    #[must_use]
    pub fn running(&self) -> Option<&Job> {
        self.runtime.job.as_ref()
    }

    /// The job on the stage.
    #[must_use]
    pub fn shown_job(&self) -> Option<&Job> {
        match self.session.shown {
            Shown::Job(id) => self.runtime.job.as_ref().filter(|job| job.id == id),
            Shown::Picture | Shown::Take(_) | Shown::Sequence => None,
        }
    }

    /// The selected model, once it is inspected.
    #[must_use]
    pub fn model(&self) -> Option<&ModelCard> {
        match &self.runtime.model {
            ModelState::Ready(card) => Some(card),
            ModelState::Opening | ModelState::Refused => None,
        }
    }

    /// The completed settings of the next take, once the model is inspected.
    #[must_use]
    pub fn settings(&self) -> Option<ResolvedDirection> {
        let card = self.model()?;
        let mut settings = ResolvedDirection::of(&self.direction().draft, &card.defaults);
        if let Some(size) = self.suggested_size() {
            settings.size = size;
        }
        Some(settings)
    }

    /// Whether a take can be requested: the model is ready and there is a picture.
    #[must_use]
    pub fn can_generate(&self) -> bool {
        self.picture().is_some() && self.model().is_some()
    }

    /// What plays on the stage, if it has frames.
    #[must_use]
    pub fn clip_source(&self) -> Option<ClipSource<'_>> {
        if let Some(shown) = self.shown_take() {
            return Some(clip_source_of(shown));
        }
        let job = self.shown_job()?;
        let preview = job.preview.as_ref()?;
        Some(ClipSource {
            frames: &preview.frames,
            cells: &preview.frames,
            rate: job.plan.as_ref()?.request.fps,
        })
    }

    /// The frame under the playhead, counted from zero.
    #[must_use]
    pub fn playhead(&self) -> usize {
        self.timing()
            .map_or(0, |timing| timing.frame_at(self.session.playback.position))
    }

    /// The sequence.
    #[must_use]
    pub fn sequence(&self) -> &Sequence {
        &self.project.document.sequence
    }

    /// Number and rate of the frames that play on the stage.
    #[must_use]
    pub fn timing(&self) -> Option<Timing> {
        match self.session.shown {
            Shown::Sequence => self.sequence().timing(),
            Shown::Picture if self.edits_time() => self.settings().map(|settings| Timing {
                frames: settings.frames,
                rate: settings.fps,
            }),
            Shown::Picture | Shown::Take(_) | Shown::Job(_) => {
                self.clip_source().map(|clip_source| clip_source.timing())
            }
        }
    }

    /// The comparison on the stage: the other take, and how they are compared.
    #[must_use]
    pub fn compared(&self) -> Option<(&ShelfTake, Compare)> {
        let compare = self.session.compare?;
        let shown = self.shown_take()?;
        let other = self.take_named(compare.other)?;
        (other.id != shown.id).then_some((other, compare))
    }

    /// Whether closing the window now would lose something.
    #[must_use]
    pub fn would_lose(&self) -> bool {
        // Waiting takes are saved with the project.
        let waiting = self.project.home.is_none() && !self.runtime.queue.waiting.is_empty();
        let under_way = self.is_at_work() || self.runtime.words.is_busy();
        under_way || waiting || self.unsaved_takes() > 0
    }

    /// Whether a take is being made or an export is in progress.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.running().is_some() || self.runtime.export.is_some()
    }

    /// Whether a take is being computed, rather than paused, or a clip is being written.
    #[must_use]
    pub fn is_computing(&self) -> bool {
        let computed = |job: &Job| job.pause != PauseState::Paused;
        self.running().is_some_and(computed) || self.runtime.export.is_some()
    }

    /// Whether anything waits for the engine, or pictures from words are being made.
    #[must_use]
    pub fn is_queued(&self) -> bool {
        !self.runtime.queue.waiting.is_empty() || self.runtime.words.is_busy()
    }

    /// Whether the engine makes a take, or a picture from words.
    #[must_use]
    pub fn is_engine_busy(&self) -> bool {
        self.runtime.job.is_some() || self.runtime.words.is_making()
    }

    /// Number of finished takes that exist only in memory.
    #[must_use]
    pub fn unsaved_takes(&self) -> usize {
        match self.project.home {
            Some(_) => self.runtime.unsaved.takes.len(),
            None if self.projects_folder().is_some() => self.project.takes.len(),
            None => 0,
        }
    }

    /// Whether the user starred a take.
    #[must_use]
    pub fn is_starred(&self, take: TakeId) -> bool {
        self.project.document.stars.contains(&take)
    }

    /// The takes on the shelf, the newest first.
    pub fn shelf_takes(&self) -> impl Iterator<Item = &ShelfTake> {
        let hidden = &self.project.document.hidden_takes;
        self.project
            .takes
            .iter()
            .rev()
            .filter(|take| !hidden.contains(&take.id))
    }

    /// Finds a notice.
    #[must_use]
    pub fn notice_named(&self, id: NoticeId) -> Option<&Notice> {
        self.runtime.notices.iter().find(|notice| notice.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ids::PictureId;

    #[test]
    fn the_window_does_not_close_over_work_without_asking() {
        let loses = |change: fn(&mut Studio)| {
            let mut studio = Studio::default();
            change(&mut studio);
            (studio.would_lose(), studio.is_at_work())
        };
        assert_eq!(loses(|_| ()), (false, false));
        let written = |studio: &mut Studio| {
            studio.runtime.export = Some(ExportJob {
                path: PathBuf::new(),
                done: 1,
                total: 9,
                stopping: false,
            });
        };
        assert_eq!(loses(written), (true, true));
        assert_eq!(
            loses(|studio| {
                studio.runtime.queue.add(
                    TakeRequest {
                        picture: PictureId(0),
                        direction: Direction::default(),
                        device: None,
                    },
                    None,
                );
            }),
            (true, false)
        );
    }
}
