//! What was made and is not on the disk, because the disk refused it: it is written again with the
//! project, until it is there.
//!
//! Must not know why it was refused.

use std::collections::BTreeSet;

use crate::project::ids::{PictureId, TakeId};

/// Names of what still has to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// Finished takes.
    pub takes: BTreeSet<TakeId>,
    /// Pictures that have no file of their own.
    pub pictures: BTreeSet<PictureId>,
}

impl Unsaved {
    /// Whether everything is on the disk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.takes.is_empty() && self.pictures.is_empty()
    }
}
