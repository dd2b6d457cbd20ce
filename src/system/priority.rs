//! Thread priorities, so that the window stays responsive while the engine computes.
//!
//! The system schedules by thread. The engine's threads run at a low priority, so that the window draws first.
//! The window's parallel work must not queue behind the engine's either, so its threads do that work themselves.

use rayon::ThreadPoolBuilder;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// From 0 to 99, where about 50 is normal; a niceness of 9 on Linux.
///
/// A lower value would not help the window, and the engine would starve next to any other busy program.
const LOW: u8 = 25;

/// Lowers the calling thread's scheduling priority below that of ordinary threads.
///
/// If the system refuses, the thread keeps its priority: the window is then slower, but works.
pub fn lower_priority() {
    let low = ThreadPriorityValue::try_from(LOW).map(ThreadPriority::Crossplatform);
    let low = low.unwrap_or(ThreadPriority::Min);
    if let Err(error) = set_current_thread_priority(low) {
        tracing::debug!("could not lower the priority of a thread: {error:?}");
    }
}

/// Builds the pool in which the networks compute, with threads of low priority.
///
/// burn's CPU operations and Kinora's own run in rayon's global pool, which is built once: call this before
/// anything computes, or the pool keeps its normal priority.
pub fn build_low_priority_pool() {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("compute {index}"))
        .start_handler(|_| lower_priority());
    if let Err(error) = pool.build_global() {
        tracing::debug!("the compute pool already exists: {error}");
    }
}

/// Makes the calling thread do its rayon work itself instead of in the global pool.
///
/// For the window's thread and those that open pictures for it: in the global pool their milliseconds of work would
/// wait for seconds of the engine's. Costs one small pool for the life of the thread.
pub fn keep_work_on_this_thread() {
    let pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    // Fails for a thread that is already in a pool, whose work stays out of the global pool anyway.
    if let Err(error) = pool.build() {
        tracing::debug!("could not keep a thread's work to itself: {error}");
    }
}
