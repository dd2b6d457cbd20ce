//! Several LoRAs at once, each with a strength.

use std::sync::Arc;

use rayon::prelude::*;

use super::fit::FittedLora;
use crate::error::CheckpointError;

/// LoRAs with strengths, in the order they were given.
///
/// `W' = W + Σ strength · ΔW`. The base weights stay as they are in the checkpoint: a changed
/// strength is applied to them anew, so nothing accumulates.
#[derive(Debug, Clone, Default)]
pub struct LoraStack {
    loras: Vec<(Arc<FittedLora>, f32)>,
}

impl LoraStack {
    /// A stack of LoRAs matched with the same network.
    #[must_use]
    pub fn new(loras: Vec<(Arc<FittedLora>, f32)>) -> Self {
        Self { loras }
    }

    /// The LoRAs and their strengths.
    #[must_use]
    pub fn loras(&self) -> &[(Arc<FittedLora>, f32)] {
        &self.loras
    }

    /// Whether there is nothing to apply.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.loras.is_empty()
    }

    /// Whether any LoRA with a strength other than 0 changes a tensor.
    #[must_use]
    pub fn changes(&self, name: &str) -> bool {
        self.loras
            .iter()
            .any(|(lora, strength)| *strength != 0.0 && lora.changes(name))
    }

    /// Adds all changes of a tensor to its values (row-major, diffusers' layout).
    ///
    /// Gives whether anything was added.
    ///
    /// # Errors
    /// When a LoRA file can no longer be read, or `values` is not of the tensor's length.
    pub fn apply(&self, name: &str, values: &mut [f32]) -> Result<bool, CheckpointError> {
        let mut changed = false;
        for (lora, strength) in self.loras.iter().filter(|(_, strength)| *strength != 0.0) {
            let Some(delta) = lora.delta(name)? else {
                continue;
            };
            if delta.len() != values.len() {
                return Err(CheckpointError::Damaged {
                    reason: format!(
                        "its update of {name} has {} values, not {}",
                        delta.len(),
                        values.len()
                    ),
                    path: lora.path.clone(),
                });
            }
            values
                .par_iter_mut()
                .zip(delta)
                .for_each(|(value, delta)| *value += strength * delta);
            changed = true;
        }
        Ok(changed)
    }
}
