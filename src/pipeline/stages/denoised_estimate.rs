//! The denoised estimate of a step.

use burn::tensor::Tensor;

use crate::error::GenerateError;
use crate::pipeline::transfer::read;

/// The denoised latents that a step estimates, `[f, c, h, w]`, on the device that computed them.
pub struct DenoisedEstimate {
    values: Values,
    /// The step, for errors.
    name: String,
}

pub(super) enum Values {
    Host(Vec<f32>),
    Device(Box<Tensor<4>>),
}

impl DenoisedEstimate {
    pub(super) fn on_host(values: Vec<f32>, name: &str) -> Self {
        Self {
            values: Values::Host(values),
            name: name.to_owned(),
        }
    }

    pub(super) fn on_device(tensor: Tensor<4>, name: &str) -> Self {
        Self {
            values: Values::Device(Box::new(tensor)),
            name: name.to_owned(),
        }
    }

    pub(super) fn where_computed(&self) -> &Values {
        &self.values
    }

    /// The step that the estimate belongs to: `step 3 of 25`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The values on the host.
    ///
    /// # Errors
    /// [`GenerateError::DeviceFailed`] if they cannot be read.
    pub fn values(&self) -> Result<Vec<f32>, GenerateError> {
        match &self.values {
            Values::Host(values) => Ok(values.clone()),
            Values::Device(tensor) => read(tensor.as_ref().clone(), &self.name),
        }
    }
}
