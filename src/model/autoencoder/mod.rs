//! Pictures to latents and back: the autoencoder of Stable Diffusion, with layers across frames in its decoder or without.

mod cost;
mod encoder;
mod image_decoder;
mod mid_block;
mod temporal_decoder;
mod up_block;
mod vae;

pub use cost::{decoder_cost, encoder_cost};
pub use mid_block::VaeAttention;
pub use vae::{VaeDecoder, VaeEncoder};
