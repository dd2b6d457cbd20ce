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
    /// `KINORA_GPU_LIMITS` names no limit of wgpu.
    #[error(
        "KINORA_GPU_LIMITS names an unknown limit `{name}`; use the names of wgpu's limits, such as max_buffer_size"
    )]
    UnknownLimit {
        /// The name.
        name: String,
    },
    /// A part of `KINORA_GPU_LIMITS` cannot be read.
    #[error(
        "KINORA_GPU_LIMITS contains `{part}`, which Kinora does not understand; use NAME=NUMBER, no-f16 or no-subgroups, separated by commas"
    )]
    MalformedLimit {
        /// The part.
        part: String,
    },
    /// `KINORA_GPU_LIMITS` asks for more than the adapter offers.
    #[error(
        "KINORA_GPU_LIMITS sets {limit} to {value}, but {name} offers {offered}; choose a less demanding value"
    )]
    LimitNotOffered {
        /// The limit's name in wgpu.
        limit: &'static str,
        /// The requested value.
        value: u64,
        /// The adapter's value.
        offered: u64,
        /// The adapter's name.
        name: String,
    },
    /// No driver lists an adapter.
    #[error("no GPU driver responds on this machine")]
    NoAdapter,
    /// There is no adapter of this number.
    #[error("there is no gpu:{index} (the last one is gpu:{last})")]
    NoSuchAdapter {
        /// The requested number, counted from 0.
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
        /// The requested precision.
        precision: &'static str,
        /// Why not.
        reason: String,
        /// The best precision that it supports.
        instead: &'static str,
    },
}
