//! How a job would be placed on a device, and whether it fits there.

use burn::tensor::DType;

use super::device::ComputeDevice;
use crate::checkpoint::Checkpoint;
use crate::error::GenerateError;
use crate::pipeline::{Fitting, GenerationPlan, MemoryBudget, ModelShapes, Placement, family_of};
use crate::request::{Defaults, GenerateRequest};
use crate::system::memory;

/// Bytes of memory assumed for a GPU whose driver does not say.
const ASSUMED_GPU_BYTES: u64 = 4 << 30;

/// How the networks of a job will be placed.
pub(super) fn placing(device: &ComputeDevice, dtype: DType) -> Placement {
    Placement {
        gpu: device.is_gpu(),
        unet_element: dtype.size() as u64,
    }
}

/// Rejects a request that does not fit before anything is loaded, and suggests one that would fit.
pub(super) fn require_fitting(
    plan: &GenerationPlan,
    shapes: &dyn ModelShapes,
    request: &GenerateRequest,
    (placing, memory, defaults): (Placement, MemoryBudget, &Defaults),
) -> Result<(), GenerateError> {
    let Some(stage) = plan.misfit(memory) else {
        return Ok(());
    };
    let place = stage.network.task();
    let instead = Fitting::instead_of(shapes, request, placing, memory, &defaults.rules);
    Err(match stage.tensor_misfit(memory) {
        Some(allowed) => GenerateError::TensorTooLarge {
            place,
            needed: stage.largest_tensor,
            allowed,
            instead: instead.of_tensor(),
        },
        None => GenerateError::TooLarge {
            place,
            needed: stage.bytes(),
            free: memory.bytes,
            instead: instead.to_string(),
        },
    })
}

/// The name of a precision, as on the command line.
pub(super) fn precision_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "f16",
        DType::BF16 => "bf16",
        _ => "f32",
    }
}

/// The default request of a checkpoint.
#[must_use]
pub fn defaults_of(checkpoint: &Checkpoint) -> Defaults {
    family_of(checkpoint).defaults()
}

/// Memory that a generation may use on a device.
#[must_use]
pub fn budget(device: &ComputeDevice) -> MemoryBudget {
    MemoryBudget {
        bytes: free_bytes(device.is_gpu(), device.memory_bytes),
        largest_tensor: device.tensor_bytes,
    }
}

/// Bytes of available system memory; zero if the system does not say.
#[must_use]
pub fn free_memory() -> u64 {
    free_bytes(false, None)
}

/// Bytes available to a job: on a GPU all its memory, on the CPU what is available now.
pub(super) fn free_bytes(gpu: bool, memory_bytes: Option<u64>) -> u64 {
    if gpu {
        return memory_bytes.unwrap_or(ASSUMED_GPU_BYTES);
    }
    memory::available()
}
