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
        sets,
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
            sets,
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
