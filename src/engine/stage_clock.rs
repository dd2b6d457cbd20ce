//! Seconds spent in each stage of a generation.

use std::time::Instant;

use crate::pipeline::Stage;
use crate::system::clock::now;

/// Total seconds of each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageSeconds {
    /// Reading and placing the weights of all networks.
    pub load: f64,
    /// From the picture to its embedding and latent.
    pub encode: f64,
    /// All denoising steps.
    pub denoise: f64,
    /// From latents to frames.
    pub decode: f64,
}

/// Measures the stages of a running generation.
#[derive(Debug)]
pub(super) struct StageClock {
    since: Instant,
    stage: Option<Stage>,
    spent: StageSeconds,
}

impl StageClock {
    pub(super) fn start() -> Self {
        Self {
            since: now(),
            stage: None,
            spent: StageSeconds::default(),
        }
    }

    /// Starts a stage and ends the previous one.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.close();
        self.stage = Some(stage);
    }

    /// Ends the current stage; returns the seconds so far.
    pub(super) fn close(&mut self) -> StageSeconds {
        let seconds = self.since.elapsed().as_secs_f64();
        match self.stage {
            Some(Stage::Load) => self.spent.load += seconds,
            Some(Stage::Encode) => self.spent.encode += seconds,
            Some(Stage::Denoise) => self.spent.denoise += seconds,
            Some(Stage::Decode) => self.spent.decode += seconds,
            None => {}
        }
        self.since = now();
        self.stage = None;
        self.spent
    }
}
