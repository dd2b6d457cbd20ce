//! WGSL on the wgpu device that burn computes on: assembling a shader, binding tensors to it, submitting it.
//!
//! Must not depend on what a shader computes.

pub(super) mod binding;
pub mod launch;
pub mod shader;
