//! What hooks and denoisers can do with the single denoising loop:
//! - an interrupted generation resumes and ends with the same bits, whatever the sampler;
//! - a guide starts at a lower noise level and keeps part of the latents at a reference (Time-to-Move);
//! - a denoiser calls another one with some of the frames at a time: looped windows over a clip.

use burn::tensor::{DType, Device, Tensor, TensorData};
use kinora::checkpoint::lora::LoraStack;
use kinora::error::GenerateError;
use kinora::model::weights::Target;
use kinora::pipeline::stages::{
    AfterStep, Denoised, Denoiser, Hook, Pass, Prediction, Start, Walk, denoise,
};
use kinora::pipeline::{Outcome, Stage};
use kinora::request::GenerateRequest;
use kinora::sampler::noise::Generator;
use kinora::sampler::{Guidance, GuidanceShape, Sampler, SamplerKind, Schedule, ScheduleKind};

use super::{PLENTY, Recorder, Told, completed, request, run_with, tiny_svd};
use crate::support::{assert_same, distance};

const STEPS: usize = 4;

fn steps(sampler: SamplerKind) -> GenerateRequest {
    GenerateRequest {
        steps: STEPS,
        sampler,
        ..request()
    }
}

/// Runs a request with hooks to the end.
pub(super) fn hooked(request: &GenerateRequest, hooks: &mut [&mut dyn Hook]) -> Recorder {
    let mut recorder = Recorder::default();
    let none = LoraStack::default();
    let outcome = run_with(&tiny_svd(), &none, request, PLENTY, hooks, &mut recorder);
    assert!(matches!(outcome, Ok(Outcome::Completed(_))), "{outcome:?}");
    recorder
}

fn steps_told(recorder: &Recorder) -> Vec<usize> {
    let told = recorder.told.iter();
    told.filter_map(|told| match told {
        Told::Step(step, STEPS) => Some(*step),
        _ => None,
    })
    .collect()
}

/// The state of a generation after a step.
struct Left {
    next: usize,
    latents: Vec<f32>,
    sampler: Sampler,
    generator: Generator,
}

/// Saves the state after one step.
struct Remember {
    after: usize,
    left: Option<Left>,
}

impl Hook for Remember {
    fn after_step(&mut self, done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        if done.step.index + 1 == self.after {
            self.left = Some(Left {
                next: self.after,
                latents: done.latents.clone(),
                sampler: done.sampler.clone(),
                generator: done.generator.clone(),
            });
        }
        Ok(())
    }
}

/// Resumes a generation from a saved state.
struct Resume(Left);

impl Hook for Resume {
    fn begin(&mut self, start: &mut Start<'_>) -> Result<(), GenerateError> {
        let left = &self.0;
        start.index = left.next;
        start.latents.clone_from(&left.latents);
        *start.sampler = left.sampler.clone();
        *start.generator = left.generator.clone();
        Ok(())
    }
}

#[test]
fn an_interrupted_generation_resumes_with_the_same_bits() {
    for sampler in [
        SamplerKind::Euler,
        SamplerKind::EulerAncestral,
        SamplerKind::DpmPlusPlus2M,
        SamplerKind::Lcm,
    ] {
        let request = steps(sampler);
        for after in [1, 2, STEPS - 1] {
            let mut remember = Remember { after, left: None };
            let whole = hooked(&request, &mut [&mut remember]);
            let mut resume = Resume(remember.left.expect("it passed that step"));
            let resumed = hooked(&request, &mut [&mut resume]);
            let expected: Vec<usize> = (after + 1..=STEPS).collect();
            assert_eq!(
                steps_told(&resumed),
                expected,
                "the steps before are not taken again"
            );
            for index in after..STEPS {
                let name = format!("latents_{index:03}");
                assert_same(&name, resumed.values(&name), whole.values(&name));
            }
            assert_same("frames", resumed.values("frames"), whole.values("frames"));
        }
    }
}

/// A guide written independently of the pipeline's: it starts at step `weak` from a noised reference, and holds the
/// area that `mask` covers at the reference in all steps before `strong`.
pub(super) struct Guide {
    pub(super) reference: Vec<f32>,
    pub(super) mask: Vec<bool>,
    pub(super) weak: usize,
    pub(super) strong: usize,
    pub(super) noise: Vec<f32>,
}

impl Guide {
    fn noised(&self, sigma: f32) -> impl Iterator<Item = f32> {
        let pairs = self.reference.iter().zip(&self.noise);
        pairs.map(move |(reference, noise)| reference + sigma * noise)
    }
}

impl Hook for Guide {
    fn begin(&mut self, start: &mut Start<'_>) -> Result<(), GenerateError> {
        self.noise = start.generator.normal(self.reference.len());
        start.index = self.weak;
        let sigma = start.sampler.schedule().sigma(self.weak);
        *start.latents = self.noised(sigma).collect();
        Ok(())
    }

    fn after_step(&mut self, done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        if done.step.index < self.strong {
            let held = self.noised(done.step.next).zip(&self.mask);
            for (value, (held, &masked)) in done.latents.iter_mut().zip(held) {
                if masked {
                    *value = held;
                }
            }
        }
        Ok(())
    }
}

#[test]
fn a_guide_starts_lower_and_keeps_what_it_covers() {
    let request = steps(SamplerKind::Euler);
    let (plain, _) = completed(&tiny_svd(), &LoraStack::default(), &request);
    let last = format!("latents_{:03}", STEPS - 1);
    let count = plain.values(&last).len();
    let guide = |strong: usize| Guide {
        reference: (0..count).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect(),
        mask: (0..count).map(|i| i % 3 == 0).collect(),
        weak: 1,
        strong,
        noise: Vec::new(),
    };

    let mut held = guide(STEPS);
    let recorder = hooked(&request, &mut [&mut held]);
    assert_eq!(steps_told(&recorder), [2, 3, 4]);
    assert!(!recorder.tensors.contains_key("latents_000"));
    let end = recorder.values(&last);
    for (i, masked) in held.mask.iter().enumerate() {
        if *masked {
            assert_eq!(end[i].to_bits(), held.reference[i].to_bits(), "value {i}");
        }
    }
    assert!(distance(end, plain.values(&last)) > 0.1);

    // The guide's noise is the third draw, after that of the picture and that of the latents.
    let mut generator = Generator::seeded(request.seed);
    let pixels = 3 * request.width * request.height;
    let draws = [pixels, count, count].map(|count| generator.normal(count));
    assert_same("the guide's noise", &held.noise, &draws[2]);

    // The area released before the last step is no longer kept, and changes with the network.
    let let_go = hooked(&request, &mut [&mut guide(STEPS - 1)]);
    let before = format!("latents_{:03}", STEPS - 2);
    assert_same(&before, let_go.values(&before), recorder.values(&before));
    let free = let_go.values(&last);
    let moved = held
        .mask
        .iter()
        .enumerate()
        .filter(|&(i, masked)| *masked && free[i] != end[i]);
    assert!(moved.count() > count / 6);
}

#[test]
fn a_hook_that_fails_ends_the_take() {
    struct Refuse;
    impl Hook for Refuse {
        fn after_step(&mut self, done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
            if done.step.index == 1 {
                return Err(GenerateError::NotFinite {
                    place: "the test".to_owned(),
                });
            }
            Ok(())
        }
    }
    let mut recorder = Recorder::default();
    let none = LoraStack::default();
    let request = steps(SamplerKind::Euler);
    let hooks: &mut [&mut dyn Hook] = &mut [&mut Refuse];
    let outcome = run_with(&tiny_svd(), &none, &request, PLENTY, hooks, &mut recorder);
    assert!(matches!(outcome, Err(GenerateError::NotFinite { place }) if place == "the test"));
    assert_eq!(steps_told(&recorder), [1]);
    assert!(!recorder.told.contains(&Told::Stage(Stage::Decode)));
}

/// Number of frames, and numbers per frame, in the generations below.
const FRAMES: usize = 6;
const EACH: usize = 2 * 3 * 4;

/// A network that mixes the frames it receives and identifies each by its index in the clip.
struct Mixing {
    target: Target,
}

impl Mixing {
    /// The same on the host: the prediction for `frames` of `latents`, with conditioning or without.
    fn predicted(
        latents: &[Vec<f64>],
        frames: &[usize],
        timestep: f64,
        conditional: bool,
    ) -> Vec<Vec<f64>> {
        let share = if conditional { 0.5 } else { 0.25 };
        (0..frames.len())
            .map(|i| {
                (0..EACH)
                    .map(|c| {
                        let all: f64 = latents.iter().map(|latents| latents[c]).sum();
                        let mean = all / frames.len() as f64;
                        let known = frames[i] as f64 / 10.0 + timestep / 100.0;
                        share * latents[i][c] - 0.5 * mean + known
                    })
                    .collect()
            })
            .collect()
    }
}

impl Denoiser for Mixing {
    fn target(&self) -> &Target {
        &self.target
    }

    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction> {
        if !go_on() {
            return None;
        }
        let x = pass.latents.clone();
        let mean = x.clone().mean_dim(0);
        let known = pass
            .frames
            .iter()
            .map(|&frame| frame as f32 / 10.0 + pass.timestep / 100.0);
        let data = TensorData::new(known.collect::<Vec<f32>>(), [pass.frames.len(), 1, 1, 1]);
        let known: Tensor<4> = Tensor::from_data(data, &self.target.device);
        let branch = |share: f32| x.clone() * share - mean.clone() * 0.5 + known.clone();
        Some(Prediction {
            conditional: branch(0.5),
            unconditional: Some(branch(0.25)),
        })
    }
}

/// Calls another denoiser with windows of a looping clip, in which the first frame follows the last. Where windows
/// overlap, their predictions are averaged.
struct Windows<'a> {
    inner: &'a dyn Denoiser,
    length: usize,
    apart: usize,
}

/// The frames of each window. The windows move by one frame with every step, so that no boundary stays in place.
fn windows(length: usize, apart: usize, step: usize) -> Vec<Vec<usize>> {
    if length >= FRAMES {
        return vec![(0..FRAMES).collect()];
    }
    (0..FRAMES)
        .step_by(apart)
        .map(|first| (0..length).map(|i| (first + step + i) % FRAMES).collect())
        .collect()
}

impl Denoiser for Windows<'_> {
    fn target(&self) -> &Target {
        self.inner.target()
    }

    fn predict(&self, pass: &Pass<'_>, go_on: &dyn Fn() -> bool) -> Option<Prediction> {
        let mut sums: [Vec<Option<Tensor<4>>>; 2] = [vec![None; FRAMES], vec![None; FRAMES]];
        let mut counts = [0.0_f32; FRAMES];
        for frames in windows(self.length, self.apart, pass.step.index) {
            let rows = frames
                .iter()
                .map(|&frame| pass.latents.clone().narrow(0, frame, 1));
            let window = Pass {
                latents: Tensor::cat(rows.collect(), 0),
                frames: &frames,
                ..*pass
            };
            let told = self.inner.predict(&window, go_on)?;
            for (i, &frame) in frames.iter().enumerate() {
                counts[frame] += 1.0;
                let answers = [Some(&told.conditional), told.unconditional.as_ref()];
                for (sums, answer) in sums.iter_mut().zip(answers.into_iter().flatten()) {
                    let row = answer.clone().narrow(0, i, 1);
                    sums[frame] = Some(match sums[frame].take() {
                        Some(sum) => sum + row,
                        None => row,
                    });
                }
            }
        }
        let [conditional, unconditional] = sums.map(|rows| {
            let rows = rows
                .into_iter()
                .zip(counts)
                .map(|(row, count)| row.unwrap() / count);
            Tensor::cat(rows.collect(), 0)
        });
        Some(Prediction {
            conditional,
            unconditional: Some(unconditional),
        })
    }
}

fn guidance() -> Guidance {
    Guidance {
        min: 1.0,
        max: 3.0,
        shape: GuidanceShape::Linear,
    }
}

fn schedule() -> Schedule {
    Schedule::new(ScheduleKind::Karras, STEPS, 0.002, 700.0)
}

fn noise() -> Vec<f32> {
    Generator::seeded(5).normal(FRAMES * EACH)
}

fn walked(denoiser: &dyn Denoiser) -> Vec<f32> {
    let walk = Walk {
        denoiser,
        sampler: Sampler::new(SamplerKind::Euler, schedule()),
        steps: STEPS,
        guidance: guidance(),
        noise: noise(),
        shape: [FRAMES, 2, 3, 4],
    };
    let mut recorder = Recorder::default();
    match denoise(walk, &mut Generator::seeded(6), &mut [], &mut recorder) {
        Ok(Denoised::Completed(latents)) => latents,
        other => panic!("not completed: {other:?}"),
    }
}

/// The same generation with windows, as plain loops in f64.
fn walked_by_hand(length: usize, apart: usize) -> Vec<f64> {
    let schedule = schedule();
    let scales = guidance().scales(FRAMES);
    let wide = |values: Vec<f32>| values.into_iter().map(f64::from);
    let scaled: Vec<f64> = wide(noise())
        .map(|v| v * f64::from(schedule.initial_scale()))
        .collect();
    let mut x: Vec<Vec<f64>> = scaled.chunks(EACH).map(<[f64]>::to_vec).collect();
    for step in 0..STEPS {
        let (sigma, next) = (schedule.sigma(step).into(), schedule.sigma(step + 1).into());
        let (sigma, next): (f64, f64) = (sigma, next);
        let deviation = (sigma * sigma + 1.0).sqrt();
        let input: Vec<Vec<f64>> = x
            .iter()
            .map(|row| row.iter().map(|v| v / deviation).collect())
            .collect();
        let mut sums = vec![vec![[0.0; 2]; EACH]; FRAMES];
        let mut counts = [0.0; FRAMES];
        for frames in windows(length, apart, step) {
            let rows: Vec<Vec<f64>> = frames.iter().map(|&frame| input[frame].clone()).collect();
            let timestep = schedule.timestep(step).into();
            let told =
                [true, false].map(|branch| Mixing::predicted(&rows, &frames, timestep, branch));
            for (i, &frame) in frames.iter().enumerate() {
                counts[frame] += 1.0;
                for c in 0..EACH {
                    sums[frame][c][0] += told[0][i][c];
                    sums[frame][c][1] += told[1][i][c];
                }
            }
        }
        for frame in 0..FRAMES {
            for c in 0..EACH {
                let [conditional, unconditional] = sums[frame][c].map(|sum| sum / counts[frame]);
                let v = unconditional + f64::from(scales[frame]) * (conditional - unconditional);
                let clean = x[frame][c] / (sigma * sigma + 1.0) - v * sigma / deviation;
                x[frame][c] += (x[frame][c] - clean) / sigma * (next - sigma);
            }
        }
    }
    x.concat()
}

#[test]
fn windows_over_a_clip_need_no_loop_of_their_own() {
    let inner = Mixing {
        target: Target {
            device: Device::flex(),
            dtype: DType::F32,
        },
    };
    let whole = walked(&inner);
    let all = Windows {
        inner: &inner,
        length: FRAMES,
        apart: FRAMES,
    };
    assert_same("one window over all frames", &walked(&all), &whole);
    for (length, apart) in [(FRAMES, FRAMES), (4, 2), (3, 3), (2, 1)] {
        let denoiser = Windows {
            inner: &inner,
            length,
            apart,
        };
        let found = walked(&denoiser);
        let expected = walked_by_hand(length, apart);
        let apart_by = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| (f64::from(*a) - b).abs())
            .fold(0.0, f64::max);
        // A generation in f32 starts at 700, where half an ulp is 3e-5, and each step keeps that error.
        assert!(
            apart_by < 2e-4,
            "windows of {length} are off by {apart_by:e}"
        );
        if length < FRAMES {
            assert!(
                distance(&found, &whole) > 1e-2,
                "windows of {length} do something"
            );
        }
    }
}
