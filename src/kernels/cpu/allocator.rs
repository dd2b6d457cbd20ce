//! Freed memory back to the system.
//!
//! glibc keeps what was freed for the next allocation, also the gigabytes of a network that will not come back: 2 to 3 GB
//! were seen held while nothing used them. It also takes blocks of up to 32 MB from one heap once such a block was freed,
//! and a network's weights then leave holes in it that nothing fits into: 0.8 GB were seen while decoding.
//! Holds the only `unsafe` it takes to ask. Must not know what was freed.
#![cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(
        unsafe_code,
        reason = "the C library is asked through its own function"
    )
)]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
unsafe extern "C" {
    /// `int malloc_trim(size_t pad)` of glibc's malloc.h.
    safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
    /// `int mallopt(int param, int value)` of the same.
    safe fn mallopt(param: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
}

/// Asks that blocks of a megabyte and more come from the system and go back to it when they are freed.
pub(in crate::kernels) fn map_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// `M_MMAP_THRESHOLD` of malloc.h; setting it also ends that it grows by itself.
        const THRESHOLD: std::ffi::c_int = -3;
        mallopt(THRESHOLD, 1 << 20);
    }
}

/// Gives what nobody uses back to the system, where the allocator would keep it.
pub(in crate::kernels) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    malloc_trim(0);
}
