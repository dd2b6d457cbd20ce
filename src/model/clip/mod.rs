//! CLIP: the vision tower that embeds a picture, and the text tower that embeds a prompt.

mod cost;
mod layer;
mod text;
mod vision;

pub use cost::{text_cost, vision_cost};
pub use layer::{EncoderLayer, LayerShape};
pub use text::ClipText;
pub use vision::ClipVision;
