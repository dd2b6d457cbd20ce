//! What goes into the engine and what comes out: plain values.
//!
//! An [`Order`] goes in and [`EngineEvent`]s come out, both through bounded channels. Previews of unfinished frames go
//! through a [`Slot`](super::slot::Slot) that keeps the latest only.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::device::{DevicePreference, Precision};
use crate::error::GenerateError;
use crate::media::fit::Fit;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::request::{GenerateRequest, RequestDraft};
use crate::sampler::finite;

pub use crate::pipeline::{Stage, StopMode};
pub use crate::request::{Excerpt, Named, NamedLora, NamedPicture, Recipe};

/// Names a job for as long as the engine lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// A LoRA to add, by file or by the name of an installed camera move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraChoice {
    /// A path, or the name of an installed camera move.
    pub name: String,
    /// Factor on its update; zero leaves the model as it is.
    #[serde(deserialize_with = "finite::number")]
    pub strength: f32,
}

/// Everything that a job needs. Fixed when it is given: later edits change later jobs.
#[derive(Clone, Debug)]
pub struct Order {
    /// A path, or the name of an installed model.
    pub model: String,
    /// The picture.
    pub picture: Arc<Picture>,
    /// What the picture is called, for the recipe; `None` for the name of its file.
    pub picture_name: Option<String>,
    /// The file that the picture came from, which no recipe names.
    pub picture_path: Option<PathBuf>,
    /// Colour that the picture's transparent parts were laid over when it was opened.
    pub picture_matte: [u8; 3],
    /// How the picture is fitted to the frame.
    pub fit: Fit,
    /// Colour around a padded picture.
    pub matte: [u8; 3],
    /// The chosen settings; the model's defaults fill in the rest.
    pub draft: RequestDraft,
    /// LoRAs to apply, in order.
    pub loras: Vec<LoraChoice>,
    /// The device to compute on.
    pub device: DevicePreference,
    /// The precision to compute in.
    pub precision: Precision,
    /// Folder for intermediate results.
    pub dump: Option<PathBuf>,
    /// Whether to put a preview in the slot after each step.
    pub previews: bool,
}

/// Finished frames with their recipe; never changed.
#[derive(Clone, Debug)]
pub struct Take {
    /// All frames, in order.
    pub frames: Vec<Frame>,
    /// How they were made.
    pub recipe: Recipe,
    /// False when the job was stopped early and its frames were kept. The recipe says the same, except one of the first
    /// form.
    pub complete: bool,
}

/// What a started job will do, and on which device.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The completed request.
    pub request: GenerateRequest,
    /// The device's name and the reason why it was chosen.
    pub device: String,
    /// The precision of the UNet.
    pub precision: &'static str,
}

/// Something that happened to a job.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EngineEvent {
    /// Work on a job has begun.
    Started {
        /// Which job.
        job: JobId,
        /// What it will do.
        plan: Arc<Plan>,
    },
    /// A stage has begun.
    StageStarted {
        /// Which job.
        job: JobId,
        /// Which stage.
        stage: Stage,
    },
    /// A denoising step is done.
    StepFinished {
        /// Which job.
        job: JobId,
        /// Counted from one.
        step: usize,
        /// Steps in all.
        steps: usize,
        /// Seconds this step took.
        seconds: f64,
        /// Seconds that the remaining steps will take at the mean speed so far.
        eta_s: f64,
    },
    /// Some frames are decoded.
    FramesDecoded {
        /// Which job.
        job: JobId,
        /// Frames so far.
        done: usize,
        /// Frames in all.
        total: usize,
    },
    /// The job is paused.
    Paused {
        /// Which job.
        job: JobId,
    },
    /// The job goes on after a pause, or is about to stop.
    Resumed {
        /// Which job.
        job: JobId,
    },
    /// A warning for the artist.
    Warned {
        /// Which job.
        job: JobId,
        /// One sentence.
        text: String,
    },
    /// The job is done.
    Completed {
        /// Which job.
        job: JobId,
        /// The take.
        take: Arc<Take>,
    },
    /// The job ended early because it was asked to.
    Stopped {
        /// Which job.
        job: JobId,
        /// What was kept, if anything.
        take: Option<Arc<Take>>,
    },
    /// The job failed; the engine goes on.
    Failed {
        /// Which job.
        job: JobId,
        /// Why.
        error: Arc<GenerateError>,
    },
}

/// A rough picture of the frames after a step, at latent size.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Which job.
    pub job: JobId,
    /// After which step, counted from one.
    pub step: usize,
    /// All frames.
    pub frames: Vec<Frame>,
}

/// Called after every event, so that a sleeping window wakes up.
pub type Wake = Arc<dyn Fn() + Send + Sync>;
