//! Where a UNet step's time goes on the CPU, operation by operation, at sizes of SVD's levels.
//!
//! `cargo bench --bench operations` prints medians of several runs; docs/performance.md keeps
//! figures with machine and date.

use burn::tensor::activation::{gelu, silu};
use burn::tensor::module::{attention, conv2d, layer_norm};
use burn::tensor::ops::{AttentionModuleOptions, ConvOptions};
use burn::tensor::{Device, Distribution, Tensor};
use kinora::engine::clock::now;
use kinora::kernels::temporal_attention;

/// Runs that are timed, after one that is not.
const RUNS: usize = 7;

fn main() {
    let device = Device::flex();
    let random = |shape: [usize; 4]| -> Tensor<4> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device)
    };
    let tokens = |shape: [usize; 3]| -> Tensor<3> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device)
    };

    let (a, b) = (tokens([1, 1024, 1024]), tokens([1, 1024, 1024]));
    bench("matmul 1024³", || a.clone().matmul(b.clone()));

    let (x, w) = (random([4, 320, 32, 32]), random([320, 320, 3, 3]));
    let same = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    bench("conv 3×3, 4×320×32×32 → 320", || {
        conv2d(x.clone(), w.clone(), None, same.clone())
    });

    let (x, w) = (random([1, 320, 14, 1024]), random([320, 320, 3, 1]));
    let over_frames = ConvOptions::new([1, 1], [1, 0], [1, 1], 1);
    bench("conv over 14 frames, 320×1024 → 320", || {
        conv2d(x.clone(), w.clone(), None, over_frames.clone())
    });

    let x = random([2, 5, 1024, 64]);
    bench("attention [2, 5, 1024, 64]", || {
        let options = AttentionModuleOptions::default();
        attention(x.clone(), x.clone(), x.clone(), None, None, options)
    });

    let x = tokens([14, 1024, 320]);
    bench(
        "attention over 14 frames, 1024 pixels, 5 heads of 64",
        || temporal_attention(x.clone(), x.clone(), x.clone(), 14, 5),
    );

    let (gamma, beta) = (Tensor::ones([320], &device), Tensor::zeros([320], &device));
    bench("layer norm [14, 1024, 320]", || {
        layer_norm(x.clone(), gamma.clone(), Some(beta.clone()), 1e-5)
    });

    let x = random([4, 320, 32, 32]);
    bench("SiLU, 1.3 M values", || silu(x.clone()));
    bench("GELU, 1.3 M values", || gelu(x.clone()));
    bench("add, 1.3 M values", || x.clone() + x.clone());
}

/// Prints the median time of `run` in milliseconds.
fn bench<const D: usize>(name: &str, run: impl Fn() -> Tensor<D>) {
    let _warm = run().into_data();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let began = now();
            let _result = run().into_data();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<55}{:>10.2} ms", times[RUNS / 2]);
}
