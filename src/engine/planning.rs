//! Where a job would run, whether it fits there, and what it starts from.
//!
//! Between a checkpoint and the pipeline's plan. Must not run anything.

use burn::tensor::DType;

use super::device::ComputeDevice;
use crate::checkpoint::Checkpoint;
use crate::error::GenerateError;
use crate::pipeline::{Fitting, GenerationPlan, MemoryBudget, ModelShapes, Placement, family_of};
use crate::request::{Defaults, GenerateRequest};
use crate::system::memory;

/// What the GPU is taken to have where its driver does not say.
const ASSUMED_GPU_BYTES: u64 = 4 << 30;

/// Where the networks of a job will be placed.
pub(super) fn placing(device: &ComputeDevice, dtype: DType) -> Placement {
    Placement {
        gpu: device.is_gpu(),
        unet_element: dtype.size() as u64,
    }
}

/// Refuses what cannot fit before anything is loaded, and says what would.
pub(super) fn require_fitting(
    plan: &GenerationPlan,
    shapes: &dyn ModelShapes,
    request: &GenerateRequest,
    (placing, memory, defaults): (Placement, MemoryBudget, &Defaults),
) -> Result<(), GenerateError> {
    let Some(stage) = plan.misfit(memory) else {
        return Ok(());
    };
    let fitting = Fitting::instead_of(shapes, request, placing, memory, &defaults.rules);
    Err(GenerateError::TooLarge {
        place: stage.network.task(),
        needed: stage.bytes(),
        free: memory.bytes,
        instead: fitting.to_string(),
    })
}

/// The name of a number format, as the command line spells it.
pub(super) fn precision_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "f16",
        DType::BF16 => "bf16",
        _ => "f32",
    }
}

/// What a checkpoint suggests, in a request's terms.
#[must_use]
pub fn defaults_of(checkpoint: &Checkpoint) -> Defaults {
    family_of(checkpoint).defaults()
}

/// Memory that a generation may take on a device.
#[must_use]
pub fn budget(device: &ComputeDevice) -> MemoryBudget {
    MemoryBudget {
        bytes: free_bytes(device.is_gpu(), device.memory_bytes),
        largest_tensor: device.tensor_bytes,
    }
}

/// Bytes of the system's memory that are free; zero where it does not say.
#[must_use]
pub fn free_memory() -> u64 {
    free_bytes(false, None)
}

/// Bytes that are free: on a GPU all it has, where the driver says; on the CPU what the system can give now.
pub(super) fn free_bytes(gpu: bool, memory_bytes: Option<u64>) -> u64 {
    if gpu {
        return memory_bytes.unwrap_or(ASSUMED_GPU_BYTES);
    }
    memory::available()
}
