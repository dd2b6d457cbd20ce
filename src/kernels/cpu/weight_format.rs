//! Values of a weight as they are stored in a file, and f16 in plain arithmetic.
//!
//! Owns how bytes become numbers when they are packed into a panel. Must not depend on files or networks.

use super::isa::{SimdKernel, SimdLevel, run};
use super::microkernel::PANEL;

/// Whole rows, one per output, in the format in which they are stored; all values are finite.
#[derive(Clone, Copy, Debug)]
pub enum WeightSlice<'a> {
    /// f32 in memory.
    Values(&'a [f32]),
    /// f32, little-endian.
    F32(&'a [[u8; 4]]),
    /// f16, little-endian.
    F16(&'a [[u8; 2]]),
    /// bf16, little-endian.
    Bf16(&'a [[u8; 2]]),
}

/// An operation on values of any format.
trait Reading {
    type Out;
    fn read<S: Copy>(self, values: &[S], number: impl Fn(S) -> f32 + Copy) -> Self::Out;
}

impl WeightSlice<'_> {
    fn each<R: Reading>(self, reading: R) -> R::Out {
        match self {
            Self::Values(values) => reading.read(values, |value| value),
            Self::F32(values) => reading.read(values, f32::from_le_bytes),
            Self::F16(values) => reading.read(values, |value| widened(u16::from_le_bytes(value))),
            Self::Bf16(values) => reading.read(values, |value| {
                f32::from_bits(u32::from(u16::from_le_bytes(value)) << 16)
            }),
        }
    }

    /// True if f16 represents every value exactly.
    pub(super) fn is_half(self) -> bool {
        matches!(self, Self::F16(_)) || self.each(IsHalf)
    }

    /// Writes rows of `channels · taps` values, channels slowest, into the columns of a panel from `column` on; rows of
    /// the panel are ordered by tap, then by channel. Returns how many columns were written.
    pub(super) fn lay<T: Copy>(
        self,
        panel: &mut [T],
        column: usize,
        [channels, taps]: [usize; 2],
        convert: impl Fn(f32) -> T + Copy,
    ) -> usize {
        self.each(Lay {
            panel,
            column,
            channels,
            taps,
            convert,
        })
    }
}

struct Lay<'a, T, F> {
    panel: &'a mut [T],
    column: usize,
    channels: usize,
    taps: usize,
    convert: F,
}

impl<T: Copy, F: Fn(f32) -> T + Copy> Reading for Lay<'_, T, F> {
    type Out = usize;

    fn read<S: Copy>(self, values: &[S], number: impl Fn(S) -> f32 + Copy) -> usize {
        /// Number of values to take from each row before moving to the next: few enough that the lines of the source
        /// and the part of the panel both stay in the first-level cache.
        const TOGETHER: usize = 128;
        let (channels, taps) = (self.channels, self.taps);
        let width = (channels * taps).max(1);
        let together = (TOGETHER / taps.max(1)).max(8);
        let into = self.panel.as_chunks_mut::<PANEL>().0;
        for first in (0..channels).step_by(together) {
            let count = together.min(channels - first);
            for tap in 0..taps {
                let into = &mut into[tap * channels + first..][..count];
                for (row, column) in values.chunks_exact(width).zip(self.column..PANEL) {
                    let from = row[first * taps + tap..].iter().step_by(taps);
                    for (into, value) in into.iter_mut().zip(from) {
                        into[column] = (self.convert)(number(*value));
                    }
                }
            }
        }
        values.len() / width
    }
}

/// The smallest normal number of f16, and the reciprocal of the smallest step of f16.
const SMALLEST_NORMAL: f32 = 1.0 / 16_384.0;
const STEPS: f32 = 16_777_216.0;
/// The largest finite number of f16.
const LARGEST: f32 = 65_504.0;
/// 2¹¹²: the exponent biases of f16 and f32 differ by 112.
const BIAS: f32 = f32::from_bits((127 + 112) << 23);

struct IsHalf;

impl Reading for IsHalf {
    type Out = bool;

    fn read<S: Copy>(self, values: &[S], number: impl Fn(S) -> f32 + Copy) -> bool {
        run(SimdLevel::best(), AllHalf { values, number })
    }
}

/// True if f16 represents every value exactly: few enough bits, or a multiple of the smallest step below the normal
/// numbers.
struct AllHalf<'a, S, F> {
    values: &'a [S],
    number: F,
}

impl<S: Copy, F: Fn(S) -> f32> SimdKernel for AllHalf<'_, S, F> {
    type Out = bool;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> bool {
        self.values.chunks(4096).all(|chunk| {
            chunk.iter().fold(true, |all, value| {
                let value = (self.number)(*value);
                let size = value.abs();
                let steps = size * STEPS;
                let whole = (steps + 8_388_608.0) - 8_388_608.0 == steps;
                let normal = (value.to_bits() & 0x1fff == 0) & (size >= SMALLEST_NORMAL);
                all & (size <= LARGEST) & (normal | ((size < SMALLEST_NORMAL) & whole))
            })
        })
    }
}

/// The bits of a number that f16 represents exactly ([`WeightSlice::is_half`]).
pub(super) fn to_half(value: f32) -> u16 {
    let sign = (value.to_bits() >> 16) & 0x8000;
    let size = value.abs();
    let bits = if size < SMALLEST_NORMAL {
        (size * STEPS) as u32
    } else {
        (size.to_bits() >> 13) - (112 << 10)
    };
    (sign | bits) as u16
}

/// A finite f16 as f32, in arithmetic that can be vectorised: exponent and fraction are shifted into place, and one
/// exact product corrects the exponent's bias, also for subnormal numbers.
#[inline(always)]
pub(super) fn widened(half: u16) -> f32 {
    let bits = u32::from(half);
    let size = f32::from_bits((bits & 0x7fff) << 13) * BIAS;
    f32::from_bits(size.to_bits() | (bits & 0x8000) << 16)
}
