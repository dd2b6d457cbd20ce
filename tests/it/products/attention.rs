//! Attention on the CPU compared with plain loops.

use kinora::kernels::cpu::{Attention, Sets, SimdLevel, Tokens};

use super::oracle::{self, assert_close, numbers};

/// Weights and values are within 2; rounding of f32 scores of at most 130 terms changes a weight by a few 1e-6 of
/// itself.
const TOLERANCE: f64 = 3e-5;

/// Numbers of frames, pixels and heads, and the width of a head.
type Shape = [usize; 4];

fn check(isa: SimdLevel, [frames, pixels, heads, dim]: Shape, over_frames: bool) {
    let width = heads * dim;
    // Queries, keys and values of a token are adjacent, as a joint projection writes them.
    let joined = numbers(3, frames * pixels * 3 * width);
    let tokens = |i: usize| Tokens {
        values: &joined,
        stride: 3 * width,
        offset: i * width,
    };
    let sets = if over_frames {
        Sets {
            count: [1, pixels],
            apart: [0, 1],
            rows: frames,
            step: pixels,
        }
    } else {
        Sets {
            count: [frames, 1],
            apart: [pixels, 0],
            rows: pixels,
            step: 1,
        }
    };
    let mut out = vec![f32::NAN; frames * pixels * width];
    Attention {
        q: tokens(0),
        k: tokens(1),
        v: tokens(2),
        queries: sets,
        keys: sets,
        heads,
        dim,
    }
    .run(isa, &mut out);

    let mut expected = vec![f64::NAN; out.len()];
    for set in 0..sets.count[0] * sets.count[1] {
        let token = |i: usize| {
            if over_frames {
                i * pixels + set
            } else {
                set * pixels + i
            }
        };
        for head in 0..heads {
            let rows = |part: usize| -> Vec<Vec<f32>> {
                (0..sets.rows)
                    .map(|i| {
                        let at = token(i) * 3 * width + part * width + head * dim;
                        joined[at..at + dim].to_vec()
                    })
                    .collect()
            };
            let found = oracle::attention(&rows(0), &rows(1), &rows(2));
            for (i, row) in found.iter().enumerate() {
                let at = token(i) * width + head * dim;
                expected[at..at + dim].copy_from_slice(row);
            }
        }
    }
    let what = format!("{frames} frames, {pixels} pixels, {heads} heads of {dim}, {isa:?}");
    assert_close(&what, &out, &expected, TOLERANCE);
}

#[test]
fn attention_among_pixels_is_what_plain_loops_give() {
    for isa in SimdLevel::available() {
        // The last two have more keys than one block holds, and a head wider than one pass through the registers.
        for shape in [
            [1, 1, 1, 1],
            [2, 33, 3, 5],
            [3, 60, 2, 64],
            [1, 300, 1, 40],
            [1, 70, 1, 270],
        ] {
            check(isa, shape, false);
        }
    }
}

#[test]
fn attention_among_frames_is_what_plain_loops_give() {
    for isa in SimdLevel::available() {
        for shape in [
            [1, 5, 2, 8],
            [14, 6, 5, 64],
            [25, 3, 2, 37],
            [40, 2, 1, 130],
        ] {
            check(isa, shape, true);
        }
    }
}

/// Queries of `frames` frames attend to the tokens of a context, which the frames share or have each for itself.
fn check_context(
    isa: SimdLevel,
    [frames, pixels, heads, dim]: Shape,
    [contexts, length]: [usize; 2],
) {
    let width = heads * dim;
    let [q, k, v] = [
        (1, frames * pixels),
        (2, contexts * length),
        (3, contexts * length),
    ]
    .map(|(seed, tokens)| numbers(seed, tokens * width));
    let tokens = |values| Tokens {
        values,
        stride: width,
        offset: 0,
    };
    let sets = |rows, apart| Sets {
        count: [frames, 1],
        apart: [apart, 0],
        rows,
        step: 1,
    };
    let mut out = vec![f32::NAN; q.len()];
    Attention {
        q: tokens(&q),
        k: tokens(&k),
        v: tokens(&v),
        queries: sets(pixels, pixels),
        keys: sets(length, if contexts == 1 { 0 } else { length }),
        heads,
        dim,
    }
    .run(isa, &mut out);

    let mut expected = vec![f64::NAN; out.len()];
    for frame in 0..frames {
        for head in 0..heads {
            let rows = |values: &[f32], first: usize, count: usize| -> Vec<Vec<f32>> {
                let at = |i: usize| (first + i) * width + head * dim;
                (0..count)
                    .map(|i| values[at(i)..at(i) + dim].to_vec())
                    .collect()
            };
            let context = if contexts == 1 { 0 } else { frame * length };
            let found = oracle::attention(
                &rows(&q, frame * pixels, pixels),
                &rows(&k, context, length),
                &rows(&v, context, length),
            );
            for (i, row) in found.iter().enumerate() {
                let at = (frame * pixels + i) * width + head * dim;
                expected[at..at + dim].copy_from_slice(row);
            }
        }
    }
    let what = format!(
        "{frames} frames, {pixels} pixels, {heads} heads of {dim}, {isa:?}, {contexts} contexts of {length}"
    );
    assert_close(&what, &out, &expected, TOLERANCE);
}

#[test]
fn attention_to_a_context_is_what_plain_loops_give() {
    for isa in SimdLevel::available() {
        for (shape, context) in [
            ([1, 1, 1, 1], [1, 1]),
            ([3, 60, 2, 40], [1, 77]),
            ([2, 33, 3, 5], [2, 7]),
            ([2, 3, 1, 160], [1, 300]),
            ([2, 3, 1, 8], [1, 1]),
        ] {
            check_context(isa, shape, context);
        }
    }
}

#[test]
fn scores_too_large_for_an_exponential_are_no_trouble() {
    // Scores of up to 4·64·2500/8, whose exponential overflows.
    let x: Vec<f32> = numbers(1, 40 * 64).iter().map(|v| v * 50.0).collect();
    let tokens = Tokens {
        values: &x,
        stride: 64,
        offset: 0,
    };
    let sets = Sets {
        count: [1, 1],
        apart: [0, 0],
        rows: 40,
        step: 1,
    };
    for isa in SimdLevel::available() {
        let mut out = vec![f32::NAN; x.len()];
        let attention = Attention {
            q: tokens,
            k: tokens,
            v: tokens,
            queries: sets,
            keys: sets,
            heads: 1,
            dim: 64,
        };
        attention.run(isa, &mut out);
        assert!(
            out.iter()
                .all(|value| value.is_finite() && value.abs() <= 100.0)
        );
    }
}
