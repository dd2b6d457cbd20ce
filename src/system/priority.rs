//! Which threads step back, so that the window answers while the engine computes.
//!
//! The system shares the processor by thread: those that compute ask for the least, and whatever
//! the window wants to draw comes first. Parallel work of the window must not queue behind the
//! engine's either, so its threads keep that work to themselves. Must not know what a thread does.

use rayon::ThreadPoolBuilder;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// From 0 to 99, where the usual is 50 or so; on Linux a niceness of 9.
///
/// Lower would not help the window, and any other busy program would then take all there is.
const LOW: u8 = 25;

/// Gives every other thread of the machine the right of way over the calling one.
///
/// Where the system refuses, the thread goes on as it was: it is slower to draw, not wrong.
pub fn step_back() {
    let low = ThreadPriorityValue::try_from(LOW).map(ThreadPriority::Crossplatform);
    let low = low.unwrap_or(ThreadPriority::Min);
    if let Err(error) = set_current_thread_priority(low) {
        tracing::debug!("a thread keeps its priority: {error:?}");
    }
}

/// Builds the pool in which the networks compute, of threads that step back.
///
/// burn's CPU operations and our own run in rayon's global pool, which is built once: call this
/// before anything computes, or the pool keeps the priority that it has.
pub fn compute_behind_the_window() {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("compute {index}"))
        .start_handler(|_| step_back());
    if let Err(error) = pool.build_global() {
        tracing::debug!("the compute pool is there already: {error}");
    }
}

/// From now on, parallel work of the calling thread is done by the calling thread alone.
///
/// For the window's thread, and for those that open pictures for it: in the global pool their
/// milliseconds would wait for the engine's seconds. Costs one small pool for the thread's life.
pub fn keep_work_here() {
    let pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    // Already in a pool: then its work is not the global pool's anyway. The thread is the pool.
    if let Err(error) = pool.build() {
        tracing::debug!("a thread shares its work: {error}");
    }
}
