//! The sizes that every form of the innermost product shares.

/// Columns of a panel: two of the widest vectors.
pub(in crate::kernels::cpu) const PANEL: usize = 32;

/// Most terms that are summed in registers at once: a panel of this depth fits the first-level cache.
pub(in crate::kernels::cpu) const DEPTH: usize = 256;

/// Floats from one row of the left side to the next; one line more than the depth, so that rows of one tile do not
/// compete for the same sets of the cache.
pub(in crate::kernels::cpu) const LEFT_STRIDE: usize = DEPTH + 16;

/// The most rows that a tile has with any instructions.
pub(in crate::kernels::cpu) const MOST_ROWS: usize = 14;
