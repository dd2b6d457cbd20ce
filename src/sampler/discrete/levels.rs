//! The noise levels of a training schedule: β and ᾱ.

use super::DiscreteConfig;
use crate::sampler::guidance::linspace;

/// How β runs from the first to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BetaSchedule {
    /// Linearly.
    Linear,
    /// Its square root runs linearly.
    #[default]
    ScaledLinear,
}

/// ᾱ of every level, the product of all `1 − β` up to it: f32, multiplied in f64 as torch's `cumprod` does.
pub(super) fn alphas(config: &DiscreteConfig) -> Vec<f32> {
    let (first, last) = config.betas;
    let betas = match config.schedule {
        BetaSchedule::Linear => linspace(first as f32, last as f32, config.train_steps),
        BetaSchedule::ScaledLinear => {
            let roots = linspace(first.sqrt() as f32, last.sqrt() as f32, config.train_steps);
            roots.into_iter().map(|root| root * root).collect()
        }
    };
    let alphas: Vec<f32> = betas.into_iter().map(|beta| 1.0 - beta).collect();
    if config.zero_terminal_snr {
        return products(&rescaled(&products(&alphas)));
    }
    products(&alphas)
}

/// Cumulative products.
fn products(values: &[f32]) -> Vec<f32> {
    let running = values.iter().scan(1.0_f64, |product, &value| {
        *product *= f64::from(value);
        Some(*product as f32)
    });
    running.collect()
}

/// `1 − β` of a schedule with these ᾱ, shifted so that the last level is pure noise and the first stays
/// (arXiv 2305.08891, algorithm 1; diffusers `rescale_zero_terminal_snr`).
fn rescaled(alphas: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = alphas.iter().map(|alpha| alpha.sqrt()).collect();
    let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else {
        return Vec::new();
    };
    let scale = first / (first - last);
    let bars: Vec<f32> = roots
        .iter()
        .map(|root| (root - last) * scale)
        .map(|root| root * root)
        .collect();
    let ratios = bars.windows(2).map(|pair| pair[1] / pair[0]);
    let alphas = bars.first().copied().into_iter().chain(ratios);
    // The reference converts these values to betas, and the betas back to ᾱ.
    alphas.map(|alpha| 1.0 - (1.0 - alpha)).collect()
}

/// σ of a level, `√((1 − ᾱ)/ᾱ)`.
pub(super) fn sigma(alpha: f32) -> f32 {
    ((1.0 - alpha) / alpha).sqrt()
}
