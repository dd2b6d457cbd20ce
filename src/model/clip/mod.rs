//! CLIP towers: what a picture means.

mod cost;
mod layer;
mod vision;

pub use cost::vision_cost;
pub use layer::EncoderLayer;
pub use vision::ClipVision;
