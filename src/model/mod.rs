//! The networks, built from their configurations.
//!
//! [`weights`] fills a network with parameters asked for by name; [`blocks`] are what networks are made of, whichever
//! family they belong to; [`autoencoder`] and [`clip`] are networks that several families use; [`svd`] is Stable Video
//! Diffusion's own; [`cost`] counts what a pass takes. A family never imports another: what two of them need belongs in
//! `blocks`, or beside `autoencoder` and `clip`.
//!
//! Field names are diffusers' weight keys, so a parameter's path in the code is its name in the file. One video passes
//! at a time: activations are `[f, c, h, w]` and tokens `[f, s, c]` with `f` frames, `c` channels, `s = h·w` pixels.
//! Must not know samplers, the engine or any window.

pub mod autoencoder;
pub mod blocks;
pub mod clip;
pub mod cost;
pub mod sd;
pub mod svd;
pub mod weights;
