//! The tile in the vectors that every CPU of the target has: plain arrays that the compiler keeps in registers.
//!
//! 4 rows × 16 columns are 16 vectors of four floats: right for NEON's 32 registers, and just possible with SSE2.

use super::shape::{LEFT_STRIDE, PANEL};
use crate::kernels::cpu::isa::fma;

pub(super) const ROWS: usize = 4;
const COLUMNS: usize = 16;
const FUSED: bool = cfg!(target_arch = "aarch64");

/// See [`super::multiply`].
pub(super) fn multiply(
    left: &[f32],
    panel: &[f32],
    depth: usize,
    out: &mut [f32],
    stride: usize,
    accumulate: bool,
) {
    for first in (0..PANEL).step_by(COLUMNS) {
        let mut sums = [[0.0_f32; COLUMNS]; ROWS];
        for (k, row) in panel.chunks_exact(PANEL).take(depth).enumerate() {
            let mut right = [0.0_f32; COLUMNS];
            right.copy_from_slice(&row[first..first + COLUMNS]);
            for (i, sums) in sums.iter_mut().enumerate() {
                let value = left[i * LEFT_STRIDE + k];
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = fma::<FUSED>(value, right, *sum);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            let out = &mut out[i * stride + first..][..COLUMNS];
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = if accumulate { *out + sum } else { *sum };
            }
        }
    }
}
