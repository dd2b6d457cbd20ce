//! Where the weights of a layer are between two products: packed in memory, or still where they are stored.
//!
//! What is stored is packed anew for each product into memory that goes from layer to layer, so that a network takes
//! no more than its largest layers. Must not know files or networks: a [`Shelf`] hands the values out.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::aligned::Aligned;
use super::packed_matrix::{Layout, Matrix};
use super::weight_format::Stored;

/// Weights that stay where they are stored.
pub trait Shelf: fmt::Debug + Send + Sync {
    /// Hands out the values of some outputs: whole rows, one or several at a time, in order.
    fn rows(&self, outputs: Range<usize>, read: &mut dyn FnMut(Stored<'_>));

    /// Nothing of it is needed for now.
    fn put_back(&self);
}

/// The weights of one layer.
#[derive(Debug)]
pub enum Stock {
    /// Packed once.
    Kept(Matrix),
    /// Packed whenever they are needed.
    Shelved(Layout, Box<dyn Shelf>),
}

impl Stock {
    /// The packed weights, for as long as the guard lives.
    #[must_use]
    pub fn at_hand(&self) -> AtHand<'_> {
        match self {
            Self::Kept(matrix) => AtHand(Hold::Kept(matrix)),
            Self::Shelved(layout, shelf) => {
                let rows = |outputs: Range<usize>, read: &mut dyn FnMut(Stored<'_>)| {
                    shelf.rows(outputs, read);
                    Ok::<_, Infallible>(())
                };
                let Ok(matrix) = Matrix::pack_into(take(layout.size()), *layout, rows);
                shelf.put_back();
                AtHand(Hold::Lent(matrix))
            }
        }
    }
}

/// Packed weights that a product can read.
#[derive(Debug)]
pub struct AtHand<'a>(Hold<'a>);

#[derive(Debug)]
enum Hold<'a> {
    Kept(&'a Matrix),
    Lent(Matrix),
}

impl Deref for AtHand<'_> {
    type Target = Matrix;

    fn deref(&self) -> &Matrix {
        match &self.0 {
            Hold::Kept(matrix) => matrix,
            Hold::Lent(matrix) => matrix,
        }
    }
}

impl Drop for AtHand<'_> {
    fn drop(&mut self) {
        if let Hold::Lent(matrix) = &mut self.0
            && let Some(room) = matrix.take_room()
        {
            rooms().push(room);
        }
    }
}

/// Memory for the next layers. A feed-forward has two of them at hand at once, nothing has more.
static ROOMS: Mutex<Vec<Aligned>> = Mutex::new(Vec::new());

fn rooms() -> MutexGuard<'static, Vec<Aligned>> {
    ROOMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At least `len` floats of any value.
fn take(len: usize) -> Aligned {
    let mut rooms = rooms();
    let fitting = (0..rooms.len())
        .filter(|&i| rooms[i].len() >= len)
        .min_by_key(|&i| rooms[i].len());
    match fitting {
        Some(index) => rooms.swap_remove(index),
        None => {
            // Layers have grown: what is too small now would only lie around.
            rooms.clear();
            Aligned::zeros(len)
        }
    }
}

/// Gives the memory back: after a network's last pass.
pub(in crate::kernels) fn release() {
    rooms().clear();
}
