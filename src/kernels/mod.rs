//! Custom operations: WGSL launched on the device that burn computes on, each beside the same maths in tensor operations.
//!
//! Owns how a shader is stitched ([`wgsl`]), bound and submitted ([`launch`]), and one module per shader with the
//! shader's own stem. Must not know networks, pipelines or how a device is chosen: whoever opens a device
//! [registers](register) it here, and a device nobody registered runs the tensor operations.
//!
//! On the processor, layers with [packed](layer) weights run as products of our own: [`cpu`] on plain slices, [`host`]
//! between those and tensors.

pub mod alpha_blend;
pub mod cpu;
pub mod euler_step;
pub mod frame_to_rgba8;
pub mod geglu;
pub mod group_norm_silu;
pub mod host;
pub mod latent_preview;
pub mod launch;
pub mod layer;
mod pool;
mod strided;
pub mod temporal_attention;
mod trim;
pub mod wgsl;

use std::sync::LazyLock;

pub use alpha_blend::alpha_blend;
pub use euler_step::euler_step;
pub use frame_to_rgba8::frame_to_rgba8;
pub use geglu::geglu;
pub use group_norm_silu::group_norm_silu;
pub use latent_preview::latent_preview;
pub use launch::{Refusal, is_registered, poison_outputs, register};
pub use temporal_attention::temporal_attention;

/// True when `KINORA_REFERENCE=1` asks for plain tensor operations everywhere, to compare against.
/// Read once: a run is either all reference or not at all.
#[must_use]
pub fn reference_only() -> bool {
    static ASKED: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("KINORA_REFERENCE").is_some_and(|value| value == "1"));
    *ASKED
}
