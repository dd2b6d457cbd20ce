//! Where a layer's weights are between two products: packed in memory, or still in the file.
//!
//! Weights that stay in the file are packed again for each product, into memory that one layer passes on to the next,
//! so that a network needs memory only for its largest layers. Must not depend on files or networks: a [`WeightSource`]
//! supplies the values.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::aligned::Aligned;
use super::packed_matrix::{Layout, Matrix};
use super::weight_format::WeightSlice;

/// Weights that stay where they are stored.
pub trait WeightSource: fmt::Debug + Send + Sync {
    /// Passes the values of some outputs to `read`: whole rows, one or several at a time, in order.
    fn rows(&self, outputs: Range<usize>, read: &mut dyn FnMut(WeightSlice<'_>));

    /// Signals that the values are not needed for now.
    fn put_back(&self);
}

/// The weights of one layer.
#[derive(Debug)]
pub enum LayerWeights {
    /// Packed once.
    Packed(Matrix),
    /// Packed whenever they are needed.
    Mapped(Layout, Box<dyn WeightSource>),
}

impl LayerWeights {
    /// The packed weights, valid while the guard lives.
    #[must_use]
    pub fn packed(&self) -> PackedRef<'_> {
        match self {
            Self::Packed(matrix) => PackedRef(Memory::Layer(matrix)),
            Self::Mapped(layout, source) => {
                let rows = |outputs: Range<usize>, read: &mut dyn FnMut(WeightSlice<'_>)| {
                    source.rows(outputs, read);
                    Ok::<_, Infallible>(())
                };
                let Ok(matrix) = Matrix::pack_into(take(layout.size()), *layout, rows);
                source.put_back();
                PackedRef(Memory::Pool(matrix))
            }
        }
    }
}

/// Packed weights that a product can read.
#[derive(Debug)]
pub struct PackedRef<'a>(Memory<'a>);

#[derive(Debug)]
enum Memory<'a> {
    Layer(&'a Matrix),
    Pool(Matrix),
}

impl Deref for PackedRef<'_> {
    type Target = Matrix;

    fn deref(&self) -> &Matrix {
        match &self.0 {
            Memory::Layer(matrix) => matrix,
            Memory::Pool(matrix) => matrix,
        }
    }
}

impl Drop for PackedRef<'_> {
    fn drop(&mut self) {
        if let Memory::Pool(matrix) = &mut self.0
            && let Some(room) = matrix.take_room()
        {
            rooms().push(room);
        }
    }
}

/// Memory for the next layers. A feed-forward needs two of these at once; nothing needs more.
static ROOMS: Mutex<Vec<Aligned>> = Mutex::new(Vec::new());

fn rooms() -> MutexGuard<'static, Vec<Aligned>> {
    ROOMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At least `len` floats with arbitrary values.
fn take(len: usize) -> Aligned {
    let mut rooms = rooms();
    let fitting = (0..rooms.len())
        .filter(|&i| rooms[i].len() >= len)
        .min_by_key(|&i| rooms[i].len());
    match fitting {
        Some(index) => rooms.swap_remove(index),
        None => {
            // Layers have grown, so buffers that are too small now would only waste memory.
            rooms.clear();
            Aligned::zeros(len)
        }
    }
}

/// Frees this memory, after a network's last pass.
pub(in crate::kernels) fn release() {
    rooms().clear();
}
