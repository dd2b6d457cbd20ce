//! Convolutions: burn's in f32; in 16-bit floats a matrix product of patches, which sums in f32.
//!
//! Where burn may choose, it also tries a convolution that keeps its sums in the type of its input. In f16 that loses
//! most digits of the thousands of products of one sum, and overflows if the sum passes 65,504 on its way. burn's
//! matrix products sum in f32 on every device. Decision 29. Must not depend on the layer that calls it.

use std::ops::Range;

use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{DType, Slice, Tensor};

use super::chunks::{intermediate_bytes, joined, ranges, together};
use super::gpu::launch;

/// A convolution's weight, bias and geometry.
#[derive(Clone, Debug)]
pub struct Convolution2d {
    /// `[out, in, kh, kw]`.
    pub weight: Tensor<4>,
    /// `[out]`.
    pub bias: Option<Tensor<1>>,
    /// Pixels from one output to the next, in both directions.
    pub stride: usize,
    /// Zeros above and below, and to the left and right.
    pub padding: [usize; 2],
}

/// `[n, in, h, w]` to `[n, out, h', w']`.
///
/// In f16 and bf16 on a registered GPU, [`by_patches()`] runs; in every other case, and with `KINORA_REFERENCE=1`,
/// burn's convolution.
#[must_use]
pub fn conv2d(x: Tensor<4>, layer: &Convolution2d) -> Tensor<4> {
    let halves = matches!(x.dtype(), DType::F16 | DType::BF16);
    if halves && !super::reference_only() && launch::is_registered(&x.device()) {
        let bound = intermediate_bytes(&x.device());
        return by_patches(x, layer, bound);
    }
    let options = ConvOptions::new([layer.stride; 2], layer.padding, [1, 1], 1);
    burn_conv2d(x, layer.weight.clone(), layer.bias.clone(), options)
}

/// The same result as a product of patches `[pixels, kh·kw·in]` with the weight, in chunks of at most `bound` bytes of
/// patches.
#[must_use]
pub fn by_patches(x: Tensor<4>, layer: &Convolution2d, bound: u64) -> Tensor<4> {
    let [n, inputs, h, w] = x.dims();
    let [outputs, _, kh, kw] = layer.weight.dims();
    let [above, left] = layer.padding;
    let stride = layer.stride;
    let rows = (h + 2 * above - kh) / stride + 1;
    let columns = (w + 2 * left - kw) / stride + 1;
    let taps = kh * kw * inputs;
    // [out, in, kh, kw] -> [kh·kw·in, out]
    let weight = layer.weight.clone().permute([2, 3, 1, 0]);
    let weight = weight.reshape([taps, outputs]);
    let row = (columns * taps * x.dtype().size()) as u64;
    let frames = together(n, row * rows as u64, bound);
    let mut parts = Vec::new();
    for (frame, frames) in ranges(n, frames) {
        let length = together(rows, row * frames as u64, bound);
        for (top, length) in ranges(rows, length) {
            let pixel = (frames * length * taps * x.dtype().size()) as u64;
            for (start, width) in ranges(columns, together(columns, pixel, bound)) {
                let (row, [up, down]) = seen([top, length], stride, [kh, above], h);
                let (column, [west, east]) = seen([start, width], stride, [kw, left], w);
                // Only the part of a chunk is padded: a padded copy of the whole could exceed the bound.
                let part = x.clone().narrow(0, frame, frames);
                let part = part.narrow(2, row.start, row.len());
                let part = part.narrow(3, column.start, column.len());
                let part = match up + down + west + east {
                    0 => part,
                    _ => part.pad((west, east, up, down), PadMode::Constant(0.0)),
                };
                // [n, in, h, w] -> [n, h, w, in]
                let part = part.permute([0, 2, 3, 1]);
                let patches = patches_of(part, [kh, kw], stride, [length, width]);
                let patches = patches.reshape([frames * length * width, taps]);
                parts.push(patches.matmul(weight.clone()));
            }
        }
    }
    let y = joined(parts, 0);
    let y = match &layer.bias {
        Some(bias) => y + bias.clone().reshape([1, outputs]),
        None => y,
    };
    // [n·h'·w', out] -> [n, out, h', w']
    y.reshape([n, rows, columns, outputs]).permute([0, 3, 1, 2])
}

/// The rows that `count` outputs from `first` on see of `size` rows, and how many rows of padding before and after them.
/// The same for columns. The kernel is larger than its padding.
fn seen(
    [first, count]: [usize; 2],
    stride: usize,
    [kernel, padding]: [usize; 2],
    size: usize,
) -> (Range<usize>, [usize; 2]) {
    // In rows of the padded input.
    let (from, to) = (first * stride, (first + count - 1) * stride + kernel);
    let rows = from.saturating_sub(padding)..(to - padding).min(size);
    let before = padding.saturating_sub(from);
    let after = to.saturating_sub(padding + size);
    (rows, [before, after])
}

/// The inputs of every output pixel, next to each other: padded `[n, h, w, in]` to `[n, h', w', kh·kw·in]`.
fn patches_of(
    x: Tensor<4>,
    [kh, kw]: [usize; 2],
    stride: usize,
    [rows, columns]: [usize; 2],
) -> Tensor<4> {
    let [n, _, _, inputs] = x.dims();
    let every = |first: usize, count: usize| {
        let end = first + (count - 1) * stride + 1;
        Slice::new(first as isize, Some(end as isize), stride as isize)
    };
    let shifted = |at: usize| {
        let (down, right) = (at / kw, at % kw);
        x.clone()
            .slice([Slice::full(), every(down, rows), every(right, columns)])
    };
    if kh * kw == 1 {
        return shifted(0);
    }
    // Not `cat`, which would hold all shifted copies at once.
    let shape = [n, rows, columns, kh * kw * inputs];
    let empty = Tensor::empty(shape, (&x.device(), x.dtype()));
    (0..kh * kw).fold(empty, |patches, at| {
        let channels = at * inputs..(at + 1) * inputs;
        let place = [
            Slice::full(),
            Slice::full(),
            Slice::full(),
            Slice::from(channels),
        ];
        patches.slice_assign(place, shifted(at))
    })
}
