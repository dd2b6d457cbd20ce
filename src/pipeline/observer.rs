//! Progress of a generation: what an observer receives, how it can stop the work, and how a generation ends.

use crate::error::GenerateError;
use crate::media::frame::Frame;

/// The stages of a generation.
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

/// How to stop a generation early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Immediately, discarding everything.
    Now,
    /// After the current step, decoding and keeping its estimate.
    Keep,
}

/// A finished denoising step.
pub struct StepDone<'a> {
    /// Number of the step, counted from one.
    pub step: usize,
    /// Total number of steps.
    pub steps: usize,
    /// A preview of the frames, at latent size; empty unless requested.
    pub preview: &'a [Frame],
}

/// Receives the progress of a generation and can stop it.
pub trait Observer {
    /// A stage has begun.
    fn stage(&mut self, stage: Stage);
    /// A step is finished.
    fn step(&mut self, done: &StepDone<'_>);
    /// `done` of `total` frames have been decoded.
    fn decoded(&mut self, done: usize, total: usize);
    /// A warning for the user that does not stop the generation.
    fn warning(&mut self, text: String);
    /// Whether to stop, and how.
    fn stop(&self) -> Option<StopMode>;
    /// Whether to compute previews.
    fn wants_previews(&self) -> bool {
        false
    }
    /// Whether intermediate results are wanted. If not, they can stay on the device.
    fn wants_tensors(&self) -> bool {
        false
    }
    /// Token ids of a prompt, `[1, n]`.
    ///
    /// # Errors
    /// Same as [`Observer::tensor`].
    fn ids(&mut self, _name: &str, _ids: &[u32]) -> Result<(), GenerateError> {
        Ok(())
    }
    /// An intermediate result, row-major. Decoded frames are passed only to an observer that wants tensors.
    ///
    /// # Errors
    /// Whatever prevents the observer from storing it; this ends the generation.
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
    /// All frames, after all steps of the request.
    Completed(Vec<Frame>),
    /// Stopped early, with frames if they were to be kept.
    Stopped(Option<Kept>),
}

impl Outcome {
    /// The outcome of a decoding: `frames` is `None` if it was stopped, `kept` the number of steps if denoising ended
    /// early.
    pub(super) fn decoded(frames: Option<Vec<Frame>>, kept: Option<usize>) -> Self {
        match (frames, kept) {
            (Some(frames), None) => Self::Completed(frames),
            (Some(frames), Some(steps)) => Self::Stopped(Some(Kept { frames, steps })),
            (None, _) => Self::Stopped(None),
        }
    }
}

/// The frames of a generation that was stopped early.
#[derive(Debug)]
pub struct Kept {
    /// All frames.
    pub frames: Vec<Frame>,
    /// Denoising steps that were done.
    pub steps: usize,
}
