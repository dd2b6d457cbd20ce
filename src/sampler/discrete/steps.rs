//! The steps themselves, with everything that does not depend on latents computed in advance.

use super::levels::{alphas, sigma};
use super::timesteps::{distilled, spread, spread_and_cut};
use super::{DiscreteConfig, Prediction, Spacing};
use crate::sampler::kind::SamplerKind;
use crate::sampler::noise::Generator;

/// Timesteps are multiplied by this in LCM's boundary condition.
const LCM_SCALING: f32 = 10.0;
/// Variance of the data in LCM's boundary condition.
const LCM_DATA: f32 = 0.25;

/// The steps of one run.
#[derive(Clone, Debug)]
pub(in crate::sampler) struct DiscreteSteps {
    kind: SamplerKind,
    prediction: Prediction,
    clip: Option<f32>,
    /// ᾱ at each step, and the ᾱ that the step goes to.
    alphas: Vec<(f32, f32)>,
    /// LCM's boundary condition at each step: factors of latents and estimate.
    boundary: Vec<(f32, f32)>,
    /// The estimate of the previous step, for DPM++ 2M.
    previous: Option<Vec<f32>>,
    /// The shape `[f, c, n]` of latents whose noise is drawn channel by channel.
    by_channel: Option<[usize; 3]>,
}

/// The noise levels of a run as the loop needs them.
pub(in crate::sampler) struct Walk {
    pub(in crate::sampler) steps: DiscreteSteps,
    /// σ before each step and after the last.
    pub(in crate::sampler) sigmas: Vec<f32>,
    pub(in crate::sampler) timesteps: Vec<f32>,
    /// Factor of the initial noise.
    pub(in crate::sampler) initial: f32,
}

impl DiscreteSteps {
    /// `steps` steps of `kind` over the schedule of `config`. Any kind except DDIM, DPM++ 2M and LCM is treated as
    /// Euler.
    pub(in crate::sampler) fn walk(
        kind: SamplerKind,
        config: &DiscreteConfig,
        steps: usize,
    ) -> Walk {
        let levels = alphas(config);
        let steps = steps.clamp(1, config.train_steps);
        let timesteps = match kind {
            SamplerKind::Ddim => spread(config, steps, false),
            SamplerKind::DpmPlusPlus2M => spread_and_cut(config, steps),
            SamplerKind::Lcm => distilled(config, steps),
            SamplerKind::Euler | SamplerKind::EulerAncestral => spread(config, steps, true),
        };
        let at = |timestep: f64| {
            let last = levels.len().saturating_sub(1);
            levels
                .get((timestep as usize).min(last))
                .copied()
                .unwrap_or(1.0)
        };
        let end = match config.ends_at_one {
            true => 1.0,
            false => levels.first().copied().unwrap_or(1.0),
        };
        let before = |timestep: f64| match timestep < 0.0 {
            true => end,
            false => at(timestep),
        };
        let stride = (config.train_steps / steps) as f64;
        let following = |i: usize| match kind {
            SamplerKind::Lcm => {
                let next = timesteps.get(i + 1).or(timesteps.get(i));
                at(next.copied().unwrap_or_default())
            }
            _ => before(timesteps[i] - stride),
        };
        let is_sigma = matches!(
            kind,
            SamplerKind::Euler | SamplerKind::EulerAncestral | SamplerKind::DpmPlusPlus2M
        );
        let mut sigmas: Vec<f32> = timesteps
            .iter()
            .map(|&timestep| match is_sigma {
                true => interpolated(&levels, config, timestep),
                false => sigma(at(timestep)),
            })
            .collect();
        sigmas.push(
            match (is_sigma && config.ends_at_smallest, levels.first()) {
                (true, Some(&first)) => sigma(first),
                _ => 0.0,
            },
        );
        let largest = sigmas.iter().fold(0.0_f32, |most, &sigma| most.max(sigma));
        let initial = match (kind, config.spacing) {
            (SamplerKind::Ddim | SamplerKind::DpmPlusPlus2M | SamplerKind::Lcm, _) => 1.0,
            (_, Spacing::Leading) => (largest * largest + 1.0).sqrt(),
            (_, Spacing::Linspace | Spacing::Trailing) => largest,
        };
        let boundary = timesteps.iter().map(|&timestep| {
            let scaled = timestep as f32 * LCM_SCALING;
            let sum = scaled * scaled + LCM_DATA;
            (LCM_DATA / sum, scaled / sum.sqrt())
        });
        Walk {
            steps: Self {
                kind,
                prediction: config.prediction,
                clip: config.clip,
                alphas: (0..timesteps.len())
                    .map(|i| (at(timesteps[i]), following(i)))
                    .collect(),
                boundary: boundary.collect(),
                previous: None,
                by_channel: None,
            },
            sigmas,
            timesteps: timesteps.iter().map(|&timestep| timestep as f32).collect(),
            initial,
        }
    }

    /// Forgets the steps so far.
    pub(in crate::sampler) fn restart(&mut self) {
        self.previous = None;
    }

    /// Draws noise channel by channel for latents `[f, c, n]` of this shape.
    pub(in crate::sampler) fn draw_by_channel(&mut self, shape: [usize; 3]) {
        self.by_channel = Some(shape);
    }

    /// Whether the network gets latents divided by `√(σ² + 1)`.
    pub(in crate::sampler) fn scales_input(&self) -> bool {
        matches!(self.kind, SamplerKind::Euler | SamplerKind::EulerAncestral)
    }

    /// Moves `latents` through step `index` with levels `(σ before the last step, σ, σ')`, given the network's
    /// prediction. Returns the estimate of the clean latents. LCM draws from `generator` in all steps but the last.
    pub(in crate::sampler) fn step(
        &mut self,
        index: usize,
        latents: &mut [f32],
        predicted: &[f32],
        (earlier, sigma, next): (Option<f32>, f32, f32),
        generator: &mut Generator,
    ) -> Vec<f32> {
        let (alpha, following) = self.alphas.get(index).copied().unwrap_or((1.0, 1.0));
        match self.kind {
            SamplerKind::Ddim => {
                let (estimate, noise) = self.clean(latents, predicted, alpha);
                let (keep, add) = (following.sqrt(), (1.0 - following).sqrt());
                for ((x, x0), noise) in latents.iter_mut().zip(&estimate).zip(noise) {
                    *x = keep * x0 + add * noise;
                }
                estimate
            }
            SamplerKind::Lcm => {
                let (x0, _) = self.clean(latents, predicted, alpha);
                let (skip, out) = self.boundary.get(index).copied().unwrap_or((0.0, 1.0));
                let pairs = x0.iter().zip(latents.iter());
                let estimate: Vec<f32> = pairs.map(|(x0, x)| out * x0 + skip * x).collect();
                latents.copy_from_slice(&estimate);
                if index + 1 < self.alphas.len() {
                    let (keep, add) = (following.sqrt(), (1.0 - following).sqrt());
                    let noise = match self.by_channel {
                        Some(shape) => generator.normal_by_channel(shape),
                        None => generator.normal(latents.len()),
                    };
                    for (x, noise) in latents.iter_mut().zip(noise) {
                        *x = keep * *x + add * noise;
                    }
                }
                estimate
            }
            SamplerKind::DpmPlusPlus2M => {
                let estimate = self.data(latents, predicted, sigma);
                let last = index + 1 == self.alphas.len();
                let first_order = last && (next == 0.0 || self.alphas.len() < 15);
                let earlier = earlier.filter(|_| !first_order);
                let previous = self.previous.take().zip(earlier);
                second_order(latents, &estimate, previous, sigma, next);
                self.previous = Some(estimate.clone());
                estimate
            }
            SamplerKind::Euler | SamplerKind::EulerAncestral => {
                let estimate = self.original(latents, predicted, sigma);
                let dt = next - sigma;
                for (x, x0) in latents.iter_mut().zip(&estimate) {
                    *x += (*x - x0) / sigma * dt;
                }
                estimate
            }
        }
    }

    /// Clean latents and noise of latents of variance one, at ᾱ.
    fn clean(&self, x: &[f32], predicted: &[f32], alpha: f32) -> (Vec<f32>, Vec<f32>) {
        let (signal, noise) = (alpha.sqrt(), (1.0 - alpha).sqrt());
        let pairs = || x.iter().zip(predicted);
        let (mut estimate, epsilon): (Vec<f32>, Vec<f32>) = match self.prediction {
            Prediction::Epsilon => (
                pairs().map(|(x, e)| (x - noise * e) / signal).collect(),
                predicted.to_vec(),
            ),
            Prediction::V => (
                pairs().map(|(x, v)| signal * x - noise * v).collect(),
                pairs().map(|(x, v)| signal * v + noise * x).collect(),
            ),
        };
        if let Some(most) = self.clip {
            for value in &mut estimate {
                *value = value.clamp(-most, most);
            }
        }
        (estimate, epsilon)
    }

    /// Clean latents of latents of variance one, at σ.
    fn data(&self, x: &[f32], predicted: &[f32], sigma: f32) -> Vec<f32> {
        let (alpha, sigma) = variance_one(sigma);
        let pairs = x.iter().zip(predicted);
        match self.prediction {
            Prediction::Epsilon => pairs.map(|(x, e)| (x - sigma * e) / alpha).collect(),
            Prediction::V => pairs.map(|(x, v)| alpha * x - sigma * v).collect(),
        }
    }

    /// Clean latents of latents `x₀ + σ·z`.
    fn original(&self, x: &[f32], predicted: &[f32], sigma: f32) -> Vec<f32> {
        let pairs = x.iter().zip(predicted);
        let variance = sigma * sigma + 1.0;
        match self.prediction {
            Prediction::Epsilon => pairs.map(|(x, e)| x - sigma * e).collect(),
            Prediction::V => {
                let out = -sigma / variance.sqrt();
                pairs.map(|(x, v)| v * out + x / variance).collect()
            }
        }
    }
}

/// α and σ of latents of variance one.
fn variance_one(sigma: f32) -> (f32, f32) {
    let alpha = 1.0 / (sigma * sigma + 1.0).sqrt();
    (alpha, sigma * alpha)
}

/// DPM-Solver++ for latents of variance one: of second order if the previous step, with its σ, is known.
fn second_order(
    x: &mut [f32],
    estimate: &[f32],
    previous: Option<(Vec<f32>, f32)>,
    sigma: f32,
    next: f32,
) {
    let log = |(alpha, sigma): (f32, f32)| alpha.ln() - sigma.ln();
    let (now, then) = (variance_one(sigma), variance_one(next));
    let h = log(then) - log(now);
    let ratio = then.1 / now.1;
    let gain = then.0 * ((-h).exp() - 1.0);
    match previous {
        None => {
            for (x, m) in x.iter_mut().zip(estimate) {
                *x = ratio * *x - gain * m;
            }
        }
        Some((previous, earlier)) => {
            let r = (log(now) - log(variance_one(earlier))) / h;
            for ((x, m), old) in x.iter_mut().zip(estimate).zip(previous) {
                let slope = (1.0 / r) * (m - old);
                *x = ratio * *x - gain * m - 0.5 * gain * slope;
            }
        }
    }
}

/// σ at a timestep between levels: numpy's `interp`, in f64, rounded once.
fn interpolated(levels: &[f32], config: &DiscreteConfig, timestep: f64) -> f32 {
    let last = levels.len().saturating_sub(1);
    let level = |i: usize| {
        let alpha = levels.get(i).copied().unwrap_or(1.0);
        // Close to pure noise without an infinite σ, as in the reference.
        match config.zero_terminal_snr && i == last {
            true => sigma(2.0_f32.powi(-24)),
            false => sigma(alpha),
        }
    };
    let left = (timestep.floor() as usize).min(last);
    let share = timestep - left as f64;
    if left == last || share == 0.0 {
        return level(left);
    }
    let (low, high) = (f64::from(level(left)), f64::from(level(left + 1)));
    ((high - low) * share + low) as f32
}
