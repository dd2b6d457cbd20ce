//! Models that cannot be copied into Kinora's own folder.

use std::path::PathBuf;

/// A model that was not copied; nothing is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The model no longer exists.
    #[error("the model no longer exists; put it back, or remove it from the list: {path}")]
    Gone {
        /// Its last path.
        path: PathBuf,
    },
    /// The model cannot be read.
    #[error("cannot read the model ({reason}); check the disk that it is on: {path}")]
    Unreadable {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The copy differs from the original, twice.
    #[error(
        "the copy was damaged twice; check both disks, or use the model from its current location: {path}"
    )]
    Differs {
        /// The file that was copied.
        path: PathBuf,
    },
    /// The disk is too full.
    #[error(
        "the copy needs {needed_mib} MiB, but the disk has {free_mib} MiB free; use the model from its current location, or make room in {path}"
    )]
    NoSpace {
        /// Size of the copy, in MiB.
        needed_mib: u64,
        /// What is free, in MiB.
        free_mib: u64,
        /// The destination.
        path: PathBuf,
    },
    /// The place cannot be written to.
    #[error("the model was not copied ({reason}); check the permissions of the folder: {path}")]
    Unwritable {
        /// The system's reason.
        reason: String,
        /// The destination.
        path: PathBuf,
    },
    /// The system names no data folder.
    #[error("this system has no data folder for models; set HOME or XDG_DATA_HOME")]
    NoPlace,
}
