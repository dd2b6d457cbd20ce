//! CLIP: the vision tower that embeds a picture.

mod cost;
mod layer;
mod vision;

pub use cost::vision_cost;
pub use layer::EncoderLayer;
pub use vision::ClipVision;
