//! The networks of Stable Video Diffusion, built from their configurations.
//!
//! Owns: the spatio-temporal UNet, the temporal-decoder and plain VAEs, the CLIP vision tower and
//! the [`Loader`] that fills them. Field names are diffusers' weight keys, so a parameter's path
//! in the code is its name in the file. One video passes at a time: activations are
//! `[f, c, h, w]` and tokens `[f, s, c]` with `f` frames, `c` channels, `s = h·w` pixels.
//! Must not know samplers, the engine or any window.

mod attention;
mod clip_vision;
pub mod cost;
mod embeddings;
mod filed;
mod layers;
mod loader;
mod resnet;
mod transformer;
mod unet;
mod unet_blocks;
mod vae;
mod vae_decoder;
mod vae_encoder;

pub(crate) use attention::FEED_FORWARD_BYTES;
pub use clip_vision::{ClipVision, EncoderLayer};
pub use embeddings::{TimestepEmbedding, sinusoid};
pub use loader::{Expected, Keeping, LARGE, Loader, Source, Target, list_parameters};
pub use resnet::{
    DownPadding, Downsample2d, Mixing, ResnetBlock2d, ResnetShape, SpatioTemporalResBlock,
    Upsample2d,
};
pub use transformer::{TransformerContext, TransformerSpatioTemporal};
pub use unet::{Unet, UnetContext};
pub use vae::{VaeDecoder, VaeEncoder};
pub use vae_encoder::VaeAttention;
