//! Reports the generation of a single picture, whose tensors have no frame dimension.

use crate::error::GenerateError;
use crate::pipeline::observer::{Observer, Stage, StepDone, StopMode};

/// Passes everything on; names and shapes of tensors become those of a single picture.
pub(super) struct OnePicture<'a>(pub(super) &'a mut dyn Observer);

impl Observer for OnePicture<'_> {
    fn stage(&mut self, stage: Stage) {
        self.0.stage(stage);
    }

    fn step(&mut self, done: &StepDone<'_>) {
        self.0.step(done);
    }

    fn decoded(&mut self, done: usize, total: usize) {
        self.0.decoded(done, total);
    }

    fn warning(&mut self, text: String) {
        self.0.warning(text);
    }

    fn stop(&self) -> Option<StopMode> {
        self.0.stop()
    }

    fn wants_tensors(&self) -> bool {
        self.0.wants_tensors()
    }

    fn ids(&mut self, name: &str, ids: &[u32]) -> Result<(), GenerateError> {
        self.0.ids(name, ids)
    }

    fn tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), GenerateError> {
        let name = if name == "frames" { "picture" } else { name };
        // [1, 1, c, h, w] -> [1, c, h, w]
        let shape = if shape.len() == 5 { &shape[1..] } else { shape };
        self.0.tensor(name, shape, values)
    }
}
