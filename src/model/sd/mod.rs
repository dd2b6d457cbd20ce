//! The UNet of Stable Diffusion 1 and 2.

mod cost;
mod transformer;
mod unet;
mod unet_blocks;

pub use cost::unet2d_cost;
pub use unet::{Unet2d, Unet2dContext};
