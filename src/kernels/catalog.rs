//! Every shader of the engine with the variants that are used, for the tests that check them all.
//!
//! It imports the operators, so that none of them has to import another.

use super::gpu::shader::Family;
use super::{
    alpha_blend, euler_step, frame_to_rgba8, geglu, group_norm_silu, latent_preview, layer_norm,
    temporal_attention,
};

/// Every shader with its variants.
#[must_use]
pub fn permutations() -> Vec<Family> {
    vec![
        alpha_blend::family(),
        euler_step::family(),
        frame_to_rgba8::family(),
        geglu::family(),
        group_norm_silu::family(),
        latent_preview::family(),
        layer_norm::family(),
        temporal_attention::family(),
    ]
}
