//! Events that the workers report.

use std::path::PathBuf;
use std::sync::Arc;

use super::camera::CameraEvent;
use super::models::ModelsEvent;
use super::opened_picture::OpenedPicture;
use super::sources::Found;
use super::words::WordsEvent;
use crate::app::command::project::FolderUse;
use crate::app::command::takes::TakeCommand;
use crate::app::state::epoch::Epoch;
use crate::engine::forecast::Forecast;
use crate::engine::protocol::{EngineEvent, JobId, Preview};
use crate::error::{
    CheckpointError, ClipboardError, ExportError, GenerateError, PictureError, PresetError,
    ProjectError, StudioError, TakeError,
};
use crate::export::Written;
use crate::media::frame::Frame;
use crate::project::direction::ModelCard;
use crate::project::file::{ProjectFile, TakeEntry};
use crate::project::history::{CHOOSE_PICTURE, Edit};
use crate::project::ids::{PictureId, TakeId};
use crate::project::preset::Preset;
use crate::project::render::ExportPlace;
use crate::project::store::{Claim, Collected};
use crate::project::take_request::TakeRequest;
use crate::request::Take;
use crate::system::memory::Residency;

/// Something that happened outside `update`.
#[derive(Debug)]
pub(in crate::app) enum Event {
    /// A picture was opened.
    PictureOpened(Box<OpenedPicture>),
    /// A file with this name is being opened.
    OpeningBegan(String),
    /// Progress of the picture being opened, from 0 to 1.
    OpeningAdvanced(f32),
    /// A file was skipped, because opening was stopped.
    PictureSkipped,
    /// An opened file is a take.
    TakeImported {
        /// The take.
        take: Arc<Take>,
        /// Small copies of its frames.
        cells: Vec<Frame>,
        /// The file.
        from: PathBuf,
    },
    /// The search for a take's sources ended.
    SourcesFound {
        /// The command that needs them.
        then: TakeCommand,
        /// The sources found.
        found: Found,
    },
    /// An opened file is a take that cannot be used.
    TakeRefused(TakeError),
    /// An opened folder is a project.
    ProjectFound(PathBuf),
    /// An opened folder contains pictures, which are opened next.
    FolderOpened {
        /// The folder.
        path: PathBuf,
        /// Number of pictures to open.
        pictures: usize,
        /// Whether these are all of its pictures.
        all: bool,
    },
    /// The clipboard contained files.
    PastedFiles(Vec<PathBuf>),
    /// The clipboard contained nothing usable.
    PasteRefused(ClipboardError),
    /// A file could not be opened as a picture.
    PictureRefused(PictureError),
    /// The dialog for pictures was closed.
    PicturesChosen(Vec<PathBuf>),
    /// The default folder for exports was found.
    ExportFolderKnown(PathBuf),
    /// A free file name was found.
    FreePlaceFound {
        /// Where the clip should go.
        place: ExportPlace,
        /// The file name.
        free: PathBuf,
    },
    /// The dialog for a folder was closed; `None` if it was cancelled.
    FolderChosen(FolderUse, Option<PathBuf>),
    /// The dialog for a frame's file name was closed.
    FramePlaceChosen {
        /// The frame to save.
        frame: Frame,
        /// The file; `None` if the dialog was cancelled.
        path: Option<PathBuf>,
    },
    /// A frame was copied to the clipboard, or could not be.
    FrameCopied(Result<(), ClipboardError>),
    /// A frame was saved.
    FrameWritten(PathBuf),
    /// A frame could not be saved.
    FrameNotWritten(ExportError),
    /// Something in the studio itself failed.
    StudioFailed(StudioError),
    /// An event about models.
    Models(ModelsEvent),
    /// An event about pictures from words.
    Words(WordsEvent),
    /// A model was inspected.
    ModelInspected {
        /// Its name, as requested.
        name: String,
        /// Its default settings, or why it cannot be used.
        card: Result<ModelCard, CheckpointError>,
    },
    /// An event about camera moves.
    Camera(CameraEvent),
    /// A seed was drawn.
    SeedDrawn(u64),
    /// The engine accepted a job.
    JobQueued {
        /// Its ID.
        job: JobId,
        /// The take that was requested.
        request: Box<TakeRequest>,
    },
    /// The engine rejected a job.
    JobRefused {
        /// Why.
        error: GenerateError,
        /// The take that was requested.
        request: Box<TakeRequest>,
    },
    /// The cost of a request was computed.
    Forecast {
        /// The job; `None` for the next take.
        job: Option<JobId>,
        /// The answer; `None` if the model cannot be read or the workers are too busy.
        forecast: Option<Box<Forecast>>,
    },
    /// Memory was measured; `None` if the workers were too busy.
    MemoryMeasured(Option<Residency>),
    /// The available presets were listed.
    PresetsListed {
        /// The usable ones.
        presets: Vec<Preset>,
        /// Why the others are not.
        refused: Vec<PresetError>,
    },
    /// A preset was saved under this name, or could not be.
    PresetSaved(Result<String, PresetError>),
    /// An event from the engine.
    Engine(EngineEvent),
    /// A step produced a preview.
    PreviewLeft(Preview),
    /// Frames were exported.
    ExportAdvanced {
        /// Frames so far.
        done: usize,
    },
    /// The export is complete.
    ExportFinished {
        /// The file.
        path: PathBuf,
        /// What was written.
        written: Written,
    },
    /// The export was cancelled.
    ExportStopped,
    /// The export failed.
    ExportFailed(ExportError),
    /// A project was read, or could not be.
    ProjectRead {
        /// Its folder.
        folder: PathBuf,
        /// The lock on it and its contents.
        read: Result<(Claim, Box<ProjectFile>), ProjectError>,
    },
    /// The dialog for a project to open was closed.
    ProjectChosen(Option<PathBuf>),
    /// Something about the project that was open when it was requested, which may no longer be the open
    /// one.
    OfProject {
        /// The project.
        epoch: Epoch,
        /// What happened.
        event: ProjectEvent,
    },
    /// Something outside a project was saved.
    Saved,
    /// Something outside a project could not be saved.
    NotSaved(ProjectError),
}

/// Something that happened to a project's pictures, takes or files. All IDs are those of that project.
#[derive(Debug)]
pub(in crate::app) enum ProjectEvent {
    /// The small copies of a take's frames were made.
    CellsMade {
        /// The take.
        take: TakeId,
        /// One for each frame.
        cells: Vec<Frame>,
    },
    /// A frame of a take was opened as a picture.
    FrameOpened(Box<OpenedPicture>),
    /// A picture from words was opened.
    WordsOpened(Box<OpenedPicture>),
    /// A picture of the project was opened, or could not be.
    PictureRestored {
        /// The picture.
        picture: PictureId,
        /// The opened picture, or why it is missing.
        opened: Result<Box<OpenedPicture>, ProjectError>,
    },
    /// The dialog for the file of a missing picture was closed.
    PictureLocated {
        /// The missing picture.
        picture: PictureId,
        /// The file; `None` if the dialog was cancelled.
        path: Option<PathBuf>,
    },
    /// A missing picture was opened from another file.
    PictureFound {
        /// The missing picture.
        picture: PictureId,
        /// The file.
        path: PathBuf,
        /// The picture in it, or why it cannot be opened.
        opened: Result<Box<OpenedPicture>, PictureError>,
        /// Whether to use it even if it is another picture.
        anyway: bool,
    },
    /// A take of the project was read, or could not be.
    TakeRestored {
        /// The take.
        entry: TakeEntry,
        /// The take and small copies of its frames.
        take: Result<(Arc<Take>, Vec<Frame>), ProjectError>,
    },
    /// The dialog that asks where to save the project was closed.
    PlaceChosen(Option<PathBuf>),
    /// The project file was saved.
    Saved,
    /// The project file could not be saved.
    NotSaved(ProjectError),
    /// The project was copied to this folder.
    Copied {
        /// The folder.
        to: PathBuf,
        /// The lock on it.
        claim: Claim,
        /// The ID that the next picture or take had when the copy was requested.
        next: u64,
    },
    /// The project's folder has this name now, or could not be renamed.
    Renamed {
        /// The folder.
        to: PathBuf,
        /// The outcome.
        outcome: Result<(), ProjectError>,
    },
    /// A finished take was saved, or could not be.
    TakeSaved {
        /// The take.
        take: TakeId,
        /// The outcome.
        outcome: Result<(), ProjectError>,
    },
    /// A picture's file was copied into the project, if it is small enough.
    PictureCollected {
        /// The picture.
        picture: PictureId,
        /// The copy, relative to the project's folder.
        copy: PathBuf,
        /// Whether it was copied.
        outcome: Result<Collected, ProjectError>,
    },
    /// A picture without a file of its own was saved, or could not be.
    PictureSaved {
        /// The picture.
        picture: PictureId,
        /// The outcome.
        outcome: Result<(), ProjectError>,
    },
}

impl ProjectEvent {
    /// The event together with its project.
    pub(in crate::app) fn of(self, epoch: Epoch) -> Event {
        Event::OfProject { epoch, event: self }
    }
}

impl Event {
    /// The label in "Undo" for the change that this makes to the document; `None` if the user did not
    /// cause it.
    pub(in crate::app) fn edit(&self) -> Option<Edit> {
        match self {
            Self::PictureOpened(_)
            | Self::OfProject {
                event: ProjectEvent::FrameOpened(_) | ProjectEvent::WordsOpened(_),
                ..
            } => Some(Edit::once(CHOOSE_PICTURE)),
            Self::SourcesFound { then, .. } => Some(then.edit()),
            Self::SeedDrawn(_) => Some(Edit::once("roll the dice")),
            // The drawn seed may stay in the direction.
            Self::Engine(EngineEvent::Started { .. }) => Some(Edit::once("keep seed")),
            // When a job ends, its take may continue another one.
            Self::Engine(EngineEvent::Completed { .. } | EngineEvent::Stopped { .. }) => {
                Some(Edit::once("join clips"))
            }
            _ => None,
        }
    }
}
