//! Attention in blocks with a running softmax, so that the matrix of scores never exists.
//!
//! Queries, keys and values are rows at any distance from each other, so the same code serves attention among pixels,
//! attention among frames of the same tokens, and attention to the tokens of a prompt. Must not depend on which of them
//! it is.

use std::cell::RefCell;

use super::aligned::Aligned;
use super::grid::pieces;
use super::isa::{SimdKernel, SimdLevel, run};
use super::maths::exp;
use super::microkernel::{self, DEPTH, LEFT_STRIDE, MOST_ROWS, PANEL};
use super::scatter::DisjointSlices;
use super::tasks::each;

/// Queries of one block.
const QUERIES: usize = 56;
/// Keys of one block: a row of the left side has room for this many scores of a query.
const KEYS: usize = DEPTH;

/// Rows of tokens that belong together: `count[0] · count[1]` sets of rows.
///
/// Row `i` of the set `(a, b)` begins at token `a·apart[0] + b·apart[1] + i·step`.
#[derive(Clone, Copy, Debug)]
pub struct Sets {
    /// Number of sets in two directions.
    pub count: [usize; 2],
    /// Tokens from one set to the next; zero if all sets are the same rows.
    pub apart: [usize; 2],
    /// Number of rows in a set.
    pub rows: usize,
    /// Tokens from one row to the next.
    pub step: usize,
}

impl Sets {
    /// The token at which the rows of a set begin.
    fn first(&self, set: usize) -> usize {
        let [_, b] = self.count;
        set / b * self.apart[0] + set % b * self.apart[1]
    }
}

/// Tokens whose values for all heads are adjacent, starting at `offset` in each token.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// All values.
    pub values: &'a [f32],
    /// Floats from one token to the next.
    pub stride: usize,
    /// Index within a token at which the first head begins.
    pub offset: usize,
}

/// Unmasked attention.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    /// Queries.
    pub q: Tokens<'a>,
    /// Keys.
    pub k: Tokens<'a>,
    /// Values.
    pub v: Tokens<'a>,
    /// The rows that attend.
    pub queries: Sets,
    /// The rows that the queries of each set attend to; as many sets.
    pub keys: Sets,
    /// Number of heads, which are adjacent within a token.
    pub heads: usize,
    /// Width of a head.
    pub dim: usize,
}

impl Attention<'_> {
    /// Writes `softmax(q·kᵀ/√dim)·v` as `[tokens, heads·dim]`; all zeros without keys.
    ///
    /// # Panics
    /// If the output does not have that length, or there are not as many sets of keys as of queries.
    pub fn run(&self, isa: SimdLevel, out: &mut [f32]) {
        let [a, b] = self.queries.count;
        let rows = self.queries.rows;
        assert_eq!(
            out.len(),
            a * b * rows * self.heads * self.dim,
            "an attention's output"
        );
        assert_eq!(self.keys.count, [a, b], "an attention's sets of keys");
        let problems = a * b * self.heads;
        if problems * rows * self.dim * self.keys.rows == 0 {
            out.fill(0.0);
            return;
        }
        // With few problems, several threads share one: each packs the keys again and takes some of the queries.
        let wanted = 4 * rayon::current_num_threads();
        let shares = wanted.div_ceil(problems).min(rows.div_ceil(QUERIES));
        let chunk = (problems * shares).div_ceil(64 * wanted).max(1);
        let out = DisjointSlices::new(out);
        each((problems * shares).div_ceil(chunk), |task| {
            with_scratch(|scratch| {
                for index in task * chunk..((task + 1) * chunk).min(problems * shares) {
                    let (problem, share) = (index / shares, index % shares);
                    let queries = rows * share / shares..rows * (share + 1) / shares;
                    self.problem(isa, problem, queries, scratch, &out);
                }
            });
        });
    }

    fn problem(
        &self,
        isa: SimdLevel,
        problem: usize,
        queries: std::ops::Range<usize>,
        scratch: &mut Scratch,
        out: &DisjointSlices<'_>,
    ) {
        // Heads vary fastest.
        let (set, head) = (problem / self.heads, problem % self.heads);
        let (rows, dim) = (self.keys.rows, self.dim);
        let keys = rows.next_multiple_of(PANEL);
        let width = dim.next_multiple_of(PANEL);
        let row = |sets: &Sets, tokens: &Tokens<'_>, i: usize| {
            let token = sets.first(set) + i * sets.step;
            token * tokens.stride + tokens.offset + head * dim
        };
        // [keys/32, dim, 32] and [dim/32, keys, 32]
        let k = scratch.keys.reserve(keys * dim);
        let v = scratch.values.reserve(width * rows);
        for i in 0..rows {
            let from = &self.k.values[row(&self.keys, &self.k, i)..][..dim];
            let at = i / PANEL * dim * PANEL + i % PANEL;
            for (c, &value) in from.iter().enumerate() {
                k[at + c * PANEL] = value;
            }
            let from = &self.v.values[row(&self.keys, &self.v, i)..][..dim];
            for (panel, from) in from.chunks(PANEL).enumerate() {
                let into = &mut v[(panel * rows + i) * PANEL..][..PANEL];
                into[..from.len()].copy_from_slice(from);
                into[from.len()..].fill(0.0);
            }
        }
        // Columns past the last key are never used, but must be numbers.
        for i in rows..keys {
            let at = i / PANEL * dim * PANEL + i % PANEL;
            for c in 0..dim {
                k[at + c * PANEL] = 0.0;
            }
        }
        let (k, v) = (&*k, &*v);
        for queries in pieces(queries.len(), QUERIES)
            .map(|piece| queries.start + piece.start..queries.start + piece.end)
        {
            let tile_rows = microkernel::rows(isa);
            let room = (QUERIES + MOST_ROWS).next_multiple_of(tile_rows);
            let block = Block {
                queries: queries.len(),
                rows,
                dim,
                width,
                scale: (dim as f32).sqrt().recip(),
                k,
                v,
                left: scratch
                    .left
                    .reserve(room * LEFT_STRIDE * dim.div_ceil(DEPTH)),
                room,
                scores: scratch.scores.reserve(room * LEFT_STRIDE),
                sums: scratch.sums.reserve(room * width),
                most: [f32::NEG_INFINITY; QUERIES],
                total: [0.0; QUERIES],
            };
            let mut block = block;
            for (i, query) in queries.clone().enumerate() {
                let from = &self.q.values[row(&self.queries, &self.q, query)..][..dim];
                for (part, from) in from.chunks(DEPTH).enumerate() {
                    block.left[(part * room + i) * LEFT_STRIDE..][..from.len()]
                        .copy_from_slice(from);
                }
            }
            block.attend(isa);
            for (i, query) in queries.enumerate() {
                let token = self.queries.first(set) + query * self.queries.step;
                let at = (token * self.heads + head) * dim;
                // SAFETY: each query of each problem has its own place in the output and is computed once.
                let to = unsafe { out.slice_mut(at..at + dim) };
                let by = block.total[i].recip();
                for (to, &sum) in to.iter_mut().zip(&block.sums[i * width..]) {
                    *to = sum * by;
                }
            }
        }
    }
}

/// Some queries of one problem while all keys are processed.
struct Block<'a> {
    queries: usize,
    rows: usize,
    dim: usize,
    /// `dim`, rounded up to whole panels.
    width: usize,
    scale: f32,
    k: &'a [f32],
    v: &'a [f32],
    /// Queries, `[dim/256, room, LEFT_STRIDE]`.
    left: &'a mut [f32],
    room: usize,
    /// Scores, then weights, `[room, LEFT_STRIDE]`.
    scores: &'a mut [f32],
    /// Weighted values, `[room, width]`.
    sums: &'a mut [f32],
    /// Largest scaled score of each query so far.
    most: [f32; QUERIES],
    /// Sum of each query's weights so far.
    total: [f32; QUERIES],
}

impl Block<'_> {
    fn attend(&mut self, isa: SimdLevel) {
        let tile_rows = microkernel::rows(isa);
        for first in (0..self.rows).step_by(KEYS) {
            let keys = KEYS.min(self.rows - first);
            for panel in 0..keys.div_ceil(PANEL) {
                let columns = &self.k[(first / PANEL + panel) * self.dim * PANEL..];
                for (part, depth) in (0..self.dim).step_by(DEPTH).enumerate() {
                    for row in (0..self.queries).step_by(tile_rows) {
                        microkernel::multiply(
                            isa,
                            &self.left[(part * self.room + row) * LEFT_STRIDE..],
                            &columns[depth * PANEL..],
                            DEPTH.min(self.dim - depth),
                            &mut self.scores[row * LEFT_STRIDE + panel * PANEL..],
                            LEFT_STRIDE,
                            part > 0,
                        );
                    }
                }
            }
            run(
                isa,
                Weigh {
                    scores: self.scores,
                    sums: (first > 0).then_some(&mut *self.sums),
                    width: self.width,
                    queries: self.queries,
                    keys,
                    scale: self.scale,
                    most: &mut self.most,
                    total: &mut self.total,
                },
            );
            for panel in 0..self.width / PANEL {
                let columns = &self.v[(panel * self.rows + first) * PANEL..];
                for row in (0..self.queries).step_by(tile_rows) {
                    microkernel::multiply(
                        isa,
                        &self.scores[row * LEFT_STRIDE..],
                        columns,
                        keys,
                        &mut self.sums[row * self.width + panel * PANEL..],
                        self.width,
                        first > 0,
                    );
                }
            }
        }
    }
}

/// Turns scores into weights `e^(score − most)`, and scales down what was summed with an older, smaller `most`.
struct Weigh<'a> {
    scores: &'a mut [f32],
    /// `None` before the first keys, when nothing has been summed yet.
    sums: Option<&'a mut [f32]>,
    width: usize,
    queries: usize,
    keys: usize,
    scale: f32,
    most: &'a mut [f32; QUERIES],
    total: &'a mut [f32; QUERIES],
}

impl SimdKernel for Weigh<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        for i in 0..self.queries {
            let row = &mut self.scores[i * LEFT_STRIDE..][..self.keys];
            let mut tops = [f32::NEG_INFINITY; 16];
            for chunk in row.chunks(16) {
                for (top, &score) in tops.iter_mut().zip(chunk) {
                    *top = if score > *top { score } else { *top };
                }
            }
            let top = tops.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b)) * self.scale;
            let most = self.most[i].max(top);
            let mut totals = [0.0_f32; 16];
            for chunk in row.chunks_mut(16) {
                for (total, score) in totals.iter_mut().zip(chunk) {
                    *score = exp::<FUSED>(*score * self.scale - most);
                    *total += *score;
                }
            }
            let mut total: f32 = totals.iter().sum();
            if let Some(sums) = &mut self.sums {
                let shrunk = exp::<FUSED>(self.most[i] - most);
                total += self.total[i] * shrunk;
                if shrunk != 1.0 {
                    for sum in &mut sums[i * self.width..][..self.width] {
                        *sum *= shrunk;
                    }
                }
            }
            self.most[i] = most;
            self.total[i] = total;
        }
    }
}

/// A thread's own buffers, reused from task to task.
#[derive(Default)]
struct Scratch {
    keys: Aligned,
    values: Aligned,
    left: Aligned,
    scores: Aligned,
    sums: Aligned,
}

fn with_scratch(work: impl FnOnce(&mut Scratch)) {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    let mut scratch = SCRATCH.take();
    work(&mut scratch);
    SCRATCH.set(scratch);
}
