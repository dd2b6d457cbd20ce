//! What Kinora asks of the operating system: time, thread priority, memory, disks, files written whole or not at all.
//!
//! Must not know models, jobs or projects.

pub mod clock;
pub mod disk;
pub mod memory;
pub(crate) mod peak_memory;
pub mod priority;
pub mod whole_file;
