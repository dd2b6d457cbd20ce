//! diffusers' `UNet2DConditionModel`: the UNet of Stable Diffusion 1 and 2, and of what families add to it.
//!
//! A family that adds layers passes an [`AfterLayer`], and counts them with an `AddedCost`.

mod after_layer;
mod cost;
mod transformer;
mod unet;
mod unet_blocks;

pub use after_layer::{AfterLayer, Layer, Unchanged};
pub use cost::unet2d_cost;
pub(in crate::model) use cost::{AddedCost, LayerExtent, unet2d_cost_with};
pub use unet::{Unet2d, Unet2dContext};
