//! What `update` asks of the workers.

use std::path::PathBuf;
use std::sync::Arc;

use super::camera::CameraEffect;
use super::models::ModelsEffect;
use super::save::SaveJob;
use super::sources::Search;
use super::words::WordsEffect;
use crate::app::command::project::FolderUse;
use crate::app::state::epoch::Epoch;
use crate::app::state::forecast::ForecastQuery;
use crate::engine::protocol::{JobId, Order, StopMode};
use crate::media::frame::Frame;
use crate::project::file::{PictureEntry, TakeEntry};
use crate::project::ids::{PictureId, TakeId};
use crate::project::preset::Preset;
use crate::project::render::{ExportPlace, ExportTask};
use crate::project::take_request::TakeRequest;
use crate::request::Take;

/// A request to the workers.
#[derive(Debug)]
pub(in crate::app) enum Effect {
    /// Open the sample pictures.
    OpenSamples,
    /// Open these files.
    OpenPictures {
        /// The files.
        paths: Vec<PathBuf>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Stop opening the files requested so far.
    StopOpening,
    /// Ask the user for files.
    AskForPictures,
    /// A request about models.
    Models(ModelsEffect),
    /// A request about pictures from words.
    Words(WordsEffect),
    /// Find the default folder for exports.
    FindExportFolder,
    /// Ask the user for a folder, starting at this one.
    AskForFolder(FolderUse, Option<PathBuf>),
    /// Open a folder in the file manager, creating it if necessary.
    OpenFolder(PathBuf),
    /// A request about one frame.
    Frame(FrameEffect),
    /// Show a file in the file manager.
    ShowInFolder(PathBuf),
    /// Read a model's default settings.
    InspectModel(String),
    /// A request about camera moves.
    Camera(CameraEffect),
    /// Draw a seed.
    DrawSeed,
    /// Send an order to the engine.
    Generate {
        /// The order.
        order: Box<Order>,
        /// The take request that the order was made from.
        request: Box<TakeRequest>,
    },
    /// End a job early.
    Stop(JobId, StopMode),
    /// Pause or resume a job.
    SetPaused(JobId, bool),
    /// Compute the cost of a request.
    Forecast {
        /// The request, and where it would run.
        question: Box<ForecastQuery>,
        /// The job; `None` for the next take.
        job: Option<JobId>,
    },
    /// Measure used and free memory.
    MeasureMemory,
    /// List the available presets.
    ListPresets,
    /// Save a preset in the user's data folder.
    SavePreset(Box<Preset>),
    /// Read the clipboard.
    Paste {
        /// The name to give to a picture.
        name: String,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Search for the sources of a take.
    SearchSources(Box<Search>),
    /// Make small copies of a take's frames.
    MakeCells {
        /// The project of the take.
        epoch: Epoch,
        /// The take's ID.
        id: TakeId,
        /// The take.
        take: Arc<Take>,
    },
    /// Export frames.
    Export(Box<ExportTask>),
    /// Find a file name at this place that is not in use.
    FindFreePlace(ExportPlace),
    /// Cancel the running export.
    CancelExport,
    /// A request about projects.
    Project(ProjectEffect),
    /// Save something.
    Save {
        /// The project that it belongs to.
        epoch: Epoch,
        /// The project's folder, or the file of preferences.
        place: PathBuf,
        /// What to save.
        job: SaveJob,
    },
}

/// A request about one frame.
#[derive(Debug)]
pub(in crate::app) enum FrameEffect {
    /// Copy a frame to the clipboard.
    Copy(Frame),
    /// Ask the user for a file name.
    AskForPlace {
        /// The frame to save.
        frame: Frame,
        /// The suggested file name.
        name: String,
    },
    /// Save a frame as a picture.
    Write {
        /// The frame.
        frame: Frame,
        /// The file.
        path: PathBuf,
    },
    /// Add a frame to the shelf as a picture.
    Open {
        /// The picture's name.
        name: String,
        /// The frame.
        frame: Frame,
        /// The take it belongs to, and its index.
        origin: (TakeId, usize),
        /// The project of the take.
        epoch: Epoch,
    },
}

/// A request about projects.
#[derive(Debug)]
pub(in crate::app) enum ProjectEffect {
    /// Open the project in a folder, or create one there if `fresh`.
    Open {
        /// The folder.
        folder: PathBuf,
        /// Whether the folder may be empty or missing.
        fresh: bool,
    },
    /// Create a project in a new folder.
    Begin {
        /// The folder of projects.
        projects: PathBuf,
        /// The preferred name of the folder.
        name: String,
    },
    /// Ask the user for a project to open.
    AskFor,
    /// Ask the user for a folder to save to.
    AskForPlace {
        /// The project.
        epoch: Epoch,
        /// The suggested name.
        name: String,
    },
    /// Open a project's pictures.
    RestorePictures {
        /// The project.
        epoch: Epoch,
        /// Its folder.
        folder: PathBuf,
        /// The pictures.
        entries: Vec<PictureEntry>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Ask the user for the file of a missing picture.
    AskForPicture {
        /// The project.
        epoch: Epoch,
        /// The picture.
        picture: PictureId,
        /// Its name.
        name: String,
    },
    /// Open a missing picture from a file, and others that are in the same folder.
    FindPictures {
        /// The project.
        epoch: Epoch,
        /// The picture.
        wanted: PictureEntry,
        /// The file.
        path: PathBuf,
        /// Whether to use the file even if it is another picture.
        anyway: bool,
        /// The other missing pictures.
        others: Vec<PictureEntry>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Read a project's takes.
    RestoreTakes {
        /// The project.
        epoch: Epoch,
        /// Its folder.
        folder: PathBuf,
        /// The takes.
        entries: Vec<TakeEntry>,
    },
}

impl From<ProjectEffect> for Effect {
    fn from(effect: ProjectEffect) -> Self {
        Self::Project(effect)
    }
}
