//! The Mersenne Twister MT19937: random words and the uniforms made of them.
//!
//! Owns the word sequence and the bit layout of uniforms; does not depend on distributions.
//! Source: Matsumoto and Nishimura, `mt19937ar.c` (2002); PyTorch `aten/src/ATen/core/MT19937RNGEngine.h` for the
//! seeding, `TransformationHelper.h` (`uniform_real`) for the uniforms.

/// Words of state.
const SIZE: usize = 624;
/// Distance of the word that is mixed in.
const SHIFT: usize = 397;
const MATRIX: u32 = 0x9908_b0df;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// The word generator.
#[derive(Clone, Debug)]
pub(super) struct Mersenne {
    state: [u32; SIZE],
    /// Next word of `state` to hand out; `SIZE` when all are spent.
    next: usize,
}

impl Mersenne {
    /// Seeds the state from the low 32 bits of `seed`, as the reference does with a 64-bit one.
    pub(super) fn seeded(seed: u64) -> Self {
        let mut state = [0; SIZE];
        let mut word = seed as u32;
        state[0] = word;
        for (position, slot) in state.iter_mut().enumerate().skip(1) {
            word = 1_812_433_253_u32
                .wrapping_mul(word ^ (word >> 30))
                .wrapping_add(position as u32);
            *slot = word;
        }
        Self { state, next: SIZE }
    }

    /// A uniform number of 24 bits in `[0, 1)`, exact in f32.
    pub(super) fn uniform24(&mut self) -> f32 {
        const STEP: f32 = 1.0 / (1_u32 << 24) as f32;
        (self.word() & 0x00ff_ffff) as f32 * STEP
    }

    /// A uniform number of 53 bits in `[0, 1)`, exact in f64: the first word is the high half.
    pub(super) fn uniform53(&mut self) -> f64 {
        const BITS: u64 = (1 << 53) - 1;
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        let high = u64::from(self.word());
        let low = u64::from(self.word());
        (((high << 32) | low) & BITS) as f64 * STEP
    }

    /// The next word.
    fn word(&mut self) -> u32 {
        if self.next == SIZE {
            self.renew();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// Replaces the whole state with the next `SIZE` words.
    fn renew(&mut self) {
        let state = &mut self.state;
        // Split where the indices wrap, so that the two long loops need no remainder operation.
        for k in 0..SIZE - SHIFT {
            state[k] = state[k + SHIFT] ^ twist(state[k], state[k + 1]);
        }
        for k in SIZE - SHIFT..SIZE - 1 {
            state[k] = state[k + SHIFT - SIZE] ^ twist(state[k], state[k + 1]);
        }
        state[SIZE - 1] = state[SHIFT - 1] ^ twist(state[SIZE - 1], state[0]);
        self.next = 0;
    }
}

/// Mixes the high bit of one word with the rest of the next.
fn twist(word: u32, following: u32) -> u32 {
    let mixed = (word & UPPER) | (following & LOWER);
    (mixed >> 1) ^ ((following & 1) * MATRIX)
}

#[cfg(test)]
mod tests {
    use super::Mersenne;

    #[test]
    fn the_standard_word_comes_out() {
        // The C++ standard ([rand.predef]) fixes the 10 000th word of MT19937 with its default seed 5489.
        let mut words = Mersenne::seeded(5489);
        for _ in 1..10_000 {
            words.word();
        }
        assert_eq!(words.word(), 4_123_659_995);
    }

    #[test]
    fn the_high_half_of_a_seed_is_ignored() {
        assert_eq!(
            Mersenne::seeded(5).word(),
            Mersenne::seeded((1 << 32) + 5).word()
        );
    }
}
