//! The sizes that all versions of the innermost product share.

/// Columns of a panel: two of the widest vectors.
pub(in crate::kernels::cpu) const PANEL: usize = 32;

/// Maximum number of terms that are summed in registers at once: a panel of this depth fits in the first-level cache.
pub(in crate::kernels::cpu) const DEPTH: usize = 256;

/// Floats from one row of the left side to the next; one cache line more than the depth, so that the rows of a tile do
/// not compete for the same sets of the cache.
pub(in crate::kernels::cpu) const LEFT_STRIDE: usize = DEPTH + 16;

/// Maximum number of rows in a tile, with any instruction set.
pub(in crate::kernels::cpu) const MOST_ROWS: usize = 14;
