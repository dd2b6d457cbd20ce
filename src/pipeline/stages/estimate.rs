//! The estimate of the clean latents that a step is taken with.

use burn::tensor::Tensor;

use crate::error::GenerateError;
use crate::pipeline::transfer::read;

/// Clean latents as a step sees them, `[f, c, h, w]`, where they were computed.
pub struct Estimate {
    place: Place,
    /// For errors: the step.
    name: String,
}

pub(super) enum Place {
    Host(Vec<f32>),
    Device(Box<Tensor<4>>),
}

impl Estimate {
    pub(super) fn on_host(values: Vec<f32>, name: &str) -> Self {
        Self {
            place: Place::Host(values),
            name: name.to_owned(),
        }
    }

    pub(super) fn on_device(tensor: Tensor<4>, name: &str) -> Self {
        Self {
            place: Place::Device(Box::new(tensor)),
            name: name.to_owned(),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The step it belongs to, `step 3 of 25`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The numbers on the host.
    ///
    /// # Errors
    /// [`GenerateError::DeviceFailed`] when they cannot be read.
    pub fn values(&self) -> Result<Vec<f32>, GenerateError> {
        match &self.place {
            Place::Host(values) => Ok(values.clone()),
            Place::Device(tensor) => read(tensor.as_ref().clone(), &self.name),
        }
    }
}
