//! Outputs that take the memory of inputs nobody needs any more.
//!
//! A fresh megabyte costs the system hundreds of page faults, and giving it back interrupts the other cores; a network
//! does both thousands of times a second. Buffers kept here are few and of the sizes in use. Must not know tensors.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Floats below which a buffer is left to the allocator, which keeps such sizes itself.
const SMALLEST: usize = 1 << 14;
/// A kept buffer serves requests down to this share of its size.
const SHARE: usize = 4;

static KEPT: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<Vec<f32>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `len` floats of any value.
pub(in crate::kernels) fn take(len: usize) -> Vec<f32> {
    if len >= SMALLEST {
        let mut kept = kept();
        let fitting = kept
            .iter()
            .enumerate()
            .filter(|(_, buffer)| (len..=len.saturating_mul(SHARE)).contains(&buffer.len()))
            .min_by_key(|(_, buffer)| buffer.len())
            .map(|(index, _)| index);
        if let Some(index) = fitting {
            let mut buffer = kept.swap_remove(index);
            buffer.truncate(len);
            return buffer;
        }
        // Sizes have grown: what is too small now would only lie around.
        kept.retain(|buffer| buffer.len() > len);
    }
    vec![0.0; len]
}

/// Keeps a buffer for the next [`take`].
pub(in crate::kernels) fn give(mut buffer: Vec<f32>) {
    if buffer.capacity() >= SMALLEST {
        buffer.resize(buffer.capacity(), 0.0);
        kept().push(buffer);
    }
}

/// Gives all kept memory back to the system: after a network's last pass.
pub(in crate::kernels) fn release() {
    kept().clear();
}
