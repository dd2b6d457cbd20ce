//! What a studio is made of, so that tests can bring their own.

use super::clipboard::{Clipboard, SystemClipboard};
use super::dialogs::{Dialogs, SystemDialogs};
use super::models::HubAccess;
use crate::engine::device::trust::Trust;
use crate::engine::protocol::Wake;
use crate::engine::{Runner, SvdRunner};
use crate::error::StudioError;
use crate::library::Library;
use crate::system::priority::build_low_priority_pool;

/// What a studio is made of; tests bring their own.
pub struct Parts {
    /// Carries out orders.
    pub runner: Box<dyn Runner>,
    /// Where models are found.
    pub library: Library,
    /// Asks for paths.
    pub dialogs: Box<dyn Dialogs>,
    /// Where pictures are pasted from.
    pub clipboard: Box<dyn Clipboard>,
    /// Where models are fetched from.
    pub hub: HubAccess,
    /// Wakes the window; called after every report.
    pub wake: Wake,
}

impl Parts {
    /// The real ones.
    ///
    /// # Errors
    /// [`StudioError`] when the running program cannot be located, which tests devices.
    pub fn of_system(wake: Wake) -> Result<Self, StudioError> {
        let library = Library::of_user();
        let trust =
            Trust::new(Library::cache_folder()).map_err(|error| StudioError::NoProgram {
                reason: error.to_string(),
            })?;
        build_low_priority_pool();
        let runner = SvdRunner::new(library.clone(), trust).low_priority();
        Ok(Self {
            runner: Box::new(runner),
            library,
            dialogs: Box::new(SystemDialogs),
            clipboard: Box::new(SystemClipboard::default()),
            hub: HubAccess::of_user(),
            wake,
        })
    }
}
