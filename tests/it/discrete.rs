//! Samplers with discrete schedules agree with diffusers': timesteps and noise levels to the last bit or one ulp, and
//! trajectories of a few steps with the prediction sin(x), for ε and v and every spacing.

use kinora::sampler::discrete::{BetaSchedule, DiscreteConfig, Prediction, Spacing};
use kinora::sampler::noise::Generator;
use kinora::sampler::{Sampler, SamplerKind};
use serde_json::Value;

use super::support::{Fixture, assert_near, assert_same};

/// Bound for trajectories: both sides compute in f32, in the same order. Powers and sines differ by an ulp.
const WALK_BOUND: f64 = 1e-6;

fn config(settings: &Value) -> DiscreteConfig {
    let word = |name: &str| settings.get(name).and_then(Value::as_str);
    let number = |name: &str| settings.get(name).and_then(Value::as_u64);
    let flag = |name: &str| settings.get(name).and_then(Value::as_bool);
    DiscreteConfig {
        train_steps: 1000,
        betas: (0.00085, 0.012),
        schedule: match word("beta_schedule") {
            Some("linear") => BetaSchedule::Linear,
            _ => BetaSchedule::ScaledLinear,
        },
        zero_terminal_snr: flag("rescale_betas_zero_snr").unwrap_or(false),
        prediction: match word("prediction_type") {
            Some("v_prediction") => Prediction::V,
            _ => Prediction::Epsilon,
        },
        spacing: match word("timestep_spacing") {
            Some("linspace") => Spacing::Linspace,
            Some("trailing") => Spacing::Trailing,
            _ => Spacing::Leading,
        },
        offset: number("steps_offset").unwrap_or(0) as usize,
        ends_at_one: flag("set_alpha_to_one").unwrap_or(true),
        ends_at_smallest: word("final_sigmas_type") == Some("sigma_min"),
        clip: flag("clip_sample").unwrap_or(false).then_some(1.0),
        original_steps: number("original_inference_steps").unwrap_or(50) as usize,
    }
}

#[test]
fn schedules_and_walks_are_those_of_diffusers() {
    let fixture = Fixture::open("sd/schedulers.safetensors");
    let cases = fixture.note("cases");
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 19);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let kind: SamplerKind = case["sampler"].as_str().unwrap().parse().unwrap();
        let steps = case["steps"].as_u64().unwrap() as usize;
        let mut config = config(&case["settings"]);
        if case["settings"].get("timestep_spacing").is_none()
            && matches!(kind, SamplerKind::Euler | SamplerKind::DpmPlusPlus2M)
        {
            config.spacing = Spacing::Linspace;
        }
        let mut sampler = Sampler::discrete(kind, &config, steps);
        let values = |what: &str| fixture.values(&format!("{name}.{what}"));
        let schedule = sampler.schedule();
        assert_eq!(schedule.steps(), steps, "{name}");
        let timesteps: Vec<f32> = (0..steps).map(|i| schedule.timestep(i)).collect();
        assert_same(
            &format!("{name}: timesteps"),
            &timesteps,
            &values("timesteps"),
        );
        let first = [schedule.initial_scale()];
        assert_same(&format!("{name}: first scale"), &first, &values("init"));
        if matches!(kind, SamplerKind::Euler | SamplerKind::DpmPlusPlus2M) {
            let sigmas: Vec<f32> = (0..=steps).map(|i| schedule.sigma(i)).collect();
            for (found, expected) in sigmas.iter().zip(values("sigmas")) {
                let apart = found.to_bits().abs_diff(expected.to_bits());
                assert!(apart <= 1, "{name}: σ {found} for {expected}");
            }
        }
        let mut generator = Generator::seeded(5);
        let mut latents: Vec<f32> = values("noise").iter().map(|n| n * first[0]).collect();
        for k in 0..steps {
            let seen = sampler.model_input(k, &latents);
            let what = format!("{name}, step {k}");
            assert_near(&what, &seen, &values(&format!("input_{k:03}")), WALK_BOUND);
            let predicted: Vec<f32> = seen.iter().map(|x| x.sin()).collect();
            let _estimate = sampler.step(k, &mut latents, &predicted, &mut generator);
            assert_near(
                &what,
                &latents,
                &values(&format!("latents_{k:03}")),
                WALK_BOUND,
            );
        }
    }
}
