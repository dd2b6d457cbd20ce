//! Input values of the networks: CLIP's view of a picture, and a frame's pixels for the VAE.
//!
//! CLIP's view follows `_encode_image` and `_resize_with_antialiasing` of diffusers' `StableVideoDiffusionPipeline`: a
//! Gaussian blur (reflecting at the borders), then bicubic interpolation with corners aligned, with the picture
//! squeezed to a square. diffusers always squeezes to 224 × 224, the size of the released encoder; the size is a
//! parameter here, so that an encoder for another size is handled in the same way.
//!
//! Blur and interpolation are both linear and separable, so each output position has one list of weights per axis, and
//! only the samples needed are computed.

use rayon::prelude::*;

use crate::media::picture::Picture;

/// torch's bicubic constant.
const CUBIC: f32 = -0.75;

/// CLIP's input for `view`: `[3, size, size]`, normalised by `mean` and `std` (RGB).
///
/// `mean` and `std` are those of the checkpoint's feature extractor, for values from 0 to 1. The result is not clamped:
/// a slight overshoot of the bicubic step remains, as in diffusers. An empty picture gives all zeros.
#[must_use]
pub fn clip_pixels(view: &Picture, size: usize, mean: [f32; 3], std: [f32; 3]) -> Vec<f32> {
    let (width, height) = (view.width as usize, view.height as usize);
    let area = size * size;
    let mut out = vec![0.0; 3 * area];
    if view.rgb.is_empty() || size == 0 {
        return out;
    }
    let across = Weights::new(width, size);
    let down = Weights::new(height, size);
    let levels = signed_levels();

    // [h, w, 3] → [h, size, 3]
    let mut narrow = vec![0.0_f32; height * size * 3];
    narrow
        .par_chunks_exact_mut(size * 3)
        .zip(view.rgb.par_chunks_exact(width * 3))
        .for_each(|(out_row, row)| {
            let row: Vec<f32> = row
                .iter()
                .map(|&value| levels[usize::from(value)])
                .collect();
            for (position, pixel) in out_row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let (first, weights) = across.at(position);
                let mut sum = [0.0_f64; 3];
                for (source, weight) in row[first * 3..].as_chunks::<3>().0.iter().zip(weights) {
                    for channel in 0..3 {
                        sum[channel] += f64::from(source[channel]) * weight;
                    }
                }
                *pixel = sum.map(|value| value as f32);
            }
        });

    // [h, size, 3] → [size, size, 3], then to planes
    for y in 0..size {
        let (first, weights) = down.at(y);
        let mut sums = vec![0.0_f64; size * 3];
        for (row, weight) in narrow[first * size * 3..]
            .chunks_exact(size * 3)
            .zip(weights)
        {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += f64::from(value) * weight;
            }
        }
        for (x, pixel) in sums.as_chunks::<3>().0.iter().enumerate() {
            for channel in 0..3 {
                let unit = (pixel[channel] as f32 + 1.0) / 2.0;
                out[channel * area + y * size + x] = (unit - mean[channel]) / std[channel];
            }
        }
    }
    out
}

/// The VAE's input for `frame`: `[3, h, w]` from -1 to 1.
///
/// Each value is `2 · (u8 / 255) - 1`, every step rounded to f32, which is what
/// diffusers' `VaeImageProcessor` computes.
#[must_use]
pub fn frame_pixels(frame: &Picture) -> Vec<f32> {
    let levels = signed_levels();
    (0..3)
        .flat_map(|channel| frame.rgb.iter().skip(channel).step_by(3))
        .map(|&value| levels[usize::from(value)])
        .collect()
}

/// The value from -1 to 1 of every 8-bit level, in diffusers' f32 arithmetic.
fn signed_levels() -> [f32; 256] {
    std::array::from_fn(|level| 2.0 * (level as f32 / 255.0) - 1.0)
}

/// For every output position, the first source position and its weights.
struct Weights {
    first: Vec<usize>,
    weights: Vec<Vec<f64>>,
}

impl Weights {
    fn new(from: usize, to: usize) -> Self {
        let blur = gaussian(from as f64 / to as f64);
        let reach = blur.len() / 2;
        // In f32, as in torch: the fraction of a far position has few bits left, and all of them count.
        let scale = if to > 1 {
            (from - 1) as f32 / (to - 1) as f32
        } else {
            0.0
        };
        let (mut first, mut weights) = (Vec::with_capacity(to), Vec::with_capacity(to));
        for position in 0..to {
            let exact = scale * position as f32;
            let base = (exact.floor() as usize).min(from - 1);
            let fraction = (exact - base as f32).clamp(0.0, 1.0);
            let taps = cubic(fraction)
                .into_iter()
                .enumerate()
                .map(|(tap, weight)| {
                    // Positions base - 1 … base + 2, those outside held at the border.
                    (
                        (base + tap).saturating_sub(1).min(from - 1),
                        f64::from(weight),
                    )
                });
            let low = base.saturating_sub(1 + reach);
            // Reflection never reaches beyond what the unreflected side already covers.
            let high = (base + 2 + reach).min(from - 1);
            let mut line = vec![0.0; high - low + 1];
            for (center, weight) in taps {
                for (offset, factor) in blur.iter().enumerate() {
                    let source = reflect(center + offset, reach, from);
                    line[source - low] += weight * f64::from(*factor);
                }
            }
            first.push(low);
            weights.push(line);
        }
        Self { first, weights }
    }

    fn at(&self, position: usize) -> (usize, &[f64]) {
        (self.first[position], &self.weights[position])
    }
}

/// `shifted - reach`, mirrored at the first and last of `length` positions (edges not repeated).
fn reflect(shifted: usize, reach: usize, length: usize) -> usize {
    let last = length - 1;
    let source = shifted.abs_diff(reach);
    // Only a single-pixel axis can still be outside after one reflection; its weight is 0 there.
    if source > last {
        (2 * last).saturating_sub(source)
    } else {
        source
    }
}

/// The blur before an axis is shortened by `factor`; its length is odd.
fn gaussian(factor: f64) -> Vec<f32> {
    let sigma = ((factor - 1.0) / 2.0).max(0.001);
    let length = ((4.0 * sigma).max(3.0) as usize) | 1;
    let sigma = sigma as f32;
    let mut kernel: Vec<f32> = (0..length)
        .map(|position| {
            let distance = position as f32 - (length / 2) as f32;
            (-(distance * distance) / (2.0 * (sigma * sigma))).exp()
        })
        .collect();
    let total: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= total);
    kernel
}

/// Weights of the four neighbours of a position `fraction` past the second.
///
/// In f32 and with the fused multiplications of torch's build: the outer two
/// polynomials cancel to a few units in the seventh place, and rounding them
/// otherwise moves the result by up to 3e-6.
fn cubic(fraction: f32) -> [f32; 4] {
    let near = |x: f32| {
        let inner = (CUBIC + 2.0).mul_add(x, -(CUBIC + 3.0)) * x;
        inner.mul_add(x, 1.0)
    };
    let far = |x: f32| {
        let inner = CUBIC.mul_add(x, -5.0 * CUBIC).mul_add(x, 8.0 * CUBIC);
        inner.mul_add(x, -4.0 * CUBIC)
    };
    let rest = 1.0 - fraction;
    [
        far(fraction + 1.0),
        near(fraction),
        near(rest),
        far(rest + 1.0),
    ]
}
