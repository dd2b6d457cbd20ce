//! The innermost product: a few rows times one panel of 32 columns, kept in registers from start to end.
//!
//! Rows of the left side are [`LEFT_STRIDE`] apart, whatever the product's size, so their addresses are constants. The
//! right side is a panel `[depth, 32]` that begins on a cache line. Must not depend on where either comes from.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod shape;

use super::isa::{Level, SimdLevel};

pub(super) use shape::{DEPTH, LEFT_STRIDE, MOST_ROWS, PANEL};

/// Number of rows in a tile; blocks are rounded up to a multiple of it.
pub(super) fn rows(isa: SimdLevel) -> usize {
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => avx512::ROWS,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::ROWS,
        Level::Baseline => portable::ROWS,
    }
}

/// `out[i][j] = Σ left[i][k]·panel[k][j]` over `k < depth`, for all [`rows`] of the tile and 32 columns; if
/// `accumulate` is set, the sums are added to `out`. Rows of `out` are `stride` apart.
#[inline]
pub(super) fn multiply(
    isa: SimdLevel,
    left: &[f32],
    panel: &[f32],
    depth: usize,
    out: &mut [f32],
    stride: usize,
    accumulate: bool,
) {
    let rows = rows(isa);
    assert!(depth <= DEPTH && panel.len() >= depth * PANEL);
    assert!(left.len() >= (rows - 1) * LEFT_STRIDE + depth);
    assert!(out.len() >= (rows - 1) * stride + PANEL);
    match isa.level() {
        // SAFETY: the CPU has the instructions (`SimdLevel::available`), and the assertions above cover every address:
        // rows of `left` up to `depth`, `depth` rows of the panel, and 32 floats in each row of `out`.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe {
            avx512::multiply(
                left.as_ptr(),
                panel.as_ptr(),
                depth,
                out.as_mut_ptr(),
                stride,
                accumulate,
            );
        },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe {
            avx2::multiply(
                left.as_ptr(),
                panel.as_ptr(),
                depth,
                out.as_mut_ptr(),
                stride,
                accumulate,
            );
        },
        Level::Baseline => portable::multiply(left, panel, depth, out, stride, accumulate),
    }
}
