//! What happens to a product's input as it is read: normalisation, optionally followed by an activation.

use std::ops::Range;

use super::grid::Grid;
use super::isa::{SimdKernel, SimdLevel, fma, run};
use super::maths::silu;

/// What is applied to each value before it is multiplied.
#[derive(Clone, Copy, Debug)]
pub enum GemmPrologue<'a> {
    /// Nothing.
    Nothing,
    /// `value · scale + shift` by frame and channel: a group normalisation whose statistics are known.
    Channels {
        /// `[statistics, channels]`.
        scale: &'a [f32],
        /// `[statistics, channels]`.
        shift: &'a [f32],
        /// Whether SiLU follows.
        silu: bool,
    },
    /// Layer normalisation of each pixel's channels.
    Pixels {
        /// `[channels]`.
        weight: &'a [f32],
        /// `[channels]`.
        bias: &'a [f32],
        /// Added to the variance.
        eps: f32,
    },
}

impl GemmPrologue<'_> {
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Prepares the pixels `columns` of one row (frame, row) of the inputs, with the channels of all inputs
    /// concatenated.
    pub(super) fn row(
        &self,
        isa: SimdLevel,
        inputs: &[Grid<'_>],
        [frame, y]: [usize; 2],
        columns: Range<usize>,
        into: &mut [f32],
    ) {
        let channels: usize = inputs.iter().map(|grid| grid.channels).sum();
        let mut first = 0;
        for grid in inputs {
            let at = (frame * grid.height + y) * grid.width + columns.start;
            let from = &grid.values[at * grid.channels..][..columns.len() * grid.channels];
            let rows = Rows {
                from,
                count: grid.channels,
                into: &mut *into,
                stride: channels,
                first,
            };
            match *self {
                Self::Nothing => run(isa, Copied(rows)),
                Self::Channels { scale, shift, silu } => {
                    let range = frame * channels % scale.len() + first..;
                    let scale = &scale[range.clone()][..grid.channels];
                    let shift = &shift[range][..grid.channels];
                    if silu {
                        run(isa, Scaled::<true> { rows, scale, shift });
                    } else {
                        run(isa, Scaled::<false> { rows, scale, shift });
                    }
                }
                Self::Pixels { weight, bias, eps } => run(
                    isa,
                    Normalised {
                        rows,
                        weight,
                        bias,
                        eps,
                    },
                ),
            }
            first += grid.channels;
        }
    }
}

/// Pixels of one input, and the position of its channels among those of all inputs.
struct Rows<'a> {
    from: &'a [f32],
    count: usize,
    into: &'a mut [f32],
    stride: usize,
    first: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn pairs(self) -> impl Iterator<Item = (&'a [f32], &'a mut [f32])> {
        let (first, count) = (self.first, self.count);
        self.from
            .chunks_exact(count)
            .zip(self.into.chunks_exact_mut(self.stride))
            .map(move |(from, into)| (from, &mut into[first..first + count]))
    }
}

struct Copied<'a>(Rows<'a>);

impl SimdKernel for Copied<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (from, into) in self.0.pairs() {
            into.copy_from_slice(from);
        }
    }
}

struct Scaled<'a, const SILU: bool> {
    rows: Rows<'a>,
    scale: &'a [f32],
    shift: &'a [f32],
}

impl<const SILU: bool> SimdKernel for Scaled<'_, SILU> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (scale, shift) = (self.scale, self.shift);
        for (from, into) in self.rows.pairs() {
            let factors = scale.iter().zip(shift);
            for ((to, &value), (&scale, &shift)) in into.iter_mut().zip(from).zip(factors) {
                let normal = fma::<FUSED>(value, scale, shift);
                *to = if SILU { silu::<FUSED>(normal) } else { normal };
            }
        }
    }
}

struct Normalised<'a> {
    rows: Rows<'a>,
    weight: &'a [f32],
    bias: &'a [f32],
    eps: f32,
}

impl SimdKernel for Normalised<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (weight, bias) = (self.weight, self.bias);
        for (from, into) in self.rows.pairs() {
            let count = from.len() as f32;
            let mean = sum(from, |value| value) / count;
            // About the mean, in a second pass over values that the first left in the cache, so that there is no
            // cancellation.
            let variance = sum(from, |value| (value - mean) * (value - mean)) / count;
            let scale = (variance + self.eps).sqrt().recip();
            let factors = weight.iter().zip(bias);
            for ((to, &value), (&weight, &bias)) in into.iter_mut().zip(from).zip(factors) {
                *to = fma::<FUSED>((value - mean) * scale, weight, bias);
            }
        }
    }
}

/// The sum of `term` over all values, in 32 parallel sums.
#[inline(always)]
fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; 32];
    let chunks = values.chunks_exact(32);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += term(value);
        }
    }
    for (sum, &value) in sums.iter_mut().zip(rest) {
        *sum += term(value);
    }
    let mut width = 16;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}
