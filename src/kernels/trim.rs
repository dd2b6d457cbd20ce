//! Freed memory back to the system.
//!
//! glibc keeps what was freed for the next allocation, also the gigabytes of a network that will not come back: 2 to 3 GB
//! were seen held while nothing used them. Holds the only `unsafe` it takes to ask. Must not know what was freed.
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
}

/// Gives what nobody uses back to the system, where the allocator would keep it.
pub(super) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    malloc_trim(0);
}
