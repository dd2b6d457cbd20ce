//! WGSL on the wgpu device that burn computes on: stitching a shader, binding tensors to it, submitting it.
//!
//! Must not know what a shader computes.

pub(super) mod binding;
pub mod launch;
pub mod shader;
