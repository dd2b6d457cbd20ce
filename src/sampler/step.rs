//! One step of a sampler: from one noise level to the next.
//!
//! Formulas of spec §4.2 and §4.5 for v-prediction with σ_data = 1:
//! `D = −σ/√(σ²+1)·v + x/(σ²+1)`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::noise::Generator;
use super::schedule::Schedule;
use crate::error::RequestError;

/// The sampling method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerKind {
    /// Euler, in diffusers' arithmetic.
    #[default]
    Euler,
    /// Euler with fresh noise after every step.
    EulerAncestral,
    /// DPM-Solver++ (2M): second order, using the previous step.
    #[serde(rename = "dpmpp-2m")]
    DpmPlusPlus2M,
}

impl FromStr for SamplerKind {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "euler" => Ok(Self::Euler),
            "euler-ancestral" => Ok(Self::EulerAncestral),
            "dpmpp-2m" => Ok(Self::DpmPlusPlus2M),
            _ => Err(RequestError::UnknownWord {
                field: "sampler",
                choices: "euler, euler-ancestral or dpmpp-2m",
                word: text.to_owned(),
            }),
        }
    }
}

/// A sampler with its schedule and state.
#[derive(Clone, Debug)]
pub struct Sampler {
    kind: SamplerKind,
    schedule: Schedule,
    /// The denoised estimate of the previous step, for DPM++ 2M.
    previous: Option<Vec<f32>>,
}

impl Sampler {
    /// A sampler at the start of `schedule`.
    #[must_use]
    pub fn new(kind: SamplerKind, schedule: Schedule) -> Self {
        Self {
            kind,
            schedule,
            previous: None,
        }
    }

    /// Forgets the steps so far, after something else changed the latents: the next step is one of first order.
    pub fn restart(&mut self) {
        self.previous = None;
    }

    /// The sampling method.
    #[must_use]
    pub fn kind(&self) -> SamplerKind {
        self.kind
    }

    /// Its noise levels.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The input of the network at step `index`: `x/√(σ²+1)`.
    #[must_use]
    pub fn model_input(&self, index: usize, latents: &[f32]) -> Vec<f32> {
        let sigma = self.schedule.sigma(index);
        let scale = (sigma * sigma + 1.0).sqrt();
        latents.iter().map(|x| x / scale).collect()
    }

    /// Moves `latents` from σ of `index` to the next, given the network's `v`.
    ///
    /// Returns the denoised estimate D, which previews show. Only [`SamplerKind::EulerAncestral`] draws from `generator`,
    /// and not in the last step.
    pub fn step(
        &mut self,
        index: usize,
        latents: &mut [f32],
        v: &[f32],
        generator: &mut Generator,
    ) -> Vec<f32> {
        let sigma = self.schedule.sigma(index);
        let next = self.schedule.sigma(index + 1);
        let denoised = denoised(latents, v, sigma);
        match self.kind {
            SamplerKind::Euler => euler(latents, &denoised, sigma, next),
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
                let before = (index > 0).then(|| self.schedule.sigma(index - 1));
                let previous = self.previous.take().zip(before);
                dpm_plus_plus_2m(latents, &denoised, previous, sigma, next);
                self.previous = Some(denoised.clone());
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
