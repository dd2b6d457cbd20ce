//! Takes and pictures that could not be saved. They are saved again with the project until that
//! succeeds.

use std::collections::BTreeSet;

use crate::project::ids::{PictureId, TakeId};

/// IDs of what still has to be saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// Finished takes.
    pub takes: BTreeSet<TakeId>,
    /// Pictures without a file of their own.
    pub pictures: BTreeSet<PictureId>,
}

impl Unsaved {
    /// Whether everything is on the disk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.takes.is_empty() && self.pictures.is_empty()
    }
}
