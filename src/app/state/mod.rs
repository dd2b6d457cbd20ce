//! What the studio is at one moment.
//!
//! The [`Project`] is what an artist would save, and its [`Document`] what they can undo through the
//! [`History`]; the [`Session`] is where they are looking, the [`Runtime`] is what is going on,
//! [`Preferences`] hold for all projects. Readable by all, changed by `update` alone. Must
//! not know threads, files or drawing.

pub mod camera;
pub mod clip_source;
pub mod compare;
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
pub mod zoom;

use std::path::PathBuf;
use std::time::Duration;

use crate::app::command::Command;
use crate::app::command::window::{NoticeId, Overlay};
use crate::engine::protocol::{JobId, NamedPicture};
use crate::project::direction::{Direction, ModelCard, Settings};
use crate::project::document::Document;
use crate::project::file::{PictureEntry, TakeEntry};
use crate::project::history::History;
use crate::project::ids::{ClipId, PictureId, TakeId};
use crate::project::preset::Preset;
use crate::project::render::ExportPlace;
use crate::project::sequence::Sequence;
use crate::project::store::Claim;
use crate::project::timing::Timing;
use camera::{CameraLibrary, CameraView};
use clip_source::{ClipSource, clip_source_of};
use compare::Compare;
use epoch::Epoch;
use export_form::ExportForm;
use forecast::ForecastState;
use job::{ExportJob, Job};
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
use zoom::ViewZoom;

/// Everything.
#[derive(Debug, Default)]
pub struct Studio {
    /// What an artist would save.
    pub project: Project,
    /// Earlier documents.
    pub history: History,
    /// Where they are looking.
    pub session: Session,
    /// What is going on.
    pub runtime: Runtime,
    /// What holds for all projects.
    pub preferences: Preferences,
}

/// Pictures and takes, which are only ever added to, and what was decided about them.
#[derive(Debug, Default)]
pub struct Project {
    /// The shelf, samples first, in the order of arrival.
    pub pictures: Vec<ShelfPicture>,
    /// Finished takes, oldest first; never changed and never taken away.
    pub takes: Vec<ShelfTake>,
    /// Everything that can be undone.
    pub document: Document,
    /// The number that the next picture or take gets.
    pub(in crate::app) next: u64,
    /// Pictures that are not opened again yet, or cannot be.
    pub absent_pictures: Vec<PictureEntry>,
    /// Takes that are not read back yet, or cannot be.
    pub absent_takes: Vec<TakeEntry>,
    /// The folder that it is saved in, once that is known.
    pub home: Option<PathBuf>,
    /// What keeps other windows away from it.
    pub(in crate::app) claim: Option<Claim>,
    /// What tells this opening of it from others.
    pub(in crate::app) epoch: Epoch,
}

/// What is on the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The chosen picture.
    #[default]
    Picture,
    /// A take.
    Take(TakeId),
    /// The takes in a row.
    Sequence,
    /// What a job has made so far.
    Job(JobId),
}

/// Where the artist is looking.
#[derive(Debug, Default)]
pub struct Session {
    /// What is on the stage.
    pub shown: Shown,
    /// Where playback is.
    pub playback: Playback,
    /// The ghost and the pad.
    pub camera: CameraView,
    /// The take that was on the stage before the one that is.
    pub take_before: Option<TakeId>,
    /// What the take on the stage is compared with.
    pub compare: Option<Compare>,
    /// The clip that is being worked on.
    pub clip: Option<ClipId>,
    /// How closely the artist looks.
    pub zoom: ViewZoom,
    /// What the shelf shows.
    pub filter: ShelfFilter,
    /// How the next export is made.
    pub export: ExportForm,
    /// Which panels are unfolded, and how large.
    pub layout: Layout,
    /// The sheet that is open over the panels.
    pub overlay: Option<Overlay>,
    /// Whether the window is to close.
    pub leaving: Option<Leaving>,
}

/// What is known of the chosen model.
#[derive(Debug, Default)]
pub enum ModelState {
    /// It is being inspected.
    #[default]
    Opening,
    /// It can be used.
    Ready(ModelCard),
    /// It cannot; the notice has said why.
    Refused,
}

/// What is going on.
#[derive(Debug, Default)]
pub struct Runtime {
    /// Time since the start.
    pub now: Duration,
    /// The chosen model.
    pub model: ModelState,
    /// Names of all available models.
    pub models: Vec<String>,
    /// What is known of each of them, and of the hub.
    pub model_shelf: Models,
    /// Available camera moves.
    pub camera: CameraLibrary,
    /// The device that computed last, as a sentence.
    pub device: Option<String>,
    /// What the engine has been given: the job that runs, or nothing.
    pub jobs: Vec<Job>,
    /// Takes that wait for it.
    pub queue: Queue,
    /// What the next take will cost.
    pub forecast: ForecastState,
    /// What memory is held, and what there is.
    pub memory: MemoryWatch,
    /// Settings under a name.
    pub presets: Vec<Preset>,
    /// The clip that is being written.
    pub export: Option<ExportJob>,
    /// The clip that was written last.
    pub written: Option<PathBuf>,
    /// The place that was asked about for the next clip.
    pub(in crate::app) export_asked: Option<ExportPlace>,
    /// A place for a clip, and the file there that is free.
    pub(in crate::app) export_free: Option<(ExportPlace, PathBuf)>,
    /// Files that are still being opened.
    pub opening: usize,
    /// All files of the batch that is being opened.
    pub opening_total: usize,
    /// The file that is being opened right now.
    pub opening_name: Option<String>,
    /// What part of it is done, from zero to one.
    pub opening_part: f32,
    /// Whether the opening was asked to end.
    pub opening_stopping: bool,
    /// Whether a picture of the batch is on the stage already; the others wait on the shelf.
    pub(in crate::app) opening_shown: bool,
    /// Whether a dialog of the system is open; there is one at a time.
    pub dialog: bool,
    /// Where things are kept on this machine.
    pub folders: UserFolders,
    /// Projects that were open, the last one first.
    pub recent: Vec<PathBuf>,
    /// Whether the project that the window begins with is still to be read.
    pub(in crate::app) project_awaited: bool,
    /// What was asked for since, and needs it.
    pub(in crate::app) awaiting: Vec<Command>,
    /// Whether a new project was asked for because the last one cannot be opened.
    pub(in crate::app) project_fresh: bool,
    /// When the project was last edited, if it is not saved since.
    pub(in crate::app) edited_at: Option<Duration>,
    /// Whether the last save failed.
    pub save_failed: bool,
    /// What was made and is not on the disk.
    pub unsaved: Unsaved,
    /// The preferences as they are written down.
    pub(in crate::app) kept_preferences: PreferencesFile,
    /// When the preferences were found changed.
    pub(in crate::app) preferred_at: Option<Duration>,
    /// Messages to the artist, oldest first.
    pub notices: Vec<Notice>,
    /// The number that the next notice gets.
    pub(in crate::app) next_notice: u64,
}

/// Where things are kept on this machine; nothing is kept where there is no place.
#[derive(Clone, Debug, Default)]
pub struct UserFolders {
    /// The folder of projects, unless the artist prefers another one.
    pub projects: Option<PathBuf>,
    /// The folder of installed and fetched models.
    pub models: Option<PathBuf>,
    /// The folder of installed camera moves.
    pub camera: Option<PathBuf>,
    /// The file of preferences.
    pub preferences: Option<PathBuf>,
    /// The project that was open when the window was closed.
    pub last_project: Option<PathBuf>,
    /// The project that the window was started with.
    pub named_project: Option<PathBuf>,
}

impl Studio {
    /// The folder of new projects, where there is a place for one.
    #[must_use]
    pub fn projects_folder(&self) -> Option<&PathBuf> {
        let preferred = self.preferences.projects.as_ref();
        preferred.or(self.runtime.folders.projects.as_ref())
    }

    /// How the next take is made.
    #[must_use]
    pub fn direction(&self) -> &Direction {
        &self.project.document.direction
    }

    /// The picture that the next take is made of.
    #[must_use]
    pub fn picture(&self) -> Option<&ShelfPicture> {
        let chosen = self.project.document.picture;
        chosen.and_then(|id| self.picture_named(id))
    }

    /// A picture by its name.
    #[must_use]
    pub fn picture_named(&self, id: PictureId) -> Option<&ShelfPicture> {
        self.project
            .pictures
            .iter()
            .find(|picture| picture.id == id)
    }

    /// The picture that a take was made of, where it is on the shelf: its own, or one with the very
    /// pixels that its recipe names.
    #[must_use]
    pub fn picture_of(&self, take: &ShelfTake) -> Option<&ShelfPicture> {
        let own = take.picture.and_then(|id| self.picture_named(id));
        own.or_else(|| self.picture_like(take.take.recipe.picture.as_ref()?))
    }

    /// The picture on the shelf that a recipe means.
    #[must_use]
    pub fn picture_like(&self, wanted: &NamedPicture) -> Option<&ShelfPicture> {
        let mut pictures = self.project.pictures.iter();
        match &wanted.named.fingerprint {
            Some(fingerprint) => pictures.find(|picture| picture.fingerprint == *fingerprint),
            // Older recipes name nothing but a place.
            None => pictures
                .find(|picture| picture.path.is_some() && picture.path == wanted.named.place),
        }
    }

    /// What the picture of a take is called; empty where it is unknown.
    #[must_use]
    pub fn picture_name_of<'a>(&'a self, take: &'a ShelfTake) -> &'a str {
        let written = take.take.recipe.picture.as_ref();
        let written = written.map_or("", |picture| picture.named.name.as_str());
        self.picture_of(take)
            .map_or(written, |picture| picture.name.as_str())
    }

    /// A take by its name.
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

    /// The job that runs.
    #[must_use]
    pub fn running(&self) -> Option<&Job> {
        self.runtime.jobs.first()
    }

    /// The job on the stage.
    #[must_use]
    pub fn shown_job(&self) -> Option<&Job> {
        match self.session.shown {
            Shown::Job(id) => self.runtime.jobs.iter().find(|job| job.id == id),
            Shown::Picture | Shown::Take(_) | Shown::Sequence => None,
        }
    }

    /// The chosen model, once it is inspected.
    #[must_use]
    pub fn model(&self) -> Option<&ModelCard> {
        match &self.runtime.model {
            ModelState::Ready(card) => Some(card),
            ModelState::Opening | ModelState::Refused => None,
        }
    }

    /// The settings of the next take, once the model is inspected.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        let card = self.model()?;
        Some(Settings::of(&self.direction().draft, &card.defaults))
    }

    /// Whether there is all that a take needs.
    #[must_use]
    pub fn can_generate(&self) -> bool {
        self.picture().is_some() && self.model().is_some()
    }

    /// What plays on the stage, if it moves.
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

    /// The takes in a row.
    #[must_use]
    pub fn sequence(&self) -> &Sequence {
        &self.project.document.sequence
    }

    /// How many frames play on the stage, and how fast.
    #[must_use]
    pub fn timing(&self) -> Option<Timing> {
        match self.session.shown {
            Shown::Sequence => self.sequence().timing(),
            Shown::Picture | Shown::Take(_) | Shown::Job(_) => {
                self.clip_source().map(|clip_source| clip_source.timing())
            }
        }
    }

    /// The take that the one on the stage is compared with, and how.
    #[must_use]
    pub fn compared(&self) -> Option<(&ShelfTake, Compare)> {
        let compare = self.session.compare?;
        let shown = self.shown_take()?;
        let other = self.take_named(compare.other)?;
        (other.id != shown.id).then_some((other, compare))
    }

    /// Whether something would be lost if the window closed now.
    #[must_use]
    pub fn would_lose(&self) -> bool {
        let runtime = &self.runtime;
        let under_way = self.is_at_work() || !runtime.queue.waiting.is_empty();
        under_way || self.unsaved_takes() > 0
    }

    /// Whether a take is being made or a clip is being written.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.running().is_some() || self.runtime.export.is_some()
    }

    /// Finished takes that are in memory alone.
    #[must_use]
    pub fn unsaved_takes(&self) -> usize {
        match self.project.home {
            Some(_) => self.runtime.unsaved.takes.len(),
            None if self.projects_folder().is_some() => self.project.takes.len(),
            None => 0,
        }
    }

    /// Whether the artist likes a take.
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

    /// A notice by its name.
    #[must_use]
    pub fn notice_named(&self, id: NoticeId) -> Option<&Notice> {
        self.runtime.notices.iter().find(|notice| notice.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ids::PictureId;
    use crate::project::take_request::TakeRequest;

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
                studio.runtime.queue.add(TakeRequest {
                    picture: PictureId(0),
                    direction: Direction::default(),
                    device: None,
                });
            }),
            (true, false)
        );
    }
}
