//! A picture becomes a clip: one story for each family of models, told with shared stages.
//!
//! A story (`svd.rs`) is one file that says what happens in which order; [`stages`] say how. [`family_of`] is the table of
//! families; what the engine asks of one is [`Family`]. Each network is in memory only while it works. Must not know threads, queues, files to write or windows: it tells an [`Observer`] what happens
//! and asks it whether to go on.

mod dump;
mod families;
mod family;
mod fitting;
mod job;
mod model_report;
mod network;
mod observer;
mod plan;
pub mod stages;
mod svd;
mod transfer;

pub use dump::Dump;
pub use families::family_of;
pub use family::Family;
pub use fitting::Fitting;
pub use job::Job;
pub use model_report::ModelReport;
pub use network::Network;
pub use observer::{Observer, Outcome, Stage, StepDone, StopMode};
pub use plan::{
    GenerationPlan, MemoryBudget, ModelShapes, Placing, Planner, StagePlan, StoredWeights,
};
pub use svd::shapes::{Halves, SvdShapes};

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
    family_of(job.checkpoint).generate(job, hooks, observer)
}
