//! The networks, built from their configurations.
//!
//! [`weights`] fills a network with parameters requested by name; [`blocks`] are the parts that networks of all
//! families are made of; [`autoencoder`], [`clip`] and [`unet2d`] are networks that several families use; [`animatediff`]
//! and [`svd`] are the networks of one family each; [`cost`] counts the memory and arithmetic of a pass. A family never
//! imports another: what two of them need belongs in `blocks`, or beside `autoencoder`, `clip` and `unet2d`.
//!
//! Field names are diffusers' weight keys, so a parameter's path in the code is its name in the file. One video passes
//! at a time: activations are `[f, c, h, w]` and tokens `[f, s, c]` with `f` frames, `c` channels, `s = h·w` pixels.
//! Must not depend on samplers, the engine or any window.

pub mod animatediff;
pub mod autoencoder;
pub mod blocks;
pub mod clip;
pub mod cost;
pub mod svd;
pub mod unet2d;
pub mod weights;
