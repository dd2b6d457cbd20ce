//! The stages that pipelines share: load a network, encode, denoise, decode.
//!
//! There is one denoising loop. Families differ in the [`Denoiser`] that it calls, and takes in the [`Hook`]s that it
//! runs.

pub(super) mod decode;
mod denoise;
mod denoised_estimate;
pub(super) mod encode;
mod hook;
pub(super) mod load;
mod prediction;
mod preview;
pub(super) mod prompt;

pub use denoise::{Denoised, Walk, denoise};
pub use denoised_estimate::DenoisedEstimate;
pub use hook::{AfterStep, Hook, Start, Step};
pub use prediction::{Denoiser, Pass, Prediction};
pub(super) use preview::Previews;
