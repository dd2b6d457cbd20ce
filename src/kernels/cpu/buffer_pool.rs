//! Reuse of large buffers between the operations of a network.
//!
//! Fresh memory costs a page fault for every 4 KiB, and returning it to the system interrupts the other cores. A pass
//! needs hundreds of megabytes of it. [`Pool`] decides which buffers are kept and which of them a request gets. It is
//! generic so that the memory plan (`model::cost`) applies the same rules to capacities alone. Must not depend on
//! tensors.

use std::cell::RefCell;
use std::collections::HashMap;

/// Floats below which a buffer is not pooled: the allocator reuses such sizes itself.
const SMALLEST: usize = 1 << 14;
/// A request gets a kept buffer of at most this many times its length. A higher limit wastes more memory than reuse
/// saves: with four, Pocket's UNet used 1.3 times the memory that it uses with two.
const LARGEST_FIT: usize = 2;

/// A buffer that a [`Pool`] can keep.
pub(crate) trait Buffer {
    /// The number of floats that fit into the buffer.
    fn capacity(&self) -> usize;
}

impl Buffer for Vec<f32> {
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

/// A capacity alone, for the memory plan.
impl Buffer for usize {
    fn capacity(&self) -> usize {
        *self
    }
}

/// Keeps buffers that are no longer needed, for later requests.
///
/// Kept buffers and buffers in use together never exceed the peak of those in use. Reuse therefore takes no memory
/// beyond what the network needs at its peak. Buffers above that limit are freed, the smallest first, since they are
/// the cheapest to allocate again. The limit is necessary because operations also consume buffers that did not come
/// from the pool: burn's own operations allocate some in every pass. Without it, the pool grows with every pass.
///
/// All sizes are in floats.
#[derive(Debug)]
pub(crate) struct Pool<B> {
    kept: Vec<B>,
    /// Capacity of the buffers that were taken from here and have not been returned.
    in_use: usize,
    /// The highest value of `in_use` so far.
    peak: usize,
}

impl<B> Default for Pool<B> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            in_use: 0,
            peak: 0,
        }
    }
}

impl<B: Buffer> Pool<B> {
    /// Provides a buffer of at least `len` floats: the smallest kept one that fits, or else `new(len)`.
    pub(crate) fn take(&mut self, len: usize, new: impl FnOnce(usize) -> B) -> B {
        if len < SMALLEST {
            return new(len);
        }
        let fitting = (0..self.kept.len())
            .filter(|&i| (len..=len.saturating_mul(LARGEST_FIT)).contains(&self.kept[i].capacity()))
            .min_by_key(|&i| self.kept[i].capacity());
        let kept = fitting.map(|index| self.kept.swap_remove(index));
        self.in_use += kept.as_ref().map_or(len, Buffer::capacity);
        self.peak = self.peak.max(self.in_use);
        // Before the new buffer is allocated, so that both never exist together.
        self.shrink();
        kept.unwrap_or_else(|| new(len))
    }

    /// Takes back a buffer that [`Pool::take`] provided.
    pub(crate) fn put_back(&mut self, buffer: B) {
        if buffer.capacity() >= SMALLEST {
            self.in_use = self.in_use.saturating_sub(buffer.capacity());
            self.add(buffer);
        }
    }

    /// Adds a buffer that was allocated elsewhere.
    pub(crate) fn add(&mut self, buffer: B) {
        if buffer.capacity() >= SMALLEST {
            self.kept.push(buffer);
            self.shrink();
        }
    }

    /// Starts the next pass: buffers still in use, such as the result of the previous pass, will not be returned.
    pub(crate) fn begin_pass(&mut self) {
        self.in_use = 0;
    }

    /// Capacity of all kept buffers.
    pub(crate) fn kept(&self) -> usize {
        self.kept.iter().map(Buffer::capacity).sum()
    }

    /// Frees the smallest kept buffers until the limit is met.
    fn shrink(&mut self) {
        let mut kept = self.kept();
        while self.in_use + kept > self.peak
            && let Some(index) = (0..self.kept.len()).min_by_key(|&i| self.kept[i].capacity())
        {
            kept -= self.kept.swap_remove(index).capacity();
        }
    }
}

/// The pool of the network that runs on a thread.
#[derive(Debug, Default)]
pub(in crate::kernels) struct ThreadPool {
    pool: Pool<Vec<f32>>,
    /// Addresses and capacities of the buffers in use. An operation that consumes a buffer cannot know where it came
    /// from.
    in_use: HashMap<*const f32, usize>,
}

thread_local! {
    /// Operations create and consume tensors on one thread, regardless of which threads do the arithmetic. `None` if no
    /// network runs on this thread; no buffers are kept then.
    static POOL: RefCell<Option<ThreadPool>> = const { RefCell::new(None) };
}

/// Starts an empty pool on this thread. Returns the previous one.
pub(in crate::kernels) fn open() -> Option<ThreadPool> {
    POOL.replace(Some(ThreadPool::default()))
}

/// Frees this thread's pool and restores the previous one.
pub(in crate::kernels) fn close(previous: Option<ThreadPool>) {
    POOL.set(previous);
}

/// Provides `len` floats with arbitrary values.
pub(in crate::kernels) fn take(len: usize) -> Vec<f32> {
    let new = |len| vec![0.0; len];
    POOL.with_borrow_mut(|current| {
        let Some(current) = current else {
            return new(len);
        };
        let mut buffer = current.pool.take(len, new);
        if len >= SMALLEST {
            current.in_use.insert(buffer.as_ptr(), buffer.capacity());
        }
        buffer.resize(len, 0.0);
        buffer
    })
}

/// Keeps a buffer that is no longer needed, wherever it was allocated.
pub(in crate::kernels) fn give(buffer: Vec<f32>) {
    POOL.with_borrow_mut(|current| {
        let Some(current) = current else {
            return;
        };
        // The capacity is compared too: a buffer that was freed elsewhere may have left its address to another one.
        if current.in_use.remove(&buffer.as_ptr()) == Some(buffer.capacity()) {
            current.pool.put_back(buffer);
        } else {
            current.pool.add(buffer);
        }
    });
}

/// Starts the next pass on this thread ([`Pool::begin_pass`]).
pub(in crate::kernels) fn begin_pass() {
    POOL.with_borrow_mut(|current| {
        if let Some(current) = current {
            current.in_use.clear();
            current.pool.begin_pass();
        }
    });
}

/// Bytes of all buffers that are kept on this thread.
pub(in crate::kernels) fn kept_bytes() -> usize {
    POOL.with_borrow(|current| current.as_ref().map_or(0, |current| current.pool.kept()))
        * size_of::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pass that takes buffers of several sizes, returns them in another order, and adds others as well.
    fn pass(pool: &mut Pool<usize>, mut each: impl FnMut(&Pool<usize>)) {
        let sizes = [
            SMALLEST,
            9 * SMALLEST,
            2 * SMALLEST,
            9 * SMALLEST,
            3 * SMALLEST,
        ];
        let mut taken = Vec::new();
        for &len in sizes.iter().chain(&sizes) {
            taken.push(pool.take(len, |capacity| capacity));
            each(pool);
            if taken.len() == 4 {
                pool.add(9 * SMALLEST);
                pool.put_back(taken.swap_remove(1));
                each(pool);
            }
        }
        for capacity in taken {
            pool.put_back(capacity);
            pool.add(2 * SMALLEST);
            each(pool);
        }
    }

    #[test]
    fn kept_buffers_and_those_in_use_never_exceed_the_peak_of_those_in_use() {
        let mut pool = Pool::default();
        pass(&mut pool, |_| ());
        let peak = pool.peak;
        for _ in 0..100 {
            pool.begin_pass();
            pass(&mut pool, |pool| assert!(pool.kept() + pool.in_use <= peak));
            assert_eq!(pool.peak, peak, "the same pass has the same peak");
        }
        assert!(pool.kept() > 0);
    }

    #[test]
    fn a_request_gets_the_smallest_buffer_that_fits_and_is_at_most_twice_its_size() {
        let mut pool = Pool::default();
        let new = |capacity| capacity;
        let sizes = [4, 2, 3].map(|times| pool.take(times * SMALLEST, new));
        for capacity in sizes {
            pool.put_back(capacity);
        }
        assert_eq!(pool.take(2 * SMALLEST - 1, new), 2 * SMALLEST);
        assert_eq!(pool.take(2 * SMALLEST - 1, new), 3 * SMALLEST);
        assert_eq!(
            pool.take(2 * SMALLEST - 1, new),
            2 * SMALLEST - 1,
            "new, not the largest"
        );
    }

    #[test]
    fn the_smallest_buffers_are_freed_first() {
        let mut pool = Pool::default();
        let new = |capacity| capacity;
        let sizes = [2, 6, 3].map(|times| pool.take(times * SMALLEST, new));
        for capacity in sizes {
            pool.put_back(capacity);
        }
        pool.add(4 * SMALLEST);
        let mut kept = pool.kept.clone();
        kept.sort_unstable();
        assert_eq!(kept, [4 * SMALLEST, 6 * SMALLEST]);
    }

    #[test]
    fn small_buffers_are_not_pooled() {
        let mut pool = Pool::default();
        let small = pool.take(SMALLEST - 1, |capacity| capacity);
        pool.take(SMALLEST, |capacity| capacity);
        pool.put_back(small);
        assert_eq!((pool.kept(), pool.in_use), (0, SMALLEST));
    }

    #[test]
    fn a_thread_keeps_buffers_only_while_a_network_runs() {
        give(take(SMALLEST));
        assert_eq!(kept_bytes(), 0, "no network runs");
        let previous = open();
        let buffer = take(SMALLEST);
        let address = buffer.as_ptr();
        give(buffer);
        assert_eq!(kept_bytes(), 4 * SMALLEST);
        let inner = open();
        assert_eq!(kept_bytes(), 0, "another network has its own pool");
        close(inner);
        let again = take(SMALLEST / 2 + 1);
        assert_eq!(again.len(), SMALLEST / 2 + 1);
        assert_ne!(again.as_ptr(), address, "too small for the pool");
        let again = take(SMALLEST);
        assert_eq!(again.as_ptr(), address);
        close(previous);
        give(again);
        assert_eq!(kept_bytes(), 0);
    }
}
