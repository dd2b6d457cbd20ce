//! Jobs in progress: the take being made, and the clip being exported.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::eta::Estimate;
use crate::engine::protocol::{JobId, Plan, Preview, Stage, StopMode};
use crate::project::take_request::TakeRequest;

/// The phases of a job that are shown to the user.
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
    /// Not paused.
    #[default]
    Running,
    /// To be paused after the current step.
    Requested,
    /// Paused.
    Paused,
}

/// A take being made.
#[derive(Debug)]
pub struct Job {
    /// The engine's ID for it.
    pub id: JobId,
    /// What was requested.
    pub request: TakeRequest,
    /// What it does; `None` until it has started.
    pub plan: Option<Arc<Plan>>,
    /// The engine's current stage.
    pub stage: Option<Stage>,
    /// The phase that this stage belongs to.
    pub phase: Phase,
    /// Steps done, and steps in total.
    pub steps: (usize, usize),
    /// Frames decoded, and frames in total.
    pub decoded: (usize, usize),
    /// What is known of its speed.
    pub estimate: Estimate,
    /// When the last frame is expected, as time since the start of the studio.
    pub ends_at: Option<Duration>,
    /// When the current stage started, as time since the start of the studio; moved forward by pauses.
    pub stage_began: Duration,
    /// How it was asked to stop early, if it was.
    pub stopping: Option<StopMode>,
    /// Whether it is paused.
    pub pause: PauseState,
    /// When it was paused, as time since the start of the studio.
    pub paused_at: Option<Duration>,
    /// A preview of the frames after the latest step.
    pub preview: Option<Preview>,
}

impl Job {
    pub(in crate::app) fn new(id: JobId, request: TakeRequest) -> Self {
        Self {
            id,
            request,
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

    /// Progress of a phase, from 0 to 1.
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

    /// The status line.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.stopping, self.stage) {
            (Some(StopMode::Now), _) => "Stopping…".to_owned(),
            (Some(StopMode::Keep), Some(Stage::Denoise)) => {
                format!("Stopping after step {}…", self.steps.0 + 1)
            }
            (Some(StopMode::Keep), None | Some(Stage::Load | Stage::Encode)) => {
                "Stopping…".to_owned()
            }
            (None, Some(Stage::Denoise)) if self.pause == PauseState::Paused => {
                format!("Paused after step {} of {}", self.steps.0, self.steps.1)
            }
            (None, _) if self.pause == PauseState::Paused => "Paused".to_owned(),
            (None, Some(Stage::Denoise)) if self.pause == PauseState::Requested => {
                format!("Pausing after step {}…", self.steps.0 + 1)
            }
            (None, _) if self.pause == PauseState::Requested => "Pausing…".to_owned(),
            (_, None) => "Waiting for the engine…".to_owned(),
            (_, Some(Stage::Load)) => "Loading the weights…".to_owned(),
            (_, Some(Stage::Encode)) => "Encoding the picture…".to_owned(),
            (_, Some(Stage::Denoise)) if self.steps.0 == 0 => "Denoising, first step…".to_owned(),
            (_, Some(Stage::Denoise)) => {
                format!("Denoising, step {} of {}", self.steps.0, self.steps.1)
            }
            (_, Some(Stage::Decode)) if self.decoded.1 == 0 => "Decoding the frames…".to_owned(),
            (_, Some(Stage::Decode)) => {
                format!("Decoding, frame {} of {}", self.decoded.0, self.decoded.1)
            }
        }
    }
}

/// A clip being exported.
#[derive(Debug)]
pub struct ExportJob {
    /// The file.
    pub path: PathBuf,
    /// Frames written.
    pub done: usize,
    /// Total number of frames.
    pub total: usize,
    /// Whether it was asked to stop.
    pub stopping: bool,
}
