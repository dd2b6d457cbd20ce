//! Adding one row to every token of a frame.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::{ParallelSlice as _, ParallelSliceMut as _};

/// Computes `out[f, s, c] = tokens[f, s, c] + rows[f, c]`, where a row has `width` values.
pub fn add_rows(tokens: &[f32], rows: &[f32], width: usize, out: &mut [f32]) {
    let frames = rows.len() / width.max(1);
    let frame = (tokens.len() / frames.max(1)).max(1);
    out.par_chunks_mut(frame)
        .zip(tokens.par_chunks(frame))
        .zip(rows.par_chunks(width.max(1)))
        .for_each(|((out, tokens), row)| {
            let tokens = tokens.chunks_exact(row.len());
            for (out, token) in out.chunks_exact_mut(row.len()).zip(tokens) {
                for ((out, token), add) in out.iter_mut().zip(token).zip(row) {
                    *out = token + add;
                }
            }
        });
}

/// Computes `tokens[f, s, c] += rows[f, c]`, where a row has `width` values.
pub fn add_rows_onto(tokens: &mut [f32], rows: &[f32], width: usize) {
    let frames = rows.len() / width.max(1);
    let frame = (tokens.len() / frames.max(1)).max(1);
    tokens
        .par_chunks_mut(frame)
        .zip(rows.par_chunks(width.max(1)))
        .for_each(|(tokens, row)| {
            for token in tokens.chunks_exact_mut(row.len()) {
                for (value, add) in token.iter_mut().zip(row) {
                    *value += add;
                }
            }
        });
}
