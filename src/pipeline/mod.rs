//! A picture becomes a clip: one story for each family of models, told with shared stages.
//!
//! A story (`svd.rs`) is one file that says what happens in which order; [`stages`] say how. Each network is in memory
//! only while it works. Must not know threads, queues, files to write or windows: it tells an [`Observer`] what happens
//! and asks it whether to go on.

mod dump;
mod job;
mod observer;
mod plan;
pub mod stages;
mod svd;
mod transfer;
mod verify;

pub use dump::Dump;
pub use job::Job;
pub use observer::{Observer, Outcome, Stage, StepDone, StopMode};
pub use plan::{
    Fitting, GenerationPlan, Halves, MemoryBudget, Network, Outline, Placing, StagePlan,
};
pub use verify::{ModelReport, verify};

use crate::checkpoint::Parts;
use crate::error::GenerateError;
use stages::Hook;

/// Turns a picture into frames.
///
/// # Errors
/// [`GenerateError`]: a picture, model or device that cannot be used, or numbers that overflow.
pub fn generate(job: &Job<'_>, observer: &mut dyn Observer) -> Result<Outcome, GenerateError> {
    generate_with(job, &mut [], observer)
}

/// [`generate`] with hooks that take part in denoising, before those of the story itself.
///
/// # Errors
/// As [`generate`], and whatever a hook returns.
pub fn generate_with(
    job: &Job<'_>,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Outcome, GenerateError> {
    let Parts::Svd(parts) = &job.checkpoint.parts;
    svd::generate(job, parts, hooks, observer)
}
