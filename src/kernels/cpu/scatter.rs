//! One buffer that several tasks fill at once, each its own parts.

use std::marker::PhantomData;
use std::ops::Range;

/// A buffer handed to tasks piecewise.
pub(super) struct DisjointSlices<'a> {
    first: *mut f32,
    len: usize,
    whole: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer stands for an exclusive borrow of plain floats; `piece` asks its callers to keep pieces apart.
unsafe impl Sync for DisjointSlices<'_> {}

impl<'a> DisjointSlices<'a> {
    /// Takes the buffer for as long as the tasks run.
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
    /// While the piece lives, nobody asks for a range that overlaps it.
    ///
    /// # Panics
    /// When the range is not inside the buffer.
    #[allow(clippy::mut_from_ref, reason = "pieces are kept apart by contract")]
    pub(super) unsafe fn slice_mut(&self, range: Range<usize>) -> &mut [f32] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: inside the buffer by the assertion, unaliased by contract.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(range.start), range.len()) }
    }
}
