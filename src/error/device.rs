//! Devices that do not exist, cannot be opened or cannot be trusted.

/// A device that does not exist, cannot be opened or cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The word names no device.
    #[error("unknown device `{text}`; use auto, cpu, gpu or gpu:N with N from `kinora doctor`")]
    UnknownDevice {
        /// The text.
        text: String,
    },
    /// The word names no precision.
    #[error("unknown precision `{text}`; use auto, f32, f16 or bf16")]
    UnknownPrecision {
        /// The text.
        text: String,
    },
    /// The word names no shader compiler.
    #[error("unknown shader compiler `{text}`; use spirv or wgsl")]
    UnknownCompiler {
        /// The text.
        text: String,
    },
    /// No driver lists an adapter.
    #[error("no GPU driver responds on this machine")]
    NoAdapter,
    /// There is no adapter of this number.
    #[error("there is no gpu:{index}, the last one is gpu:{last}")]
    NoSuchAdapter {
        /// The number asked for, counted from 0.
        index: usize,
        /// The highest number.
        last: usize,
    },
    /// The adapter failed its self-test with every shader compiler.
    #[error("{name} is not trusted ({reason})")]
    Untrusted {
        /// The adapter's name.
        name: String,
        /// The verdict with each compiler.
        reason: String,
    },
    /// The driver could not open the adapter.
    #[error("{name} could not be opened ({reason})")]
    Unopened {
        /// The adapter's name.
        name: String,
        /// The driver's reason.
        reason: String,
    },
    /// The device does not support the precision.
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
