//! Seeded Gaussian noise: the numbers that PyTorch's CPU generator gives, bit for bit.
//!
//! `Generator::seeded(s).normal(n)` equals `torch.randn(n, generator=torch.Generator("cpu").manual_seed(s))` in
//! float32, so that a seed means the same picture here and in the Python reference. Nothing depends on the machine:
//! every operation whose rounding could differ between CPUs or C libraries is spelled out.
//!
//! The module owns the draw order; `mersenne` owns the random words, `block` the transform of large draws and `pair`
//! that of small ones. It must not depend on latents, models or devices.
//!
//! # How the reference draws
//! - Fewer than 16 values: one Box–Muller pair in float64 per two values. The second value of a pair waits in the
//!   generator for the next small draw, across any large draws in between.
//! - 16 values or more: one 24-bit uniform per value, then a float32 Box–Muller transform in blocks of 16. If the
//!   count is not a multiple of 16, the last 16 values are drawn again from 16 further words.
//!
//! # What is matched
//! The published Linux builds of PyTorch have two versions of the block transform. Kinora reproduces the one for x86-64
//! CPUs with AVX2 and FMA (which machines with AVX-512 use too), on whatever CPU Kinora runs. Elsewhere PyTorch calls
//! the C library instead: about 40 % of those values differ in their last bits, by at most about 2e-6.
//!
//! Small draws go through the C library's float64 functions on every CPU. `pair` has its own versions of these, which
//! give the same results everywhere; it agrees with glibc 2.36 in 97 % of all float64 values, and otherwise differs by
//! one to three units in the last place. After rounding to float32 that shows in fewer than one value in a billion; two
//! C libraries differ from each other in the same way.
//!
//! Source: PyTorch 2.15, `aten/src/ATen/native/cpu/DistributionTemplates.h` and
//! `aten/src/ATen/core/DistributionsHelper.h`.

mod block;
mod mersenne;
mod pair;

use block::BLOCK;
use mersenne::Mersenne;

/// A source of Gaussian noise that repeats exactly for the same seed and the same sequence of draws.
#[derive(Clone, Debug)]
pub struct Generator {
    words: Mersenne,
    /// Second half of the last small pair, kept for the next small draw.
    waiting: Option<f64>,
}

impl Generator {
    /// The same generator as `torch.Generator("cpu").manual_seed(seed)`.
    ///
    /// As in torch, only the low 32 bits of the seed matter.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            words: Mersenne::seeded(seed),
            waiting: None,
        }
    }

    /// Draws `count` values of mean 0 and deviation 1: `torch.randn` in float32 for a tensor of that many elements,
    /// flattened in row-major order. The tensor's shape does not matter, but how a sequence is divided into draws does.
    ///
    /// A count of 0 draws nothing and leaves the generator as it was.
    #[must_use]
    pub fn normal(&mut self, count: usize) -> Vec<f32> {
        if count < BLOCK {
            return (0..count).map(|_| self.small()).collect();
        }
        let mut values: Vec<f32> = (0..count).map(|_| self.words.uniform24()).collect();
        let (whole, rest) = values.as_chunks_mut::<BLOCK>();
        block::to_normal(whole);
        if !rest.is_empty() {
            let mut last = [[0.0; BLOCK]];
            last[0].fill_with(|| self.words.uniform24());
            block::to_normal(&mut last);
            values[count - BLOCK..].copy_from_slice(&last[0]);
        }
        values
    }

    /// Draws noise for a clip, channel by channel: `[c, f, n]` in one block, returned as `[f, c, n]`. Pipelines whose
    /// latents have the channels before the frames draw in this order.
    #[must_use]
    pub fn normal_by_channel(&mut self, [frames, channels, n]: [usize; 3]) -> Vec<f32> {
        let drawn = self.normal(frames * channels * n);
        let places = (0..frames).flat_map(|f| (0..channels).map(move |c| (c * frames + f) * n));
        places.flat_map(|at| &drawn[at..at + n]).copied().collect()
    }

    /// One value of a small draw.
    fn small(&mut self) -> f32 {
        let value = match self.waiting.take() {
            Some(second) => second,
            None => {
                let angle = self.words.uniform53();
                let length = self.words.uniform53();
                let (first, second) = pair::normal(angle, length);
                self.waiting = Some(second);
                first
            }
        };
        // The reference multiplies by the deviation and adds the mean, which turns -0 into +0.
        (value + 0.0) as f32
    }
}
