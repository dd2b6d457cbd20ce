//! Where the parts lie in the original layout of Stability's files.

/// The denoising network's tensors.
pub(in crate::checkpoint) const UNET_PREFIX: &str = "model.diffusion_model.";
/// The training-time autoencoder's tensors.
pub(in crate::checkpoint) const FIRST_STAGE: &str = "first_stage_model.";
/// Conditioners are numbered; the releases have at most five.
pub(in crate::checkpoint) const MOST_EMBEDDERS: usize = 8;
