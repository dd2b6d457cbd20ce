//! Free space on disks.

use std::path::Path;

/// Bytes that the user may still write to the disk of `folder`; `None` if the system does not say.
#[cfg(unix)]
#[must_use]
pub fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that the user may still write to the disk of `folder`; `None` if the system does not say.
#[cfg(not(unix))]
#[must_use]
pub fn free(_folder: &Path) -> Option<u64> {
    None
}
