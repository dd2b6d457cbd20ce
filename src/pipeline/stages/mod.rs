//! The stages that every pipeline is told with: load a network, encode, denoise, decode.
//!
//! A story (`svd.rs`) says in which order and with what; a stage says how, once for all families. There is one denoising
//! loop: what differs between families is the [`Denoiser`] it asks, what differs between takes are its [`Hook`]s.

pub(super) mod decode;
mod denoise;
pub(super) mod encode;
mod estimate;
mod hook;
pub(super) mod load;
mod prediction;
mod preview;

pub use denoise::{Denoised, Walk, denoise};
pub use estimate::Estimate;
pub use hook::{AfterStep, Hook, Start, Step};
pub use prediction::{Denoiser, Pass, Prediction};
pub(super) use preview::Previews;
