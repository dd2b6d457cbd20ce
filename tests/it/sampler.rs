//! Sampling agrees with diffusers and with the published formulas:
//! - noise levels, timesteps, the initial scale and sinusoids are those of diffusers;
//! - Euler follows diffusers' trajectory; ancestral Euler and DPM++ 2M follow those of float64 references;
//! - the few-step sampler follows the trajectory of AnimateLCM-SVD's scheduler;
//! - guidance rises over the frames as torch's `linspace` does.

use std::collections::BTreeMap;

use kinora::model::blocks::sinusoid;
use kinora::sampler::noise::Generator;
use kinora::sampler::{Guidance, GuidanceShape, Sampler, SamplerKind, Schedule, ScheduleKind};
use serde::Deserialize;

use super::support::{Fixture, assert_near, assert_same, golden};

/// The lowest and the highest noise level of SVD's schedule.
const SIGMAS: (f64, f64) = (0.002, 700.0);
/// Steps of the trajectories.
const STEPS: usize = 5;

#[derive(Deserialize)]
struct Numbers {
    karras: BTreeMap<String, Karras>,
    sinusoids: Vec<Sinusoid>,
}

#[derive(Deserialize)]
struct Karras {
    sigmas: Vec<f32>,
    timesteps: Vec<f32>,
    init_noise_sigma: f32,
}

#[derive(Deserialize)]
struct Sinusoid {
    value: f32,
    width: usize,
    vector: Vec<f32>,
}

fn numbers() -> Numbers {
    serde_json::from_slice(&std::fs::read(golden("sigmas.json")).unwrap()).unwrap()
}

fn karras(steps: usize) -> Schedule {
    Schedule::new(ScheduleKind::Karras, steps, SIGMAS.0, SIGMAS.1)
}

/// The distance between two floats of the same sign, in units in the last place.
fn ulps(a: f32, b: f32) -> u32 {
    a.to_bits().abs_diff(b.to_bits())
}

#[test]
fn karras_levels_are_those_of_diffusers() {
    for (steps, expected) in numbers().karras {
        let schedule = karras(steps.parse().unwrap());
        assert_eq!(schedule.steps() + 1, expected.sigmas.len());
        let levels: Vec<f32> = (0..expected.sigmas.len())
            .map(|i| schedule.sigma(i))
            .collect();
        assert_same(&format!("σ of {steps} steps"), &levels, &expected.sigmas);
        assert_same(
            "first scale",
            &[schedule.initial_scale()],
            &[expected.init_noise_sigma],
        );
        for (i, &timestep) in expected.timesteps.iter().enumerate() {
            let found = schedule.timestep(i);
            // torch's logarithm and the C library's each round within an ulp.
            assert!(
                ulps(found, timestep) <= 1,
                "step {i} of {steps}: {found} for {timestep}"
            );
        }
    }
}

#[test]
fn ays_levels_are_the_published_ones_and_geometric_means_between() {
    let ten = Schedule::new(ScheduleKind::Ays, 10, SIGMAS.0, SIGMAS.1);
    let twenty = Schedule::new(ScheduleKind::Ays, 20, SIGMAS.0, SIGMAS.1);
    let published = [
        700.0, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034,
    ];
    for (i, level) in published.into_iter().enumerate() {
        // A logarithm and an exponential in f64, then one rounding to f32.
        assert!(ulps(ten.sigma(i), level) <= 1, "{}", ten.sigma(i));
        assert!(
            ulps(twenty.sigma(2 * i), level) <= 1,
            "{}",
            twenty.sigma(2 * i)
        );
        let following: f32 = published.get(i + 1).copied().unwrap_or(0.002);
        let between = (level * following).sqrt();
        // As above, but the mean is rounded twice here.
        assert!(ulps(twenty.sigma(2 * i + 1), between) <= 2, "{between}");
    }
    assert_same(
        "the last level",
        &[ten.sigma(10), twenty.sigma(20)],
        &[0.0, 0.0],
    );
}

#[test]
fn sinusoids_are_those_of_diffusers() {
    for expected in numbers().sinusoids {
        let Sinusoid {
            value,
            width,
            vector,
        } = expected;
        let found = sinusoid(value, width);
        assert_eq!(found.len(), width);
        // An angle of up to 127 is known to half an ulp, 4e-6, and that is how far its cosine can be off.
        let bound = f64::from(value.abs().max(1.0) * f32::EPSILON) * 2.0;
        let mut worst = 0.0;
        for (i, (found, expected)) in found.iter().zip(&vector).enumerate() {
            let apart = f64::from((found - expected).abs());
            worst = apart.max(worst);
            assert!(
                apart <= bound,
                "sinusoid of {value}, {i}: {apart:e} over {bound:e}"
            );
        }
        println!("sinusoid of {value}: {worst:.1e} of {bound:.1e}");
    }
}

/// Follows a fixture's predictions from its noise, as the pipeline uses a sampler; returns the network's input before
/// each step and the latents after it.
fn walk(
    kind: SamplerKind,
    fixture: &Fixture,
    generator: &mut Generator,
) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut sampler = Sampler::new(kind, karras(STEPS));
    let levels: Vec<f32> = (0..=STEPS).map(|i| sampler.schedule().sigma(i)).collect();
    assert_same("σ of the fixture", &levels, &fixture.values("sigmas"));
    let scale = sampler.schedule().initial_scale();
    let mut latents: Vec<f32> = fixture.values("noise").iter().map(|n| n * scale).collect();
    (0..STEPS)
        .map(|k| {
            let seen = sampler.model_input(k, &latents);
            let v = fixture.values(&format!("v_{k:03}"));
            let _estimate = sampler.step(k, &mut latents, &v, generator);
            (seen, latents.clone())
        })
        .collect()
}

#[test]
fn euler_walks_diffusers_trajectory_bit_for_bit() {
    let fixture = Fixture::open("euler.safetensors");
    let path = walk(SamplerKind::Euler, &fixture, &mut Generator::seeded(0));
    for (k, (seen, latents)) in path.iter().enumerate() {
        assert_same(
            "model input",
            seen,
            &fixture.values(&format!("model_input_{k:03}")),
        );
        assert_same(
            "latents",
            latents,
            &fixture.values(&format!("latents_{k:03}")),
        );
    }
}

/// The reference computes in f64 and is rounded once. Ours rounds to f32 some five times per step, by 6e-8 each time,
/// and a step cancels most of the number it starts from. 6.8e-7 was measured.
const F64_REFERENCE_BOUND: f64 = 1e-6;

#[test]
fn ancestral_euler_walks_the_reference() {
    let fixture = Fixture::open("euler_ancestral.safetensors");
    assert_eq!(fixture.note("eta"), 1.0);
    // One generator drew the whole fixture: the noise, five predictions, then the fresh noise of each step.
    let mut generator = Generator::seeded(2);
    let count = fixture.values("noise").len();
    assert_same(
        "the first draw",
        &generator.normal(count),
        &fixture.values("noise"),
    );
    for _ in 0..STEPS {
        let _prediction = generator.normal(count);
    }
    let mut ahead = generator.clone();
    assert_same(
        "fresh noise",
        &ahead.normal(count),
        &fixture.values("fresh_000"),
    );

    let path = walk(SamplerKind::EulerAncestral, &fixture, &mut generator);
    for (k, (_, latents)) in path.iter().enumerate() {
        let expected = fixture.values(&format!("latents_{k:03}"));
        assert_near("ancestral Euler", latents, &expected, F64_REFERENCE_BOUND);
    }
    // The last step goes to zero noise, so it draws no noise.
    assert_same(
        "next draw",
        &generator.normal(count),
        &fixture.values("fresh_004"),
    );
}

#[test]
fn dpmpp_2m_walks_the_reference() {
    let fixture = Fixture::open("dpmpp_2m.safetensors");
    let path = walk(
        SamplerKind::DpmPlusPlus2M,
        &fixture,
        &mut Generator::seeded(0),
    );
    for (k, (_, latents)) in path.iter().enumerate() {
        let expected = fixture.values(&format!("latents_{k:03}"));
        assert_near("DPM++ 2M", latents, &expected, F64_REFERENCE_BOUND);
    }
}

#[test]
fn few_step_levels_are_those_of_the_published_scheduler() {
    let fixture = Fixture::open("few_steps.safetensors");
    for steps in [1, 2, 3, 4, 5, 6, 7, 8, 13, 20, 21, 40] {
        let schedule = Schedule::few_steps(steps, SIGMAS.0, SIGMAS.1);
        assert_eq!(schedule.steps(), steps);
        let sigmas: Vec<f32> = (0..=steps).map(|i| schedule.sigma(i)).collect();
        let name = |what: &str| format!("{steps}.{what}");
        assert_same("σ", &sigmas, &fixture.values(&name("sigmas")));
        let timesteps: Vec<f32> = (0..steps).map(|i| schedule.timestep(i)).collect();
        assert_same("timesteps", &timesteps, &fixture.values(&name("timesteps")));
        let first = [schedule.initial_scale()];
        assert_same("first scale", &first, &fixture.values(&name("init")));
    }
    assert_eq!(Schedule::few_steps(41, SIGMAS.0, SIGMAS.1).steps(), 40);
}

/// torch computes the square root of a single number with a power function, which is an ulp off for some noise levels;
/// the rest of the arithmetic is the same. 9e-8 was measured.
const ROOT_BOUND: f64 = 2e-7;

#[test]
fn few_steps_walk_the_published_trajectory() {
    let fixture = Fixture::open("few_steps.safetensors");
    for steps in [1, 4, 7] {
        let values = |what: String| fixture.values(&format!("{steps}.{what}"));
        let mut generator = Generator::seeded(steps as u64);
        let noise = values("noise".to_owned());
        assert_same("noise", &generator.normal(noise.len()), &noise);
        for k in 0..steps {
            let drawn = generator.normal(noise.len());
            assert_same("prediction", &drawn, &values(format!("v_{k:03}")));
        }
        let schedule = Schedule::few_steps(steps, SIGMAS.0, SIGMAS.1);
        let mut sampler = Sampler::new(SamplerKind::Lcm, schedule);
        let scale = sampler.schedule().initial_scale();
        let mut latents: Vec<f32> = noise.iter().map(|n| n * scale).collect();
        for k in 0..steps {
            let seen = sampler.model_input(k, &latents);
            let expected = values(format!("model_input_{k:03}"));
            assert_near("input", &seen, &expected, ROOT_BOUND);
            let v = values(format!("v_{k:03}"));
            let estimate = sampler.step(k, &mut latents, &v, &mut generator);
            let expected = values(format!("latents_{k:03}"));
            assert_near("latents", &latents, &expected, ROOT_BOUND);
            if k + 1 == steps {
                assert_same("the last estimate", &estimate, &latents);
            }
        }
    }
}

#[test]
fn guidance_rises_as_torch_counts() {
    // torch.linspace(min, max, frames) in float32.
    let cases: [(f32, f32, &[f32]); 4] = [
        (1.0, 2.5, &[1.0, 1.75, 2.5]),
        (1.0, 2.5, &[1.0, 2.5]),
        (
            1.2,
            3.7,
            &[
                1.2,
                1.616_666_7,
                2.033_333_3,
                2.45,
                2.866_666_8,
                3.283_333_3,
                3.7,
            ],
        ),
        (
            1.0,
            3.0,
            &[
                1.0,
                1.153_846_1,
                1.307_692_3,
                1.461_538_4,
                1.615_384_6,
                1.769_230_8,
                1.923_077,
                2.076_923_1,
                2.230_769_2,
                2.384_615_4,
                2.538_461_4,
                2.692_307_7,
                2.846_153_7,
                3.0,
            ],
        ),
    ];
    for (min, max, expected) in cases {
        let shape = GuidanceShape::Linear;
        let scales = Guidance { min, max, shape }.scales(expected.len());
        assert_eq!(scales.len(), expected.len());
        for (found, &expected) in scales.iter().zip(expected) {
            // torch rounds once if the CPU multiplies and adds in one instruction, and otherwise twice.
            assert!(
                ulps(*found, expected) <= 1,
                "{min} to {max}: {found} for {expected}"
            );
        }
    }
}

#[test]
fn guidance_moves_each_frame_by_its_own_scale() {
    let guidance = Guidance {
        min: 1.0,
        max: 2.5,
        shape: GuidanceShape::Linear,
    };
    let unconditional = [1.0, -2.0, 3.0, 0.5, 8.0, 0.0];
    let mut v = [2.0, 2.0, 1.0, 4.5, 4.0, 1.0];
    guidance.apply(&unconditional, &mut v, 3);
    // u + g·(c − u), where g is 1, 1.75 and 2.5 for two values each; all results are exact.
    assert_same("guided", &v, &[2.0, 2.0, -0.5, 7.5, -2.0, 2.5]);
    // diffusers skips the unconditional branch only if no frame is guided.
    assert!(guidance.is_active());
    assert!(
        !Guidance {
            max: 1.0,
            ..guidance
        }
        .is_active()
    );
}
