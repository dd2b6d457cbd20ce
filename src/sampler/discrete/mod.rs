//! Samplers of models that were trained on a list of noise levels: Stable Diffusion 1 and 2.
//!
//! Formulas and roundings of diffusers 0.42 `schedulers/scheduling_{ddim,euler_discrete,dpmsolver_multistep,lcm}.py`.
//! Unlike SVD's, most of these samplers keep latents at variance one, `√ᾱ·x₀ + √(1−ᾱ)·z`, so nothing is scaled for the
//! network.

mod levels;
mod steps;
mod timesteps;

pub use levels::BetaSchedule;
pub(super) use steps::DiscreteSteps;
pub use timesteps::Spacing;

/// What a network predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prediction {
    /// The noise, ε.
    #[default]
    Epsilon,
    /// `v = √ᾱ·ε − √(1−ᾱ)·x₀`.
    V,
}

/// A noise schedule, and how the steps of a run are chosen from it.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscreteConfig {
    /// Number of noise levels in the training schedule.
    pub train_steps: usize,
    /// First and last β.
    pub betas: (f64, f64),
    /// How β runs between them.
    pub schedule: BetaSchedule,
    /// Whether β is rescaled so that the last level is pure noise.
    pub zero_terminal_snr: bool,
    /// What the network predicts.
    pub prediction: Prediction,
    /// How the steps are spread over the levels.
    pub spacing: Spacing,
    /// Added to each timestep of the leading spacing.
    pub offset: usize,
    /// Whether DDIM and LCM end at ᾱ = 1 instead of the first ᾱ.
    pub ends_at_one: bool,
    /// Whether Euler and DPM++ end at the smallest σ instead of zero.
    pub ends_at_smallest: bool,
    /// Bound of the clean latents that DDIM and LCM estimate.
    pub clip: Option<f32>,
    /// Steps of the schedule that an LCM was distilled on.
    pub original_steps: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stable Diffusion's schedule.
    pub(super) fn config() -> DiscreteConfig {
        DiscreteConfig {
            train_steps: 1000,
            betas: (0.00085, 0.012),
            schedule: BetaSchedule::ScaledLinear,
            zero_terminal_snr: false,
            prediction: Prediction::Epsilon,
            spacing: Spacing::Leading,
            offset: 1,
            ends_at_one: false,
            ends_at_smallest: false,
            clip: None,
            original_steps: 50,
        }
    }
}
