//! Pixels: pictures, frames, and the networks' input made from them.
//!
//! Reading picture files, fitting them to a frame, resampling, finished frames, frame rates and camera paths. Works on
//! plain vectors, without tensors or devices.

pub mod blend;
pub mod camera;
pub mod clip_pixels;
pub mod crop;
pub mod curve;
pub mod fit;
pub mod frame;
#[cfg(feature = "export")]
pub(crate) mod heif;
mod jpeg;
pub mod lanczos;
pub mod picture;
pub mod progress;
pub mod rate;
mod to_rgb8;
pub(crate) mod to_srgb;
