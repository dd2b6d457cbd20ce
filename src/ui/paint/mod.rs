//! Pixels on the graphics device: shaders of the window's own, and the textures they read.

pub(super) mod canvas;
pub mod ghost;
pub(super) mod textures;
