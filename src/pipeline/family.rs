//! What the engine asks of a family of models.

use super::job::Job;
use super::model_report::ModelReport;
use super::observer::{Observer, Outcome};
use super::plan::ModelShapes;
use super::stages::Hook;
use crate::error::GenerateError;
use crate::request::Defaults;

/// A model through the eyes of its family.
pub trait Family {
    /// What a request for it holds where the artist says nothing, and what may be asked for at all.
    fn defaults(&self) -> Defaults;

    /// The shapes of its networks, for a plan.
    fn shapes(&self) -> Box<dyn ModelShapes>;

    /// The same filled with random numbers: there are no files behind the names.
    fn random_shapes(&self) -> Box<dyn ModelShapes>;

    /// How its tensors match what its networks ask for; reads no weights.
    ///
    /// # Errors
    /// None for a valid configuration.
    fn report(&self) -> Result<ModelReport, GenerateError>;

    /// Tells its story: makes the clip that `job` describes, with `hooks` taking part in denoising.
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
