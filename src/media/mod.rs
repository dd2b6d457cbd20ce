//! Pixels: a picture comes in, and what the model sees of it goes out.
//!
//! This room owns everything that is about pixels alone: reading a picture
//! file, fitting it to a frame, resampling, the values the networks take in,
//! the frames they give back, the rate at which those are shown, and the way of a
//! camera over them. It works on plain vectors and knows nothing of tensors,
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
