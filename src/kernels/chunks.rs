//! Dividing work into chunks, so that a large intermediate tensor stays within a bound.
//!
//! Owns the bound and the division, which the memory plan repeats. Must not depend on what is divided.

use burn::tensor::{Device, Tensor};

use super::gpu::launch;

/// Maximum bytes of a tensor that exists only within an operation: the inner activation of a feed-forward, the scores
/// of attention, the patches of a convolution. Large enough for any matrix product to run at full speed: at full size,
/// the feed-forward of one frame takes 94 MB in f32. All 25 frames would take 2.4 GB.
pub const INTERMEDIATE_BYTES: u64 = 256 << 20;

/// The same bound on a device.
pub(crate) fn intermediate_bytes(device: &Device) -> u64 {
    bounded(launch::tensor_bytes(device))
}

/// The same bound where no tensor may be larger than `most` bytes, which is what one binding takes.
pub(crate) fn bounded(most: Option<u64>) -> u64 {
    most.map_or(INTERMEDIATE_BYTES, |most| most.min(INTERMEDIATE_BYTES))
}

/// How many of `count` items are computed together if one item takes `bytes` of an intermediate tensor and all items
/// of a chunk at most `bound`. At least one, and as few chunks as possible of about the same size.
#[must_use]
pub fn together(count: usize, bytes: u64, bound: u64) -> usize {
    let fitting = usize::try_from(bound / bytes.max(1)).unwrap_or(usize::MAX);
    let chunks = count.div_ceil(fitting.max(1)).max(1);
    count.div_ceil(chunks).max(1)
}

/// The chunks of `count` items, as the first item and the number of items of each.
pub(crate) fn ranges(count: usize, together: usize) -> impl Iterator<Item = (usize, usize)> {
    let each = together.max(1);
    (0..count)
        .step_by(each)
        .map(move |from| (from, each.min(count - from)))
}

/// The results of all chunks as one tensor; a single one is not copied.
pub(crate) fn joined<const D: usize>(mut parts: Vec<Tensor<D>>, dimension: usize) -> Tensor<D> {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    Tensor::cat(parts, dimension)
}

#[cfg(test)]
mod tests {
    use super::{ranges, together};

    #[test]
    fn chunks_are_even_and_within_the_bound() {
        assert_eq!(together(25, 10, u64::MAX), 25);
        assert_eq!(together(25, 10, 250), 25);
        assert_eq!(together(25, 10, 249), 13, "not 24 and 1");
        assert_eq!(together(25, 10, 9), 1, "one item is never divided");
        assert_eq!(together(0, 10, 100), 1);
        for (count, bound) in [(1, 1), (7, 30), (100, 95), (9216, 1 << 20)] {
            let each = together(count, 10, bound);
            let chunks: Vec<_> = ranges(count, each).collect();
            assert_eq!(
                chunks.iter().map(|(_, length)| length).sum::<usize>(),
                count
            );
            assert!(
                each as u64 * 10 <= bound.max(10),
                "{count} items in {bound} bytes"
            );
        }
    }
}
