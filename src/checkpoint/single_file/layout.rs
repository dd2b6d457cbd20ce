//! Prefixes of the parts in the original layout.

/// The denoising network.
pub(in crate::checkpoint) const UNET_PREFIX: &str = "model.diffusion_model.";
/// The training-time autoencoder.
pub(in crate::checkpoint) const FIRST_STAGE: &str = "first_stage_model.";
/// Upper bound on the number of conditioners; the releases have at most five.
pub(in crate::checkpoint) const MOST_EMBEDDERS: usize = 8;
