//! What the disk has room for.

use std::path::Path;

/// Bytes that a disk has free for a folder on it, where the system says.
#[cfg(unix)]
#[must_use]
pub fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that a disk has free for a folder on it, where the system says.
#[cfg(not(unix))]
#[must_use]
pub fn free(_folder: &Path) -> Option<u64> {
    None
}
