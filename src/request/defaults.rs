//! What a model suggests.

use super::rules::Rules;
use crate::media::rate::Rate;
use crate::sampler::Guidance;

/// What a model suggests where the artist says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Frame width in pixels.
    pub width: usize,
    /// Frame height in pixels.
    pub height: usize,
    /// Frames in a take.
    pub frames: usize,
    /// Denoising steps.
    pub steps: usize,
    /// Playback rate, and the id told to the model plus one.
    pub fps: Rate,
    /// Motion bucket id.
    pub motion_bucket: f32,
    /// Strength of the noise added to the picture.
    pub noise_aug: f32,
    /// Guidance over the frames.
    pub guidance: Guidance,
    /// What its family can be asked for.
    pub rules: Rules,
}
