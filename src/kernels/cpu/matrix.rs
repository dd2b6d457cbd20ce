//! A weight matrix in the order in which products read it.
//!
//! Columns (outputs) lie in panels of 32, each panel row by row (inputs), zeros beyond the last column. Packed once
//! when the weights are loaded; there is no second copy in another order.

use half::f16;

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
    Half(Vec<f16>),
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
        let size = panels * inputs * PANEL;
        let mut storage = if values.iter().all(|&value| is_half(value)) {
            Storage::Half(vec![f16::ZERO; size])
        } else {
            Storage::Full(Aligned::zeros(size))
        };
        for (output, row) in values.chunks_exact(inputs.max(1)).enumerate() {
            let column = place(output);
            let first = column / PANEL * inputs * PANEL + column % PANEL;
            let places = (0..channels).flat_map(|channel| {
                (0..taps).map(move |tap| first + (tap * channels + channel) * PANEL)
            });
            match &mut storage {
                Storage::Full(full) => places.zip(row).for_each(|(at, &value)| full[at] = value),
                Storage::Half(half) => places
                    .zip(row)
                    .for_each(|(at, &value)| half[at] = f16::from_f32(value)),
            }
        }
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

/// True when `value` is the same finite number in f16.
fn is_half(value: f32) -> bool {
    value.is_finite() && f16::from_f32(value).to_f32() == value
}

/// Finite f16 to f32 in arithmetic that becomes vectors: exponent and fraction move into place, and one exact product
/// corrects the exponent's bias, of subnormal numbers too.
struct Widen<'a> {
    half: &'a [f16],
    room: &'a mut [f32],
}

impl Lanes for Widen<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        /// 2¹¹²: the two formats' biases are 112 apart.
        const BIAS: f32 = f32::from_bits((127 + 112) << 23);
        for (to, from) in self.room.iter_mut().zip(self.half) {
            let bits = u32::from(from.to_bits());
            let size = f32::from_bits((bits & 0x7fff) << 13) * BIAS;
            *to = f32::from_bits(size.to_bits() | (bits & 0x8000) << 16);
        }
    }
}
