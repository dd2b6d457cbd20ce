//! Free disk space for a fetch.

use std::path::Path;

use crate::error::HubError;
use crate::system::disk::free;

const MIB: u64 = 1 << 20;
/// Bytes to leave free for everything else.
const RESERVE: u64 = 256 * MIB;

/// Rejects a fetch that would fill the disk; accepts any if the system does not report the free space.
pub(super) fn check(folder: &Path, needed: u64) -> Result<(), HubError> {
    match free(folder) {
        Some(free) if free < needed.saturating_add(RESERVE) => Err(HubError::NoSpace {
            needed_mib: needed.div_ceil(MIB),
            free_mib: free / MIB,
            path: folder.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// A write error as [`HubError`]; a full disk has its own variant.
pub(super) fn trouble(error: &std::io::Error, needed: u64, path: &Path) -> HubError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return HubError::NoSpace {
            needed_mib: needed.div_ceil(MIB),
            free_mib: free(path).unwrap_or(0) / MIB,
            path: path.to_owned(),
        };
    }
    HubError::Unwritable {
        reason: error.to_string(),
        path: path.to_owned(),
    }
}
