//! A weight matrix in the order in which products read it.
//!
//! Columns (outputs) lie in panels of 32, each panel row by row (inputs), zeros beyond the last column. Packed once
//! when the weights are loaded; there is no second copy in another order.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::{ParallelSlice as _, ParallelSliceMut as _};

use super::aligned::Aligned;
use super::isa::{Isa, Lanes, run};
use super::tile::{DEPTH, PANEL};

/// `[inputs, outputs]`, packed.
#[derive(Debug)]
pub struct Matrix {
    inputs: usize,
    outputs: usize,
    panels: usize,
    storage: Storage,
}

/// How the values are kept.
#[derive(Debug)]
enum Storage {
    Full(Aligned),
    /// Exact all the same: chosen only when every value is one of f16, as in a checkpoint published in f16.
    Half(Vec<u16>),
}

impl Matrix {
    /// Packs rows of outputs: `values[o · inputs + i]`, torch's order of a linear layer.
    ///
    /// # Panics
    /// When `values` has another length than `inputs · outputs`.
    #[must_use]
    pub fn of_linear(values: &[f32], inputs: usize, outputs: usize) -> Self {
        Self::of_convolution(values, inputs, outputs, 1)
    }

    /// Packs a convolution's `[outputs, channels, taps]`; rows of the matrix go tap by tap, channels fastest.
    ///
    /// # Panics
    /// When `values` has another length than the product of the three.
    #[must_use]
    pub fn of_convolution(values: &[f32], channels: usize, outputs: usize, taps: usize) -> Self {
        let panels = outputs.div_ceil(PANEL);
        Self::pack(values, [channels, taps, outputs], panels, |output| output)
    }

    /// Packs a linear layer whose second half of outputs gates the first: a panel of gates follows each panel of
    /// values, so that both are at hand in the same block.
    ///
    /// # Panics
    /// When `values` has another length than `inputs · outputs`.
    #[must_use]
    pub fn of_gated(values: &[f32], inputs: usize, outputs: usize) -> Self {
        let inner = outputs / 2;
        let panels = 2 * inner.div_ceil(PANEL);
        Self::pack(values, [inputs, 1, outputs], panels, |output| {
            let (gate, at) = (output / inner, output % inner);
            (2 * (at / PANEL) + gate) * PANEL + at % PANEL
        })
    }

    /// Packs `[outputs, channels, taps]` with each output in the column that `place` gives it.
    fn pack(
        values: &[f32],
        [channels, taps, outputs]: [usize; 3],
        panels: usize,
        place: impl Fn(usize) -> usize,
    ) -> Self {
        let inputs = channels * taps;
        assert_eq!(values.len(), inputs * outputs, "a matrix of weights");
        let mut rows = vec![None; panels * PANEL];
        for output in 0..outputs {
            rows[place(output)] = Some(&values[output * inputs..][..inputs]);
        }
        let size = panels * inputs * PANEL;
        let storage = if run(Isa::best(), AllHalf(values)) {
            let mut half = vec![0_u16; size];
            scatter(&mut half, &rows, [channels, taps], to_half);
            Storage::Half(half)
        } else {
            let mut full = Aligned::zeros(size);
            scatter(&mut full, &rows, [channels, taps], |value| value);
            Storage::Full(full)
        };
        Self {
            inputs,
            outputs,
            panels,
            storage,
        }
    }

    /// Rows: what is summed over.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Columns.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Panels of 32 columns.
    pub(super) fn panels(&self) -> usize {
        self.panels
    }

    /// `depth` rows from `first` of one panel, converted into `room` where they are kept in f16.
    pub(super) fn panel<'a>(
        &'a self,
        isa: Isa,
        panel: usize,
        first: usize,
        depth: usize,
        room: &'a mut [f32],
    ) -> &'a [f32] {
        let range =
            (panel * self.inputs + first) * PANEL..(panel * self.inputs + first + depth) * PANEL;
        match &self.storage {
            Storage::Full(values) => &values[range],
            Storage::Half(values) => {
                let room = &mut room[..depth * PANEL];
                run(
                    isa,
                    Widen {
                        half: &values[range],
                        room,
                    },
                );
                room
            }
        }
    }

    /// Floats of the room that [`Matrix::panel`] asks for.
    pub(super) const ROOM: usize = DEPTH * PANEL;
}

/// Fills panels from the rows that belong in their columns, a few channels at a time so that both sides stay in cache.
fn scatter<T: Copy + Send>(
    panels: &mut [T],
    rows: &[Option<&[f32]>],
    [channels, taps]: [usize; 2],
    convert: impl Fn(f32) -> T + Sync,
) {
    const TOGETHER: usize = 16;
    panels
        .par_chunks_mut((channels * taps * PANEL).max(1))
        .zip(rows.par_chunks(PANEL))
        .for_each(|(panel, rows)| {
            for first in (0..channels).step_by(TOGETHER) {
                for (column, row) in rows.iter().enumerate() {
                    let Some(row) = row else { continue };
                    for channel in first..(first + TOGETHER).min(channels) {
                        for tap in 0..taps {
                            let at = (tap * channels + channel) * PANEL + column;
                            panel[at] = convert(row[channel * taps + tap]);
                        }
                    }
                }
            }
        });
}

/// The smallest normal number of f16, and how many of its smallest steps make one.
const SMALLEST_NORMAL: f32 = 1.0 / 16_384.0;
const STEPS: f32 = 16_777_216.0;
/// The largest finite number of f16.
const LARGEST: f32 = 65_504.0;

/// True when every value is the same finite number in f16: few enough bits, or whole steps below its normal numbers.
struct AllHalf<'a>(&'a [f32]);

impl Lanes for AllHalf<'_> {
    type Out = bool;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> bool {
        self.0.chunks(4096).all(|chunk| {
            chunk.iter().fold(true, |all, value| {
                let size = value.abs();
                let steps = size * STEPS;
                let whole = (steps + 8_388_608.0) - 8_388_608.0 == steps;
                let normal = (value.to_bits() & 0x1fff == 0) & (size >= SMALLEST_NORMAL);
                all & (size <= LARGEST) & (normal | ((size < SMALLEST_NORMAL) & whole))
            })
        })
    }
}

/// The bits in f16 of a number that is one ([`AllHalf`]).
fn to_half(value: f32) -> u16 {
    let sign = (value.to_bits() >> 16) & 0x8000;
    let size = value.abs();
    let bits = if size < SMALLEST_NORMAL {
        (size * STEPS) as u32
    } else {
        (size.to_bits() >> 13) - (112 << 10)
    };
    (sign | bits) as u16
}

/// Finite f16 to f32 in arithmetic that becomes vectors: exponent and fraction move into place, and one exact product
/// corrects the exponent's bias, of subnormal numbers too.
struct Widen<'a> {
    half: &'a [u16],
    room: &'a mut [f32],
}

impl Lanes for Widen<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        /// 2¹¹²: the two formats' biases are 112 apart.
        const BIAS: f32 = f32::from_bits((127 + 112) << 23);
        for (to, from) in self.room.iter_mut().zip(self.half) {
            let bits = u32::from(*from);
            let size = f32::from_bits((bits & 0x7fff) << 13) * BIAS;
            *to = f32::from_bits(size.to_bits() | (bits & 0x8000) << 16);
        }
    }
}
