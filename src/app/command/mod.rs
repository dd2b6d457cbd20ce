//! Everything that the user can ask for, as plain values that keys, menus, the palette and tests share.

pub mod camera;
pub mod draw;
pub mod export;
pub mod models;
pub mod playback;
pub mod project;
pub mod queue;
pub mod sequence;
pub mod takes;
pub mod window;
pub mod words;

use std::cell::RefCell;
use std::path::PathBuf;

use crate::engine::protocol::StopMode;
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::project::history::{CHOOSE_PICTURE, Edit};
use crate::project::ids::{PictureId, TakeId};
use crate::project::preset::Preset;
use crate::request::{GuideLevels, Steer};
use crate::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use camera::CameraCommand;
use draw::DrawCommand;
use export::ExportCommand;
use models::ModelsCommand;
use playback::PlaybackCommand;
use project::{FolderCommand, PresetCommand, ProjectCommand};
use queue::QueueCommand;
use sequence::SequenceCommand;
use takes::{CompareCommand, ShelfCommand, TakeCommand, ZoomCommand};
use window::{NoticeId, Preference, WindowCommand};
use words::WordsCommand;

/// A request from the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Opens the sample pictures, lists the models and inspects the chosen one.
    StartUp,
    /// Opens these files: pictures, folders of pictures, LoRAs, models, takes, projects.
    OpenPictures(Vec<PathBuf>),
    /// Stops opening files.
    StopOpening,
    /// Asks for files to open.
    ChoosePictures,
    /// Opens what is on the clipboard.
    Paste,
    /// Shows this picture on the stage.
    ShowPicture(PictureId),
    /// Shows this take on the stage.
    ShowTake(TakeId),
    /// Shows the running job on the stage.
    ShowJob,
    /// Changes a setting of the next take.
    Direct(Choice),
    /// A command about camera moves.
    Camera(CameraCommand),
    /// A command about what is drawn over the picture.
    Draw(DrawCommand),
    /// Sets a random seed.
    RollSeed,
    /// Queues a take of the picture.
    Generate,
    /// A command about waiting takes.
    Queue(QueueCommand),
    /// A command about presets.
    Preset(PresetCommand),
    /// Ends the running job early.
    Stop(StopMode),
    /// A command about playback.
    Play(PlaybackCommand),
    /// A command about the sequence.
    Sequence(SequenceCommand),
    /// A command about a take.
    Take(TakeCommand),
    /// A command about comparing takes.
    Compare(CompareCommand),
    /// A command about the shelf's filter.
    Shelf(ShelfCommand),
    /// A command about zooming.
    Zoom(ZoomCommand),
    /// A command about exporting.
    Export(ExportCommand),
    /// A command about a folder.
    Folder(FolderCommand),
    /// Dismisses a notice.
    DismissNotice(NoticeId),
    /// Closes all notices.
    DismissNotices,
    /// Removes one detail of a notice, counted from zero, after its button was clicked.
    AnswerNotice(NoticeId, usize),
    /// Undoes the last edit.
    Undo,
    /// Redoes the edit that was undone last.
    Redo,
    /// A command about the window itself.
    Window(WindowCommand),
    /// A command about the project as a whole.
    Project(ProjectCommand),
    /// Changes a preference.
    Prefer(Preference),
    /// A command about models.
    Models(ModelsCommand),
    /// A command about pictures from words.
    Words(WordsCommand),
}

/// A setting of the next take; `None` is the model's default.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The model, by name.
    Model(String),
    /// A title for the shot.
    Prompt(String),
    /// How the picture is fitted to the frame.
    Fit(Fit),
    /// How the picture is fitted to the frame, and a frame size to go with it: width and height, in
    /// pixels.
    Framing(Fit, Option<(usize, usize)>),
    /// All settings of a preset.
    Preset(Preset),
    /// Motion bucket id.
    Motion(Option<f32>),
    /// Playback rate.
    Fps(Option<Rate>),
    /// The frame rate that the model is conditioned on.
    FpsId(Option<f32>),
    /// Strength of the noise added to the picture.
    NoiseAug(Option<f32>),
    /// Number of frames.
    Frames(Option<usize>),
    /// Width and height, in pixels.
    Size(Option<(usize, usize)>),
    /// Denoising steps.
    Steps(Option<usize>),
    /// Guidance at the first and the last frame.
    Guidance(Option<(f32, f32)>),
    /// The guidance curve: its ends and its shape.
    GuidanceCurve(Option<Guidance>),
    /// Shape of the guidance curve.
    GuidanceShape(Option<GuidanceShape>),
    /// Steps after which denoising ends early; `None` does all of them.
    StopAfter(Option<usize>),
    /// sRGB colour around a padded picture; `None` for the one in the preferences.
    Matte(Option<[u8; 3]>),
    /// Sampler.
    Sampler(Option<SamplerKind>),
    /// Noise schedule.
    Sigmas(Option<ScheduleKind>),
    /// Frames decoded at once.
    DecodeChunk(Option<usize>),
    /// How the camera moves reach the model.
    Steer(Steer),
    /// How closely a guide is followed; `None` as suits the model.
    Levels(Option<GuideLevels>),
    /// Seed; `None` draws a new one for each take.
    Seed(Option<u64>),
}

impl Command {
    /// Whether it adds something to the project.
    pub(super) fn adds_pictures(&self) -> bool {
        matches!(
            self,
            Self::OpenPictures(_) | Self::Paste | Self::Words(WordsCommand::Use(_))
        )
    }

    /// Whether it names something by an ID, which could mean something else in another project.
    pub(super) fn refers_to_project(&self) -> bool {
        matches!(
            self,
            Self::ShowPicture(_)
                | Self::ShowTake(_)
                | Self::Queue(_)
                | Self::Sequence(_)
                | Self::Take(_)
                | Self::Compare(_)
                | Self::Shelf(_)
                | Self::Draw(_)
                | Self::Project(
                    ProjectCommand::Forget(_)
                        | ProjectCommand::AskFind(_)
                        | ProjectCommand::Find { .. }
                )
        )
    }

    /// The label in "Undo" for the change that this makes to the document; `None` if it changes only the
    /// view.
    pub(in crate::app) fn edit(&self) -> Option<Edit> {
        Some(match self {
            Self::Direct(choice) => choice.edit(),
            Self::Queue(QueueCommand::NewSeed) => Edit::once("change seed"),
            Self::Queue(_) => Edit::once("edit waiting take"),
            Self::ShowPicture(_) => Edit::once(CHOOSE_PICTURE),
            Self::ShowTake(_) => return None,
            Self::Camera(command) => command.edit(),
            Self::Draw(command) => command.edit(),
            Self::Sequence(command) => command.edit(),
            Self::Take(command) => command.edit(),
            Self::Shelf(ShelfCommand::Name(..)) => Edit::once("rename take"),
            _ => Edit::once("edit"),
        })
    }
}

impl Choice {
    fn edit(&self) -> Edit {
        match self {
            Self::Model(_) => Edit::once("choose model"),
            Self::Prompt(_) => Edit::dragged("change prompt"),
            Self::Fit(_) | Self::Framing(..) => Edit::dragged("change framing"),
            Self::Preset(_) => Edit::once("choose preset"),
            Self::FpsId(_) => Edit::dragged("change conditioning fps"),
            Self::GuidanceShape(_) => Edit::once("change guidance shape"),
            Self::Sampler(_) => Edit::once("change sampler"),
            Self::Sigmas(_) => Edit::once("change noise levels"),
            Self::DecodeChunk(_) => Edit::dragged("change decoding"),
            Self::Motion(_) => Edit::dragged("change motion"),
            Self::Fps(_) => Edit::dragged("change frame rate"),
            Self::NoiseAug(_) => Edit::dragged("change variation from the picture"),
            Self::Frames(_) => Edit::dragged("change number of frames"),
            Self::Size(_) => Edit::dragged("change size"),
            Self::Steps(_) => Edit::dragged("change steps"),
            Self::StopAfter(_) => Edit::once("change where denoising ends"),
            Self::Matte(_) => Edit::once("change border colour"),
            Self::Guidance(_) | Self::GuidanceCurve(_) => Edit::dragged("change guidance"),
            Self::Steer(_) => Edit::once("change steering"),
            Self::Levels(_) => Edit::dragged("change guide levels"),
            Self::Seed(_) => Edit::dragged("change seed"),
        }
    }
}

/// The commands sent by the window since the last turn.
///
/// It needs no bound: both ends are on the same thread, and it is emptied every turn.
#[derive(Debug, Default)]
pub struct Commands(RefCell<Vec<Command>>);

impl Commands {
    /// Adds a command for the next turn.
    pub fn send(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    /// Whether no command is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Discards all pending commands.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(in crate::app) fn take(&self) -> Vec<Command> {
        self.0.take()
    }
}
