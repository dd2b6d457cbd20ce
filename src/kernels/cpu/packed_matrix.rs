//! A weight matrix in the order in which products read it.
//!
//! Columns (outputs) are grouped in panels of 32; each panel is stored row by row (inputs), with zeros beyond the last
//! column.

use std::convert::Infallible;
use std::ops::Range;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::aligned::Aligned;
use super::isa::{SimdKernel, SimdLevel, run};
use super::microkernel::{DEPTH, PANEL};
use super::weight_format::{WeightSlice, to_half, widened};

/// How a weight in torch's order is packed into panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    channels: usize,
    taps: usize,
    outputs: usize,
    gated: bool,
}

impl Layout {
    /// A linear layer in torch's order: `values[o · inputs + i]`, one row for each output.
    #[must_use]
    pub const fn linear(inputs: usize, outputs: usize) -> Self {
        Self::convolution(inputs, outputs, 1)
    }

    /// A convolution's `[outputs, channels, taps]`; rows of the matrix are ordered by tap, then by channel.
    #[must_use]
    pub const fn convolution(channels: usize, outputs: usize, taps: usize) -> Self {
        Self {
            channels,
            taps,
            outputs,
            gated: false,
        }
    }

    /// A linear layer whose second half of outputs gates the first: each panel of values is followed by its panel of
    /// gates, so that both are in the same block.
    #[must_use]
    pub const fn gated(inputs: usize, outputs: usize) -> Self {
        Self {
            gated: true,
            ..Self::linear(inputs, outputs)
        }
    }

    /// Number of rows of the matrix: the terms of each sum.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.channels * self.taps
    }

    /// Number of columns.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    fn panels(&self) -> usize {
        if self.gated {
            2 * (self.outputs / 2).div_ceil(PANEL)
        } else {
            self.outputs.div_ceil(PANEL)
        }
    }

    /// Number of values in all panels.
    pub(super) fn size(&self) -> usize {
        self.panels() * self.inputs() * PANEL
    }

    /// The outputs whose columns make up a panel.
    fn outputs_of(&self, panel: usize) -> Range<usize> {
        let (base, at, end) = if self.gated {
            let inner = self.outputs / 2;
            (panel % 2 * inner, panel / 2 * PANEL, inner)
        } else {
            (0, panel * PANEL, self.outputs)
        };
        base + at..base + (at + PANEL).min(end)
    }
}

/// A packed matrix `[inputs, outputs]`.
#[derive(Debug)]
pub struct Matrix {
    layout: Layout,
    storage: Storage,
}

/// How the values are stored.
#[derive(Debug)]
enum Storage {
    /// In f32; the buffer may be longer than all panels.
    Full(Aligned),
    /// In f16 without loss: chosen only if f16 represents every value exactly, as in a checkpoint published in f16.
    Half(Vec<u16>),
}

/// Why a matrix is not stored in f16.
enum NotHalf<E> {
    Value,
    Unread(E),
}

impl Matrix {
    /// Packs `values` in torch's order.
    ///
    /// # Panics
    /// If the length of `values` is not that of `layout`.
    #[must_use]
    pub fn of(values: &[f32], layout: Layout) -> Self {
        let inputs = layout.inputs();
        assert_eq!(values.len(), inputs * layout.outputs, "a matrix of weights");
        let rows = |outputs: Range<usize>, read: &mut dyn FnMut(WeightSlice<'_>)| {
            let values = &values[outputs.start * inputs..outputs.end * inputs];
            read(WeightSlice::Values(values));
            Ok::<_, Infallible>(())
        };
        match Self::pack(layout, rows) {
            Ok(matrix) => matrix,
        }
    }

    /// Packs the values that `rows` passes on for a range of outputs: whole rows, one or several at a time, in order.
    ///
    /// # Errors
    /// The errors of `rows`.
    pub fn pack<E: Send>(
        layout: Layout,
        rows: impl Fn(Range<usize>, &mut dyn FnMut(WeightSlice<'_>)) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let half = (0..layout.panels()).into_par_iter().try_for_each(|panel| {
            let mut half = true;
            rows(layout.outputs_of(panel), &mut |stored| {
                half &= stored.is_half();
            })
            .map_err(NotHalf::Unread)?;
            if half { Ok(()) } else { Err(NotHalf::Value) }
        });
        let storage = match half {
            Ok(()) => {
                let mut half = vec![0; layout.size()];
                fill(&mut half, layout, rows, to_half)?;
                Storage::Half(half)
            }
            Err(NotHalf::Value) => {
                let mut full = Aligned::zeros(layout.size());
                fill(&mut full, layout, rows, |value| value)?;
                Storage::Full(full)
            }
            Err(NotHalf::Unread(error)) => return Err(error),
        };
        Ok(Self { layout, storage })
    }

    /// Like [`Matrix::pack`], but in f32 and into `room`, which holds at least [`Layout::size`] floats.
    pub(super) fn pack_into<E: Send>(
        mut room: Aligned,
        layout: Layout,
        rows: impl Fn(Range<usize>, &mut dyn FnMut(WeightSlice<'_>)) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        fill(&mut room[..layout.size()], layout, rows, |value| value)?;
        Ok(Self {
            layout,
            storage: Storage::Full(room),
        })
    }

    /// Takes the buffer of a matrix that is stored in f32.
    pub(super) fn take_room(&mut self) -> Option<Aligned> {
        match &mut self.storage {
            Storage::Full(values) => Some(std::mem::take(values)),
            Storage::Half(_) => None,
        }
    }

    /// Number of rows: the terms of each sum.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layout.inputs()
    }

    /// Number of columns.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layout.outputs
    }

    /// Number of panels of 32 columns.
    pub(super) fn panels(&self) -> usize {
        self.layout.panels()
    }

    /// `depth` rows of one panel, starting at row `first`; converted into `room` if they are stored in f16.
    pub(super) fn panel<'a>(
        &'a self,
        isa: SimdLevel,
        panel: usize,
        first: usize,
        depth: usize,
        room: &'a mut [f32],
    ) -> &'a [f32] {
        let inputs = self.inputs();
        let range = (panel * inputs + first) * PANEL..(panel * inputs + first + depth) * PANEL;
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

    /// Number of floats that [`Matrix::panel`] needs in `room`.
    pub(super) const ROOM: usize = DEPTH * PANEL;
}

/// Fills all panels in parallel, one panel per task.
fn fill<T: Copy + Default + Send, E: Send>(
    panels: &mut [T],
    layout: Layout,
    rows: impl Fn(Range<usize>, &mut dyn FnMut(WeightSlice<'_>)) -> Result<(), E> + Sync,
    convert: impl Fn(f32) -> T + Copy + Sync,
) -> Result<(), E> {
    panels
        .par_chunks_mut((layout.inputs() * PANEL).max(1))
        .enumerate()
        .try_for_each(|(number, panel)| {
            let outputs = layout.outputs_of(number);
            if outputs.len() < PANEL {
                panel.fill(T::default());
            }
            let mut column = 0;
            rows(outputs, &mut |stored| {
                let size = [layout.channels, layout.taps];
                column += stored.lay(panel, column, size, convert);
            })
        })
}

/// Converts f16 to f32, vector by vector.
struct Widen<'a> {
    half: &'a [u16],
    room: &'a mut [f32],
}

impl SimdKernel for Widen<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (to, from) in self.room.iter_mut().zip(self.half) {
            *to = widened(*from);
        }
    }
}
