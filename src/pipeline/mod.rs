//! From a picture to a clip: one pipeline per family of models, built from shared stages.
//!
//! A pipeline (`svd.rs`) is one file that reads from top to bottom; [`stages`] hold the steps that pipelines share.
//! [`family_of`] is the table of families, [`Family`] what the engine asks of one. Each network is in memory only while
//! its stage runs. Must not depend on threads, queues, output files or windows: it reports to an
//! [`Observer`] and asks it whether to continue.

mod animatediff;
mod discrete_schedule;
mod dump;
mod families;
mod family;
mod fitting;
mod guide;
mod job;
mod network;
mod observer;
mod parts_report;
mod plan;
mod sd;
pub mod stages;
mod svd;
mod transfer;

pub use dump::Dump;
pub use families::family_of;
pub use family::Family;
pub use fitting::Fitting;
pub use job::Job;
pub use network::Network;
pub use observer::{Kept, Observer, Outcome, Stage, StepDone, StopMode};
pub use parts_report::PartsReport;
pub use plan::{
    GenerationPlan, MemoryBudget, ModelShapes, NetworkPlan, Placement, Planner, StoredWeights,
};
pub use svd::shapes::{PublishedInF16, SvdShapes};

use crate::error::GenerateError;
use stages::Hook;

/// Generates the frames of `job`.
///
/// # Errors
/// [`GenerateError`]: a picture, model or device that cannot be used, or numbers that overflow.
pub fn generate(job: &Job<'_>, observer: &mut dyn Observer) -> Result<Outcome, GenerateError> {
    generate_with(job, &mut [], observer)
}

/// [`generate`] with hooks that take part in denoising. They are called before the pipeline's own.
///
/// # Errors
/// Same as [`generate`], and the errors of the hooks.
pub fn generate_with(
    job: &Job<'_>,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Outcome, GenerateError> {
    family_of(job.checkpoint).generate(job, hooks, observer)
}
