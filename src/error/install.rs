//! Models that cannot be copied into Kinora's own folder.

use std::path::PathBuf;

/// A model that was not copied; nothing is left behind of what was begun.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// There is nothing to copy.
    #[error("the model is not there any more; bring it back, or remove it from the list: {path}")]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// The model cannot be read.
    #[error("cannot read the model ({reason}); check the disk it lies on: {path}")]
    Unreadable {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The copy differs from what was copied, twice.
    #[error(
        "the copy is not what was copied, twice; check both disks, the model can be used where it lies: {path}"
    )]
    Differs {
        /// The file that was copied.
        path: PathBuf,
    },
    /// The disk is too full.
    #[error(
        "the copy takes {needed_mib} MiB and the disk has {free_mib} MiB free; make room, or use the model where it lies: {path}"
    )]
    NoSpace {
        /// What it takes, in MiB.
        needed_mib: u64,
        /// What is free, in MiB.
        free_mib: u64,
        /// Where it should go.
        path: PathBuf,
    },
    /// The place cannot be written to.
    #[error("the model was not copied ({reason}); check the rights to the folder: {path}")]
    Unwritable {
        /// What the system said.
        reason: String,
        /// Where it should go.
        path: PathBuf,
    },
    /// The system has no folder for data.
    #[error("the system names no folder for data; set HOME or XDG_DATA_HOME")]
    NoPlace,
}
