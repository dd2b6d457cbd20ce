//! The tile in 256-bit vectors: 6 rows × 2 vectors are 12 sums in 16 registers, so a panel is processed in two halves.

use std::arch::x86_64::{
    _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps,
};

use super::shape::{LEFT_STRIDE, PANEL};

pub(super) const ROWS: usize = 6;
const VECTOR: usize = 8;

/// See [`super::multiply`].
///
/// # Safety
/// `left` holds [`ROWS`] rows of `depth` floats, [`LEFT_STRIDE`] apart, `panel` holds `depth · 32` floats, and `out`
/// holds [`ROWS`] rows of 32 floats, `stride` apart, which nothing else accesses.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply(
    left: *const f32,
    panel: *const f32,
    depth: usize,
    out: *mut f32,
    stride: usize,
    accumulate: bool,
) {
    for half in [0, 2 * VECTOR] {
        let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
        for k in 0..depth {
            // SAFETY: by contract, the panel has `depth` rows, every left row has `depth` floats, and `k < depth`.
            unsafe {
                let at = panel.add(k * PANEL + half);
                let right = [_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(VECTOR))];
                for (i, row) in sums.iter_mut().enumerate() {
                    let value = _mm256_set1_ps(*left.add(i * LEFT_STRIDE + k));
                    row[0] = _mm256_fmadd_ps(value, right[0], row[0]);
                    row[1] = _mm256_fmadd_ps(value, right[1], row[1]);
                }
            }
        }
        for (i, row) in sums.iter().enumerate() {
            for (j, &sum) in row.iter().enumerate() {
                // SAFETY: by contract, row `i` of `out` has 32 floats that only this call accesses.
                unsafe {
                    let at = out.add(i * stride + half + j * VECTOR);
                    let sum = if accumulate {
                        _mm256_add_ps(_mm256_loadu_ps(at), sum)
                    } else {
                        sum
                    };
                    _mm256_storeu_ps(at, sum);
                }
            }
        }
    }
}
