//! Where a take is on disk.

use std::path::PathBuf;

use crate::app::state::Studio;
use crate::project::file::take_file;
use crate::project::ids::TakeId;

impl Studio {
    /// The file of a take; `None` while the take is not saved.
    #[must_use]
    pub fn file_of_take(&self, take: TakeId) -> Option<PathBuf> {
        let home = self.project.home.as_deref()?;
        let saved = !self.runtime.unsaved.takes.contains(&take);
        saved.then(|| take_file(home, take))
    }
}
