//! A ledger of the tensors that a pass allocates and frees, and of its arithmetic.
//!
//! Owns the counting and the cost of single operations. Must not depend on any network.

use super::figures::{Cost, Sizes};
use super::flops::Flops;
use crate::kernels::chunks::together;
use crate::kernels::cpu::buffer_pool::Pool;

/// The memory behaviour of a backend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackendMemory {
    /// Bytes of one element of an activation.
    pub element: u64,
    /// Whether norms, activations, sums, concatenations and upsampling are fused into the product next to them
    /// (`kernels::cpu_tensor`) and need no tensors of their own. Freed buffers are then kept for later outputs
    /// (`Pool`).
    pub fused: bool,
    /// Copies of its input that a convolution makes, in another layout.
    pub conv_input_copies: f64,
    /// Copies of its output that a convolution makes.
    pub conv_output_copies: f64,
    /// Copies of q, k, v and the result that attention makes, in another layout.
    pub attention_copies: f64,
    /// Bytes of one score of attention that is kept; zero if attention never keeps its scores.
    pub score: u64,
    /// Whether a convolution is a matrix product of patches (`kernels::convolution`).
    pub patches: bool,
    /// Maximum bytes of a tensor within an operation; above that, the operation runs in chunks (`kernels::chunks`).
    pub intermediate: u64,
}

/// A tensor that is alive.
struct Alive {
    elements: usize,
    /// Elements that fit into its buffer.
    capacity: usize,
    /// Whether the buffer came from the pool.
    pooled: bool,
}

/// Passes after which a network that runs in a loop has reached its peak: the second starts with the buffers that the
/// first left.
const PASSES: usize = 2;

/// The ledger of a network's passes.
pub(in crate::model) struct Ledger<'a> {
    memory: &'a BackendMemory,
    alive: Vec<Alive>,
    /// Capacities of freed buffers that are kept for reuse.
    pool: Pool<usize>,
    peak: u64,
    largest: u64,
    flops: Flops,
}

impl<'a> Ledger<'a> {
    pub(in crate::model) fn new(memory: &'a BackendMemory) -> Self {
        Self {
            memory,
            alive: Vec::new(),
            pool: Pool::default(),
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

    /// Whether the backend fuses operations into the product next to them.
    pub(in crate::model) fn fused(&self) -> bool {
        self.memory.fused
    }

    /// Records the passes of a network that runs in a loop; `pass` records one.
    pub(in crate::model) fn repeat(&mut self, pass: impl Fn(&mut Self)) {
        for _ in 0..PASSES {
            self.begin_pass();
            pass(self);
        }
    }

    /// Starts the next of several passes, with the buffers that the previous ones left; the previous result is gone.
    /// Arithmetic is that of one pass, memory the peak of all.
    fn begin_pass(&mut self) {
        self.alive.clear();
        self.pool.begin_pass();
        self.flops = Flops::default();
    }

    /// Allocates a tensor of `elements`.
    pub(in crate::model) fn make(&mut self, elements: usize) {
        let capacity = if self.memory.fused {
            self.pool.take(elements, |capacity| capacity)
        } else {
            elements
        };
        self.hold(elements, capacity, self.memory.fused);
    }

    /// Adds an input of `elements`, whose buffer does not come from the pool.
    pub(in crate::model) fn input(&mut self, elements: usize) {
        self.hold(elements, elements, false);
    }

    fn hold(&mut self, elements: usize, capacity: usize, pooled: bool) {
        self.alive.push(Alive {
            elements,
            capacity,
            pooled,
        });
        self.largest = self.largest.max(elements as u64 * self.memory.element);
        self.briefly(0, 0.0);
    }

    /// Frees a tensor of `elements`.
    pub(in crate::model) fn free(&mut self, elements: usize) {
        let found = self
            .alive
            .iter()
            .rposition(|tensor| tensor.elements == elements);
        assert!(found.is_some(), "no tensor of {elements} elements is alive");
        let Some(index) = found else {
            return;
        };
        let tensor = self.alive.swap_remove(index);
        if self.memory.fused {
            if tensor.pooled {
                self.pool.put_back(tensor.capacity);
            } else {
                self.pool.add(tensor.capacity);
            }
        }
    }

    /// Counts `copies` of a tensor that exist during one operation only.
    fn briefly(&mut self, elements: usize, copies: f64) {
        let alive: usize = self.alive.iter().map(|tensor| tensor.capacity).sum();
        let kept = self.pool.kept();
        let brief = (elements as f64 * copies) as u64;
        let bytes = ((alive + kept) as u64 + brief) * self.memory.element;
        self.peak = self.peak.max(bytes);
    }

    /// Counts a tensor of `bytes` within an operation among the largest, if even one item of it is above the bound. All
    /// others are as small as the device needs them to be.
    fn within(&mut self, bytes: u64) {
        if bytes > self.memory.intermediate {
            self.largest = self.largest.max(bytes);
        }
    }

    /// A norm whose input stays alive; call [`Ledger::normed_used`] after the product that follows.
    pub(in crate::model) fn norm_beside(&mut self, elements: usize) {
        if !self.memory.fused {
            self.make(elements);
        }
    }

    /// Frees the normalised copy.
    pub(in crate::model) fn normed_used(&mut self, elements: usize) {
        if !self.memory.fused {
            self.free(elements);
        }
    }

    /// A norm that consumes its input, or is fused into the product that follows.
    pub(in crate::model) fn norm(&mut self, elements: usize) {
        if !self.memory.fused {
            self.make(elements);
            self.free(elements);
        }
    }

    /// A convolution with `taps` per kernel and `pixels` output pixels over all frames. Allocates its output.
    pub(in crate::model) fn conv(
        &mut self,
        inputs: usize,
        outputs: usize,
        pixels: usize,
        taps: usize,
    ) {
        self.flops.convolution += 2.0 * (inputs * outputs) as f64 * (pixels * taps) as f64;
        self.make(outputs * pixels);
        let copied = inputs as f64 * self.memory.conv_input_copies
            + outputs as f64 * self.memory.conv_output_copies;
        self.briefly(pixels, copied);
        if self.memory.patches {
            let element = self.memory.element;
            let chunk = together(
                pixels,
                (inputs * taps) as u64 * element,
                self.memory.intermediate,
            );
            let patches = chunk * inputs * taps;
            self.within(patches as u64 * element);
            // The padded input, the patches, and the results of earlier chunks while they are joined.
            let joined = if chunk < pixels { outputs * pixels } else { 0 };
            self.briefly(patches + inputs * pixels + joined, 1.0);
        }
    }

    /// A convolution that is added to a tensor of its output's size, in place.
    pub(in crate::model) fn conv_onto(
        &mut self,
        inputs: usize,
        outputs: usize,
        pixels: usize,
        taps: usize,
    ) {
        if self.memory.fused {
            self.flops.convolution += 2.0 * (inputs * outputs) as f64 * (pixels * taps) as f64;
        } else {
            self.conv(inputs, outputs, pixels, taps);
            self.free(outputs * pixels);
        }
    }

    /// A matrix product that is added to a tensor of its output's size, in place.
    pub(in crate::model) fn linear_onto(&mut self, tokens: usize, inputs: usize, outputs: usize) {
        if self.memory.fused {
            self.flops.linear += 2.0 * tokens as f64 * (inputs * outputs) as f64;
        } else {
            self.linear(tokens, inputs, outputs);
            self.free(tokens * outputs);
        }
    }

    /// The projection after a transformer, added to the pixels before it: frees the tokens, `[f, s, c]`, and on the
    /// device turns the sum back into planes.
    pub(in crate::model) fn back_to_pixels(&mut self, tokens: usize, width: usize) {
        let size = tokens * width;
        self.linear_onto(tokens, width, width);
        self.free(size);
        if !self.memory.fused {
            self.make(size);
            self.free(size);
        }
    }

    /// A matrix product of `tokens` rows with a weight. Allocates its output.
    pub(in crate::model) fn linear(&mut self, tokens: usize, inputs: usize, outputs: usize) {
        self.flops.linear += 2.0 * tokens as f64 * (inputs * outputs) as f64;
        self.make(tokens * outputs);
    }

    /// Norm, projections, attention within groups of `among` tokens, and output projection, added to the input
    /// `[tokens, c]` in place.
    pub(in crate::model) fn self_attention(
        &mut self,
        tokens: usize,
        among: usize,
        width: usize,
        head: usize,
    ) {
        let size = tokens * width;
        self.norm_beside(size);
        if self.memory.fused {
            self.linear(tokens, width, 3 * width);
        } else {
            for _ in 0..3 {
                self.linear(tokens, width, width);
            }
        }
        self.normed_used(size);
        self.flops.attention += 4.0 * tokens as f64 * (among * width) as f64;
        self.make(size);
        self.briefly(size, self.memory.attention_copies);
        if self.memory.score > 0 {
            let row = (among * (width / head.max(1))) as u64 * self.memory.score;
            let scores = together(tokens, row, self.memory.intermediate) as u64 * row;
            self.within(scores);
            let elements = scores / self.memory.element;
            self.briefly(usize::try_from(elements).unwrap_or(usize::MAX), 1.0);
        }
        if self.memory.fused {
            self.free(3 * size);
        } else {
            for _ in 0..3 {
                self.free(size);
            }
        }
        self.linear_onto(tokens, width, width);
        self.free(size);
    }

    /// Norm, queries, attention to `context` tokens whose keys and values are known, and output projection, added to
    /// the input `[tokens, c]` in place.
    pub(in crate::model) fn cross_attention(
        &mut self,
        tokens: usize,
        context: usize,
        width: usize,
    ) {
        let size = tokens * width;
        self.norm_beside(size);
        self.linear(tokens, width, width);
        self.normed_used(size);
        self.flops.attention += 4.0 * tokens as f64 * (context * width) as f64;
        self.make(size);
        self.briefly(size, self.memory.attention_copies);
        self.free(size);
        self.linear_onto(tokens, width, width);
        self.free(size);
    }

    /// Norm and gated feed-forward with an inner width of `4·width`. Allocates an update `[tokens, c]`. It runs in
    /// chunks of tokens if its inner activation would be too large.
    pub(in crate::model) fn feed_forward(&mut self, frames: usize, pixels: usize, width: usize) {
        let tokens = frames * pixels;
        let (size, inner) = (tokens * width, 4 * width);
        self.flops.linear += 2.0 * tokens as f64 * (3 * inner * width) as f64;
        if self.memory.fused {
            // The same division as in `kernels::cpu_tensor::feed_forward`.
            let step = ((4 << 20) / inner).clamp(896, 8960) / 224 * 224;
            let middle = step.min(tokens) * inner;
            self.make(middle);
            self.make(size);
            self.free(middle);
            return;
        }
        let token = 2 * inner as u64 * self.memory.element;
        let together = together(tokens, token, self.memory.intermediate);
        self.make(size);
        if together == tokens {
            self.make(tokens * 2 * inner);
            self.free(size);
            self.make(tokens * inner);
            self.free(tokens * 2 * inner);
            self.make(size);
            self.free(tokens * inner);
        } else {
            // The norm stays alive to the end, as do the results of earlier chunks, which are concatenated at the end.
            self.make(size);
            self.make(together * 2 * inner);
            self.make(together * inner);
            self.free(together * 2 * inner);
            self.free(together * inner);
            self.free(size);
            self.briefly(size, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pass that freed a tensor it had never allocated would make the plan too small from there on.
    #[test]
    #[should_panic(expected = "no tensor of 8 elements is alive")]
    fn what_was_never_made_cannot_be_given_back() {
        let memory = BackendMemory {
            element: 4,
            fused: false,
            conv_input_copies: 0.0,
            conv_output_copies: 0.0,
            attention_copies: 0.0,
            score: 0,
            patches: false,
            intermediate: u64::MAX,
        };
        let mut ledger = Ledger::new(&memory);
        ledger.make(7);
        ledger.free(7);
        ledger.free(8);
    }
}
