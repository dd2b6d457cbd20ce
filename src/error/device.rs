//! Devices that cannot be had or cannot be trusted.

/// A device that cannot be had or cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The wish for a device is not one of the four spellings.
    #[error("`{text}` is no device; write auto, cpu, gpu or gpu:N with N from `kinora doctor`")]
    UnknownDevice {
        /// What was written.
        text: String,
    },
    /// The wish for a precision is not one of the four spellings.
    #[error("`{text}` is no precision; write auto, f32, f16 or bf16")]
    UnknownPrecision {
        /// What was written.
        text: String,
    },
    /// Shaders can be compiled as SPIR-V or as WGSL, nothing else.
    #[error("`{text}` is no shader compiler; write spirv or wgsl")]
    UnknownCompiler {
        /// What was written.
        text: String,
    },
    /// No driver shows an adapter.
    #[error(
        "no GPU driver answers on this machine; install a Vulkan, Metal or DirectX 12 driver or use --device cpu"
    )]
    NoAdapter,
    /// The number is past the last adapter.
    #[error("there is no gpu:{index}, the last is gpu:{last}; choose one from `kinora doctor`")]
    NoSuchAdapter {
        /// The number asked for, counted from 0.
        index: usize,
        /// The highest number there is.
        last: usize,
    },
    /// Every way to run on this adapter failed its self-test.
    #[error("{name} is not trusted ({reason}); update its driver or use --device cpu")]
    Untrusted {
        /// The adapter's name.
        name: String,
        /// What each compiler's self-test said.
        reason: String,
    },
    /// The driver refused to open the adapter.
    #[error("{name} could not be opened ({reason}); update its driver or use --device cpu")]
    Unopened {
        /// The adapter's name.
        name: String,
        /// What the driver said.
        reason: String,
    },
    /// The device cannot compute in the precision asked for.
    #[error("{name} cannot compute in {precision} ({reason}); use --precision {instead}")]
    Precision {
        /// The device's name.
        name: String,
        /// The precision asked for.
        precision: &'static str,
        /// Why not.
        reason: String,
        /// The best precision it can.
        instead: &'static str,
    },
}
