//! What workers report, in the past tense.

use std::path::PathBuf;
use std::sync::Arc;

use super::camera::CameraEvent;
use super::models::ModelsEvent;
use super::opened_picture::OpenedPicture;
use super::sources::Found;
use crate::app::command::project::FolderUse;
use crate::app::command::takes::TakeCommand;
use crate::app::state::epoch::Epoch;
use crate::engine::forecast::Forecast;
use crate::engine::protocol::{EngineEvent, JobId, Preview, Take};
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
use crate::project::store::Claim;
use crate::project::take_request::TakeRequest;
use crate::system::memory::Residency;

/// Something that happened outside of the state.
#[derive(Debug)]
pub(in crate::app) enum Event {
    /// A picture was opened.
    PictureOpened(Box<OpenedPicture>),
    /// A file is being opened; this is its name.
    OpeningBegan(String),
    /// This part of the picture that is being opened is done, from zero to one.
    OpeningAdvanced(f32),
    /// A file was left alone, because the opening was ended.
    PictureLeft,
    /// A file turned out to be a take.
    TakeBrought {
        /// The take.
        take: Arc<Take>,
        /// Small copies of its frames.
        cells: Vec<Frame>,
        /// The file.
        from: PathBuf,
    },
    /// What a take was made of was looked for.
    SourcesFound {
        /// What it is for.
        then: TakeCommand,
        /// What was found.
        found: Found,
    },
    /// A file is a take that cannot be used.
    TakeRefused(TakeError),
    /// A folder turned out to be a project.
    ProjectBrought(PathBuf),
    /// A folder turned out to hold pictures, which are opened next.
    FolderOpened {
        /// Which folder.
        path: PathBuf,
        /// How many pictures are opened.
        pictures: usize,
        /// Whether that is all of them.
        all: bool,
    },
    /// There were files on the clipboard.
    PastedFiles(Vec<PathBuf>),
    /// There was nothing on the clipboard that can be used.
    PasteRefused(ClipboardError),
    /// A file could not be opened as a picture.
    PictureRefused(PictureError),
    /// The artist closed the dialog for pictures.
    PicturesChosen(Vec<PathBuf>),
    /// Where exports go unless the artist says otherwise.
    ExportFolderKnown(PathBuf),
    /// Which file a clip goes to that must not replace another.
    FreePlaceFound {
        /// Where it should go.
        wanted: ExportPlace,
        /// The file.
        free: PathBuf,
    },
    /// The artist closed the dialog for a folder; `None` when they cancelled.
    FolderChosen(FolderUse, Option<PathBuf>),
    /// The artist closed the dialog for the place of a picture.
    FramePlaceChosen {
        /// What is written.
        frame: Frame,
        /// Where to; `None` when the artist cancelled.
        path: Option<PathBuf>,
    },
    /// A frame is on the clipboard, or not.
    FrameCopied(Result<(), ClipboardError>),
    /// A picture was written.
    FrameWritten(PathBuf),
    /// A picture could not be written.
    FrameNotWritten(ExportError),
    /// Something of the studio itself went wrong.
    Troubled(StudioError),
    /// Something about models.
    Models(ModelsEvent),
    /// A model was inspected.
    ModelInspected {
        /// Its name, as it was asked for.
        name: String,
        /// What it suggests, or why it cannot be used.
        card: Result<ModelCard, CheckpointError>,
    },
    /// Something about camera moves.
    Camera(CameraEvent),
    /// A seed was drawn.
    SeedDrawn(u64),
    /// A job was taken on.
    JobQueued {
        /// Its number.
        job: JobId,
        /// What is to be made.
        wanted: Box<TakeRequest>,
    },
    /// A job was not taken on.
    JobRefused {
        /// Why.
        error: GenerateError,
        /// What was to be made.
        wanted: Box<TakeRequest>,
    },
    /// It was found out what a request will take.
    Forecast {
        /// The job it is about; `None` for the take that may come next.
        job: Option<JobId>,
        /// The answer; `None` when the model cannot be read.
        forecast: Option<Box<Forecast>>,
    },
    /// How much memory is held and free; `None` when there was no time to ask.
    MemoryWeighed(Option<Residency>),
    /// The available presets were listed.
    PresetsListed {
        /// Those that can be used.
        presets: Vec<Preset>,
        /// Why others cannot.
        refused: Vec<PresetError>,
    },
    /// A preset was kept, under this name, or not.
    PresetKept(Result<String, PresetError>),
    /// The engine said something.
    Engine(EngineEvent),
    /// A step left a preview.
    PreviewLeft(Preview),
    /// Frames were written.
    ExportAdvanced {
        /// So far.
        done: usize,
    },
    /// The clip is there.
    ExportFinished {
        /// Where.
        path: PathBuf,
        /// What was written.
        written: Written,
    },
    /// The export was ended early.
    ExportStopped,
    /// The export failed.
    ExportFailed(ExportError),
    /// A project was read, or could not be.
    ProjectRead {
        /// Its folder.
        folder: PathBuf,
        /// The right to it and what it says.
        read: Result<(Claim, Box<ProjectFile>), ProjectError>,
    },
    /// The artist closed the dialog for a project to open.
    ProjectChosen(Option<PathBuf>),
    /// Something about the project that was open when it was asked for, which need not be the one
    /// that is open now.
    OfProject {
        /// Which opening of which project.
        epoch: Epoch,
        /// What happened.
        event: ProjectEvent,
    },
    /// Something else was written down.
    Kept,
    /// Something else could not be written down.
    NotKept(ProjectError),
}

/// Something that happened to a project's own pictures, takes and files. All numbers are those of
/// that project.
#[derive(Debug)]
pub(in crate::app) enum ProjectEvent {
    /// The small copies of a take's frames were made.
    CellsMade {
        /// Of which take.
        take: TakeId,
        /// One for each frame.
        cells: Vec<Frame>,
    },
    /// A frame of a take is a picture now.
    FrameOpened(Box<OpenedPicture>),
    /// A picture of the project was opened, or could not be.
    PictureRestored(Result<Box<OpenedPicture>, ProjectError>),
    /// A take of the project was read, or could not be.
    TakeRestored {
        /// Which take.
        entry: TakeEntry,
        /// The take and small copies of its frames.
        take: Result<(Arc<Take>, Vec<Frame>), ProjectError>,
    },
    /// The artist closed the dialog for the project's place.
    PlaceChosen(Option<PathBuf>),
    /// The project's file was written.
    Saved,
    /// The project's file could not be written.
    NotSaved(ProjectError),
    /// The project was copied to this folder.
    Copied {
        /// The folder.
        to: PathBuf,
        /// The right to it.
        claim: Claim,
        /// The number that the next picture or take had when it was asked for.
        next: u64,
    },
    /// A finished take was written down, or could not be.
    TakeKept {
        /// Which.
        take: TakeId,
        /// How that went.
        kept: Result<(), ProjectError>,
    },
    /// A picture without a file of its own was written down, or could not be.
    PictureKept {
        /// Which.
        picture: PictureId,
        /// How that went.
        kept: Result<(), ProjectError>,
    },
}

impl ProjectEvent {
    /// The fact, with the project that it is about.
    pub(in crate::app) fn of(self, epoch: Epoch) -> Event {
        Event::OfProject { epoch, event: self }
    }
}

impl Event {
    /// What "Undo" calls the change that this makes to the document; `None` where it is nothing
    /// that the artist did.
    pub(in crate::app) fn edit(&self) -> Option<Edit> {
        match self {
            Self::PictureOpened(_)
            | Self::OfProject {
                event: ProjectEvent::FrameOpened(_),
                ..
            } => Some(Edit::once(CHOOSE_PICTURE)),
            Self::SourcesFound { then, .. } => Some(then.edit()),
            Self::SeedDrawn(_) => Some(Edit::once("roll the dice")),
            // The seed that was drawn may stay.
            Self::Engine(EngineEvent::Started { .. }) => Some(Edit::once("keep seed")),
            // The end of a job changes it where its take continues another one.
            Self::Engine(EngineEvent::Completed { .. } | EngineEvent::Stopped { .. }) => {
                Some(Edit::once("join clips"))
            }
            _ => None,
        }
    }
}
