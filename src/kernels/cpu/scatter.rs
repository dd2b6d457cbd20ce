//! A buffer that several tasks fill at the same time, each writing its own parts.

use std::marker::PhantomData;
use std::ops::Range;

/// A buffer that tasks access piece by piece.
pub(super) struct DisjointSlices<'a> {
    first: *mut f32,
    len: usize,
    whole: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer stands for an exclusive borrow of plain floats; callers of `slice_mut` keep pieces disjoint.
unsafe impl Sync for DisjointSlices<'_> {}

impl<'a> DisjointSlices<'a> {
    /// Borrows the buffer for as long as the tasks run.
    pub(super) fn new(whole: &'a mut [f32]) -> Self {
        Self {
            first: whole.as_mut_ptr(),
            len: whole.len(),
            whole: PhantomData,
        }
    }

    /// The floats of `range`.
    ///
    /// # Safety
    /// While the slice lives, no other slice may overlap it.
    ///
    /// # Panics
    /// If the range is not inside the buffer.
    #[allow(clippy::mut_from_ref, reason = "pieces are kept apart by contract")]
    pub(super) unsafe fn slice_mut(&self, range: Range<usize>) -> &mut [f32] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: inside the buffer by the assertion, unaliased by contract.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(range.start), range.len()) }
    }
}
