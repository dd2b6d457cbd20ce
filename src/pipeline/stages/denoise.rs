//! The denoising loop, which all families share.

use burn::tensor::{DType, Tensor};

use super::denoised_estimate::DenoisedEstimate;
use super::hook::{AfterStep, Hook, Start, Step};
use super::prediction::{Denoiser, Pass, Prediction};
use crate::error::GenerateError;
use crate::kernels::euler_step::Levels;
use crate::kernels::{self, euler_step};
use crate::model::weights::Target;
use crate::pipeline::observer::{Observer, Stage, StepDone, StopMode};
use crate::pipeline::transfer::{place, read, require_finite};
use crate::sampler::noise::Generator;
use crate::sampler::{Guidance, Sampler};

/// The input of the denoising loop.
pub struct Walk<'a> {
    /// The denoising network.
    pub denoiser: &'a dyn Denoiser,
    /// The sampler, at its first noise level.
    pub sampler: Sampler,
    /// The steps to do: all of the sampler's, or fewer to end early with an estimate.
    pub steps: usize,
    /// How strongly each frame follows the conditioning.
    pub guidance: Guidance,
    /// Gaussian noise with deviation one, row-major in `shape`.
    pub noise: Vec<f32>,
    /// Shape of the latents, `[f, c, h, w]`.
    pub shape: [usize; 4],
}

/// How denoising ended; latents are `[f, c, h, w]`.
#[derive(Debug)]
pub enum Denoised {
    /// After every step of the request.
    Completed(Vec<f32>),
    /// Stopped early, with the latest estimate of the clean latents, after this many steps.
    Kept(Vec<f32>, usize),
    /// Stopped early, with nothing to keep.
    Stopped,
}

/// Runs all steps of the sampler, starting where the hooks say.
///
/// Between steps, latents are in f32 on the host, whatever device runs the network.
///
/// # Errors
/// [`GenerateError::NotFinite`] or [`GenerateError::DeviceFailed`] with the step, or what a hook or the observer
/// returns.
pub fn denoise(
    walk: Walk<'_>,
    generator: &mut Generator,
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Denoised, GenerateError> {
    observer.stage(Stage::Denoise);
    let Walk {
        denoiser,
        mut sampler,
        steps,
        guidance,
        noise: mut latents,
        shape,
    } = walk;
    let frames: Vec<usize> = (0..shape[0]).collect();
    let scales = guidance.scales(frames.len());
    let target = denoiser.target();
    let on_device = steps_on_device(&sampler, target);
    let scale = sampler.schedule().initial_scale();
    for value in &mut latents {
        *value *= scale;
    }

    let mut start = Start {
        index: 0,
        latents: &mut latents,
        sampler: &mut sampler,
        generator,
    };
    for hook in hooks.iter_mut() {
        hook.begin(&mut start)?;
    }
    let first = start.index;

    for index in first..steps {
        let step = Step::of(sampler.schedule(), index);
        let name = step.name();
        let go_on = || observer.stop() != Some(StopMode::Now);
        let runs = hooks.iter().map(|hook| hook.runs(step)).max();
        for run in 1..runs.unwrap_or(1) {
            let input = (&latents[..], shape, &frames[..]);
            let Some(prediction) = predict(denoiser, &sampler, step, input, &go_on) else {
                return Ok(Denoised::Stopped);
            };
            let v = prediction.guided(&guidance, frames.len(), &name)?;
            latents = renoised((&sampler, step), (run, &latents), &v, generator, hooks);
        }
        let input = (&latents[..], shape, &frames[..]);
        let Some(prediction) = predict(denoiser, &sampler, step, input, &go_on) else {
            return Ok(Denoised::Stopped);
        };
        let estimate = if on_device {
            let now = place(latents, shape, &full_precision(target));
            let estimate;
            (latents, estimate) = stepped_on_device(now, prediction, &scales, step)?;
            estimate
        } else {
            let v = prediction.guided(&guidance, frames.len(), &name)?;
            DenoisedEstimate::on_host(sampler.step(index, &mut latents, &v, generator), &name)
        };
        require_finite(&latents, &name)?;

        let done = AfterStep {
            step,
            latents: &mut latents,
            estimate: &estimate,
            sampler: &mut sampler,
            generator,
            preview: Vec::new(),
        };
        if let Some(early) = finish_step(done, (shape, steps), hooks, observer)? {
            return Ok(early);
        }
    }
    Ok(Denoised::Completed(latents))
}

/// Runs the network on latents at the noise level of a step; `None` if `go_on` returned `false`.
fn predict(
    denoiser: &dyn Denoiser,
    sampler: &Sampler,
    step: Step,
    (latents, shape, frames): (&[f32], [usize; 4], &[usize]),
    go_on: &dyn Fn() -> bool,
) -> Option<Prediction> {
    let input = sampler.model_input(step.index, latents);
    let pass = Pass {
        latents: place(input, shape, denoiser.target()),
        frames,
        timestep: sampler.schedule().timestep(step.index),
        step,
    };
    denoiser.predict(&pass, go_on)
}

/// The estimate of a run that is not the last of its step, as the hooks changed it, with fresh noise of the same level.
fn renoised(
    (sampler, step): (&Sampler, Step),
    (run, latents): (usize, &[f32]),
    v: &[f32],
    generator: &mut Generator,
    hooks: &mut [&mut dyn Hook],
) -> Vec<f32> {
    let mut estimate = sampler.estimate(step.index, latents, v);
    for hook in hooks.iter_mut() {
        hook.estimated(step, run - 1, &mut estimate);
    }
    let noise = generator.normal(estimate.len());
    let pairs = estimate.iter().zip(noise);
    pairs
        .map(|(value, noise)| value + step.sigma * noise)
        .collect()
}

/// Runs the hooks after a step and reports it. Returns how denoising ended if the observer, or the last of `steps`,
/// ends it here.
fn finish_step(
    mut done: AfterStep<'_>,
    ([f, c, h, w], steps): ([usize; 4], usize),
    hooks: &mut [&mut dyn Hook],
    observer: &mut dyn Observer,
) -> Result<Option<Denoised>, GenerateError> {
    for hook in hooks.iter_mut() {
        hook.after_step(&mut done)?;
    }
    let index = done.step.index;
    let name = format!("latents_{index:03}");
    observer.tensor(&name, &[1, f, c, h, w], done.latents)?;
    observer.step(&StepDone {
        step: index + 1,
        steps,
        preview: &done.preview,
    });
    Ok(match observer.stop() {
        Some(StopMode::Now) => Some(Denoised::Stopped),
        Some(StopMode::Keep) if index + 1 < steps => {
            Some(Denoised::Kept(done.estimate.values()?, index + 1))
        }
        // Before the end of the schedule the latents still hold noise.
        _ if index + 1 == steps && steps < done.step.steps => {
            Some(Denoised::Completed(done.estimate.values()?))
        }
        Some(StopMode::Keep) | None => None,
    })
}

/// Whether the step can be computed on the device of the prediction, so that latents are read back only once.
fn steps_on_device(sampler: &Sampler, target: &Target) -> bool {
    sampler.steps_as_euler() && kernels::is_registered(&target.device) && !kernels::reference_only()
}

/// An Euler step on the device. Returns the next latents on the host, and the estimate on the device that computed it.
fn stepped_on_device(
    latents: Tensor<4>,
    prediction: Prediction,
    scales: &[f32],
    step: Step,
) -> Result<(Vec<f32>, DenoisedEstimate), GenerateError> {
    let levels = Levels {
        sigma: step.sigma,
        next: step.next,
    };
    let (conditional, unconditional) = (prediction.conditional, prediction.unconditional);
    let stepped = euler_step(latents, conditional, unconditional, scales, levels);
    let name = step.name();
    let estimate = DenoisedEstimate::on_device(stepped.denoised, &name);
    Ok((read(stepped.latents, &name)?, estimate))
}

/// The device in f32: steps are computed in f32 whatever the format of the network.
fn full_precision(target: &Target) -> Target {
    Target {
        device: target.device.clone(),
        dtype: DType::F32,
    }
}
