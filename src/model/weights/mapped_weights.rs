//! Weights that are read from their memory-mapped file.
//!
//! Owns the lookup of a layer's outputs in one or several tensors of a file. Must not depend on how they are packed.

use std::ops::Range;

use crate::checkpoint::{Dtype, Entry, TensorView};
use crate::error::CheckpointError;
use crate::kernels::cpu::{WeightSlice, WeightSource};

/// The tensors of one layer: one, or several of the same shape whose outputs are concatenated. Each is stored
/// [in rows](Entry::is_in_rows).
#[derive(Debug)]
pub(super) struct MappedWeights(Vec<Entry>);

impl MappedWeights {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// Whether every value is finite.
    pub(super) fn check_finite(&self) -> Result<(), CheckpointError> {
        self.0.iter().try_for_each(Entry::check_finite)
    }

    /// [`WeightSource::rows`] with a check for NaN and infinities.
    pub(super) fn checked_rows(
        &self,
        outputs: Range<usize>,
        read: &mut dyn FnMut(WeightSlice<'_>),
    ) -> Result<(), CheckpointError> {
        self.pieces(outputs).try_for_each(|view| {
            view.check_finite()?;
            read(stored(&view));
            Ok(())
        })
    }

    /// The rows of `outputs`, tensor by tensor. Shapes were checked before, so none is missing.
    fn pieces(&self, outputs: Range<usize>) -> impl Iterator<Item = TensorView<'_>> {
        let mut first = 0;
        self.0.iter().filter_map(move |entry| {
            let count = entry.shape().first().copied().unwrap_or(0);
            let begin = outputs.start.max(first);
            let end = outputs.end.min(first + count);
            let rows = (begin < end).then(|| begin - first..end - first);
            first += count;
            entry.rows(rows?)
        })
    }
}

impl WeightSource for MappedWeights {
    fn rows(&self, outputs: Range<usize>, read: &mut dyn FnMut(WeightSlice<'_>)) {
        for view in self.pieces(outputs) {
            read(stored(&view));
        }
    }

    fn put_back(&self) {
        self.0.iter().for_each(Entry::release);
    }
}

fn stored<'a>(view: &TensorView<'a>) -> WeightSlice<'a> {
    match view.dtype {
        Dtype::F16 => WeightSlice::F16(view.bytes.as_chunks().0),
        Dtype::Bf16 => WeightSlice::Bf16(view.bytes.as_chunks().0),
        Dtype::F32 | Dtype::F64 | Dtype::Other(_) => WeightSlice::F32(view.bytes.as_chunks().0),
    }
}
