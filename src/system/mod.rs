//! What the operating system is asked: time, thread priority, memory, disks, and files that are there whole or not at all.
//!
//! Must not know anything of Kinora's own: no models, jobs or projects.

pub mod clock;
pub mod disk;
pub mod memory;
pub(crate) mod peak_memory;
pub mod priority;
pub mod whole_file;
