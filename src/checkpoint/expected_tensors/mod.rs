//! Names and shapes of every tensor a configuration calls for, as diffusers and transformers name them.
//!
//! One file for each network. Knows nothing of files: the networks compare themselves with these lists in tests, and
//! `inspect` uses them to judge a file without building a network.

mod image_encoder;
mod lister;
mod svd_unet;
mod vae;

pub use image_encoder::image_encoder;
pub use lister::ExpectedTensors;
pub use svd_unet::svd_unet;
pub use vae::vae;
