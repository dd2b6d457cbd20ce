//! Pixels on the GPU: the window's own shaders, and the textures they read.

pub(super) mod canvas;
pub mod ghost;
pub(super) mod overlay;
pub mod pace;
pub(super) mod textures;
