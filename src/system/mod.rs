//! Access to the operating system: time, thread priority, memory, disks, files written completely or not at all.

pub mod clock;
pub mod disk;
pub mod memory;
pub(crate) mod peak_memory;
pub mod priority;
pub mod whole_file;
