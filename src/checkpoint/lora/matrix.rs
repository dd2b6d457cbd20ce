//! Products of small factors in `f32`, in parallel over rows.
//!
//! Every sum runs in the order of the inner index, so a result does not depend on the number of threads. Must not
//! depend on where factors come from.

use rayon::prelude::*;

/// `a` `[m, k]` times `b` `[k, n]` gives `[m, n]`, times `factor`.
pub(super) fn product(a: &[f32], b: &[f32], k: usize, factor: f32) -> Vec<f32> {
    let n = b.len().checked_div(k).unwrap_or(0);
    let m = a.len().checked_div(k).unwrap_or(0);
    let mut out = vec![0.0; m * n];
    if n == 0 {
        return out;
    }
    out.par_chunks_mut(n)
        .zip(a.par_chunks(k))
        .for_each(|(out, a)| {
            for (a, b) in a.iter().zip(b.chunks_exact(n)) {
                for (out, b) in out.iter_mut().zip(b) {
                    *out += a * b;
                }
            }
            for out in out {
                *out *= factor;
            }
        });
    out
}

/// `[rows, columns]` to `[columns, rows]`.
pub(super) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let columns = columns.max(1);
    let mut out = Vec::with_capacity(values.len());
    for column in 0..columns {
        out.extend(values.iter().skip(column).step_by(columns));
    }
    out
}

/// Tucker core `t` `[i, j, s]` with `a` `[i, p]` and `b` `[j, q]` gives `[p, q, s]`.
pub(super) fn tucker(t: &[f32], a: &[f32], b: &[f32], i: usize, j: usize) -> Vec<f32> {
    let p = a.len() / i;
    let q = b.len() / j;
    let s = t.len() / (i * j);
    // [p, i] · [i, j·s] = [p, j·s]
    let inner = product(&transposed(a, p), t, i, 1.0);
    let b = transposed(b, q);
    // per p: [q, j] · [j, s] = [q, s]
    inner
        .chunks_exact(j * s)
        .flat_map(|inner| product(&b, inner, j, 1.0))
        .collect()
}

/// Kronecker product of `a` `[m, n]` and `b` `[p, q, s]`: `[m·p, n·q, s]`, times `factor`.
pub(super) fn kronecker(
    a: &[f32],
    n: usize,
    b: &[f32],
    [p, q, s]: [usize; 3],
    factor: f32,
) -> Vec<f32> {
    let m = a.len().checked_div(n).unwrap_or(0);
    let mut out = Vec::with_capacity(a.len() * b.len());
    for row in 0..m * p {
        let (outer, inner) = (row / p, row % p);
        for a in &a[outer * n..(outer + 1) * n] {
            let span = &b[inner * q * s..(inner + 1) * q * s];
            out.extend(span.iter().map(|b| a * b * factor));
        }
    }
    out
}
