//! Tensors coming and going, and the arithmetic between them.
//!
//! Owns the counting and what one operation takes. Must not know any network.

use super::figures::{Cost, Sizes};
use super::flops::Flops;

/// How a backend computes, as far as memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Bytes of one element of an activation.
    pub element: u64,
    /// Whether norms, activations, sums, concatenations and enlargements are part of the product beside them
    /// (`kernels::cpu_tensor`), so that none of them is a tensor; given-back memory is then kept for the next output
    /// (`kernels::pool`).
    pub fused: bool,
    /// Copies of its input that a convolution makes: other layouts.
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

/// Elements below which given-back memory is left to the allocator, and the largest kept buffer for an output of one;
/// both as in `kernels::pool`.
const SMALLEST: usize = 1 << 14;
const SHARE: usize = 4;

/// The book of one pass.
pub(in crate::model) struct Ledger<'a> {
    habits: &'a Habits,
    /// Length and capacity of what is alive, in elements.
    alive: Vec<(usize, usize)>,
    /// Capacities of what was given back and is kept.
    kept: Vec<usize>,
    peak: u64,
    largest: u64,
    flops: Flops,
}

impl<'a> Ledger<'a> {
    pub(in crate::model) fn new(habits: &'a Habits) -> Self {
        Self {
            habits,
            alive: Vec::new(),
            kept: Vec::new(),
            peak: 0,
            largest: 0,
            flops: Flops::default(),
        }
    }

    pub(in crate::model) fn close(self, sizes: Sizes) -> Cost {
        Cost {
            parameters: sizes.all,
            largest_parameter: sizes.largest,
            large_parameters: sizes.large,
            activations: self.peak,
            largest_activation: self.largest,
            flops: self.flops,
        }
    }

    /// Whether what stands around a product is part of it.
    pub(in crate::model) fn fused(&self) -> bool {
        self.habits.fused
    }

    /// A tensor of `elements` comes to life.
    pub(in crate::model) fn make(&mut self, elements: usize) {
        let capacity = self.taken(elements);
        self.alive.push((elements, capacity));
        self.largest = self.largest.max(elements as u64 * self.habits.element);
        self.briefly(0, 0.0);
    }

    /// The capacity of a kept buffer, or of a new one; what is too small then is given to the system.
    fn taken(&mut self, elements: usize) -> usize {
        if !self.habits.fused || elements < SMALLEST {
            return elements;
        }
        let fitting = (0..self.kept.len())
            .filter(|&i| (elements..=elements * SHARE).contains(&self.kept[i]))
            .min_by_key(|&i| self.kept[i]);
        if let Some(index) = fitting {
            return self.kept.swap_remove(index);
        }
        self.kept.retain(|&capacity| capacity > elements);
        elements
    }

    /// A tensor of `elements` is given back.
    pub(in crate::model) fn free(&mut self, elements: usize) {
        let found = self
            .alive
            .iter()
            .rposition(|&(length, _)| length == elements);
        assert!(found.is_some(), "no tensor of {elements} elements is alive");
        let Some(index) = found else {
            return;
        };
        let (_, capacity) = self.alive.swap_remove(index);
        if self.habits.fused && capacity >= SMALLEST {
            self.kept.push(capacity);
        }
    }

    /// `copies` of a tensor live for one operation only.
    fn briefly(&mut self, elements: usize, copies: f64) {
        let alive: usize = self.alive.iter().map(|(_, capacity)| capacity).sum();
        let kept: usize = self.kept.iter().sum();
        let brief = (elements as f64 * copies) as u64;
        let bytes = ((alive + kept) as u64 + brief) * self.habits.element;
        self.peak = self.peak.max(bytes);
    }

    /// A norm whose input stays alive; [`Ledger::normed_used`] follows the product behind it.
    pub(in crate::model) fn norm_beside(&mut self, elements: usize) {
        if !self.habits.fused {
            self.make(elements);
        }
    }

    /// The normalised copy is used up.
    pub(in crate::model) fn normed_used(&mut self, elements: usize) {
        if !self.habits.fused {
            self.free(elements);
        }
    }

    /// A norm that uses its input up, or passes it on to the product behind it.
    pub(in crate::model) fn norm(&mut self, elements: usize) {
        if !self.habits.fused {
            self.make(elements);
            self.free(elements);
        }
    }

    /// A convolution with `taps` of each kernel, at `pixels` of the output over all frames: makes its output.
    pub(in crate::model) fn conv(
        &mut self,
        inputs: usize,
        outputs: usize,
        pixels: usize,
        taps: usize,
    ) {
        self.flops.convolution += 2.0 * (inputs * outputs) as f64 * (pixels * taps) as f64;
        self.make(outputs * pixels);
        let copied = inputs as f64 * self.habits.conv_input_copies
            + outputs as f64 * self.habits.conv_output_copies;
        self.briefly(pixels, copied);
    }

    /// A convolution added to a tensor of its output's size that nobody else needs, which becomes the result.
    pub(in crate::model) fn conv_onto(
        &mut self,
        inputs: usize,
        outputs: usize,
        pixels: usize,
        taps: usize,
    ) {
        if self.habits.fused {
            self.flops.convolution += 2.0 * (inputs * outputs) as f64 * (pixels * taps) as f64;
        } else {
            self.conv(inputs, outputs, pixels, taps);
            self.free(outputs * pixels);
        }
    }

    /// A matrix product added to a tensor of its output's size that nobody else needs, which becomes the result.
    pub(in crate::model) fn linear_onto(&mut self, tokens: usize, inputs: usize, outputs: usize) {
        if self.habits.fused {
            self.flops.linear += 2.0 * tokens as f64 * (inputs * outputs) as f64;
        } else {
            self.linear(tokens, inputs, outputs);
            self.free(tokens * outputs);
        }
    }

    /// A matrix product of `tokens` rows with a weight: makes its output.
    pub(in crate::model) fn linear(&mut self, tokens: usize, inputs: usize, outputs: usize) {
        self.flops.linear += 2.0 * tokens as f64 * (inputs * outputs) as f64;
        self.make(tokens * outputs);
    }

    /// Norm, projections, attention among `among` tokens and output projection, added to its input `[tokens, c]`: the
    /// result takes the input's place.
    pub(in crate::model) fn self_attention(
        &mut self,
        tokens: usize,
        among: usize,
        width: usize,
        head: usize,
    ) {
        let size = tokens * width;
        self.norm_beside(size);
        if self.habits.fused {
            self.linear(tokens, width, 3 * width);
        } else {
            for _ in 0..3 {
                self.linear(tokens, width, width);
            }
        }
        self.normed_used(size);
        self.flops.attention += 4.0 * tokens as f64 * (among * width) as f64;
        self.make(size);
        self.briefly(size, self.habits.attention_copies);
        if self.habits.wide_scores && head > 128 {
            self.briefly(tokens * among * (width / head), 1.0);
        }
        if self.habits.fused {
            self.free(3 * size);
        } else {
            for _ in 0..3 {
                self.free(size);
            }
        }
        self.linear_onto(tokens, width, width);
        self.free(size);
    }

    /// Norm and gated feed-forward with `4·width` in its middle: makes an update of `[tokens, c]` beside its input.
    /// It runs in chunks where its middle would be too large: of tokens where it is fused, else of whole frames.
    pub(in crate::model) fn feed_forward(&mut self, frames: usize, pixels: usize, width: usize) {
        let tokens = frames * pixels;
        let (size, inner) = (tokens * width, 4 * width);
        self.flops.linear += 2.0 * tokens as f64 * (3 * inner * width) as f64;
        if self.habits.fused {
            // As `kernels::cpu_tensor::feed_forward` cuts it.
            let step = ((4 << 20) / inner).clamp(896, 8960) / 224 * 224;
            let middle = step.min(tokens) * inner;
            self.make(middle);
            self.make(size);
            self.free(middle);
            return;
        }
        let frame = pixels as u64 * 2 * inner as u64 * self.habits.element;
        let together = usize::try_from(self.habits.feed_forward / frame.max(1))
            .unwrap_or(frames)
            .clamp(1, frames);
        self.make(size);
        if together == frames {
            self.make(tokens * 2 * inner);
            self.free(size);
            self.make(tokens * inner);
            self.free(tokens * 2 * inner);
            self.make(size);
            self.free(tokens * inner);
        } else {
            // The norm stays to the end, and so do the results of earlier chunks, which are joined at last.
            let part = together * pixels;
            self.make(size);
            self.make(part * 2 * inner);
            self.make(part * inner);
            self.free(part * 2 * inner);
            self.free(part * inner);
            self.free(size);
            self.briefly(size, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk that gives back what it never made would foresee too little memory from there on.
    #[test]
    #[should_panic(expected = "no tensor of 8 elements is alive")]
    fn what_was_never_made_cannot_be_given_back() {
        let habits = Habits {
            element: 4,
            fused: false,
            conv_input_copies: 0.0,
            conv_output_copies: 0.0,
            attention_copies: 0.0,
            wide_scores: false,
            feed_forward: u64::MAX,
        };
        let mut ledger = Ledger::new(&habits);
        ledger.make(7);
        ledger.free(7);
        ledger.free(8);
    }
}
