//! Work in progress, as it is shown: takes being made, and a clip being written.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::eta::Estimate;
use crate::engine::protocol::{JobId, Plan, Preview, Stage, StopMode};
use crate::project::take_request::TakeRequest;

/// The parts of a job that an artist sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting, choosing a device, encoding the picture.
    #[default]
    Prepare,
    /// Noise to picture, step by step.
    Denoise,
    /// Latents to frames.
    Decode,
}

/// Whether a job is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PauseState {
    /// It is not.
    #[default]
    Running,
    /// It will be, after the step in progress.
    Requested,
    /// It is, until it is resumed.
    Paused,
}

/// A take being made.
#[derive(Debug)]
pub struct Job {
    /// The engine's name for it.
    pub id: JobId,
    /// What is to be made.
    pub wanted: TakeRequest,
    /// What it does, once it has begun.
    pub plan: Option<Arc<Plan>>,
    /// The engine's current stage.
    pub stage: Option<Stage>,
    /// The part of the job that this belongs to.
    pub phase: Phase,
    /// Steps done and steps in all.
    pub steps: (usize, usize),
    /// Frames decoded and frames in all.
    pub decoded: (usize, usize),
    /// What is known of its speed.
    pub estimate: Estimate,
    /// When the last frame will be there, in time since the start.
    pub ends_at: Option<Duration>,
    /// When its present stage began, in time since the start; pauses count as not passed.
    pub stage_began: Duration,
    /// How it was asked to end early.
    pub stopping: Option<StopMode>,
    /// Whether it is paused.
    pub pause: PauseState,
    /// When it was paused, in time since the start.
    pub paused_at: Option<Duration>,
    /// What the frames look like by now.
    pub preview: Option<Preview>,
}

impl Job {
    pub(in crate::app) fn new(id: JobId, wanted: TakeRequest) -> Self {
        Self {
            id,
            wanted,
            plan: None,
            stage: None,
            phase: Phase::Prepare,
            steps: (0, 0),
            decoded: (0, 0),
            estimate: Estimate::default(),
            ends_at: None,
            stage_began: Duration::ZERO,
            stopping: None,
            pause: PauseState::Running,
            paused_at: None,
            preview: None,
        }
    }

    /// How far a part is, from zero to one.
    #[must_use]
    pub fn fraction(&self, phase: Phase) -> f32 {
        let of = |(done, total): (usize, usize)| done as f32 / total.max(1) as f32;
        match phase {
            _ if phase < self.phase => 1.0,
            _ if phase > self.phase => 0.0,
            Phase::Prepare => 0.0,
            Phase::Denoise => of(self.steps),
            Phase::Decode => of(self.decoded),
        }
    }

    /// What is being done, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.stopping, self.stage) {
            (Some(StopMode::Now), _) => "Stopping …".to_owned(),
            (Some(StopMode::Keep), Some(Stage::Denoise)) => {
                format!("Stopping after step {} …", self.steps.0 + 1)
            }
            (Some(StopMode::Keep), None | Some(Stage::Load | Stage::Encode)) => {
                "Stopping …".to_owned()
            }
            (None, Some(Stage::Denoise)) if self.pause == PauseState::Paused => {
                format!("Paused after step {} of {}", self.steps.0, self.steps.1)
            }
            (None, _) if self.pause == PauseState::Paused => "Paused".to_owned(),
            (None, Some(Stage::Denoise)) if self.pause == PauseState::Requested => {
                format!("Pausing after step {} …", self.steps.0 + 1)
            }
            (None, _) if self.pause == PauseState::Requested => "Pausing …".to_owned(),
            (_, None) => "Waiting for the engine …".to_owned(),
            (_, Some(Stage::Load)) => "Loading the weights …".to_owned(),
            (_, Some(Stage::Encode)) => "Looking at the picture …".to_owned(),
            (_, Some(Stage::Denoise)) if self.steps.0 == 0 => "Denoising, first step …".to_owned(),
            (_, Some(Stage::Denoise)) => {
                format!("Denoising, step {} of {}", self.steps.0, self.steps.1)
            }
            (_, Some(Stage::Decode)) if self.decoded.1 == 0 => "Decoding the frames …".to_owned(),
            (_, Some(Stage::Decode)) => {
                format!("Decoding, frame {} of {}", self.decoded.0, self.decoded.1)
            }
        }
    }
}

/// A clip being written.
#[derive(Debug)]
pub struct ExportJob {
    /// Where to.
    pub path: PathBuf,
    /// Frames written.
    pub done: usize,
    /// Frames in all.
    pub total: usize,
    /// Whether it was asked to end.
    pub stopping: bool,
}
