//! Generations that could not be finished.

use std::path::PathBuf;

use super::{CheckpointError, DeviceError, LoraError, MotionError, PictureError, RequestError};

/// Weights that cannot be loaded into a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The weights cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A LoRA cannot be used.
    #[error(transparent)]
    Lora(#[from] LoraError),
    /// A parameter is missing, although the report found the weights complete.
    #[error("the weights lack {name}; get a complete copy of the model")]
    Missing {
        /// The parameter's key.
        name: String,
    },
    /// A parameter has another shape than the architecture requires.
    #[error(
        "{name} has the shape {found:?}, but the configuration requires {expected:?}; get a copy of the model in which the weights match the configuration"
    )]
    WrongShape {
        /// The parameter's key.
        name: String,
        /// The shape that the architecture requires.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
}

/// A generation that could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The picture cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The request is impossible.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No device can be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The motion of the take cannot be used.
    #[error(transparent)]
    Motion(#[from] MotionError),
    /// A network produced NaN or infinite values.
    #[error("{place} produced NaN or infinite values")]
    NotFinite {
        /// Where: `the picture's embedding`, `step 3 of 25`, …
        place: String,
    },
    /// The plan needs more memory than there is.
    #[error("{place} needs {} of memory, but only {} is free; {instead}", gibibytes(*.needed), gibibytes(*.free))]
    TooLarge {
        /// `denoising`, …
        place: &'static str,
        /// Bytes needed, by the plan.
        needed: u64,
        /// Free memory, in bytes.
        free: u64,
        /// A size that would fit.
        instead: String,
    },
    /// The plan has a tensor larger than the GPU allows.
    #[error(
        "{place} needs a tensor of {}, but this GPU allows at most {}; {instead}",
        tensor_bytes(*.needed, *.needed, true),
        tensor_bytes(*.allowed, *.needed, false)
    )]
    TensorTooLarge {
        /// `denoising`, …
        place: &'static str,
        /// Bytes of the largest tensor, by the plan.
        needed: u64,
        /// Largest tensor that the GPU allows, in bytes.
        allowed: u64,
        /// A size that would fit.
        instead: String,
    },
    /// The device failed while computing.
    #[error("the device failed during {place} ({reason})")]
    DeviceFailed {
        /// The stage or step.
        place: String,
        /// The device's message.
        reason: String,
    },
    /// An intermediate result could not be written.
    #[error(
        "cannot write the intermediate results ({reason}); choose another folder for them: {path}"
    )]
    Dump {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Too many jobs are waiting.
    #[error("{} already; let one finish, or stop one", waiting(*.limit))]
    QueueFull {
        /// How many may wait.
        limit: usize,
    },
    /// A panic in Kinora itself.
    #[error(
        "Kinora failed while {place} ({reason}); this is a bug in Kinora, so please report it with this message"
    )]
    Fault {
        /// The stage, as a gerund.
        place: String,
        /// The panic's message.
        reason: String,
    },
}

/// `1 job is waiting`.
fn waiting(jobs: usize) -> String {
    match jobs {
        1 => "1 job is waiting".to_owned(),
        _ => format!("{jobs} jobs are waiting"),
    }
}

/// `7.9 GiB`.
fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64)
}

/// `147 MiB`, or `147 KiB` beside a tensor of a few MiB; rounded away from the number that it is compared with.
fn tensor_bytes(bytes: u64, beside: u64, up: bool) -> String {
    let (unit, name) = if beside < 16 << 20 {
        (1 << 10, "KiB")
    } else {
        (1 << 20, "MiB")
    };
    let count = if up {
        bytes.div_ceil(unit)
    } else {
        bytes / unit
    };
    format!("{count} {name}")
}

impl From<CheckpointError> for GenerateError {
    fn from(error: CheckpointError) -> Self {
        Self::Model(error.into())
    }
}

impl From<LoraError> for GenerateError {
    fn from(error: LoraError) -> Self {
        Self::Model(error.into())
    }
}
