//! The tile in 512-bit vectors: 14 rows × 2 vectors are 28 sums in 32 registers.

use std::arch::x86_64::{
    _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_storeu_ps,
};

use super::shape::{LEFT_STRIDE, PANEL};

pub(super) const ROWS: usize = 14;
const VECTOR: usize = 16;

/// See [`super::multiply`].
///
/// # Safety
/// `left` holds [`ROWS`] rows of `depth` floats, [`LEFT_STRIDE`] apart, `panel` holds `depth · 32` floats, and `out`
/// holds [`ROWS`] rows of 32 floats, `stride` apart, which nothing else accesses.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply(
    left: *const f32,
    panel: *const f32,
    depth: usize,
    out: *mut f32,
    stride: usize,
    accumulate: bool,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for k in 0..depth {
        // SAFETY: by contract, the panel has `depth` rows, every left row has `depth` floats, and `k < depth`.
        unsafe {
            let right = [
                _mm512_loadu_ps(panel.add(k * PANEL)),
                _mm512_loadu_ps(panel.add(k * PANEL + VECTOR)),
            ];
            for (i, row) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(*left.add(i * LEFT_STRIDE + k));
                row[0] = _mm512_fmadd_ps(value, right[0], row[0]);
                row[1] = _mm512_fmadd_ps(value, right[1], row[1]);
            }
        }
    }
    for (i, row) in sums.iter().enumerate() {
        for (j, &sum) in row.iter().enumerate() {
            // SAFETY: by contract, row `i` of `out` has 32 floats that only this call accesses.
            unsafe {
                let at = out.add(i * stride + j * VECTOR);
                let sum = if accumulate {
                    _mm512_add_ps(_mm512_loadu_ps(at), sum)
                } else {
                    sum
                };
                _mm512_storeu_ps(at, sum);
            }
        }
    }
}
