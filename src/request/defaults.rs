//! Default settings of a model.

use super::rules::{Rules, Source};
use crate::media::rate::Rate;
use crate::sampler::{Guidance, GuidanceShape, SamplerKind};

/// Steps and guidance of a model that was distilled to a few steps: the guidance rises from none at the
/// first frame to a little at the last (AnimateLCM `animatelcm_svd/app.py`).
const FEW_STEPS: usize = 4;
const FEW_STEP_GUIDANCE: Guidance = Guidance {
    min: 1.0,
    max: 1.2,
    shape: GuidanceShape::Linear,
};

/// The guidance of a latent consistency model for pictures: none, because training has built it in.
const NO_GUIDANCE: Guidance = Guidance {
    min: 1.0,
    max: 1.0,
    shape: GuidanceShape::Linear,
};

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
    /// Sampler.
    pub sampler: SamplerKind,
    /// Rules of its family.
    pub rules: Rules,
}

impl Defaults {
    /// The defaults with a chosen sampler: [`SamplerKind::Lcm`] takes 4 steps and little guidance, whatever the
    /// model's other defaults are.
    #[must_use]
    pub fn with_sampler(&self, sampler: Option<SamplerKind>) -> Self {
        let mut defaults = self.clone();
        if sampler.unwrap_or(self.sampler) == SamplerKind::Lcm {
            defaults.steps = FEW_STEPS;
            defaults.guidance = match self.rules.source {
                Source::Picture => FEW_STEP_GUIDANCE,
                Source::Words | Source::WordsForClip => NO_GUIDANCE,
            };
        }
        defaults
    }
}
