//! Returns freed memory to the system.
//!
//! glibc keeps freed memory for later allocations, even the gigabytes of a network that is no longer needed: 2 to 3 GB
//! stayed allocated while nothing used them. It also allocates blocks of up to 32 MB from one heap once such a block
//! has been freed, and a network's weights then leave holes that nothing fits into: 0.8 GB while decoding. Contains the
//! `unsafe` declarations that this takes. Must not depend on what was freed.
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
    /// `int mallopt(int param, int value)` of the same header.
    safe fn mallopt(param: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
}

/// Makes the allocator take blocks of a megabyte or more from the system, and return them when they are freed.
pub(in crate::kernels) fn map_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// `M_MMAP_THRESHOLD` of malloc.h; setting it also stops glibc from raising it on its own.
        const THRESHOLD: std::ffi::c_int = -3;
        mallopt(THRESHOLD, 1 << 20);
    }
}

/// Returns to the system the unused memory that the allocator would otherwise keep.
pub(in crate::kernels) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    malloc_trim(0);
}
