//! The time that each operation of a pass takes on the CPU, at the sizes of SVD's levels: burn's own operations
//! compared with the fused ones.
//!
//! `cargo bench --bench operations` prints medians of several runs; docs/performance.md contains figures with machine
//! and date.

use burn::tensor::activation::{gelu, silu};
use burn::tensor::module::{attention, conv2d, linear};
use burn::tensor::ops::{AttentionModuleOptions, ConvOptions};
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use kinora::kernels::cpu::{Activation, Layout, Matrix};
use kinora::kernels::cpu_tensor::{self, AttentionAxis, Convolution, Recycling};
use kinora::kernels::group_norm_silu::{self, GroupNormParameters, NormActivation, NormReach};
use kinora::kernels::layer::{Epilogue, Prologue};
use kinora::kernels::temporal_attention;
use kinora::system::clock::now;

/// Number of timed runs; one untimed run comes first.
const RUNS: usize = 7;

fn main() {
    // As in a generation, where outputs reuse buffers.
    let _recycling = Recycling::begin();
    println!(
        "{:<52}{:>10}{:>12}{:>10}",
        "", "burn, ms", "Kinora, ms", "ratio"
    );
    products();
    convolutions();
    attentions();
    around_products();
}

fn cpu() -> Device {
    Device::flex()
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &cpu())
}

/// Numbers that f16 cannot represent, so that weights stay in f32.
fn values(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 % 1000) as f32 - 500.0) * 0.001_03)
        .collect()
}

fn products() {
    let x = random([1, 1024, 1024]);
    let weights = values(1024 * 1024);
    let placed = Tensor::<2>::from_data(TensorData::new(weights.clone(), [1024, 1024]), &cpu());
    let matrix = Matrix::of(&weights, Layout::linear(1024, 1024));
    compare(
        "matrix product 1024³",
        || linear(x.clone(), placed.clone(), None),
        || {
            cpu_tensor::linear(
                x.clone(),
                &matrix,
                None,
                Prologue::Nothing,
                Epilogue::default(),
            )
        },
    );

    let (tokens, width, inner) = (4096, 320, 1280);
    let x = random([1, tokens, width]);
    let (first, second) = (values(width * 2 * inner), values(inner * width));
    let place = |values: &[f32], shape| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &cpu())
    };
    let (gate, out) = (
        place(&first, [width, 2 * inner]),
        place(&second, [inner, width]),
    );
    let packed = (
        Matrix::of(&first, Layout::gated(width, 2 * inner)),
        Matrix::of(&second, Layout::linear(inner, width)),
    );
    compare(
        "GEGLU feed-forward, 4096 tokens of 320",
        || {
            let both = linear(x.clone(), gate.clone(), None);
            let value = both.clone().narrow(2, 0, inner);
            linear(
                value * gelu(both.narrow(2, inner, inner)),
                out.clone(),
                None,
            )
        },
        || {
            let (gate, out) = ((&packed.0, None), (&packed.1, None));
            cpu_tensor::feed_forward(x.clone(), gate, out, Prologue::Nothing, Epilogue::default())
        },
    );
}

fn convolutions() {
    let channels = 320;
    let norm = GroupNormParameters {
        weight: Tensor::ones([channels], &cpu()),
        bias: Tensor::zeros([channels], &cpu()),
        groups: 32,
        eps: 1e-5,
    };
    for (name, frames, size, kernel) in [
        ("conv 3×3, 4×320×32×32 → 320", 4, [32, 32], [3, 3]),
        ("conv over 14 frames, 320×1024 → 320", 1, [14, 1024], [3, 1]),
    ] {
        let [h, w] = size;
        let taps = kernel[0] * kernel[1];
        let weights = values(channels * channels * taps);
        let shape = [channels, channels, kernel[0], kernel[1]];
        let placed = Tensor::<4>::from_data(TensorData::new(weights.clone(), shape), &cpu());
        let matrix = Matrix::of(&weights, Layout::convolution(channels, channels, taps));
        let padding = kernel.map(|taps| taps / 2);
        let ours = Convolution {
            weights: &matrix,
            bias: None,
            kernel,
            stride: 1,
            padding,
            padded: padding.map(|side| 2 * side),
            enlarged: None,
        };
        let options = ConvOptions::new([1, 1], padding, [1, 1], 1);
        let planes = random([frames, channels, h, w]);
        // The layout of the fused operations' outputs: channels last.
        let pixels = random([frames, h, w, channels]).permute([0, 3, 1, 2]);
        compare(
            name,
            || conv2d(planes.clone(), placed.clone(), None, options.clone()),
            || ours.run(vec![pixels.clone()], Prologue::Nothing, Epilogue::default()),
        );
        compare(
            &format!("norm, SiLU and {name}"),
            || {
                let normal =
                    group_norm_silu::reference(planes.clone(), &norm, NormActivation::Silu);
                conv2d(normal, placed.clone(), None, options.clone())
            },
            || {
                let before = Prologue::Group(&norm, NormActivation::Silu, NormReach::Frame);
                ours.run(vec![pixels.clone()], before, Epilogue::default())
            },
        );
    }
}

fn attentions() {
    let x = random([2, 1024, 320]);
    let heads = x.clone().reshape([2, 1024, 5, 64]).swap_dims(1, 2);
    let options = AttentionModuleOptions::default();
    compare(
        "attention [2, 5, 1024, 64]",
        || {
            attention(
                heads.clone(),
                heads.clone(),
                heads.clone(),
                None,
                None,
                options,
            )
        },
        || cpu_tensor::attention([x.clone(), x.clone(), x.clone()], AttentionAxis::Pixels, 5),
    );
    let x = random([14, 1024, 320]);
    compare(
        "attention over 14 frames, 1024 pixels, 5 heads of 64",
        || temporal_attention::reference(x.clone(), x.clone(), x.clone(), 14, 5),
        || {
            cpu_tensor::attention(
                [x.clone(), x.clone(), x.clone()],
                AttentionAxis::Frames(14),
                5,
            )
        },
    );
}

/// Operations that the CPU computes as part of the adjacent product instead of separately. The matrix is so narrow that
/// the product itself costs almost nothing.
fn around_products() {
    let x = random([1, 4096, 320]);
    let narrow = Matrix::of(&values(320 * 32), Layout::linear(320, 32));
    let wide = Matrix::of(&values(32 * 320), Layout::linear(32, 320));
    let few = random([1, 4096, 32]);
    compare(
        "SiLU, 1.3 M values (ours: with a product 32 → 320)",
        || silu(x.clone()),
        || {
            cpu_tensor::linear(
                few.clone(),
                &wide,
                None,
                Prologue::Nothing,
                Epilogue::curved(Activation::Silu),
            )
        },
    );
    let planes = random([4, 320, 32, 32]);
    let pixels = random([4, 32, 32, 320]).permute([0, 3, 1, 2]);
    let norm = GroupNormParameters {
        weight: Tensor::ones([320], &cpu()),
        bias: Tensor::zeros([320], &cpu()),
        groups: 32,
        eps: 1e-5,
    };
    let ours = Convolution {
        weights: &narrow,
        bias: None,
        kernel: [1, 1],
        stride: 1,
        padding: [0, 0],
        padded: [0, 0],
        enlarged: None,
    };
    compare(
        "norm and SiLU, 1.3 M values (ours: with 320 → 32)",
        || group_norm_silu::reference(planes.clone(), &norm, NormActivation::Silu),
        || {
            let before = Prologue::Group(&norm, NormActivation::Silu, NormReach::Frame);
            ours.run(vec![pixels.clone()], before, Epilogue::default())
        },
    );
}

/// Prints the median times of both in milliseconds.
fn compare<const D: usize, const E: usize>(
    name: &str,
    burn: impl Fn() -> Tensor<D>,
    ours: impl Fn() -> Tensor<E>,
) {
    let (burn, ours) = (median(burn), median(ours));
    println!("{name:<52}{burn:>10.2}{ours:>12.2}{:>10.2}", ours / burn);
}

fn median<const D: usize>(run: impl Fn() -> Tensor<D>) -> f64 {
    drop(run());
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let began = now();
            drop(run());
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}
