//! - products on the CPU agree with plain loops in f64: odd sizes, strides, upsampling, two inputs, every preceding
//!   norm and every following sum, with every instruction set, on one thread and on many
//! - attention agrees too, among pixels and among frames, and every output is written
//! - with `KINORA_REFERENCE=1` the program uses plain tensor operations, and the frames are the same

mod attention;
mod oracle;
mod program;

use kinora::kernels::cpu::{
    Activation, GemmEpilogue, GemmPrologue, Grid, Groups, Layout, Matrix, Product, SimdLevel,
    Window, add_rows, scale_and_shift,
};
use oracle::{assert_close, numbers};

/// A convolution to check, with the channels of one input or of two concatenated ones.
struct Case {
    inputs: &'static [usize],
    outputs: usize,
    frames: usize,
    size: [usize; 2],
    window: Window,
}

fn same(kernel: [usize; 2], [h, w]: [usize; 2]) -> Window {
    Window::same(kernel, h, w)
}

fn cases() -> Vec<Case> {
    let case = |inputs, outputs, frames, size, window| Case {
        inputs,
        outputs,
        frames,
        size,
        window,
    };
    vec![
        case(&[1], 1, 1, [1, 1], same([1, 1], [1, 1])),
        case(&[7], 5, 1, [1, 1], same([3, 3], [1, 1])),
        case(&[3], 33, 2, [5, 7], same([3, 3], [5, 7])),
        case(&[37], 65, 3, [9, 4], same([3, 3], [9, 4])),
        // More terms than one pass through the registers, and more pixels than one block.
        case(&[301], 40, 1, [16, 17], same([1, 1], [16, 17])),
        case(&[20, 13], 31, 2, [6, 5], same([3, 3], [6, 5])),
        // Over frames: each frame is one row of pixels.
        case(&[19], 32, 1, [7, 11], same([3, 1], [7, 11])),
        case(&[8], 4, 1, [1, 300], same([3, 1], [1, 300])),
        // Stride 2, an odd size, zero padding on all sides.
        case(
            &[6],
            9,
            2,
            [7, 5],
            Window {
                stride: 2,
                out: [4, 3],
                ..same([3, 3], [7, 5])
            },
        ),
        // Stride 2, zero padding only below and to the right.
        case(
            &[6],
            9,
            1,
            [8, 6],
            Window {
                stride: 2,
                padding: [0, 0],
                out: [4, 3],
                ..same([3, 3], [8, 6])
            },
        ),
        // Nearest-neighbour upsampling first, to twice the height and one less than twice the width.
        case(
            &[5],
            6,
            2,
            [3, 4],
            Window {
                enlarged: [6, 7],
                out: [6, 7],
                ..same([3, 3], [3, 4])
            },
        ),
        // Patches that do not overlap.
        case(
            &[3],
            48,
            1,
            [28, 28],
            Window {
                stride: 14,
                padding: [0, 0],
                out: [2, 2],
                ..same([14, 14], [28, 28])
            },
        ),
    ]
}

/// Tolerance of f32 sums of `terms` products of numbers up to 2 and 1, compared with f64: each rounding is at most half
/// of 2⁻²³ of a partial sum that stays within a few times √terms.
fn tolerance(terms: usize) -> f64 {
    2e-6 * (terms as f64).sqrt().max(1.0) * 4.0
}

#[test]
fn convolutions_are_what_plain_loops_give() {
    for isa in SimdLevel::available() {
        for (number, case) in cases().iter().enumerate() {
            let [h, w] = case.size;
            let channels: usize = case.inputs.iter().sum();
            let values: Vec<Vec<f32>> = (case.inputs.iter().zip(1..))
                .map(|(c, seed)| numbers(seed, case.frames * h * w * c))
                .collect();
            let grids: Vec<Grid<'_>> = (values.iter().zip(case.inputs))
                .map(|(values, &channels)| Grid {
                    values,
                    frames: case.frames,
                    height: h,
                    width: w,
                    channels,
                })
                .collect();
            let taps = case.window.taps();
            let mut weights = numbers(9, case.outputs * channels * taps);
            if number % 2 == 1 {
                // Not representable in f16, so these weights are stored in f32.
                weights.iter_mut().for_each(|w| *w *= 0.300_1);
            }
            let matrix = Matrix::of(&weights, Layout::convolution(channels, case.outputs, taps));
            let expected = oracle::convolution(&grids, &case.window, &weights, case.outputs);
            let mut out = vec![f32::NAN; expected.len()];
            let product = Product {
                inputs: &grids,
                prepare: GemmPrologue::Nothing,
                window: &case.window,
                weights: &matrix,
                finish: GemmEpilogue::default(),
            };
            product.run(isa, &mut out);
            let what = format!("case {number} with {isa:?}");
            assert_close(&what, &out, &expected, tolerance(channels * taps));
        }
    }
}

#[test]
fn norms_before_and_sums_after_belong_to_the_product() {
    let (frames, h, w, channels, outputs) = (3, 5, 6, 24, 50);
    let x = numbers(1, frames * h * w * channels);
    let grid = Grid {
        values: &x,
        frames,
        height: h,
        width: w,
        channels,
    };
    let window = Window::same([3, 3], h, w);
    let weights = numbers(2, outputs * channels * 9);
    let matrix = Matrix::of(&weights, Layout::convolution(channels, outputs, 9));
    let (weight, bias) = (numbers(3, channels), numbers(4, channels));
    let norm = Groups {
        weight: &weight,
        bias: &bias,
        groups: 8,
        eps: 1e-5,
        across: false,
    };
    let size = frames * h * w * outputs;
    let (shift, first, second) = (numbers(5, outputs), numbers(6, size), numbers(7, size));
    for isa in SimdLevel::available() {
        let [scale, offset] = scale_and_shift(isa, &[grid], &norm);
        let finish = GemmEpilogue {
            bias: Some(&shift),
            curve: Activation::Straight,
            weight: 0.25,
            kept: Some(0.5),
            plus: &[(1.5, &first), (-0.75, &second)],
        };
        let product = Product {
            inputs: &[grid],
            prepare: GemmPrologue::Channels {
                scale: &scale,
                shift: &offset,
                silu: true,
            },
            window: &window,
            weights: &matrix,
            finish,
        };
        let mut out = vec![3.0; size];
        product.run(isa, &mut out);

        let normal = oracle::group_norm_silu(&x, [frames, h * w, channels], &norm);
        let inner = Grid {
            values: &normal,
            ..grid
        };
        let expected: Vec<f64> = oracle::convolution(&[inner], &window, &weights, outputs)
            .iter()
            .enumerate()
            .map(|(i, sum)| {
                let sum = 0.25 * (sum + f64::from(shift[i % outputs])) + 0.5 * 3.0;
                sum + 1.5 * f64::from(first[i]) - 0.75 * f64::from(second[i])
            })
            .collect();
        assert_close(
            &format!("{isa:?}"),
            &out,
            &expected,
            tolerance(channels * 9),
        );
    }
}

/// Statistics over all frames are those of one frame with the pixels of all.
#[test]
fn statistics_across_frames_are_those_of_all_pixels() {
    let (frames, pixels, channels) = (3, 10, 64);
    // Frames of different means: statistics by frame would be far off.
    let x = numbers(1, frames * pixels * channels)
        .into_iter()
        .enumerate();
    let x: Vec<f32> = x
        .map(|(i, v)| v + (i / (pixels * channels)) as f32)
        .collect();
    let (weight, bias) = (numbers(3, channels), numbers(4, channels));
    let norm = |across| Groups {
        weight: &weight,
        bias: &bias,
        groups: 32,
        eps: 1e-5,
        across,
    };
    let grid = |frames, height| Grid {
        values: &x,
        frames,
        height,
        width: 5,
        channels,
    };
    let together = grid(1, frames * pixels / 5);
    for isa in SimdLevel::available() {
        let expected = scale_and_shift(isa, &[together], &norm(false));
        let found = scale_and_shift(isa, &[grid(frames, pixels / 5)], &norm(true));
        let by_frame = scale_and_shift(isa, &[grid(frames, pixels / 5)], &norm(false));
        for (found, expected) in found.iter().zip(&expected) {
            for frame in found.chunks(channels) {
                for (found, expected) in frame.iter().zip(expected) {
                    // Sums in f64 in another order, rounded once.
                    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0));
                }
            }
        }
        let apart = by_frame[1]
            .iter()
            .zip(&found[1])
            .map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) > 0.1, "the frames differ");
    }
}

#[test]
fn a_large_mean_does_not_drown_the_variance() {
    // Values around 1000 with a spread of 1: sums of squares in f32 would preserve only two digits of the variance.
    let x: Vec<f32> = numbers(1, 1000 * 32).iter().map(|v| 1000.0 + v).collect();
    let ones = vec![1.0; 32];
    let zeros = vec![0.0; 32];
    let norm = Groups {
        weight: &ones,
        bias: &zeros,
        groups: 32,
        eps: 0.0,
        across: false,
    };
    let grid = Grid {
        values: &x,
        frames: 1,
        height: 10,
        width: 100,
        channels: 32,
    };
    for isa in SimdLevel::available() {
        let [scale, shift] = scale_and_shift(isa, &[grid], &norm);
        for channel in 0..32 {
            let column = || x.iter().skip(channel).step_by(32).map(|&v| f64::from(v));
            let mean = column().sum::<f64>() / 1000.0;
            let variance = column().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 1000.0;
            let exact = variance.sqrt().recip();
            // Sums of 64 differences in f32 have a relative error of about 1e-6.
            assert!((f64::from(scale[channel]) / exact - 1.0).abs() < 1e-6);
            assert!((f64::from(shift[channel]) / (mean * exact) + 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn layers_on_tokens_norm_gate_and_curve() {
    let (tokens, width, inner) = (75, 40, 52);
    let x = numbers(1, tokens * width);
    let grid = Grid {
        values: &x,
        frames: 1,
        height: 1,
        width: tokens,
        channels: width,
    };
    let window = Window::single(1, tokens);
    let (weight, bias) = (numbers(2, width), numbers(3, width));
    let weights = numbers(4, 2 * inner * width);
    let biases = numbers(5, 2 * inner);
    let normal = oracle::layer_norm(&x, &weight, &bias, 1e-5);
    let products = oracle::linear(&normal, &weights, width);
    let sums = |token: usize, output: usize| {
        products[token * 2 * inner + output] + f64::from(biases[output])
    };
    for isa in SimdLevel::available() {
        let run = |matrix: &Matrix, curve: Activation, columns: usize| {
            let mut out = vec![f32::NAN; tokens * columns];
            let product = Product {
                inputs: &[grid],
                prepare: GemmPrologue::Pixels {
                    weight: &weight,
                    bias: &bias,
                    eps: 1e-5,
                },
                window: &window,
                weights: matrix,
                finish: GemmEpilogue {
                    bias: Some(&biases),
                    curve,
                    ..GemmEpilogue::default()
                },
            };
            product.run(isa, &mut out);
            out
        };
        let gated = run(
            &Matrix::of(&weights, Layout::gated(width, 2 * inner)),
            Activation::Gated,
            inner,
        );
        let expected: Vec<f64> = (0..tokens * inner)
            .map(|i| {
                let (token, output) = (i / inner, i % inner);
                sums(token, output) * oracle::gelu(sums(token, inner + output))
            })
            .collect();
        // A product of two sums of up to about twenty each.
        assert_close("gated", &gated, &expected, 20.0 * tolerance(width));

        let plain = Matrix::of(&weights, Layout::linear(width, 2 * inner));
        let curves: [(Activation, fn(f64) -> f64); 4] = [
            (Activation::Straight, |x| x),
            (Activation::Silu, |x| x / (1.0 + (-x).exp())),
            (Activation::Gelu, oracle::gelu),
            (Activation::QuickGelu, |x| x / (1.0 + (-1.702 * x).exp())),
        ];
        for (curve, exact) in curves {
            let out = run(&plain, curve, 2 * inner);
            let expected: Vec<f64> = (0..tokens * 2 * inner)
                .map(|i| exact(sums(i / (2 * inner), i % (2 * inner))))
                .collect();
            assert_close(&format!("{curve:?}"), &out, &expected, tolerance(width));
        }
    }
}

#[test]
fn threads_change_nothing() {
    let (frames, h, w, channels, outputs) = (2, 23, 31, 40, 72);
    let x = numbers(1, frames * h * w * channels);
    let grid = Grid {
        values: &x,
        frames,
        height: h,
        width: w,
        channels,
    };
    let window = Window::same([3, 3], h, w);
    let weights = numbers(2, outputs * channels * 9);
    let matrix = Matrix::of(&weights, Layout::convolution(channels, outputs, 9));
    let (scale, shift) = (numbers(3, channels), numbers(4, channels));
    let run = |threads: usize| {
        let mut out = vec![f32::NAN; frames * h * w * outputs];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            Product {
                inputs: &[grid],
                prepare: GemmPrologue::Channels {
                    scale: &scale,
                    shift: &shift,
                    silu: true,
                },
                window: &window,
                weights: &matrix,
                finish: GemmEpilogue::default(),
            }
            .run(SimdLevel::best(), &mut out);
        });
        out
    };
    let alone = run(1);
    assert!(alone.iter().all(|value| value.is_finite()));
    for threads in [2, 3, 5, 16] {
        // Dividing the work does not change the order of any sum, so every bit is the same.
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}

/// Each value is one addition, so it equals that of the tensor operation bit for bit.
#[test]
fn a_row_is_added_to_every_token_of_its_frame() {
    for [frames, pixels, width] in [[1, 1, 1], [3, 5, 7], [2, 640, 33]] {
        let tokens = numbers(1, frames * pixels * width);
        let rows = numbers(2, frames * width);
        let mut out = vec![f32::NAN; tokens.len()];
        add_rows(&tokens, &rows, width, &mut out);
        for (at, value) in out.iter().enumerate() {
            let expected = tokens[at] + rows[at / (pixels * width) * width + at % width];
            assert_eq!(
                value.to_bits(),
                expected.to_bits(),
                "value {at} of {frames}, {pixels}, {width}"
            );
        }
    }
}
