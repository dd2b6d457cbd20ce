//! What an update wants done outside of the state. The workers carry it out.

use std::path::PathBuf;
use std::sync::Arc;

use super::camera::CameraEffect;
use super::models::ModelsEffect;
use super::save::SaveJob;
use super::sources::Search;
use crate::app::command::project::FolderUse;
use crate::app::state::epoch::Epoch;
use crate::app::state::forecast::ForecastQuery;
use crate::engine::protocol::{JobId, Order, StopMode, Take};
use crate::media::frame::Frame;
use crate::project::file::{PictureEntry, TakeEntry};
use crate::project::ids::TakeId;
use crate::project::preset::Preset;
use crate::project::render::{ExportPlace, ExportTask};
use crate::project::take_request::TakeRequest;

/// One thing to do.
#[derive(Debug)]
pub(in crate::app) enum Effect {
    /// Open the sample pictures.
    OpenSamples,
    /// Open these files.
    OpenPictures {
        /// Which.
        paths: Vec<PathBuf>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// End the opening of files that was asked for so far.
    StopOpening,
    /// Ask the artist for files.
    AskForPictures,
    /// Something about models.
    Models(ModelsEffect),
    /// Find out where exports go unless the artist says otherwise.
    FindExportFolder,
    /// Ask the artist for a folder, beginning at the present one.
    AskForFolder(FolderUse, Option<PathBuf>),
    /// Show what is in a folder, which is made where it is missing.
    OpenFolder(PathBuf),
    /// Something about one frame.
    Frame(FrameEffect),
    /// Show a file among its neighbours.
    ShowInFolder(PathBuf),
    /// Find out what a model suggests.
    InspectModel(String),
    /// Something about camera moves.
    Camera(CameraEffect),
    /// Draw a seed.
    DrawSeed,
    /// Hand an order to the engine.
    Generate {
        /// The order.
        order: Box<Order>,
        /// What it was made from.
        wanted: Box<TakeRequest>,
    },
    /// End a job early.
    Stop(JobId, StopMode),
    /// Pause or resume a job.
    SetPaused(JobId, bool),
    /// Find out what a request will take.
    Forecast {
        /// The request, and where it would run.
        question: Box<ForecastQuery>,
        /// The job it is about; `None` for the take that may come next.
        job: Option<JobId>,
    },
    /// Find out how much memory is held and free.
    WeighMemory,
    /// List the available presets.
    ListPresets,
    /// Keep a preset in the user's data folder.
    KeepPreset(Box<Preset>),
    /// Take what is on the clipboard.
    Paste {
        /// What a picture from there is called.
        name: String,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Look for what a take was made of.
    LookFor(Box<Search>),
    /// Make small copies of a take's frames.
    MakeCells {
        /// The project that it is of.
        epoch: Epoch,
        /// Its name there.
        id: TakeId,
        /// The take.
        take: Arc<Take>,
    },
    /// Write frames.
    Export(Box<ExportTask>),
    /// Find out which file a clip goes to that should go here and must not replace another.
    FindFreePlace(ExportPlace),
    /// End the running export.
    CancelExport,
    /// Something about projects.
    Project(ProjectEffect),
    /// Write something down.
    Save {
        /// The project that it is of.
        epoch: Epoch,
        /// The project's folder, or the file of preferences.
        place: PathBuf,
        /// What.
        job: SaveJob,
    },
}

/// One thing to do with a frame.
#[derive(Debug)]
pub(in crate::app) enum FrameEffect {
    /// Put a frame on the clipboard.
    Copy(Frame),
    /// Ask the artist for the place of a picture.
    AskForPlace {
        /// What will be written.
        frame: Frame,
        /// File name to begin with.
        name: String,
    },
    /// Write a picture.
    Write {
        /// What is written.
        frame: Frame,
        /// Where to.
        path: PathBuf,
    },
    /// Make a frame a picture of the shelf.
    Open {
        /// Its name for people.
        name: String,
        /// The frame.
        frame: Frame,
        /// The take that it is of, and which one it is.
        origin: (TakeId, usize),
        /// The project that the take is of.
        epoch: Epoch,
    },
}

/// One thing to do with a project.
#[derive(Debug)]
pub(in crate::app) enum ProjectEffect {
    /// Open the project in a folder, or begin one there when `fresh`.
    Open {
        /// The folder.
        folder: PathBuf,
        /// Whether there may be nothing yet.
        fresh: bool,
    },
    /// Begin a project in a folder of its own.
    Begin {
        /// The folder of projects.
        projects: PathBuf,
        /// What it is called, or nearly so.
        name: String,
    },
    /// Ask the artist for a project to open.
    AskFor,
    /// Ask the artist where the project shall lie.
    AskForPlace {
        /// Which project.
        epoch: Epoch,
        /// The name to begin with.
        name: String,
    },
    /// Open a project's pictures.
    RestorePictures {
        /// Of which project.
        epoch: Epoch,
        /// Its folder.
        folder: PathBuf,
        /// Which.
        entries: Vec<PictureEntry>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Read a project's takes.
    RestoreTakes {
        /// Of which project.
        epoch: Epoch,
        /// Its folder.
        folder: PathBuf,
        /// Which.
        entries: Vec<TakeEntry>,
    },
}

impl From<ProjectEffect> for Effect {
    fn from(effect: ProjectEffect) -> Self {
        Self::Project(effect)
    }
}
