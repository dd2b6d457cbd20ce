//! - shaders give what plain loops give: odd shapes, both storages, poisoned outputs, more than 65 535 workgroups
//! - they accept slices of wider tensors and can alternate with burn's own kernels, whichever compiler burn uses
//! - the equivalent tensor operations give the same on the CPU

mod chunked;
mod fused;
mod steps;

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{DType, Device, FloatDType, Tensor, TensorData};
use kinora::engine::device::adapters::{Compiler, Opened};
use kinora::kernels::temporal_attention::{reference, shader, temporal_attention};
use kinora::kernels::{is_registered, poison_outputs};

use super::skip::{first_adapter, skip};

/// Tests run one at a time: poisoning affects the whole process, and drivers compile on many threads.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Devices to run on: the first adapter, with every compiler burn has for it.
fn devices() -> Vec<Opened> {
    let Some(adapter) = first_adapter() else {
        return Vec::new();
    };
    let opened: Vec<Opened> = adapter
        .compilers()
        .iter()
        .filter_map(|&compiler| {
            adapter
                .open(compiler)
                .map_err(|error| println!("not with {compiler}: {error}"))
                .ok()
        })
        .collect();
    if opened.is_empty() {
        skip("no compiler opens the first GPU adapter");
    }
    opened
}

/// Attention across frames as plain loops in f64; `q`, `k`, `v` are `[b·f, s, heads·d]`.
/// Returns the result of one problem: frame by frame, `d` numbers each.
fn temporal_attention_oracle(
    [q, k, v]: [&[f32]; 3],
    [frames, pixels, heads, dim]: [usize; 4],
    [clip, pixel, head]: [usize; 3],
) -> Vec<f64> {
    let at = |frame: usize, c: usize| {
        (((clip * frames + frame) * pixels + pixel) * heads + head) * dim + c
    };
    let mut out = Vec::new();
    for i in 0..frames {
        let mut weights = vec![0.0; frames];
        for (j, weight) in weights.iter_mut().enumerate() {
            let mut score = 0.0;
            for c in 0..dim {
                score += f64::from(q[at(i, c)]) * f64::from(k[at(j, c)]);
            }
            *weight = (score / (dim as f64).sqrt()).exp();
        }
        let total: f64 = weights.iter().sum();
        for c in 0..dim {
            let sum: f64 = (0..frames)
                .map(|j| weights[j] * f64::from(v[at(j, c)]))
                .sum();
            out.push(sum / total);
        }
    }
    out
}

/// Numbers in [-2, 2), all of them exact in f16, so that both storages start from the same values.
fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 22) as f32 / 256.0 - 2.0
        })
        .collect()
}

fn tensor(values: &[f32], shape: [usize; 3], device: &Device, float: FloatDType) -> Tensor<3> {
    tensor_of(values, shape, device, float)
}

fn tensor_of<const D: usize>(
    values: &[f32],
    shape: [usize; D],
    device: &Device,
    float: FloatDType,
) -> Tensor<D> {
    let data = TensorData::new(values.to_vec(), shape);
    Tensor::<D>::from_data(data, (device, DType::F32)).cast(float)
}

/// The storages that a device supports; f32 always.
fn floats(device: &Opened) -> Vec<FloatDType> {
    if device.f16 {
        return vec![FloatDType::F32, FloatDType::F16];
    }
    println!("not in f16: {:?} has none", device.compiler);
    vec![FloatDType::F32]
}

/// While this exists, outputs are NaN until they are written.
struct Poison;

fn poisoned() -> Poison {
    poison_outputs(true);
    Poison
}

impl Drop for Poison {
    fn drop(&mut self) {
        poison_outputs(false);
    }
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .cast(FloatDType::F32)
        .into_data()
        .iter::<f32>()
        .collect()
}

/// f32: sums of at most 128 products and 64 weights, and the drivers' exp, stay well under this.
const F32_TOLERANCE: f64 = 2e-5;
/// f16: the result, below 2, is rounded once to 11 bits: half of 2⁻¹⁰.
const F16_TOLERANCE: f64 = 6e-4;

fn tolerance(float: FloatDType) -> f64 {
    if float == FloatDType::F16 {
        F16_TOLERANCE
    } else {
        F32_TOLERANCE
    }
}

/// Compares some problems of a result with the oracle.
fn assert_right(
    actual: &[f32],
    inputs: [&[f32]; 3],
    sizes: [usize; 4],
    problems: impl Iterator<Item = [usize; 3]>,
    tolerance: f64,
    what: &str,
) {
    let [frames, pixels, heads, dim] = sizes;
    for [clip, pixel, head] in problems {
        let expected = temporal_attention_oracle(inputs, sizes, [clip, pixel, head]);
        for (n, expected) in expected.iter().enumerate() {
            let (frame, c) = (n / dim, n % dim);
            let at = (((clip * frames + frame) * pixels + pixel) * heads + head) * dim + c;
            let apart = (f64::from(actual[at]) - expected).abs();
            // Not `apart > tolerance`: a NaN that was never written must fail.
            assert!(
                apart <= tolerance,
                "{what}: clip {clip} frame {frame} pixel {pixel} head {head} [{c}] is {} and not {expected}",
                actual[at]
            );
        }
    }
}

/// `[clips, frames, pixels, heads, d]`: smaller versions of SVD's and Pocket's sizes, and awkward ones.
const SHAPES: [[usize; 5]; 14] = [
    [1, 14, 7, 5, 64],
    [2, 25, 5, 2, 64],
    [2, 8, 9, 3, 32],
    [1, 1, 1, 1, 64],
    [3, 1, 37, 2, 8],
    [2, 2, 3, 1, 64],
    [1, 64, 3, 1, 64],
    [1, 3, 11, 3, 40],
    [1, 16, 5, 8, 40],
    [2, 16, 3, 2, 80],
    [1, 16, 2, 3, 160],
    [1, 5, 2, 2, 5],
    [1, 2, 1, 1, 128],
    [2, 7, 9, 1, 1],
];

fn all_problems(clips: usize, pixels: usize, heads: usize) -> impl Iterator<Item = [usize; 3]> {
    (0..clips).flat_map(move |clip| {
        (0..pixels).flat_map(move |pixel| (0..heads).map(move |head| [clip, pixel, head]))
    })
}

#[test]
fn temporal_attention_gives_what_loops_give() {
    let _alone = alone();
    for device in devices() {
        assert!(is_registered(&device.burn), "an opened device runs shaders");
        poison_outputs(true);
        for float in floats(&device) {
            for [clips, frames, pixels, heads, dim] in SHAPES {
                let shape = [clips * frames, pixels, heads * dim];
                let count = shape.iter().product();
                let values = [1, 2, 3].map(|seed| numbers(seed, count));
                let [q, k, v] = values
                    .each_ref()
                    .map(|values| tensor(values, shape, &device.burn, float));
                let actual = read(shader(q, k, v, frames, heads).expect("it is launched"));
                assert_right(
                    &actual,
                    values.each_ref().map(Vec::as_slice),
                    [frames, pixels, heads, dim],
                    all_problems(clips, pixels, heads),
                    tolerance(float),
                    &format!("{float:?} {:?} {shape:?}", device.compiler),
                );
            }
        }
        poison_outputs(false);
    }
}

#[test]
fn temporal_attention_goes_past_65535_workgroups() {
    let _alone = alone();
    // Two problems of 64 frames fill a workgroup; this needs 65 537 workgroups.
    let [frames, pixels, heads, dim] = [64, 65_537, 2, 1];
    for device in devices()
        .into_iter()
        .filter(|device| device.compiler == Compiler::Wgsl)
    {
        let shape = [frames, pixels, heads * dim];
        let values = [4, 5, 6].map(|seed| numbers(seed, frames * pixels * heads * dim));
        let [q, k, v] = values
            .each_ref()
            .map(|values| tensor(values, shape, &device.burn, FloatDType::F32));
        poison_outputs(true);
        let actual = read(shader(q, k, v, frames, heads).expect("it is launched"));
        poison_outputs(false);
        assert!(
            actual.iter().all(|x| x.is_finite()),
            "some elements were not written"
        );
        let some = [0, 1, 32_767, 32_768, 32_769, 65_534, 65_535, 65_536];
        assert_right(
            &actual,
            values.each_ref().map(Vec::as_slice),
            [frames, pixels, heads, dim],
            some.into_iter()
                .flat_map(|pixel| [[0, pixel, 0], [0, pixel, 1]]),
            F32_TOLERANCE,
            "a folded grid",
        );
    }
}

#[test]
fn temporal_attention_takes_slices_of_a_wider_tensor() {
    let _alone = alone();
    let [frames, pixels, heads, dim] = [3, 5, 2, 64];
    let width = heads * dim;
    for device in devices() {
        let values = [7, 8, 9].map(|seed| numbers(seed, frames * pixels * width));
        let parts = values.each_ref().map(|values| {
            tensor(
                values,
                [frames, pixels, width],
                &device.burn,
                FloatDType::F32,
            )
        });
        let wide = Tensor::cat(parts.to_vec(), 2); // [f, s, 3·c]
        let part = |n: usize| wide.clone().narrow(2, n * width, width);
        let actual =
            read(shader(part(0), part(1), part(2), frames, heads).expect("it is launched"));
        assert_right(
            &actual,
            values.each_ref().map(Vec::as_slice),
            [frames, pixels, heads, dim],
            all_problems(1, pixels, heads),
            F32_TOLERANCE,
            "slices",
        );
    }
}

#[test]
fn inputs_may_come_from_another_thread() {
    let _alone = alone();
    let shape = [4, 6, 64];
    for device in devices() {
        for round in 0..10 {
            let values = numbers(20 + round, shape.iter().product());
            let burn = device.burn.clone();
            let (doubled, x) = std::thread::scope(|scope| {
                let made = scope.spawn(|| {
                    let x = tensor(&values, shape, &burn, FloatDType::F32);
                    (x.clone() * 2.0, x)
                });
                made.join().expect("it computes")
            });
            let out = shader(x.clone(), x, doubled, 1, 1).expect("it is launched");
            let expected: Vec<f32> = values.iter().map(|x| x * 2.0).collect();
            assert_eq!(read(out), expected, "{:?}", device.compiler);
        }
    }
}

#[test]
fn shaders_and_burns_own_kernels_alternate() {
    let _alone = alone();
    let shape = [6, 4, 64];
    for device in devices() {
        let values = numbers(10, shape.iter().product());
        let mut x = tensor(&values, shape, &device.burn, FloatDType::F32);
        for _ in 0..20 {
            // A single frame attends only to itself, so the result is v, and everything below is exact.
            let doubled = x.clone() * 2.0;
            x = shader(x.clone(), x, doubled, 1, 1).expect("it is launched") * 0.5;
        }
        assert_eq!(read(x), values, "{:?}", device.compiler);
    }
}

#[test]
fn the_tensor_operations_give_what_loops_give() {
    let cpu = Device::flex();
    for [clips, frames, pixels, heads, dim] in SHAPES {
        let shape = [clips * frames, pixels, heads * dim];
        let values = [11, 12, 13].map(|seed| numbers(seed, shape.iter().product()));
        let [q, k, v] = values
            .each_ref()
            .map(|values| tensor(values, shape, &cpu, FloatDType::F32));
        let chosen = read(temporal_attention(
            q.clone(),
            k.clone(),
            v.clone(),
            frames,
            heads,
        ));
        let actual = read(reference(q, k, v, frames, heads));
        assert_eq!(actual, chosen, "the CPU runs the tensor operations");
        assert_right(
            &actual,
            values.each_ref().map(Vec::as_slice),
            [frames, pixels, heads, dim],
            all_problems(clips, pixels, heads),
            F32_TOLERANCE,
            &format!("tensor operations {shape:?}"),
        );
    }
}
