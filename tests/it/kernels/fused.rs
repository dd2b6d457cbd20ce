//! - group norm with SiLU, layer norm, GEGLU and blends give what plain loops give: odd shapes, both storages, transposed views,
//!   one frame, groups of many slices, a mean far from zero, more than 65 535 workgroups
//! - so do the equivalent tensor operations on the CPU

use burn::tensor::{Device, FloatDType, Tensor};
use kinora::engine::device::adapters::Compiler;
use kinora::kernels::alpha_blend::{self, Part, alpha_blend};
use kinora::kernels::geglu::{self, geglu};
use kinora::kernels::group_norm_silu::{
    self, GroupNormParameters, NormActivation, group_norm_silu,
};

use kinora::kernels::layer_norm::{self, LayerNormParameters, layer_norm};

use super::{alone, devices, floats, numbers, poisoned, read, tensor, tensor_of};

/// Values are at most a few units; f32 stores them to seven digits, and the drivers' exp is good to six.
const F32_TOLERANCE: f64 = 2e-5;
/// f16: one rounding of results below 8, half of 2⁻⁷.
const F16_TOLERANCE: f64 = 4e-3;

fn tolerance(float: FloatDType) -> f64 {
    if float == FloatDType::F16 {
        F16_TOLERANCE
    } else {
        F32_TOLERANCE
    }
}

fn assert_near(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: as many values");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let apart = (f64::from(*found) - expected).abs();
        // Not `apart > tolerance`: a NaN that was never written must fail.
        assert!(
            apart <= tolerance,
            "{what}: value {at} is {found} and not {expected}"
        );
    }
}

/// Group normalisation of `[n, c, p]` as plain loops in f64.
fn group_norm_silu_oracle(
    x: &[f32],
    [n, c, p]: [usize; 3],
    (weight, bias): (&[f32], &[f32]),
    groups: usize,
    (eps, silu): (f64, bool),
) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    let size = c / groups * p;
    for group in 0..n * groups {
        let values = &x[group * size..(group + 1) * size];
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / size as f64;
        let spread = values.iter().map(|&v| (f64::from(v) - mean).powi(2));
        let scale = (spread.sum::<f64>() / size as f64 + eps).sqrt().recip();
        for (i, &value) in values.iter().enumerate() {
            let channel = group % groups * (c / groups) + i / p;
            let y = (f64::from(value) - mean) * scale * f64::from(weight[channel])
                + f64::from(bias[channel]);
            out[group * size + i] = if silu { y / (1.0 + (-y).exp()) } else { y };
        }
    }
    out
}

/// Layer normalisation of rows of `c` numbers, as plain loops in f64.
fn layer_norm_oracle(x: &[f32], c: usize, (weight, bias): (&[f32], &[f32]), eps: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(x.len());
    for row in x.chunks(c) {
        let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / c as f64;
        let spread = row.iter().map(|&v| (f64::from(v) - mean).powi(2));
        let scale = (spread.sum::<f64>() / c as f64 + eps).sqrt().recip();
        for (at, &value) in row.iter().enumerate() {
            let normal = (f64::from(value) - mean) * scale;
            out.push(normal * f64::from(weight[at]) + f64::from(bias[at]));
        }
    }
    out
}

/// The error function to the last digits of f64, by a series whose terms are all positive.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while term.abs() > sum.abs() * 1e-17 {
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

/// `value · gelu(gate)` of rows `[value, gate]`, as plain loops in f64.
fn geglu_oracle(x: &[f32], inner: usize) -> Vec<f64> {
    let gelu = |g: f64| g * 0.5 * (1.0 + erf(g / 2.0_f64.sqrt()));
    x.chunks(2 * inner)
        .flat_map(|row| {
            let (values, gates) = row.split_at(inner);
            let pairs = values.iter().zip(gates);
            pairs.map(|(&value, &gate)| f64::from(value) * gelu(f64::from(gate)))
        })
        .collect()
}

/// A weighted sum, element by element in f64.
fn alpha_blend_oracle(parts: &[(&[f32], f32)]) -> Vec<f64> {
    (0..parts[0].0.len())
        .map(|at| {
            let terms = parts.iter().map(|(x, w)| f64::from(x[at]) * f64::from(*w));
            terms.sum()
        })
        .collect()
}

/// `[n, c, a, b]` and groups: smaller versions of SVD's and Pocket's sizes, single numbers, rows that are not divisible
/// by four, groups of several slices in both lane widths.
const NORMS: [([usize; 4], usize); 8] = [
    ([2, 64, 4, 8], 32),
    ([3, 32, 5, 7], 32),
    ([1, 96, 1, 1], 32),
    ([1, 6, 3, 5], 2),
    ([1, 1, 1, 1], 1),
    ([2, 4, 100, 101], 2),
    ([1, 4, 99, 132], 2),
    ([1, 32, 25, 12], 32),
];

fn parameters(c: usize, groups: usize, device: &Device, float: FloatDType) -> GroupNormParameters {
    GroupNormParameters {
        weight: tensor_of(&numbers(31, c), [c], device, float),
        bias: tensor_of(&numbers(32, c), [c], device, float),
        groups,
        eps: 1e-5,
    }
}

#[test]
fn group_norm_gives_what_loops_give() {
    let _alone = alone();
    for device in devices() {
        let _poison = poisoned();
        for float in floats(&device) {
            for ([n, c, a, b], groups) in NORMS {
                for (activation, silu) in
                    [(NormActivation::None, false), (NormActivation::Silu, true)]
                {
                    let values = numbers(30, n * c * a * b);
                    let parameters = parameters(c, groups, &device.burn, float);
                    let x = tensor_of(&values, [n, c, a, b], &device.burn, float);
                    let out = group_norm_silu::shader(x, &parameters, activation);
                    let expected = group_norm_silu_oracle(
                        &values,
                        [n, c, a * b],
                        (&numbers(31, c), &numbers(32, c)),
                        groups,
                        (1e-5, silu),
                    );
                    assert_near(
                        &format!("{float:?} {:?} {:?}", device.compiler, [n, c, a, b]),
                        &read(out.expect("it is launched")),
                        &expected,
                        tolerance(float),
                    );
                }
            }
        }
    }
}

/// Frames `[f, c, h, w]` seen as `[1, c, f, s]`: rows are strided, and the statistics span the frames.
#[test]
fn group_norm_across_frames_reads_a_transposed_view() {
    let _alone = alone();
    for device in devices() {
        let _poison = poisoned();
        for (frames, c, pixels) in [(5, 32, 12), (14, 64, 35), (1, 32, 9), (25, 4, 700)] {
            let groups = c.min(32);
            let values = numbers(33, frames * c * pixels);
            let float = FloatDType::F32;
            let x = tensor_of(&values, [1, frames, c, pixels], &device.burn, float);
            let parameters = parameters(c, groups, &device.burn, float);
            let out = group_norm_silu::shader(x.swap_dims(1, 2), &parameters, NormActivation::Silu);
            let across: Vec<f32> = (0..c * frames * pixels)
                .map(|at| {
                    let (channel, rest) = (at / (frames * pixels), at % (frames * pixels));
                    values[(rest / pixels * c + channel) * pixels + rest % pixels]
                })
                .collect();
            let expected = group_norm_silu_oracle(
                &across,
                [1, c, frames * pixels],
                (&numbers(31, c), &numbers(32, c)),
                groups,
                (1e-5, true),
            );
            let what = format!("{:?} {frames} frames of {c}×{pixels}", device.compiler);
            assert_near(
                &what,
                &read(out.expect("it is launched")),
                &expected,
                F32_TOLERANCE,
            );
        }
    }
}

#[test]
fn group_norm_keeps_its_digits_far_from_zero() {
    let _alone = alone();
    let [n, c, a, b] = [1, 4, 99, 132];
    for device in devices() {
        // Numbers in [-2, 2) plus 3000: a sum of their squares in f32 would lose the variance entirely.
        let values: Vec<f32> = numbers(34, n * c * a * b)
            .iter()
            .map(|x| x + 3000.0)
            .collect();
        let parameters = parameters(c, 2, &device.burn, FloatDType::F32);
        let x = tensor_of(&values, [n, c, a, b], &device.burn, FloatDType::F32);
        let out = group_norm_silu::shader(x, &parameters, NormActivation::None);
        let expected = group_norm_silu_oracle(
            &values,
            [n, c, a * b],
            (&numbers(31, c), &numbers(32, c)),
            2,
            (1e-5, false),
        );
        let found = read(out.expect("it is launched"));
        // The mean, near 3000, is an f32, so it is off by up to 2⁻¹³, compared with a spread of 1.15.
        assert_near("far from zero", &found, &expected, 5e-4);
    }
}

fn layer_parameters(c: usize, device: &Device, float: FloatDType) -> LayerNormParameters {
    LayerNormParameters {
        weight: tensor_of(&numbers(46, c), [c], device, float),
        bias: tensor_of(&numbers(47, c), [c], device, float),
        eps: 1e-5,
    }
}

/// Rows shorter and longer than the 64 invocations that share one, with and without lanes of four, and values of a few
/// hundred, whose squares exceed the largest f16.
#[test]
fn layer_norm_gives_what_loops_give() {
    let _alone = alone();
    for device in devices() {
        let _poison = poisoned();
        for float in floats(&device) {
            for ([n, s, c], scale) in [
                ([2, 5, 64], 1.0),
                ([1, 1, 1], 1.0),
                ([3, 7, 5], 1.0),
                ([1, 9, 320], 256.0),
                ([2, 3, 1280], 256.0),
                ([1, 4, 258], 1.0),
            ] {
                let values: Vec<f32> = numbers(48, n * s * c).iter().map(|x| x * scale).collect();
                let parameters = layer_parameters(c, &device.burn, float);
                let x = tensor(&values, [n, s, c], &device.burn, float);
                let out = layer_norm::shader(x, &parameters);
                let expected =
                    layer_norm_oracle(&values, c, (&numbers(46, c), &numbers(47, c)), 1e-5);
                assert_near(
                    &format!("{float:?} {:?} {:?}", device.compiler, [n, s, c]),
                    &read(out.expect("it is launched")),
                    &expected,
                    tolerance(float),
                );
            }
        }
    }
}

#[test]
fn layer_norm_takes_slices_and_keeps_its_digits_far_from_zero() {
    let _alone = alone();
    let [n, s, c] = [2, 3, 64];
    for device in devices() {
        let _poison = poisoned();
        // Numbers in [-2, 2) plus 3000: a sum of their squares in f32 would lose the variance entirely.
        let values: Vec<f32> = numbers(49, n * s * c).iter().map(|x| x + 3000.0).collect();
        let float = FloatDType::F32;
        let parameters = layer_parameters(c, &device.burn, float);
        let x = tensor(&values, [n, s, c], &device.burn, float);
        let wide = Tensor::cat(vec![x.clone().mul_scalar(0.5), x], 2); // [n, s, 2·c]
        let out = layer_norm::shader(wide.narrow(2, c, c), &parameters);
        let expected = layer_norm_oracle(&values, c, (&numbers(46, c), &numbers(47, c)), 1e-5);
        let found = read(out.expect("it is launched"));
        // The mean, near 3000, is an f32, so it is off by up to 2⁻¹³, compared with a spread of 1.15.
        assert_near("far from zero", &found, &expected, 5e-4);
    }
}

#[test]
fn geglu_gives_what_loops_give() {
    let _alone = alone();
    for device in devices() {
        let _poison = poisoned();
        for float in floats(&device) {
            for [n, s, inner] in [[2, 5, 64], [1, 1, 1], [3, 7, 5], [1, 9, 30], [14, 3, 128]] {
                // Gates from -12 to 12, to test the tails too.
                let values: Vec<f32> = numbers(35, n * s * 2 * inner)
                    .iter()
                    .enumerate()
                    .map(|(at, x)| {
                        if at % (2 * inner) < inner {
                            *x
                        } else {
                            x * 6.0
                        }
                    })
                    .collect();
                let x = tensor(&values, [n, s, 2 * inner], &device.burn, float);
                let out = geglu::shader(x).expect("it is launched");
                // Products reach 24, of which f16 keeps half of 2⁻⁶.
                let tolerance = if float == FloatDType::F16 { 8e-3 } else { 2e-5 };
                assert_near(
                    &format!("{float:?} {:?} {:?}", device.compiler, [n, s, inner]),
                    &read(out),
                    &geglu_oracle(&values, inner),
                    tolerance,
                );
            }
        }
    }
}

#[test]
fn blends_give_what_loops_give() {
    let _alone = alone();
    let shapes = [[2, 3, 4, 8], [1, 1, 1, 1], [3, 2, 5, 7], [1, 14, 6, 36]];
    for device in devices() {
        let _poison = poisoned();
        for float in floats(&device) {
            for shape in shapes {
                let [i, j, k, l] = shape;
                let values = [36, 37, 38].map(|seed| numbers(seed, i * j * k * l));
                let part = |n: usize| tensor_of::<4>(&values[n], shape, &device.burn, float);
                // u is transposed in memory, as in the update across frames.
                let turned = part(1).swap_dims(1, 2);
                let copied = turned.clone().mul_scalar(1.0).reshape([i, k, j, l]);
                let weights = [0.25, 0.75, -1.5];
                for parts in [2, 3] {
                    let third = (parts == 3).then(|| Part::new(part(2), weights[2]));
                    let out = alpha_blend::shader(
                        Part::new(part(0), weights[0]),
                        Part::new(copied.clone().swap_dims(1, 2), weights[1]),
                        third,
                    );
                    let terms: Vec<(&[f32], f32)> = values
                        .iter()
                        .zip(weights)
                        .take(parts)
                        .map(|(values, weight)| (values.as_slice(), weight))
                        .collect();
                    assert_near(
                        &format!("{float:?} {:?} {shape:?}", device.compiler),
                        &read(out.expect("it is launched")),
                        &alpha_blend_oracle(&terms),
                        tolerance(float),
                    );
                }
            }
        }
    }
}

#[test]
fn fused_operations_go_past_65535_workgroups() {
    let _alone = alone();
    let wgsl = devices()
        .into_iter()
        .filter(|device| device.compiler == Compiler::Wgsl);
    for device in wgsl {
        let _poison = poisoned();
        let float = FloatDType::F32;
        // 2 049 samples of 32 groups, one slice each.
        let (n, c) = (2049, 32);
        let values = numbers(39, n * c * 3);
        let parameters = parameters(c, 32, &device.burn, float);
        let x = tensor_of(&values, [n, c, 1, 3], &device.burn, float);
        let out = group_norm_silu::shader(x, &parameters, NormActivation::Silu);
        let expected = group_norm_silu_oracle(
            &values,
            [n, c, 3],
            (&numbers(31, c), &numbers(32, c)),
            32,
            (1e-5, true),
        );
        let found = read(out.expect("it is launched"));
        assert_near("norms in a folded grid", &found, &expected, F32_TOLERANCE);

        // One row more than 65 535 workgroups of four rows hold.
        let (rows, c) = (65_535 * 4 + 1, 3);
        let values = numbers(50, rows * c);
        let x = tensor(&values, [1, rows, c], &device.burn, float);
        let out = layer_norm::shader(x, &layer_parameters(c, &device.burn, float));
        let found = read(out.expect("it is launched"));
        for row in [0, 1, 3, 4, rows / 2, rows - 2, rows - 1] {
            let row = row * c..(row + 1) * c;
            let parameters = (&*numbers(46, c), &*numbers(47, c));
            let expected = layer_norm_oracle(&values[row.clone()], c, parameters, 1e-5);
            assert_near("a folded layer norm", &found[row], &expected, F32_TOLERANCE);
        }
        assert!(found.iter().all(|x| x.is_finite()), "all are written");

        // One lane more than 65 535 workgroups of 256 hold, in rows that do not divide by four.
        let count = 65_535 * 256 + 1;
        let values = numbers(40, count);
        let x = tensor(&values, [1, count, 1], &device.burn, float);
        let both = Tensor::cat(vec![x.clone(), x.clone()], 2);
        let found = read(geglu::shader(both).expect("it is launched"));
        let ends = [0, 1, 255, 256, count / 2, count - 2, count - 1];
        for at in ends {
            let expected = geglu_oracle(&[values[at], values[at]], 1);
            assert_near("a folded GEGLU", &found[at..=at], &expected, F32_TOLERANCE);
        }
        assert!(found.iter().all(|x| x.is_finite()), "all are written");
        let out = alpha_blend::shader(Part::new(x.clone(), 0.5), Part::new(x, 2.0), None);
        let found = read(out.expect("it is launched"));
        for at in ends {
            let expected = alpha_blend_oracle(&[(&values[at..=at], 2.5)]);
            assert_near("a folded blend", &found[at..=at], &expected, F32_TOLERANCE);
        }
        assert!(found.iter().all(|x| x.is_finite()), "all are written");
    }
}

#[test]
fn tensor_operations_give_what_loops_give() {
    let cpu = Device::flex();
    let float = FloatDType::F32;
    for ([n, c, a, b], groups) in NORMS {
        let values = numbers(41, n * c * a * b);
        let parameters = parameters(c, groups, &cpu, float);
        let x = tensor_of(&values, [n, c, a, b], &cpu, float);
        let expected = group_norm_silu_oracle(
            &values,
            [n, c, a * b],
            (&numbers(31, c), &numbers(32, c)),
            groups,
            (1e-5, true),
        );
        for out in [
            group_norm_silu::reference(x.clone(), &parameters, NormActivation::Silu),
            group_norm_silu(x, &parameters, NormActivation::Silu),
        ] {
            assert_near("a norm", &read(out), &expected, F32_TOLERANCE);
        }
    }
    // The largest values are those of a real model, in both storages.
    for (float, scale) in [(FloatDType::F32, 1.0), (FloatDType::F16, 256.0)] {
        let c = 320;
        let values: Vec<f32> = numbers(51, 3 * 2 * c).iter().map(|x| x * scale).collect();
        let x = tensor(&values, [3, 2, c], &cpu, float);
        let expected = layer_norm_oracle(&values, c, (&numbers(46, c), &numbers(47, c)), 1e-5);
        let parameters = layer_parameters(c, &cpu, float);
        for out in [
            layer_norm::reference(x.clone(), &parameters),
            layer_norm(x, &parameters),
        ] {
            assert_near("a layer norm", &read(out), &expected, tolerance(float));
        }
    }
    let values = numbers(42, 3 * 7 * 10);
    let x = tensor(&values, [3, 7, 10], &cpu, float);
    for out in [geglu::reference(x.clone()), geglu(x)] {
        assert_near("a GEGLU", &read(out), &geglu_oracle(&values, 5), 2e-5);
    }
    let values = [43, 44, 45].map(|seed| numbers(seed, 24));
    let part = |n: usize, weight| Part::new(tensor(&values[n], [2, 3, 4], &cpu, float), weight);
    let parts = || (part(0, 1.0), part(1, 0.3), Some(part(2, 0.7)));
    let expected = alpha_blend_oracle(&[(&values[0], 1.0), (&values[1], 0.3), (&values[2], 0.7)]);
    let (s, u, r) = parts();
    assert_near("a blend", &read(alpha_blend(s, u, r)), &expected, 2e-6);
    let (s, u, r) = parts();
    let out = alpha_blend::reference(s, u, r);
    assert_near("a blend", &read(out), &expected, 2e-6);
}
