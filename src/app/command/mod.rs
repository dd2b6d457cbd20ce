//! What the window can ask for, in the imperative.
//!
//! Plain values, so that keys, menus, a palette and tests all say the same thing. Must not know who
//! carries them out.

pub mod camera;
pub mod export;
pub mod models;
pub mod playback;
pub mod project;
pub mod queue;
pub mod sequence;
pub mod takes;
pub mod window;

use std::cell::RefCell;
use std::path::PathBuf;

use crate::engine::protocol::StopMode;
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::project::history::{CHOOSE_PICTURE, Edit};
use crate::project::ids::{PictureId, TakeId};
use crate::project::preset::Preset;
use crate::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use camera::CameraCommand;
use export::ExportCommand;
use models::ModelsCommand;
use playback::PlaybackCommand;
use project::{FolderCommand, PresetCommand, ProjectCommand};
use queue::QueueCommand;
use sequence::SequenceCommand;
use takes::{CompareCommand, ShelfCommand, TakeCommand, ZoomCommand};
use window::{NoticeId, Preference, WindowCommand};

/// One wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open the sample pictures, list the models and inspect the chosen one.
    LookAround,
    /// Open these files: pictures, folders of them, LoRAs.
    OpenPictures(Vec<PathBuf>),
    /// Stop opening the files that are being opened.
    StopOpening,
    /// Ask for files to open.
    ChoosePictures,
    /// Take what is on the clipboard for a picture.
    Paste,
    /// Put this picture on the stage.
    ShowPicture(PictureId),
    /// Put this take on the stage.
    ShowTake(TakeId),
    /// Put the running job on the stage.
    ShowJob,
    /// Change a setting of the next take.
    Direct(Choice),
    /// Something about camera moves.
    Camera(CameraCommand),
    /// Set a seed that nobody chose.
    RollSeed,
    /// Make a take of the picture.
    Generate,
    /// Something about takes that wait.
    Queue(QueueCommand),
    /// Something about presets.
    Preset(PresetCommand),
    /// End the running job early.
    Stop(StopMode),
    /// Something about what plays.
    Play(PlaybackCommand),
    /// Something about the takes in a row.
    Sequence(SequenceCommand),
    /// Something about a take.
    Take(TakeCommand),
    /// Something about comparing takes.
    Compare(CompareCommand),
    /// Something about what the shelf shows.
    Shelf(ShelfCommand),
    /// Something about how closely the artist looks.
    Zoom(ZoomCommand),
    /// Something about writing what is on the stage to a file.
    Export(ExportCommand),
    /// Something about a folder.
    Folder(FolderCommand),
    /// Take a message away.
    DismissNotice(NoticeId),
    /// Take the last edit back.
    Undo,
    /// Do the last edit that was taken back again.
    Redo,
    /// Something about the window itself.
    Window(WindowCommand),
    /// Something about the project as a whole.
    Project(ProjectCommand),
    /// Change a preference.
    Prefer(Preference),
    /// Something about models.
    Models(ModelsCommand),
}

/// A setting of the next take; `None` goes back to the model's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The model, by name.
    Model(String),
    /// What the artist calls the shot.
    Prompt(String),
    /// How the picture meets the frame.
    Fit(Fit),
    /// How the picture meets the frame, and the frame that goes with it: width and height, in
    /// pixels.
    Framing(Fit, Option<(usize, usize)>),
    /// Everything that a preset names.
    Preset(Preset),
    /// Motion bucket id.
    Motion(Option<f32>),
    /// Playback rate.
    Fps(Option<Rate>),
    /// The frame rate that the model is conditioned on.
    FpsId(Option<f32>),
    /// Strength of the noise added to the picture.
    NoiseAug(Option<f32>),
    /// Frames in the take.
    Frames(Option<usize>),
    /// Width and height, in pixels.
    Size(Option<(usize, usize)>),
    /// Denoising steps.
    Steps(Option<usize>),
    /// Guidance at the first and at the last frame.
    Guidance(Option<(f32, f32)>),
    /// Guidance over the frames: its ends and its shape.
    GuidanceCurve(Option<Guidance>),
    /// How guidance runs over the frames.
    GuidanceShape(Option<GuidanceShape>),
    /// Steps after which it ends early; `None` does all.
    StopAfter(Option<usize>),
    /// sRGB colour around a padded picture; `None` for the one in the preferences.
    Matte(Option<[u8; 3]>),
    /// Sampler.
    Sampler(Option<SamplerKind>),
    /// Spacing of the noise levels.
    Sigmas(Option<ScheduleKind>),
    /// Frames decoded at once.
    DecodeChunk(Option<usize>),
    /// Seed; `None` draws a new one for each take.
    Seed(Option<u64>),
}

impl Command {
    /// Whether it brings something into the project.
    pub(super) fn adds_pictures(&self) -> bool {
        matches!(self, Self::OpenPictures(_) | Self::Paste)
    }

    /// Whether it names something by a number that another project has too.
    pub(super) fn names_a_part_of_the_project(&self) -> bool {
        matches!(
            self,
            Self::ShowPicture(_)
                | Self::ShowTake(_)
                | Self::Queue(_)
                | Self::Sequence(_)
                | Self::Take(_)
                | Self::Compare(_)
                | Self::Project(ProjectCommand::Forget(_))
        )
    }

    /// What "Undo" calls the change that this makes to the document, if it makes one; `None` where
    /// the artist only looks at something else.
    pub(in crate::app) fn edit(&self) -> Option<Edit> {
        Some(match self {
            Self::Direct(choice) => choice.edit(),
            Self::Queue(_) => Edit::once("edit waiting take"),
            Self::ShowPicture(_) => Edit::once(CHOOSE_PICTURE),
            Self::ShowTake(_) => return None,
            Self::Camera(command) => command.edit(),
            Self::Sequence(command) => command.edit(),
            Self::Take(command) => command.edit(),
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
            Self::NoiseAug(_) => Edit::dragged("change noise on the picture"),
            Self::Frames(_) => Edit::dragged("change number of frames"),
            Self::Size(_) => Edit::dragged("change size"),
            Self::Steps(_) => Edit::dragged("change steps"),
            Self::StopAfter(_) => Edit::once("change where it ends"),
            Self::Matte(_) => Edit::once("change border colour"),
            Self::Guidance(_) | Self::GuidanceCurve(_) => Edit::dragged("change guidance"),
            Self::Seed(_) => Edit::dragged("change seed"),
        }
    }
}

/// Commands on their way from the window to the next turn.
///
/// Same thread on both ends and emptied every turn, so it needs no bound.
#[derive(Debug, Default)]
pub struct Commands(RefCell<Vec<Command>>);

impl Commands {
    /// Leaves a command for the next turn.
    pub fn send(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    /// Whether something waits for the next turn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Forgets what waits.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(in crate::app) fn take(&self) -> Vec<Command> {
        self.0.take()
    }
}
