//! The denoising network as the loop sees it.

use burn::tensor::Tensor;

use super::hook::Step;
use crate::error::GenerateError;
use crate::model::weights::Target;
use crate::pipeline::transfer::read;
use crate::sampler::Guidance;

/// A denoising network together with its conditioning.
///
/// The loop passes all frames at once. A denoiser can wrap another one and call it on some frames at a time, or several
/// times (windows over a long clip, for example), without a loop of its own.
pub trait Denoiser {
    /// Its device and number format.
    fn target(&self) -> &Target;

    /// The prediction for the frames of `pass`, or `None` if `go_on` returned `false`, which is checked between the
    /// parts of a pass.
    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction>;
}

/// The input of one prediction.
pub struct Pass<'a> {
    /// Noisy latents, scaled for the network: `[f, c, h, w]` on [`Denoiser::target`].
    pub latents: Tensor<4>,
    /// Indices of these frames in the clip.
    pub frames: &'a [usize],
    /// The noise level as the network expects it.
    pub timestep: f32,
    /// The current step.
    pub step: Step,
}

/// A prediction on the device that computed it; `[f, c, h, w]` each.
pub struct Prediction {
    /// The prediction with the conditioning.
    pub conditional: Tensor<4>,
    /// The prediction without it; absent if guidance is off for all frames.
    pub unconditional: Option<Tensor<4>>,
}

impl Prediction {
    /// The prediction of both guidance branches, computed one after the other from their contexts; `None` if `predict`
    /// was stopped.
    pub(in crate::pipeline) fn of_branches<C>(
        conditional: &C,
        unconditional: Option<&C>,
        predict: impl Fn(&C) -> Option<Tensor<4>>,
    ) -> Option<Self> {
        Some(Self {
            conditional: predict(conditional)?,
            unconditional: match unconditional {
                Some(context) => Some(predict(context)?),
                None => None,
            },
        })
    }
}

impl Prediction {
    /// Combines both branches on the host, with one guidance scale per frame.
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
