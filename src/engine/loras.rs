//! The LoRAs of a job, opened and fitted to its model.

use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::error::GenerateError;
use crate::library::Library;
use crate::request::LoraChoice;

/// Opens every LoRA and fits it to the model and the number of frames; `warn` receives a sentence about tensors that do
/// not fit.
pub(super) fn fitted(
    library: &Library,
    (choices, frames): (&[LoraChoice], usize),
    checkpoint: &Checkpoint,
    warn: &mut dyn FnMut(String),
) -> Result<LoraStack, GenerateError> {
    if choices.is_empty() {
        return Ok(LoraStack::default());
    }
    let targets = checkpoint.lora_targets();
    let mut fitted = Vec::with_capacity(choices.len());
    for choice in choices {
        let lora = library.lora(&choice.name)?.fit(&targets)?;
        if lora.report.matched < lora.report.total {
            warn(format!("{}: {}", lora.name, lora.report));
        }
        fitted.push((Arc::new(lora), choice.strength));
    }
    let mut stack = LoraStack::new(fitted);
    for (index, choice) in choices.iter().enumerate() {
        if let Some(curve) = &choice.curve {
            stack = stack.with_curve(index, curve.over(frames))?;
        }
    }
    Ok(stack)
}
