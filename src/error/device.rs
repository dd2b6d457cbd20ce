//! Devices that do not exist, cannot be opened or cannot be trusted.

/// A device that does not exist, cannot be opened or cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The word names no device.
    #[error("unknown device `{text}`; use auto, cpu, gpu or gpu:N with N from `kinora doctor`")]
    UnknownDevice {
        /// What was written.
        text: String,
    },
    /// The word names no precision.
    #[error("unknown precision `{text}`; use auto, f32, f16 or bf16")]
    UnknownPrecision {
        /// What was written.
        text: String,
    },
    /// The word names no shader compiler.
    #[error("unknown shader compiler `{text}`; use spirv or wgsl")]
    UnknownCompiler {
        /// What was written.
        text: String,
    },
    /// No driver lists an adapter.
    #[error("no GPU driver responds on this machine")]
    NoAdapter,
    /// The number is past the last adapter.
    #[error("there is no gpu:{index}, the last is gpu:{last}")]
    NoSuchAdapter {
        /// The number asked for, counted from 0.
        index: usize,
        /// The highest number there is.
        last: usize,
    },
    /// Every way to run on this adapter failed its self-test.
    #[error("{name} is not trusted ({reason})")]
    Untrusted {
        /// The adapter's name.
        name: String,
        /// What each compiler's self-test said.
        reason: String,
    },
    /// The driver refused to open the adapter.
    #[error("{name} could not be opened ({reason})")]
    Unopened {
        /// The adapter's name.
        name: String,
        /// What the driver said.
        reason: String,
    },
    /// The device cannot compute in the precision asked for.
    #[error("{name} cannot compute in {precision} ({reason})")]
    Precision {
        /// The device's name.
        name: String,
        /// The precision asked for.
        precision: &'static str,
        /// Why not.
        reason: String,
        /// The best precision that it supports.
        instead: &'static str,
    },
}
