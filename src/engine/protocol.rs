//! What goes into the engine and what comes out: plain values.
//!
//! Requests go in as an [`Order`], facts come out as an [`EngineEvent`], both through bounded
//! channels. Pixels of unfinished frames travel apart, through the latest-value
//! [`Slot`](super::slot::Slot).

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

/// Everything a job needs, fixed when it is given: later edits change later jobs.
#[derive(Clone, Debug)]
pub struct Order {
    /// A path, or the name of an installed model.
    pub model: String,
    /// The picture.
    pub picture: Arc<Picture>,
    /// Where the picture came from, for the recipe.
    pub picture_path: Option<PathBuf>,
    /// How the picture meets the frame.
    pub fit: Fit,
    /// Colour behind transparency and around a padded picture.
    pub matte: [u8; 3],
    /// What was chosen; the model fills in the rest.
    pub draft: RequestDraft,
    /// LoRAs to stack.
    pub loras: Vec<LoraChoice>,
    /// Where to compute.
    pub device: DevicePreference,
    /// In what number format.
    pub precision: Precision,
    /// Folder for intermediate results.
    pub dump: Option<PathBuf>,
    /// Whether steps should leave previews in the slot.
    pub previews: bool,
}

/// What a take was made of, so that it can be made again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Version of Kinora.
    pub kinora: String,
    /// The model, as it was named.
    pub model: String,
    /// The picture's path, if it had one.
    pub picture: Option<PathBuf>,
    /// How the picture met the frame.
    pub fit: Fit,
    /// Colour behind transparency and around a padded picture.
    pub matte: [u8; 3],
    /// LoRAs and their strengths.
    pub loras: Vec<LoraChoice>,
    /// Every other choice.
    pub request: GenerateRequest,
    /// The device and number format that computed it.
    pub device: String,
}

/// Finished frames with their recipe; never changed.
#[derive(Clone, Debug)]
pub struct Take {
    /// All frames, in order.
    pub frames: Vec<Frame>,
    /// What they were made of.
    pub recipe: Recipe,
    /// False when the job was stopped and what there was is kept.
    pub complete: bool,
}

/// What a started job will do, and where.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The completed request.
    pub request: GenerateRequest,
    /// The device's name and why it was chosen, as sentences.
    pub device: String,
    /// The number format of the UNet.
    pub precision: &'static str,
}

/// A fact about a job.
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
    /// A step is done.
    StepFinished {
        /// Which job.
        job: JobId,
        /// Counted from one.
        step: usize,
        /// Steps in all.
        steps: usize,
        /// Seconds this step took.
        seconds: f64,
        /// Seconds the remaining steps will take at this pace.
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
    /// The job holds: it was asked to pause.
    Paused {
        /// Which job.
        job: JobId,
    },
    /// The job goes on, or is about to stop.
    Resumed {
        /// Which job.
        job: JobId,
    },
    /// Something the artist should know.
    Warned {
        /// Which job.
        job: JobId,
        /// One sentence.
        text: String,
    },
    /// The take is there.
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
        /// Why, in one sentence.
        error: Arc<GenerateError>,
    },
}

/// What the frames look like after a step, at latent size.
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
