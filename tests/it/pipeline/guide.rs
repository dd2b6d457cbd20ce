//! The guide of a request:
//! - its latents are those of diffusers with the same overwrites, and bit for bit those of an independent hook with the
//!   same reference and mask;
//! - areas held to the end equal the reference; where nothing is held, the take only starts from it;
//! - noise is drawn in the same order with and without a hold; a second-order sampler takes first-order steps after
//!   one;
//! - an observer can stop it while frames are encoded, and the plan counts its costs and savings.

use std::sync::Arc;

use kinora::checkpoint::lora::LoraStack;
use kinora::media::camera::{CameraPath, Pose};
use kinora::media::picture::Picture;
use kinora::motion::{Held, Motion, MotionPictures, Move, Reference, Scene};
use kinora::pipeline::{GenerationPlan, Network, Outcome, Placement, Stage, StopMode, family_of};
use kinora::request::{GenerateRequest, Guide, GuideLevels};
use kinora::sampler::{SamplerKind, Schedule, ScheduleKind};

use kinora::pipeline::stages::{Hook, Step};

use super::{PLENTY, Recorder, Told, completed, hooks, picture, request, run_guided, tiny_svd};
use crate::support::{Fixture, NETWORK_BOUND, UNET_BOUND, assert_near, assert_same, distance};

const STEPS: usize = 6;

/// The noise level of a step, in the tiny model's schedule.
fn sigma(index: usize) -> f32 {
    Schedule::new(ScheduleKind::Karras, STEPS, 0.002, 700.0).sigma(index)
}

fn guided(motion: Motion, levels: GuideLevels, sampler: SamplerKind) -> GenerateRequest {
    GenerateRequest {
        steps: STEPS,
        sampler,
        guide: Some(Guide { motion, levels }),
        ..request()
    }
}

fn pan(shift: f32) -> Motion {
    let pose = Pose {
        x: shift,
        ..Pose::REST
    };
    Motion {
        camera: vec![Move {
            name: "pan".to_owned(),
            strength: 1.0,
            curve: None,
            path: CameraPath::to(pose),
        }],
        ..Motion::default()
    }
}

fn run(request: &GenerateRequest, pictures: &MotionPictures) -> Recorder {
    let mut recorder = Recorder::default();
    let (model, none) = (tiny_svd(), LoraStack::default());
    let outcome = run_guided(
        &model,
        (&none, pictures),
        request,
        PLENTY,
        &mut [],
        &mut recorder,
    );
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

/// A mask for every value of the latents, from a mask for every cell.
fn for_all_channels(recorder: &Recorder) -> Vec<bool> {
    let (shape, mask) = &recorder.tensors["guide_mask"];
    let latents = &recorder.tensors["guide_latents"].0;
    let (channels, cells) = (latents[2], shape[3] * shape[4]);
    let frames = mask.chunks_exact(cells);
    frames
        .flat_map(|frame| frame.repeat(channels))
        .map(|value| value == 1.0)
        .collect()
}

/// The reference frames and masks of `tests/golden/make_guide.py`.
fn golden_reference(pictures: &mut MotionPictures) -> Reference {
    let mut drawn = |colour: &dyn Fn(usize, usize, usize) -> u8| {
        let pixels = (0..40).flat_map(|y| (0..56).map(move |x| (x, y)));
        let rgb = pixels.flat_map(|(x, y)| [0, 1, 2].map(|c| colour(x, y, c)));
        let picture = Picture {
            width: 56,
            height: 40,
            rgb: rgb.collect(),
        };
        pictures.add("drawn", Arc::new(picture), None)
    };
    let frame = |t: usize| move |x: usize, y: usize, c: usize| (x * 4 + y * (c + 1) + t * 29) as u8;
    let mask = |t: usize| {
        move |x: usize, y: usize, c: usize| match (x / 5 + y / 3 + t) % 3 {
            0 if c == t => 128,
            0 => 0,
            _ => 127,
        }
    };
    Reference {
        frames_folder: "frames".to_owned(),
        masks_folder: "masks".to_owned(),
        frames: (0..3).map(|t| drawn(&frame(t))).collect(),
        masks: (0..3).map(|t| drawn(&mask(t))).collect(),
    }
}

#[test]
fn its_latents_are_those_of_diffusers_with_the_same_overwrites() {
    let expected = Fixture::open("guide.safetensors");
    let mut pictures = MotionPictures::default();
    let motion = Motion {
        reference: Some(golden_reference(&mut pictures)),
        ..Motion::default()
    };
    // The noise levels of steps 3 and 5 of ten, as people type them.
    let levels = GuideLevels::of(70.5, 8.7);
    let request = GenerateRequest {
        steps: 10,
        ..guided(motion, levels, SamplerKind::Euler)
    };
    let recorder = run(&request, &pictures);
    let same = |name: &str| (recorder.values(name).to_vec(), expected.values(name));
    let (found, wanted) = same("guide_mask");
    assert_same("guide_mask", &found, &wanted);
    let (found, wanted) = same("guide_latents");
    assert_near("guide_latents", &found, &wanted, NETWORK_BOUND);
    for index in 0..10 {
        let name = format!("latents_{index:03}");
        assert_eq!(recorder.tensors.contains_key(&name), index >= 3, "{name}");
        if index >= 3 {
            let (found, wanted) = same(&name);
            assert_near(&name, &found, &wanted, UNET_BOUND);
        }
    }
}

#[test]
fn its_latents_are_those_of_a_hook_of_another_make() {
    let none = MotionPictures::default();
    for sampler in [SamplerKind::Euler, SamplerKind::EulerAncestral] {
        for (weak, strong) in [(1, 3), (2, 5), (0, STEPS), (3, 3)] {
            // The levels are typed with a few digits; one of them is between two levels of the schedule.
            let typed = |index: usize| format!("{:.3e}", sigma(index)).parse().expect("a number");
            let weakest = if weak == 2 {
                sigma(2) * 1.2
            } else {
                typed(weak)
            };
            let levels = GuideLevels::of(weakest, typed(strong));
            let request = guided(pan(0.3), levels, sampler);
            let recorder = run(&request, &none);
            let mask = for_all_channels(&recorder);
            let held = mask.iter().filter(|held| **held).count();
            assert!(held > mask.len() / 2 && held < mask.len(), "{held}");
            let mut other = hooks::Guide {
                reference: recorder.values("guide_latents").to_vec(),
                mask,
                weak,
                strong,
                noise: Vec::new(),
            };
            let plain = GenerateRequest {
                guide: None,
                ..request
            };
            let expected = hooks::hooked(&plain, &mut [&mut other]);
            assert_eq!(
                steps_told(&recorder),
                (weak + 1..=STEPS).collect::<Vec<_>>()
            );
            for index in 0..STEPS {
                let name = format!("latents_{index:03}");
                assert_eq!(
                    recorder.tensors.contains_key(&name),
                    index >= weak,
                    "{name}"
                );
                if index >= weak {
                    assert_same(&name, recorder.values(&name), expected.values(&name));
                }
            }
            for name in ["noise", "image_latents", "frames"] {
                assert_same(name, recorder.values(name), expected.values(name));
            }
        }
    }
}

#[test]
fn what_is_held_to_the_end_is_the_reference() {
    let none = MotionPictures::default();
    for sampler in [
        SamplerKind::Euler,
        SamplerKind::EulerAncestral,
        SamplerKind::DpmPlusPlus2M,
    ] {
        let request = guided(pan(0.0), GuideLevels::of(100.0, 0.0), sampler);
        let recorder = run(&request, &none);
        assert!(
            recorder
                .values("guide_mask")
                .iter()
                .all(|held| *held == 1.0)
        );
        let last = format!("latents_{:03}", STEPS - 1);
        assert_same(
            "the end",
            recorder.values(&last),
            recorder.values("guide_latents"),
        );
    }
    // Without anything to follow, the take is an ordinary one.
    let nothing = guided(
        Motion::default(),
        GuideLevels::default(),
        SamplerKind::Euler,
    );
    let plain = GenerateRequest {
        guide: None,
        ..nothing.clone()
    };
    let defaults = family_of(&tiny_svd()).defaults();
    let completed_request = GenerateRequest::complete(&nothing.draft(), &defaults, 0);
    assert_eq!(completed_request, Ok(plain.clone()));
    let (as_ever, _) = completed(&tiny_svd(), &LoraStack::default(), &plain);
    assert!(!as_ever.tensors.contains_key("guide_latents"));
}

#[test]
fn reference_frames_go_to_the_encoder_as_they_are_drawn() {
    let none = MotionPictures::default();
    let motion = pan(0.25);
    let request = guided(motion.clone(), GuideLevels::default(), SamplerKind::Euler);
    let recorder = run(&request, &none);
    let (shape, frames) = &recorder.tensors["guide_frames"];
    let (width, height) = (request.width, request.height);
    assert_eq!(shape, &[1, request.frames, 3, height, width]);
    // Stretched to the frame, like the pipeline's picture.
    let frame = kinora::media::fit::prepare(
        &picture(),
        width as u32,
        height as u32,
        kinora::media::fit::Fit::Stretch,
        [0; 3],
    )
    .expect("it fits")
    .frame;
    let scene = Scene::new(&motion, &none, &frame, request.frames).expect("a scene");
    let mut mask = Vec::new();
    for (index, found) in frames.chunks_exact(3 * width * height).enumerate() {
        let reference = scene.frame(index).expect("a frame");
        assert_same("a frame", found, &reference.planes);
        let scale = height / recorder.tensors["guide_latents"].0[3];
        let cells = reference.cells(scale).into_iter().map(Held::is_held);
        mask.extend(cells.map(|held| f32::from(u8::from(held))));
    }
    assert_same("the mask", recorder.values("guide_mask"), &mask);
    // The first reference frame is the picture itself, so its latent is that of the picture without noise.
    let silent = GenerateRequest {
        noise_aug: 0.0,
        guide: None,
        ..request
    };
    let (silent, _) = completed(&tiny_svd(), &LoraStack::default(), &silent);
    let own = silent.values("image_latents");
    let first = &recorder.values("guide_latents")[..own.len()];
    let scaling = first[0] / own[0];
    let scaled: Vec<f32> = own.iter().map(|value| value * scaling).collect();
    assert_near("the first frame's latent", first, &scaled, 1e-6);
}

#[test]
fn a_second_order_sampler_takes_first_order_steps_after_a_hold() {
    // The take is held after every step but the last two, so every step but the last is of first order: an Euler step.
    let none = MotionPictures::default();
    let levels = GuideLevels::of(sigma(1), sigma(STEPS - 2));
    let of = |sampler| run(&guided(pan(0.3), levels, sampler), &none);
    let (euler, second) = (of(SamplerKind::Euler), of(SamplerKind::DpmPlusPlus2M));
    for index in 1..STEPS - 1 {
        let name = format!("latents_{index:03}");
        assert_near(&name, second.values(&name), euler.values(&name), 2e-5);
    }
    // Without a hold, the two samplers differ.
    let levels = GuideLevels::of(sigma(1), sigma(0));
    let of = |sampler| run(&guided(pan(0.3), levels, sampler), &none);
    let (euler, second) = (of(SamplerKind::Euler), of(SamplerKind::DpmPlusPlus2M));
    let name = format!("latents_{:03}", STEPS - 3);
    assert!(distance(second.values(&name), euler.values(&name)) > 1e-4);
}

#[test]
fn levels_are_those_of_each_cell() {
    let mut pictures = MotionPictures::default();
    let (width, height) = (request().width as u32, request().height as u32);
    let half = |x: u32| if x < width / 2 { 255 } else { 0 };
    let columns = (0..height).flat_map(|_| 0..width);
    let lock = Picture {
        width,
        height,
        rgb: columns.flat_map(|x| [half(x); 3]).collect(),
    };
    let motion = Motion {
        lock: Some(pictures.add("lock.png", Arc::new(lock), None).into()),
        ..pan(0.0)
    };
    let levels = GuideLevels {
        weak: sigma(1),
        camera: sigma(2),
        still: 0.0,
        cut_out: 31.0,
        firm: false,
    };
    let recorder = run(&guided(motion, levels, SamplerKind::Euler), &pictures);
    let reference = recorder.values("guide_latents");
    let end = recorder.values(&format!("latents_{:03}", STEPS - 1));
    let across = recorder.tensors["guide_latents"].0[4];
    // A cell in the middle, if there is one, belongs to both halves.
    for (index, (end, reference)) in end.iter().zip(reference).enumerate() {
        let column = index % across;
        if 2 * (column + 1) <= across {
            assert_eq!(end.to_bits(), reference.to_bits(), "locked to the end");
        }
    }
    let free = (0..end.len()).filter(|index| 2 * (index % across) > across);
    let same = free.clone().filter(|&index| end[index] == reference[index]);
    assert!(same.count() < free.count() / 10, "let go early");
}

#[test]
fn it_can_be_ended_while_its_frames_are_encoded() {
    let request = guided(pan(0.2), GuideLevels::default(), SamplerKind::Euler);
    // The second encoding stage is that of the picture and the reference frames.
    let mut recorder = Recorder::stopping(Told::Stage(Stage::Encode), StopMode::Now);
    let (model, none) = (tiny_svd(), LoraStack::default());
    let pictures = MotionPictures::default();
    let outcome = run_guided(
        &model,
        (&none, &pictures),
        &request,
        PLENTY,
        &mut [],
        &mut recorder,
    );
    assert!(matches!(outcome, Ok(Outcome::Stopped(None))), "{outcome:?}");
    assert!(!recorder.tensors.contains_key("guide_latents"));
}

#[test]
fn the_plan_counts_its_encodings_and_the_steps_it_saves() {
    let model = tiny_svd();
    let shapes = family_of(&model).shapes();
    let placement = Placement {
        gpu: false,
        unet_element: 4,
    };
    let plan =
        |request: &GenerateRequest| GenerationPlan::new(&*shapes, request, placement, PLENTY);
    for (weak, skipped) in [(1e5, 0), (sigma(2), 2), (sigma(4), 4)] {
        let with = guided(pan(0.2), GuideLevels::of(weak, 1.0), SamplerKind::Euler);
        let without = GenerateRequest {
            guide: None,
            ..with.clone()
        };
        let flops = |request: &GenerateRequest, network| {
            plan(request)
                .of(network)
                .expect("it is planned")
                .flops
                .total()
        };
        let ratio = |network| flops(&with, network) / flops(&without, network);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        close(ratio(Network::VAE_ENCODER), (1 + with.frames) as f64);
        close(
            ratio(Network::UNET),
            (STEPS - skipped) as f64 / STEPS as f64,
        );
        close(ratio(Network::VAE_DECODER), 1.0);
        let bytes = |request: &GenerateRequest| {
            plan(request)
                .of(Network::VAE_ENCODER)
                .map(|stage| stage.host)
        };
        assert!(bytes(&with) > bytes(&without), "frames are made beside it");
    }
}

/// A hook that notes what the others make of each estimate, and the latents after each step.
#[derive(Default)]
struct Notes {
    estimates: Vec<(usize, usize, Vec<f32>)>,
}

impl Hook for Notes {
    fn estimated(&mut self, step: Step, run: usize, estimate: &mut [f32]) {
        self.estimates.push((step.index, run, estimate.to_vec()));
    }
}

#[test]
fn a_firm_guide_repeats_steps_with_fresh_noise() {
    let none = MotionPictures::default();
    let levels = GuideLevels {
        firm: true,
        ..GuideLevels::of(700.0, sigma(2))
    };
    let request = guided(pan(0.3), levels, SamplerKind::Euler);
    let (model, loras) = (tiny_svd(), LoraStack::default());
    let (mut recorder, mut notes) = (Recorder::default(), Notes::default());
    let outcome = run_guided(
        &model,
        (&loras, &none),
        &request,
        PLENTY,
        &mut [&mut notes],
        &mut recorder,
    );
    assert!(matches!(outcome, Ok(Outcome::Completed(_))), "{outcome:?}");
    let runs: Vec<(usize, usize)> = notes
        .estimates
        .iter()
        .map(|(step, run, _)| (*step, *run))
        .collect();
    assert_eq!(runs, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]);
    assert_eq!(
        steps_told(&recorder).len(),
        STEPS,
        "a repeated step is one step"
    );
    let reference = recorder.values("guide_latents");
    let mask = for_all_channels(&recorder);
    assert!(mask.contains(&true) && mask.contains(&false));
    for (step, run, estimate) in &notes.estimates {
        let same = |index: &usize| estimate[*index] == reference[*index];
        let held = (0..mask.len()).filter(|index| mask[*index]);
        let kept = held.clone().filter(same).count();
        if *run == 0 {
            assert_eq!(kept, held.count(), "step {step}: replaced by the reference");
        } else {
            assert!(kept < held.count() / 10, "step {step}: left as it is");
        }
    }
    // Of 25 steps, those of the method's script are repeated.
    let script = GenerateRequest {
        steps: 25,
        ..guided(pan(0.3), GuideLevels::firm(), SamplerKind::Euler)
    };
    let family = family_of(&model);
    let plain = GenerateRequest {
        guide: None,
        ..script.clone()
    };
    let placement = Placement {
        gpu: false,
        unet_element: 4,
    };
    let flops = |request: &GenerateRequest| {
        let plan = GenerationPlan::new(&*family.shapes(), request, placement, PLENTY);
        plan.of(Network::UNET).expect("it is planned").flops.total()
    };
    let ratio = flops(&script) / flops(&plain);
    assert!((ratio - 55.0 / 25.0).abs() < 1e-9, "spec §2.3: {ratio}");
}
