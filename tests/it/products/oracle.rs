//! The same maths as plain loops in f64, from the definitions.

use kinora::kernels::cpu::{Grid, Groups, Window};

/// Numbers in [-2, 2), all of them exact in f16.
pub(super) fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 22) as f32 / 256.0 - 2.0
        })
        .collect()
}

/// Fails if a value is not a number or is too far from the exact one.
pub(super) fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let apart = (f64::from(found) - expected).abs();
        assert!(
            apart <= tolerance * (1.0 + expected.abs() * 0.1),
            "{what}: value {i} is {found}, not {expected}"
        );
    }
}

/// `[frames, out height, out width, outputs]` of weights `[outputs, channels, taps]`.
pub(super) fn convolution(
    inputs: &[Grid<'_>],
    window: &Window,
    weights: &[f32],
    outputs: usize,
) -> Vec<f64> {
    let Grid {
        frames,
        height,
        width,
        ..
    } = inputs[0];
    let channels: usize = inputs.iter().map(|grid| grid.channels).sum();
    let pixel = |frame: usize, y: usize, x: usize| -> Vec<f32> {
        let at = (frame * height + y) * width + x;
        inputs
            .iter()
            .flat_map(|grid| &grid.values[at * grid.channels..(at + 1) * grid.channels])
            .copied()
            .collect()
    };
    let [kh, kw] = window.kernel;
    let mut out = Vec::new();
    for frame in 0..frames {
        for (oy, ox) in (0..window.out[0]).flat_map(|y| (0..window.out[1]).map(move |x| (y, x))) {
            let mut sums = vec![0.0; outputs];
            for (ky, kx) in (0..kh).flat_map(|y| (0..kw).map(move |x| (y, x))) {
                let y = (oy * window.stride + ky) as isize - window.padding[0] as isize;
                let x = (ox * window.stride + kx) as isize - window.padding[1] as isize;
                let [eh, ew] = window.enlarged;
                if y < 0 || x < 0 || y >= eh as isize || x >= ew as isize {
                    continue;
                }
                let values = pixel(frame, y as usize * height / eh, x as usize * width / ew);
                for (output, sum) in sums.iter_mut().enumerate() {
                    for (channel, value) in values.iter().enumerate() {
                        let tap = (output * channels + channel) * kh * kw + ky * kw + kx;
                        *sum += f64::from(*value) * f64::from(weights[tap]);
                    }
                }
            }
            out.extend(sums);
        }
    }
    out
}

/// `silu(group norm)` of `[frames, pixels, channels]`.
pub(super) fn group_norm_silu(
    x: &[f32],
    [frames, pixels, channels]: [usize; 3],
    norm: &Groups<'_>,
) -> Vec<f32> {
    let width = channels / norm.groups;
    let mut out = vec![0.0; x.len()];
    for frame in 0..frames {
        for group in 0..norm.groups {
            let places: Vec<usize> = (0..pixels)
                .flat_map(|pixel| {
                    let first = (frame * pixels + pixel) * channels + group * width;
                    first..first + width
                })
                .collect();
            let count = places.len() as f64;
            let mean = places.iter().map(|&i| f64::from(x[i])).sum::<f64>() / count;
            let spread = places.iter().map(|&i| (f64::from(x[i]) - mean).powi(2));
            let factor = (spread.sum::<f64>() / count + norm.eps).sqrt().recip();
            for i in places {
                let channel = i % channels;
                let normal = (f64::from(x[i]) - mean) * factor * f64::from(norm.weight[channel])
                    + f64::from(norm.bias[channel]);
                out[i] = (normal / (1.0 + (-normal).exp())) as f32;
            }
        }
    }
    out
}

/// Normalises rows that are as wide as `weight`.
pub(super) fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f64) -> Vec<f64> {
    let width = weight.len();
    x.chunks_exact(width)
        .flat_map(|row| {
            let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / width as f64;
            let spread = row.iter().map(|&v| (f64::from(v) - mean).powi(2));
            let factor = (spread.sum::<f64>() / width as f64 + eps).sqrt().recip();
            (0..width)
                .map(|i| {
                    (f64::from(row[i]) - mean) * factor * f64::from(weight[i]) + f64::from(bias[i])
                })
                .collect::<Vec<f64>>()
        })
        .collect()
}

/// Multiplies rows of `width` values by `[outputs, width]`.
pub(super) fn linear(x: &[f64], weights: &[f32], width: usize) -> Vec<f64> {
    x.chunks_exact(width)
        .flat_map(|row| {
            weights.chunks_exact(width).map(|weights| {
                let terms = row.iter().zip(weights);
                terms.map(|(a, &b)| a * f64::from(b)).sum::<f64>()
            })
        })
        .collect()
}

/// `x·Φ(x)`, by numerical integration of the density with Simpson's rule, which is accurate to 1e-12 here.
pub(super) fn gelu(x: f64) -> f64 {
    const STEPS: usize = 2000;
    let end = x.clamp(-9.0, 9.0);
    let density = |t: f64| (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let h = end / STEPS as f64;
    let inner: f64 = (1..STEPS)
        .map(|i| density(h * i as f64) * if i % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    x * (0.5 + h / 3.0 * (density(0.0) + inner + density(end)))
}

/// Attention of one set of rows with `dim` values each: `softmax(q·kᵀ/√dim)·v`.
pub(super) fn attention(q: &[Vec<f32>], k: &[Vec<f32>], v: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let dim = q[0].len();
    q.iter()
        .map(|q| {
            let scores: Vec<f64> = k
                .iter()
                .map(|k| {
                    let terms = q.iter().zip(k);
                    terms
                        .map(|(a, b)| f64::from(*a) * f64::from(*b))
                        .sum::<f64>()
                        / (dim as f64).sqrt()
                })
                .collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let total: f64 = weights.iter().sum();
            (0..dim)
                .map(|c| {
                    let terms = weights.iter().zip(v);
                    terms.map(|(w, v)| w * f64::from(v[c])).sum::<f64>() / total
                })
                .collect()
        })
        .collect()
}
