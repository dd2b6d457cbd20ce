//! One step of a sampler: from one noise level to the next.
//!
//! Formulas of spec §4.2 and §4.5 for v-prediction with σ_data = 1:
//! `D = −σ/√(σ²+1)·v + x/(σ²+1)`.

use super::discrete::{DiscreteConfig, DiscreteSteps};
use super::kind::SamplerKind;
use super::noise::Generator;
use super::schedule::Schedule;

/// A sampler with its schedule and state.
#[derive(Clone, Debug)]
pub struct Sampler {
    kind: SamplerKind,
    schedule: Schedule,
    levels: Levels,
}

/// The noise levels that the steps go through, with what they remember.
#[derive(Clone, Debug)]
enum Levels {
    /// On the continuous levels of SVD.
    Continuous {
        /// The denoised estimate of the previous step, for DPM++ 2M.
        previous: Option<Vec<f32>>,
    },
    /// On the levels of a training schedule.
    Discrete(DiscreteSteps),
}

impl Sampler {
    /// A sampler at the start of `schedule`.
    #[must_use]
    pub fn new(kind: SamplerKind, schedule: Schedule) -> Self {
        Self {
            kind,
            schedule,
            levels: Levels::Continuous { previous: None },
        }
    }

    /// Forgets the steps so far, after something else changed the latents: the next step is of first order.
    pub fn restart(&mut self) {
        match &mut self.levels {
            Levels::Continuous { previous } => *previous = None,
            Levels::Discrete(steps) => steps.restart(),
        }
    }

    /// A sampler of `steps` steps on the levels of a training schedule.
    #[must_use]
    pub fn discrete(kind: SamplerKind, config: &DiscreteConfig, steps: usize) -> Self {
        let walk = DiscreteSteps::walk(kind, config, steps);
        Self {
            kind,
            schedule: Schedule::computed(walk.sigmas, walk.timesteps, walk.initial),
            levels: Levels::Discrete(walk.steps),
        }
    }

    /// The same sampler, whose noise is drawn channel by channel for latents `[f, c, n]` of this shape
    /// ([`Generator::normal_by_channel`]).
    #[must_use]
    pub fn drawing_by_channel(mut self, shape: [usize; 3]) -> Self {
        if let Levels::Discrete(steps) = &mut self.levels {
            steps.draw_by_channel(shape);
        }
        self
    }

    /// Whether its steps are plain Euler steps of a v-prediction on continuous levels.
    #[must_use]
    pub fn steps_as_euler(&self) -> bool {
        self.kind == SamplerKind::Euler && matches!(self.levels, Levels::Continuous { .. })
    }

    /// Its noise levels.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The input of the network at step `index`: `x/√(σ²+1)`, or `x` where latents have variance one.
    #[must_use]
    pub fn model_input(&self, index: usize, latents: &[f32]) -> Vec<f32> {
        if let Levels::Discrete(steps) = &self.levels
            && !steps.scales_input()
        {
            return latents.to_vec();
        }
        let sigma = self.schedule.sigma(index);
        let scale = (sigma * sigma + 1.0).sqrt();
        latents.iter().map(|x| x / scale).collect()
    }

    /// The denoised estimate D at step `index` of the continuous levels, without a step.
    #[must_use]
    pub fn estimate(&self, index: usize, latents: &[f32], v: &[f32]) -> Vec<f32> {
        denoised(latents, v, self.schedule.sigma(index))
    }

    /// Moves `latents` from σ of `index` to the next, given what the network predicted, `v`.
    ///
    /// Returns the denoised estimate D, which previews show. [`SamplerKind::EulerAncestral`] draws from `generator` in
    /// all steps but the last, [`SamplerKind::Lcm`] in all steps unless there is only one.
    pub fn step(
        &mut self,
        index: usize,
        latents: &mut [f32],
        v: &[f32],
        generator: &mut Generator,
    ) -> Vec<f32> {
        let sigma = self.schedule.sigma(index);
        let next = self.schedule.sigma(index + 1);
        let earlier = (index > 0).then(|| self.schedule.sigma(index - 1));
        let previous = match &mut self.levels {
            Levels::Continuous { previous } => previous,
            Levels::Discrete(steps) => {
                return steps.step(index, latents, v, (earlier, sigma, next), generator);
            }
        };
        let denoised = match self.kind {
            SamplerKind::Lcm => consistent(latents, v, sigma),
            _ => denoised(latents, v, sigma),
        };
        match self.kind {
            SamplerKind::Euler | SamplerKind::Ddim => euler(latents, &denoised, sigma, next),
            SamplerKind::EulerAncestral => {
                let (down, up) = ancestral_levels(sigma, next);
                euler(latents, &denoised, sigma, down);
                if next > 0.0 {
                    let noise = generator.normal(latents.len());
                    for (x, n) in latents.iter_mut().zip(noise) {
                        *x += n * up;
                    }
                }
            }
            SamplerKind::DpmPlusPlus2M => {
                let known = previous.take().zip(earlier);
                dpm_plus_plus_2m(latents, &denoised, known, sigma, next);
                *previous = Some(denoised.clone());
            }
            SamplerKind::Lcm => {
                latents.copy_from_slice(&denoised);
                if self.schedule.steps() > 1 {
                    // The last step draws noise too, as in the published code, but adds none of it.
                    let noise = generator.normal(latents.len());
                    for (x, n) in latents.iter_mut().zip(noise) {
                        *x += n * next;
                    }
                }
            }
        }
        denoised
    }
}

fn denoised(x: &[f32], v: &[f32], sigma: f32) -> Vec<f32> {
    let variance = sigma * sigma + 1.0;
    let out = -sigma / variance.sqrt();
    x.iter()
        .zip(v)
        .map(|(x, v)| v * out + x / variance)
        .collect()
}

/// [`denoised`] with the roundings of AnimateLCM-SVD's published scheduler, which multiplies by the reciprocal
/// (`animatelcm_svd/animatelcm_scheduler.py`, `step`).
fn consistent(x: &[f32], v: &[f32], sigma: f32) -> Vec<f32> {
    let variance = sigma * sigma + 1.0;
    let (skip, out) = (1.0 / variance, -sigma / variance.sqrt());
    x.iter().zip(v).map(|(x, v)| out * v + skip * x).collect()
}

fn euler(x: &mut [f32], denoised: &[f32], sigma: f32, next: f32) {
    let dt = next - sigma;
    for (x, d) in x.iter_mut().zip(denoised) {
        *x += (*x - d) / sigma * dt;
    }
}

/// `(σ_down, σ_up)` with η = 1.
fn ancestral_levels(sigma: f32, next: f32) -> (f32, f32) {
    let (from, to) = (f64::from(sigma), f64::from(next));
    let up = (to * to * (from * from - to * to) / (from * from))
        .max(0.0)
        .sqrt()
        .min(to);
    let down = (to * to - up * up).max(0.0).sqrt();
    (down as f32, up as f32)
}

fn dpm_plus_plus_2m(
    x: &mut [f32],
    denoised: &[f32],
    previous: Option<(Vec<f32>, f32)>,
    sigma: f32,
    next: f32,
) {
    if next <= 0.0 {
        x.copy_from_slice(denoised);
        return;
    }
    let (s, n) = (f64::from(sigma), f64::from(next));
    let h = s.ln() - n.ln();
    let ratio = (n / s) as f32;
    let gain = (-(-h).exp_m1()) as f32;
    match previous {
        None => {
            for (x, d) in x.iter_mut().zip(denoised) {
                *x = ratio * *x + gain * d;
            }
        }
        Some((previous, before)) => {
            let h_last = f64::from(before).ln() - s.ln();
            let half = (h / h_last / 2.0) as f32;
            for ((x, d), old) in x.iter_mut().zip(denoised).zip(previous) {
                *x = ratio * *x + gain * ((1.0 + half) * d - half * old);
            }
        }
    }
}
