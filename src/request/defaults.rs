//! Default settings of a model.

use super::rules::Rules;
use crate::media::rate::Rate;
use crate::sampler::Guidance;

/// Default settings of a model, for those that the user does not set.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Frame width in pixels.
    pub width: usize,
    /// Frame height in pixels.
    pub height: usize,
    /// Number of frames.
    pub frames: usize,
    /// Denoising steps.
    pub steps: usize,
    /// Playback rate. The model is conditioned on this rate minus one.
    pub fps: Rate,
    /// Motion bucket id.
    pub motion_bucket: f32,
    /// Strength of the noise added to the picture.
    pub noise_aug: f32,
    /// Guidance curve.
    pub guidance: Guidance,
    /// Rules of its family.
    pub rules: Rules,
}
