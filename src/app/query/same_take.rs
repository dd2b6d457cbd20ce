//! Whether the next take already exists.

use crate::app::state::Studio;
use crate::app::state::shelf::ShelfTake;

impl Studio {
    /// The take on the shelf that the next one would be identical to: the same picture, model, camera, settings and
    /// seed. `None` while a new seed is drawn for each take.
    ///
    /// Imported takes do not count: making one again is how it is checked.
    #[must_use]
    pub fn same_take(&self) -> Option<&ShelfTake> {
        self.direction().draft.seed?;
        let picture = self.picture()?.id;
        self.shelf_takes().find(|take| {
            take.brought_from.is_none()
                && self.picture_of(take).map(|one| one.id) == Some(picture)
                && self.differences(take).is_empty()
                && !self.camera_differs(take)
        })
    }
}
