//! Random seeds, for requests without one.

/// A random seed. The only randomness outside the request; the recipe records it.
#[must_use]
pub fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    // Seeds are typed and read aloud: 32 bits are enough, and torch uses no more.
    RandomState::new().hash_one(std::process::id()) & u64::from(u32::MAX)
}
