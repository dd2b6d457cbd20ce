//! Sharing numbered tasks among the threads of rayon's pool, the calling thread among them.
//!
//! The caller works too, so that a short operation need not wait until another thread has woken up, and nobody is
//! given more than the next task, so that all end together. Must not know what a task does.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work` for every number below `count`; in any order, on as many threads as the caller's pool has.
pub(super) fn each(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let drain = || {
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= count {
                break;
            }
            work(task);
        }
    };
    let others = rayon::current_num_threads().min(count).saturating_sub(1);
    if others == 0 {
        return drain();
    }
    rayon::in_place_scope(|scope| {
        for _ in 0..others {
            scope.spawn(|_| drain());
        }
        drain();
    });
}
