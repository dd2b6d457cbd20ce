//! Custom operations: WGSL launched on the device that burn computes on, each with the same maths in tensor operations.
//!
//! Owns how a shader is assembled ([`gpu::shader`]), bound and submitted ([`gpu::launch`]), and one module per shader,
//! named after the shader's file. Must not depend on networks, pipelines or how a device is chosen: the code that opens
//! a device [registers](register) it here, and an unregistered device runs the tensor operations.
//!
//! On the CPU, layers with [packed](layer) weights run as Kinora's own products: [`cpu`] works on plain slices,
//! [`cpu_tensor`] connects these to tensors.

pub mod alpha_blend;
pub mod attention;
pub mod catalog;
pub mod chunks;
pub mod convolution;
pub mod cpu;
pub mod cpu_tensor;
pub mod euler_step;
pub mod frame_to_rgba8;
pub mod geglu;
pub mod gpu;
pub mod group_norm_silu;
pub mod latent_preview;
pub mod layer;
pub mod layer_norm;
mod reference;
pub mod temporal_attention;

pub use alpha_blend::alpha_blend;
pub use attention::attention;
pub use euler_step::euler_step;
pub use frame_to_rgba8::frame_to_rgba8;
pub use geglu::geglu;
pub use gpu::launch::{Refusal, is_registered, poison_outputs, register};
pub use group_norm_silu::group_norm_silu;
pub use latent_preview::latent_preview;
pub use layer_norm::layer_norm;
pub use reference::reference_only;
pub use temporal_attention::temporal_attention;
