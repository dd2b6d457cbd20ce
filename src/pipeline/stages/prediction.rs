//! What a denoising network is asked, and what it says.

use burn::tensor::Tensor;

use super::hook::Step;
use crate::error::GenerateError;
use crate::model::weights::Target;
use crate::pipeline::transfer::read;
use crate::sampler::Guidance;

/// A denoising network with everything that it knows besides the noisy latents.
///
/// The loop asks about all frames at once. A denoiser may wrap another one and ask it about some frames at a time, or
/// more than once: that needs no loop of its own.
pub trait Denoiser {
    /// Where it is, and in which number format it computes.
    fn target(&self) -> &Target;

    /// What the network predicts for the frames of `pass`, or `None` when `go_on` said no on the way; it is asked between
    /// the parts of a pass that takes long.
    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction>;
}

/// What a network is asked at one step.
pub struct Pass<'a> {
    /// Noisy latents, scaled as the network wants them: `[f, c, h, w]` on its [`Denoiser::target`].
    pub latents: Tensor<4>,
    /// Which frames of the clip they are, in order.
    pub frames: &'a [usize],
    /// What the network is told of the noise level.
    pub timestep: f32,
    /// Where in the walk this is.
    pub step: Step,
}

/// What a network says of one step, still where it was computed; `[f, c, h, w]` each.
pub struct Prediction {
    /// With the conditioning.
    pub conditional: Tensor<4>,
    /// Without it; absent where guidance is off for every frame.
    pub unconditional: Option<Tensor<4>>,
}

impl Prediction {
    /// Both branches on the host, weighed frame by frame.
    pub(super) fn guided(
        self,
        guidance: &Guidance,
        frames: usize,
        name: &str,
    ) -> Result<Vec<f32>, GenerateError> {
        let mut v = read(self.conditional, name)?;
        if let Some(unconditional) = self.unconditional {
            let u = read(unconditional, name)?;
            guidance.apply(&u, &mut v, frames);
        }
        Ok(v)
    }
}
