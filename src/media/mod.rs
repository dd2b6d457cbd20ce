//! Pixels: pictures, frames, and what the networks see of them.
//!
//! Owns everything about pixels alone: reading picture files, fitting them to a frame, resampling, the input values of
//! the networks, finished frames, frame rates and camera paths. Works on plain vectors; knows nothing of tensors,
//! devices, windows or clips.

pub mod blend;
pub mod camera;
pub mod clip_pixels;
pub mod crop;
pub mod fit;
pub mod frame;
mod jpeg;
pub mod lanczos;
pub mod picture;
pub mod progress;
pub mod rate;
mod to_rgb8;
