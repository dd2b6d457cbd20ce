//! The autoencoder of Stable Diffusion: pictures to latents and back, with or without temporal layers in the decoder.

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
