//! Tensors coming and going, and the arithmetic between them.
//!
//! Owns the counting and what one operation takes. Must not know any network.

use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use super::Cost;

/// Arithmetic by kind, in floating-point operations: a multiplication and an addition count two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flops {
    /// Convolutions, within and across frames.
    pub convolution: f64,
    /// Matrix products with weights.
    pub linear: f64,
    /// Scores and weighted sums of attention.
    pub attention: f64,
}

impl Flops {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.convolution + self.linear + self.attention
    }
}

impl Add for Flops {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            convolution: self.convolution + other.convolution,
            linear: self.linear + other.linear,
            attention: self.attention + other.attention,
        }
    }
}

impl Mul<f64> for Flops {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            convolution: self.convolution * times,
            linear: self.linear * times,
            attention: self.attention * times,
        }
    }
}

/// How a backend computes, as far as memory is concerned: what an operation holds besides its input and its output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Bytes of one element of an activation.
    pub element: u64,
    /// Copies of its input that a group normalisation makes on the way.
    pub norm_copies: f64,
    /// Copies of its input that a convolution makes: other layouts, patches.
    pub conv_input_copies: f64,
    /// Copies of its output that a convolution makes.
    pub conv_output_copies: f64,
    /// Copies of q, k, v and result that attention makes: other layouts.
    pub attention_copies: f64,
    /// Whether attention with heads wider than 128 keeps its scores.
    pub wide_scores: bool,
    /// Bytes of the wide middle of a feed-forward that are alive at once, at most; beyond, it runs in chunks.
    pub feed_forward: u64,
}

/// The book of one pass.
pub(super) struct Ledger<'a> {
    habits: &'a Habits,
    alive: u64,
    peak: u64,
    largest: u64,
    flops: Flops,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(habits: &'a Habits) -> Self {
        Self {
            habits,
            alive: 0,
            peak: 0,
            largest: 0,
            flops: Flops::default(),
        }
    }

    pub(super) fn close(self, (parameters, largest_parameter): (u64, u64)) -> Cost {
        Cost {
            parameters,
            largest_parameter,
            activations: self.peak,
            largest_activation: self.largest,
            flops: self.flops,
        }
    }

    /// A tensor of `elements` comes to life.
    pub(super) fn make(&mut self, elements: usize) {
        let bytes = elements as u64 * self.habits.element;
        self.alive += bytes;
        self.largest = self.largest.max(bytes);
        self.peak = self.peak.max(self.alive);
    }

    /// A tensor of `elements` is given back.
    pub(super) fn free(&mut self, elements: usize) {
        self.alive = self
            .alive
            .saturating_sub(elements as u64 * self.habits.element);
    }

    /// `copies` of a tensor live for one operation only.
    fn briefly(&mut self, elements: usize, copies: f64) {
        let bytes = (elements as f64 * copies) as u64 * self.habits.element;
        self.peak = self.peak.max(self.alive + bytes);
    }

    /// A group normalisation, with or without an activation: makes its output.
    pub(super) fn norm(&mut self, elements: usize) {
        self.make(elements);
        self.briefly(elements, self.habits.norm_copies);
    }

    /// A convolution with `taps` of each kernel, at `pixels` of the output over all frames: makes its output.
    pub(super) fn conv(&mut self, inputs: usize, outputs: usize, pixels: usize, taps: usize) {
        self.flops.convolution += 2.0 * (inputs * outputs) as f64 * (pixels * taps) as f64;
        self.make(outputs * pixels);
        let copied = inputs as f64 * self.habits.conv_input_copies
            + outputs as f64 * self.habits.conv_output_copies;
        self.briefly(pixels, copied);
    }

    /// A matrix product of `tokens` rows with a weight: makes its output.
    pub(super) fn linear(&mut self, tokens: usize, inputs: usize, outputs: usize) {
        self.flops.linear += 2.0 * tokens as f64 * (inputs * outputs) as f64;
        self.make(tokens * outputs);
    }

    /// A layer normalisation of `elements`: makes its output.
    pub(super) fn layer_norm(&mut self, elements: usize) {
        self.make(elements);
    }

    /// Projections, attention among `among` tokens and its output projection: turns a normalised input `[tokens, c]`
    /// into an update of the same size.
    pub(super) fn self_attention(
        &mut self,
        tokens: usize,
        among: usize,
        width: usize,
        head: usize,
    ) {
        let size = tokens * width;
        for _ in 0..3 {
            self.linear(tokens, width, width);
        }
        self.free(size);
        self.flops.attention += 4.0 * tokens as f64 * (among * width) as f64;
        self.make(size);
        self.briefly(size, self.habits.attention_copies);
        if self.habits.wide_scores && head > 128 {
            self.briefly(tokens * among * (width / head), 1.0);
        }
        self.free(3 * size);
        self.linear(tokens, width, width);
        self.free(size);
    }

    /// A gated feed-forward with `4·width` in its middle: turns a normalised input `[tokens, c]` into an update.
    /// It runs in chunks of whole frames where its middle would be too large.
    pub(super) fn feed_forward(&mut self, frames: usize, pixels: usize, width: usize) {
        let tokens = frames * pixels;
        let inner = 4 * width;
        self.flops.linear += 2.0 * tokens as f64 * (3 * inner * width) as f64;
        let frame = pixels as u64 * 2 * inner as u64 * self.habits.element;
        let together = usize::try_from(self.habits.feed_forward / frame.max(1))
            .unwrap_or(frames)
            .clamp(1, frames);
        let size = tokens * width;
        if together == frames {
            self.make(tokens * 2 * inner);
            self.free(size);
            self.make(tokens * inner);
            self.free(tokens * 2 * inner);
            self.make(size);
            self.free(tokens * inner);
        } else {
            // The input stays to the end, and so do the results of earlier chunks, which are joined at last.
            let part = together * pixels;
            self.make(size);
            self.make(part * 2 * inner);
            self.make(part * inner);
            self.free(part * 3 * inner);
            self.free(size);
            self.briefly(size, 1.0);
        }
    }
}
