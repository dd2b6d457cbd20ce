//! - an Euler step with guidance, previews and frames as bytes give what plain loops give: odd shapes, both storages,
//!   numbers that are not finite, more than 65 535 workgroups (except frames: software drivers allow no buffer so
//!   large)
//! - so do the equivalent tensor operations on the CPU

use burn::tensor::{Device, FloatDType};
use kinora::engine::device::adapters::Compiler;
use kinora::kernels::euler_step::{self, EulerStep, Levels};
use kinora::kernels::{frame_to_rgba8, latent_preview};

use super::{alone, devices, floats, numbers, poisoned, read, tensor_of};

const LEVELS: [Levels; 3] = [
    Levels {
        sigma: 700.0,
        next: 480.0,
    },
    Levels {
        sigma: 1.5,
        next: 0.7,
    },
    Levels {
        sigma: 0.002,
        next: 0.0,
    },
];

/// One step in f64: the next latents and the estimate of the clean ones.
fn euler_step_oracle(
    x: &[f32],
    c: &[f32],
    u: Option<&[f32]>,
    scales: &[f32],
    Levels { sigma, next }: Levels,
) -> (Vec<f64>, Vec<f64>) {
    let (sigma, next) = (f64::from(sigma), f64::from(next));
    let per_frame = x.len() / scales.len();
    (0..x.len())
        .map(|at| {
            let (x, c) = (f64::from(x[at]), f64::from(c[at]));
            let v = u.map_or(c, |u| {
                let u = f64::from(u[at]);
                u + f64::from(scales[at / per_frame]) * (c - u)
            });
            let variance = sigma * sigma + 1.0;
            let clean = x / variance - sigma / variance.sqrt() * v;
            (x + (x - clean) / sigma * (next - sigma), clean)
        })
        .unzip()
}

/// Latents are as large as the noise level, so the tolerance is relative to `size`.
fn assert_step(what: &str, found: EulerStep, expected: &(Vec<f64>, Vec<f64>), size: f64) {
    for (name, found, expected) in [
        ("latents", read(found.latents), &expected.0),
        ("denoised", read(found.denoised), &expected.1),
    ] {
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            let apart = (f64::from(*found) - expected).abs();
            // A few roundings of f32.
            assert!(
                apart <= 1e-6 * size,
                "{what}: {name} {at} is {found} and not {expected}"
            );
        }
    }
}

#[test]
fn an_euler_step_gives_what_loops_give() {
    let _alone = alone();
    let cpu = Device::flex();
    let mut places = vec![(cpu, vec![FloatDType::F32], true)];
    for device in devices() {
        places.push((device.burn.clone(), floats(&device), false));
    }
    for (device, floats, is_cpu) in places {
        let _poison = poisoned();
        for float in floats {
            for shape in [[3, 4, 5, 7], [1, 8, 10, 16], [25, 1, 1, 1]] {
                let count = shape.iter().product();
                let scales: Vec<f32> = (0..shape[0]).map(|f| 1.0 + 0.2 * f as f32).collect();
                for levels in LEVELS {
                    let large: Vec<f32> = numbers(50, count)
                        .iter()
                        .map(|x| x * levels.sigma.max(1.0))
                        .collect();
                    let (c, u) = (numbers(51, count), numbers(52, count));
                    for guided in [false, true] {
                        let x = tensor_of(&large, shape, &device, FloatDType::F32);
                        let branch = |values: &[f32]| tensor_of::<4>(values, shape, &device, float);
                        let other = guided.then(|| branch(&u));
                        let found = if is_cpu {
                            euler_step::euler_step(x, branch(&c), other, &scales, levels)
                        } else {
                            euler_step::shader(x, branch(&c), other, &scales, levels)
                                .expect("it is launched")
                        };
                        let without = guided.then_some(u.as_slice());
                        let expected = euler_step_oracle(&large, &c, without, &scales, levels);
                        // Guidance up to 5.8 on differences up to 4, times σ.
                        let size = f64::from(levels.sigma.max(1.0)) * 24.0;
                        assert_step(&format!("{float:?} {levels:?}"), found, &expected, size);
                    }
                }
            }
        }
    }
}

/// Packed pixels of a linear map, in f64, not yet rounded.
fn latent_preview_oracle(x: &[f32], [f, c, p]: [usize; 3], rows: &[Vec<f32>; 3]) -> Vec<[f64; 3]> {
    let mut out = Vec::new();
    for frame in 0..f {
        for pixel in 0..p {
            out.push([0, 1, 2].map(|k| {
                let row = &rows[k];
                let products = (0..c).map(|channel| {
                    f64::from(row[channel]) * f64::from(x[(frame * c + channel) * p + pixel])
                });
                products.sum::<f64>() + f64::from(row[c])
            }));
        }
    }
    out
}

fn assert_preview(what: &str, found: &[u8], expected: &[[f64; 3]]) {
    assert_eq!(found.len(), expected.len() * 4, "{what}: four bytes each");
    for (at, (found, expected)) in found.chunks(4).zip(expected).enumerate() {
        for k in 0..3 {
            let apart = (f64::from(found[k]) - expected[k].clamp(0.0, 255.0)).abs();
            // Half a level is rounding; the rest is f32.
            assert!(
                apart <= 0.501,
                "{what}: pixel {at} is {found:?} and not {expected:?}"
            );
        }
        assert_eq!(found[3], 255, "{what}: pixel {at} is opaque");
    }
}

#[test]
fn previews_give_what_loops_give() {
    let _alone = alone();
    for [f, c, h, w] in [[2, 4, 9, 16], [1, 8, 5, 3], [3, 1, 1, 1]] {
        let values = numbers(53, f * c * h * w);
        // Some shades are outside the range of a byte.
        let rows = [54, 55, 56].map(|seed| {
            let mut row: Vec<f32> = numbers(seed, c).iter().map(|x| x * 40.0).collect();
            row.push(120.0);
            row
        });
        let expected = latent_preview_oracle(&values, [f, c, h * w], &rows);
        let cpu = tensor_of(&values, [f, c, h, w], &Device::flex(), FloatDType::F32);
        let found = latent_preview(cpu, &rows).expect("it is read back");
        assert_preview("tensor operations", &found, &expected);
        for device in devices() {
            let _poison = poisoned();
            for float in floats(&device) {
                let x = tensor_of(&values, [f, c, h, w], &device.burn, float);
                let found = latent_preview::shader(x, &rows).expect("it is launched");
                let what = format!("{float:?} {:?}", device.compiler);
                assert_preview(&what, &found, &expected);
            }
        }
    }
}

/// The bytes of one pixel, as diffusers' `numpy_to_pil` rounds them.
fn frame_to_rgba8_oracle(rgb: [f32; 3]) -> [u8; 4] {
    if rgb.iter().any(|value| !value.is_finite()) {
        return [0; 4];
    }
    let [red, green, blue] = rgb.map(|value| {
        let shade = (value / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0;
        shade.round_ties_even() as u8
    });
    [red, green, blue, 255]
}

#[test]
fn frames_become_the_bytes_that_loops_give() {
    let _alone = alone();
    for [f, h, w] in [[2, 5, 7], [1, 1, 1], [1, 16, 64]] {
        let p = h * w;
        let mut values = numbers(57, f * 3 * p);
        // Includes every shade half-way between two levels, and values that are not numbers.
        for (at, value) in values.iter_mut().enumerate().take(200) {
            *value = at as f32 / 127.5 - 1.0;
        }
        if p > 8 {
            let last = values.len();
            values[last - 1] = f32::NAN;
            values[last - 2] = f32::INFINITY;
            values[last - 3] = f32::NEG_INFINITY;
            values[last - 4] = 7.0;
        }
        let places = devices();
        let places = places.iter().map(|device| (&device.burn, true));
        let cpu = Device::flex();
        for (device, is_gpu) in places.chain([(&cpu, false)]) {
            let _poison = poisoned();
            let x = tensor_of(&values, [f, 3, h, w], device, FloatDType::F32);
            let found = if is_gpu {
                frame_to_rgba8::shader(x).expect("it is launched")
            } else {
                frame_to_rgba8(x).expect("it is read back")
            };
            assert_eq!(found.len(), f * p * 4);
            for (at, found) in found.chunks(4).enumerate() {
                let rgb = [0, 1, 2].map(|k| values[(at / p * 3 + k) * p + at % p]);
                assert_eq!(found, frame_to_rgba8_oracle(rgb), "pixel {at}, {rgb:?}");
            }
        }
    }
}

#[test]
fn steps_go_past_65535_workgroups() {
    let _alone = alone();
    let wgsl = devices()
        .into_iter()
        .filter(|device| device.compiler == Compiler::Wgsl);
    for device in wgsl {
        let _poison = poisoned();
        let float = FloatDType::F32;
        // One pixel more than 65 535 workgroups of 256 hold.
        let count = 65_535 * 256 + 1;
        let ends = [0, 1, 255, 256, count / 2, count - 2, count - 1];
        let values = numbers(58, count);
        let x = tensor_of(&values, [1, 1, 1, count], &device.burn, float);
        let stepped = euler_step::shader(x.clone(), x.clone(), None, &[1.0], LEVELS[1]);
        let found = read(stepped.expect("it is launched").latents);
        for at in ends {
            let one = [values[at]];
            let expected = euler_step_oracle(&one, &one, None, &[1.0], LEVELS[1]).0[0];
            let apart = (f64::from(found[at]) - expected).abs();
            assert!(apart < 1e-5, "{at} is {} and not {expected}", found[at]);
        }
        let rows = [60.0, -30.0, 5.0].map(|factor| vec![factor, 128.0]);
        let found = latent_preview::shader(x.clone(), &rows).expect("it is launched");
        for at in ends {
            let expected = latent_preview_oracle(&values[at..=at], [1, 1, 1], &rows);
            assert_preview("a folded grid", &found[at * 4..at * 4 + 4], &expected);
        }
    }
}
