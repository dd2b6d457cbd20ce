//! The noise schedule of a model for a sampler: the settings in its file, and those that diffusers' classes add.
//!
//! For families whose networks were trained on a list of noise levels. Must not depend on any of them.

use std::path::Path;

use crate::checkpoint::DiscreteSchedulerConfig;
use crate::error::CheckpointError;
use crate::sampler::SamplerKind;
use crate::sampler::discrete::{BetaSchedule, DiscreteConfig, Prediction, Spacing};

/// The sampler that a model's own scheduler corresponds to. PNDM is not available and runs as DDIM.
pub(super) fn own_sampler(config: &DiscreteSchedulerConfig) -> SamplerKind {
    match config.class.as_deref() {
        Some("EulerDiscreteScheduler" | "EulerAncestralDiscreteScheduler") => SamplerKind::Euler,
        Some("DPMSolverMultistepScheduler") => SamplerKind::DpmPlusPlus2M,
        Some("LCMScheduler") => SamplerKind::Lcm,
        _ => SamplerKind::Ddim,
    }
}

/// What a pipeline of diffusers corrects in a scheduler's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Corrections {
    /// Nothing.
    None,
    /// What `StableDiffusionPipeline` corrects.
    OfPictures,
}

/// The schedule as diffusers uses it: settings that the file omits take the defaults of the sampler's class.
///
/// [`Corrections::OfPictures`] correct an offset other than 1 and a clipped estimate, either if the model's own sampler
/// runs or if the file states them (`StableDiffusionPipeline.__init__`). Another sampler gets the remaining settings
/// (`from_config`).
///
/// # Errors
/// [`CheckpointError::Config`] for an impossible number of training steps.
pub(super) fn discrete(
    config: &DiscreteSchedulerConfig,
    sampler: SamplerKind,
    corrections: Corrections,
    path: &Path,
) -> Result<DiscreteConfig, CheckpointError> {
    let is_own = own_sampler(config) == sampler;
    let (betas, schedule) = match sampler {
        SamplerKind::Lcm => ((0.000_85, 0.012), BetaSchedule::ScaledLinear),
        _ => ((0.000_1, 0.02), BetaSchedule::Linear),
    };
    let spacing = match sampler {
        SamplerKind::Ddim | SamplerKind::Lcm => Spacing::Leading,
        _ => Spacing::Linspace,
    };
    let usually_clips = sampler == SamplerKind::Ddim;
    let clips = match (corrections, config.clip_sample, is_own) {
        (Corrections::None, stated, _) => stated.unwrap_or(usually_clips),
        (Corrections::OfPictures, Some(_), _) | (Corrections::OfPictures, None, true) => false,
        (Corrections::OfPictures, None, false) => usually_clips,
    };
    let offset = match corrections {
        Corrections::None => config.steps_offset.unwrap_or(0),
        Corrections::OfPictures => usize::from(is_own || config.steps_offset.is_some()),
    };
    let train_steps = config.num_train_timesteps.unwrap_or(1000);
    let original_steps = config.original_inference_steps.unwrap_or(50);
    if original_steps > train_steps {
        return Err(CheckpointError::Config {
            field: "original_inference_steps",
            reason: format!("must be 1 to {train_steps}, not {original_steps}"),
            path: path.to_owned(),
        });
    }
    Ok(DiscreteConfig {
        train_steps,
        betas: (
            config.beta_start.unwrap_or(betas.0),
            config.beta_end.unwrap_or(betas.1),
        ),
        schedule: match config.beta_schedule.as_deref() {
            Some("linear") => BetaSchedule::Linear,
            Some(_) => BetaSchedule::ScaledLinear,
            None => schedule,
        },
        zero_terminal_snr: config.rescale_betas_zero_snr.unwrap_or(false),
        prediction: match config.prediction_type.as_deref() {
            Some("v_prediction") => Prediction::V,
            _ => Prediction::Epsilon,
        },
        spacing: match config.timestep_spacing.as_deref() {
            Some("linspace") => Spacing::Linspace,
            Some("trailing") => Spacing::Trailing,
            Some(_) => Spacing::Leading,
            None => spacing,
        },
        offset,
        ends_at_one: config.set_alpha_to_one.unwrap_or(true),
        ends_at_smallest: config.final_sigmas_type.as_deref() == Some("sigma_min"),
        clip: clips.then(|| config.clip_sample_range.unwrap_or(1.0) as f32),
        original_steps,
    })
}
