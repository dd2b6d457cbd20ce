//! Several LoRAs at once, each with a strength.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::fit::FittedLora;
use crate::error::{CheckpointError, LoraError};

/// LoRAs with strengths, in the order they were given.
///
/// `W' = W + Σ strength · ΔW`. The base weights stay as they are in the checkpoint: a changed strength is applied to
/// the original weights, so rounding errors do not accumulate.
///
/// A LoRA whose strength changes over the frames is not added to the weights: its changes are
/// separate products beside the layers ([`LoraStack::by_frame`]).
#[derive(Debug, Clone, Default)]
pub struct LoraStack {
    loras: Vec<(Arc<FittedLora>, f32)>,
    /// Strengths by frame, by the index of the LoRA.
    curves: BTreeMap<usize, Vec<f32>>,
}

/// The change of one tensor by one LoRA, with a strength for each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeByFrame {
    /// Which LoRA of the stack.
    pub lora: usize,
    /// The change at strength 1, row-major in the tensor's layout.
    pub delta: Vec<f32>,
    /// One for each frame.
    pub strengths: Vec<f32>,
}

impl LoraStack {
    /// A stack of LoRAs matched with the same network.
    #[must_use]
    pub fn new(loras: Vec<(Arc<FittedLora>, f32)>) -> Self {
        Self {
            loras,
            curves: BTreeMap::new(),
        }
    }

    /// The same stack, but the LoRA `index` gets a strength for each frame.
    ///
    /// # Errors
    /// [`LoraError::NoCurve`] if that LoRA changes anything but attention over frames.
    pub fn with_curve(mut self, index: usize, strengths: Vec<f32>) -> Result<Self, LoraError> {
        let Some((lora, strength)) = self.loras.get_mut(index) else {
            return Ok(self);
        };
        if let Some(&first) = strengths.first()
            && strengths.iter().all(|one| *one == first)
        {
            *strength = first;
            return Ok(self);
        }
        if let Some(name) = lora.names().find(|name| !sees_frames(name)) {
            return Err(LoraError::NoCurve {
                name: name.to_owned(),
                path: lora.path.clone(),
            });
        }
        self.curves.insert(index, strengths);
        Ok(self)
    }

    /// The changes of a tensor whose strengths change over the frames.
    ///
    /// # Errors
    /// If a LoRA file can no longer be read.
    pub fn by_frame(&self, name: &str) -> Result<Vec<ChangeByFrame>, CheckpointError> {
        let mut changes = Vec::new();
        for (&lora, strengths) in &self.curves {
            if let Some(delta) = self.loras[lora].0.delta(name)? {
                changes.push(ChangeByFrame {
                    lora,
                    delta,
                    strengths: strengths.clone(),
                });
            }
        }
        Ok(changes)
    }

    /// LoRAs with one strength for all frames, other than 0.
    fn merged(&self) -> impl Iterator<Item = &(Arc<FittedLora>, f32)> {
        let numbered = self.loras.iter().enumerate();
        let merged = numbered.filter(|(index, _)| !self.curves.contains_key(index));
        merged
            .map(|(_, one)| one)
            .filter(|(_, strength)| *strength != 0.0)
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
        self.merged().any(|(lora, _)| lora.changes(name))
    }

    /// Adds all changes of a tensor to its values (row-major, diffusers' layout).
    ///
    /// Returns whether anything was added.
    ///
    /// # Errors
    /// If a LoRA file can no longer be read, or `values` is not of the tensor's length.
    pub fn apply(&self, name: &str, values: &mut [f32]) -> Result<bool, CheckpointError> {
        let mut changed = false;
        for (lora, strength) in self.merged() {
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

/// Whether a tensor is a weight of attention over frames.
fn sees_frames(name: &str) -> bool {
    let weights = [
        "to_q.weight",
        "to_k.weight",
        "to_v.weight",
        "to_out.0.weight",
    ];
    let Some(module) = weights.iter().find_map(|end| name.strip_suffix(end)) else {
        return false;
    };
    // Both attentions of a motion module see the frames.
    let in_module = name.contains(".motion_modules.");
    (in_module && module.ends_with(".attn2."))
        || (module.ends_with(".attn1.")
            && (in_module || name.contains("temporal_transformer_blocks.")))
}
