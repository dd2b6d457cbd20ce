//! A weight matrix in the order in which products read it.
//!
//! Columns (outputs) lie in panels of 32, each panel row by row (inputs), zeros beyond the last column.

use std::convert::Infallible;
use std::ops::Range;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::aligned::Aligned;
use super::isa::{SimdKernel, SimdLevel, run};
use super::microkernel::{DEPTH, PANEL};
use super::weight_format::{WeightSlice, to_half, widened};

/// How a weight of torch's order becomes panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    channels: usize,
    taps: usize,
    outputs: usize,
    gated: bool,
}

impl Layout {
    /// Rows of outputs: `values[o · inputs + i]`, torch's order of a linear layer.
    #[must_use]
    pub const fn linear(inputs: usize, outputs: usize) -> Self {
        Self::convolution(inputs, outputs, 1)
    }

    /// A convolution's `[outputs, channels, taps]`; rows of the matrix go tap by tap, channels fastest.
    #[must_use]
    pub const fn convolution(channels: usize, outputs: usize, taps: usize) -> Self {
        Self {
            channels,
            taps,
            outputs,
            gated: false,
        }
    }

    /// A linear layer whose second half of outputs gates the first: a panel of gates follows each panel of values, so
    /// that both are in the same block.
    #[must_use]
    pub const fn gated(inputs: usize, outputs: usize) -> Self {
        Self {
            gated: true,
            ..Self::linear(inputs, outputs)
        }
    }

    /// Rows of the matrix: what is summed over.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.channels * self.taps
    }

    /// Columns.
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

    /// Numbers in all panels.
    pub(super) fn size(&self) -> usize {
        self.panels() * self.inputs() * PANEL
    }

    /// The outputs whose columns make a panel.
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

/// `[inputs, outputs]`, packed.
#[derive(Debug)]
pub struct Matrix {
    layout: Layout,
    storage: Storage,
}

/// How the values are kept.
#[derive(Debug)]
enum Storage {
    /// At least as many as there are in all panels.
    Full(Aligned),
    /// Exact all the same: chosen only when every value is one of f16, as in a checkpoint published in f16.
    Half(Vec<u16>),
}

/// Why a matrix is not kept in f16.
enum NotHalf<E> {
    Value,
    Unread(E),
}

impl Matrix {
    /// Packs `values` of torch's order.
    ///
    /// # Panics
    /// When `values` has another length than `layout` says.
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

    /// Packs what `rows` hands out for a range of outputs: whole rows, one or several at a time, in order.
    ///
    /// # Errors
    /// Those of `rows`.
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

    /// As [`Matrix::pack`], in f32 and into `room`, which holds [`Layout::size`] floats or more.
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

    /// The memory of a matrix that is kept in f32.
    pub(super) fn take_room(&mut self) -> Option<Aligned> {
        match &mut self.storage {
            Storage::Full(values) => Some(std::mem::take(values)),
            Storage::Half(_) => None,
        }
    }

    /// Rows: what is summed over.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layout.inputs()
    }

    /// Columns.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layout.outputs
    }

    /// Panels of 32 columns.
    pub(super) fn panels(&self) -> usize {
        self.layout.panels()
    }

    /// `depth` rows from `first` of one panel, converted into `room` where they are kept in f16.
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

    /// Floats of the room that [`Matrix::panel`] asks for.
    pub(super) const ROOM: usize = DEPTH * PANEL;
}

/// Fills all panels, several threads a panel each.
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

/// f16 to f32, vector by vector.
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
