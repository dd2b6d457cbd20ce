//! The network of Stable Video Diffusion: a UNet within frames and across them.

mod cost;
mod transformer;
mod unet;
mod unet_blocks;

pub use cost::unet_cost;
pub use transformer::{TransformerContext, TransformerSpatioTemporal};
pub use unet::{Unet, UnetContext};
