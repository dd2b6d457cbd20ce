//! AnimateDiff: a UNet for pictures with motion modules, which attend over the frames.

mod cost;
mod motion_module;
mod unet;

pub use cost::motion_unet_cost;
pub use motion_module::{MotionContext, MotionModules};
pub use unet::{MotionUnet, MotionUnetContext, Reaches};
