//! The UNet of Stable Video Diffusion, with spatial and temporal layers.

mod cost;
mod transformer;
mod unet;
mod unet_blocks;

pub use cost::unet_cost;
pub use transformer::{TransformerContext, TransformerSpatioTemporal};
pub use unet::{Unet, UnetContext};
