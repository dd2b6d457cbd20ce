//! What the engine asks of a family of models.

use super::job::Job;
use super::observer::{Observer, Outcome};
use super::parts_report::PartsReport;
use super::plan::ModelShapes;
use super::stages::Hook;
use crate::error::GenerateError;
use crate::request::Defaults;

/// A model of some family: what it needs from a request, what it costs, and how it generates.
pub trait Family {
    /// Default settings, and the rules that a request must satisfy.
    fn defaults(&self) -> Defaults;

    /// The shapes of its networks, from which a plan is computed.
    fn shapes(&self) -> Box<dyn ModelShapes>;

    /// The same for random weights, which are not backed by files.
    fn random_shapes(&self) -> Box<dyn ModelShapes>;

    /// Compares its tensors with what its networks need, by name and shape. Reads no weights.
    ///
    /// # Errors
    /// None for a valid configuration.
    fn report(&self) -> Result<PartsReport, GenerateError>;

    /// Generates the clip that `job` describes; `hooks` take part in denoising.
    ///
    /// # Errors
    /// [`GenerateError`]: a picture, model or device that cannot be used, or numbers that overflow.
    fn generate(
        &self,
        job: &Job<'_>,
        hooks: &mut [&mut dyn Hook],
        observer: &mut dyn Observer,
    ) -> Result<Outcome, GenerateError>;
}
