//! Names and shapes of every tensor that a configuration implies, as diffusers and transformers name them.
//!
//! One file per network. Does not depend on weight files: tests compare the networks with these lists, and `inspect`
//! uses them to check a file without building a network.

mod image_encoder;
mod lister;
mod motion_modules;
mod sd_unet;
mod svd_unet;
mod text_encoder;
mod vae;

pub use image_encoder::image_encoder;
pub use lister::ExpectedTensors;
pub use motion_modules::motion_modules;
pub use sd_unet::sd_unet;
pub use svd_unet::svd_unet;
pub use text_encoder::text_encoder;
pub use vae::vae;
