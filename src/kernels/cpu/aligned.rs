//! Floats that begin on a cache line, so that no vector of a panel straddles two lines.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;
const FLOATS: usize = LINE / size_of::<f32>();

/// A zeroed buffer of floats that begins on a cache line.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let values = vec![0.0_f32; len + FLOATS];
        let start = values.as_ptr().align_offset(LINE).min(FLOATS);
        Self { values, start, len }
    }

    /// At least `len` floats with arbitrary values.
    pub(super) fn reserve(&mut self, len: usize) -> &mut [f32] {
        if self.len < len {
            *self = Self::zeros(len);
        }
        &mut self[..len]
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.len]
    }
}
