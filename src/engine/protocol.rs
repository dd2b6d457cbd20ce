//! The engine's input and output, as plain values.
//!
//! An [`Order`] goes in and [`EngineEvent`]s come out, both through bounded channels. Previews of unfinished frames go
//! through a [`Slot`](super::slot::Slot) that holds only the latest.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::GenerateError;
use crate::media::camera::CameraPath;
use crate::media::fit::Fit;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::motion::{Drawing, MotionPictures};
use crate::request::{
    DevicePreference, FirstFrame, GenerateRequest, GuideLevels, LoraChoice, Precision, Prompt,
    RequestDraft, Steer, Take,
};

pub use crate::pipeline::{Stage, StopMode};

/// ID of a job, unique within its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Everything that a take needs. Fixed when it is given: later edits affect later jobs.
#[derive(Clone, Debug)]
pub struct Order {
    /// A path, or the name of an installed model.
    pub model: String,
    /// Motion modules to add to the model, by path or name.
    pub motion_module: Option<String>,
    /// What the clip shows, for models that read words.
    pub prompt: Option<Prompt>,
    /// The picture, for models that start from one.
    pub picture: Option<Arc<Picture>>,
    /// The picture's name in the recipe; `None` for the name of its file.
    pub picture_name: Option<String>,
    /// The file that the picture came from; never written to a recipe.
    pub picture_path: Option<PathBuf>,
    /// sRGB colour behind the picture's transparent parts.
    pub picture_matte: [u8; 3],
    /// How the picture was made, if it was made from words; it becomes part of the recipe.
    pub first_frame: Option<FirstFrame>,
    /// How the picture is fitted to the frame.
    pub fit: Fit,
    /// sRGB colour around a padded picture.
    pub matte: [u8; 3],
    /// The pixels of the pictures that the draft's guide names.
    pub motion_pictures: MotionPictures,
    /// The chosen settings; the model's defaults supply the rest.
    pub draft: RequestDraft,
    /// LoRAs to apply, in order.
    pub loras: Vec<LoraChoice>,
    /// What a guide is to be made of, besides those LoRAs that are camera moves; `None` if that is already decided, and
    /// all LoRAs are added.
    pub directed: Option<Directed>,
    /// The device to compute on.
    pub device: DevicePreference,
    /// The precision to compute in.
    pub precision: Precision,
    /// Folder for intermediate results.
    pub dump: Option<PathBuf>,
    /// Whether to put a preview in the slot after each step.
    pub previews: bool,
}

/// What a guide is made of when a job starts, because that depends on the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directed {
    /// How camera moves reach the model.
    pub steer: Steer,
    /// How closely a guide is followed.
    pub levels: GuideLevels,
    /// A camera path that is drawn on the stage.
    pub path: Option<CameraPath>,
    /// What is drawn over the picture, in fractions of it.
    pub drawing: Drawing,
}

/// Everything that a picture from words needs.
#[derive(Clone, Debug)]
pub struct StillOrder {
    /// A path, or the name of an installed model.
    pub model: String,
    /// What the picture shows.
    pub prompt: Prompt,
    /// The chosen settings; the model's defaults supply the rest.
    pub draft: RequestDraft,
    /// LoRAs to apply, in order.
    pub loras: Vec<LoraChoice>,
    /// The device to compute on.
    pub device: DevicePreference,
    /// The precision to compute in.
    pub precision: Precision,
    /// Folder for intermediate results.
    pub dump: Option<PathBuf>,
}

/// A picture made from words.
#[derive(Clone, Debug)]
pub struct Still {
    /// The picture.
    pub frame: Frame,
    /// How it was made.
    pub made: FirstFrame,
}

/// What a job makes.
#[derive(Clone, Debug)]
pub enum Work {
    /// A take.
    Take(Box<Order>),
    /// A picture from words.
    Still(Box<StillOrder>),
}

/// What a started job will do, and on which device.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The completed request.
    pub request: GenerateRequest,
    /// The device's name and why it was chosen.
    pub device: String,
    /// The precision of the UNet.
    pub precision: &'static str,
}

/// Something that happened to a job.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EngineEvent {
    /// A job started.
    Started {
        /// The job.
        job: JobId,
        /// What it will do.
        plan: Arc<Plan>,
    },
    /// A stage started.
    StageStarted {
        /// The job.
        job: JobId,
        /// The stage.
        stage: Stage,
    },
    /// A denoising step is done.
    StepFinished {
        /// The job.
        job: JobId,
        /// Number of the step, counted from one.
        step: usize,
        /// Total number of steps.
        steps: usize,
        /// Duration of this step, in seconds.
        seconds: f64,
        /// Duration of the remaining steps at the mean speed so far, in seconds.
        eta_s: f64,
    },
    /// Some frames are decoded.
    FramesDecoded {
        /// The job.
        job: JobId,
        /// Frames so far.
        done: usize,
        /// Total number of frames.
        total: usize,
    },
    /// The job is paused.
    Paused {
        /// The job.
        job: JobId,
    },
    /// The job is resumed after a pause, or about to stop.
    Resumed {
        /// The job.
        job: JobId,
    },
    /// A warning for the user.
    Warned {
        /// The job.
        job: JobId,
        /// One sentence.
        text: String,
    },
    /// The picture from words is complete.
    StillCompleted {
        /// The job.
        job: JobId,
        /// The picture.
        still: Arc<Still>,
    },
    /// The take is complete.
    Completed {
        /// The job.
        job: JobId,
        /// The take.
        take: Arc<Take>,
    },
    /// The job was stopped.
    Stopped {
        /// The job.
        job: JobId,
        /// The frames that were kept, if any.
        take: Option<Arc<Take>>,
    },
    /// The job failed; the engine continues.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        error: Arc<GenerateError>,
    },
}

impl EngineEvent {
    /// The job that it is about.
    #[must_use]
    pub fn job(&self) -> JobId {
        match self {
            Self::Started { job, .. }
            | Self::StageStarted { job, .. }
            | Self::StepFinished { job, .. }
            | Self::FramesDecoded { job, .. }
            | Self::Paused { job }
            | Self::Resumed { job }
            | Self::Warned { job, .. }
            | Self::StillCompleted { job, .. }
            | Self::Completed { job, .. }
            | Self::Stopped { job, .. }
            | Self::Failed { job, .. } => *job,
        }
    }
}

/// A rough preview of the frames after a step, at latent size.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The job.
    pub job: JobId,
    /// Number of the step, counted from one.
    pub step: usize,
    /// All frames.
    pub frames: Vec<Frame>,
}

/// Called after every event, to wake a sleeping window.
pub type Wake = Arc<dyn Fn() + Send + Sync>;
