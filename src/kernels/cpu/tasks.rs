//! Distributes numbered tasks over the threads of rayon's pool, including the calling thread.
//!
//! The caller works too, so that a short operation need not wait for another thread to wake up. Each thread takes one
//! task at a time, so that all finish together. Must not depend on what a task does.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work` for every number below `count`, in any order, on all threads of the caller's pool.
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
