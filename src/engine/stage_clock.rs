//! Seconds spent in each stage of a generation.

use std::time::Instant;

use crate::pipeline::Stage;
use crate::system::clock::now;

/// Seconds of each stage, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageSeconds {
    /// Reading and placing weights, four times.
    pub load: f64,
    /// Picture to embedding and latent.
    pub encode: f64,
    /// All steps.
    pub denoise: f64,
    /// Latents to frames.
    pub decode: f64,
}

/// Adds up while a generation goes from stage to stage.
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

    /// A stage begins, and the one before ends.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.close();
        self.stage = Some(stage);
    }

    /// Ends the stage in progress; what was spent so far.
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
