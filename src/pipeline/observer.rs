//! Who follows a generation, what it is told, and how it ends.

use crate::error::GenerateError;
use crate::media::frame::Frame;

/// Where a generation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading and placing weights; comes before each of the others.
    Load,
    /// Picture to embedding and latent.
    Encode,
    /// Noise to latents, step by step.
    Denoise,
    /// Latents to frames.
    Decode,
}

/// How a generation should end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// At once; nothing is kept.
    Now,
    /// After the step in progress; what it shows is decoded and kept.
    Keep,
}

/// A finished step.
pub struct StepDone<'a> {
    /// Counted from one.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// What the frames look like by now, at latent size; empty unless asked for.
    pub preview: &'a [Frame],
}

/// Follows a generation and may end it.
pub trait Observer {
    /// A stage begins.
    fn stage(&mut self, stage: Stage);
    /// A step is done.
    fn step(&mut self, done: &StepDone<'_>);
    /// `done` of `total` frames are decoded.
    fn decoded(&mut self, done: usize, total: usize);
    /// Something the artist should know, although it does not end the generation.
    fn warning(&mut self, text: String);
    /// Whether and how to end.
    fn stop(&self) -> Option<StopMode>;
    /// Whether steps should come with previews.
    fn wants_previews(&self) -> bool {
        false
    }
    /// Whether intermediate results are wanted at all; where not, they need not leave the device.
    fn wants_tensors(&self) -> bool {
        false
    }
    /// An intermediate result, row-major. Frames are told only to an observer that wants tensors.
    ///
    /// # Errors
    /// Whatever keeps the observer from storing it; this ends the generation.
    fn tensor(
        &mut self,
        _name: &str,
        _shape: &[usize],
        _values: &[f32],
    ) -> Result<(), GenerateError> {
        Ok(())
    }
}

/// How a generation ended.
#[derive(Debug)]
pub enum Outcome {
    /// All frames, after all steps.
    Completed(Vec<Frame>),
    /// Ended early; frames where the artist wanted to keep what there was.
    Stopped(Option<Vec<Frame>>),
}
