//! The replaceable parts of a studio.

use super::clipboard::{Clipboard, SystemClipboard};
use super::dialogs::{Dialogs, SystemDialogs};
use super::models::HubAccess;
use crate::engine::device::trust::Trust;
use crate::engine::protocol::Wake;
use crate::engine::{Runner, SvdRunner};
use crate::error::StudioError;
use crate::library::Library;
use crate::system::priority::build_low_priority_pool;

/// The replaceable parts of a studio; tests provide their own.
pub struct Parts {
    /// Carries out orders.
    pub runner: Box<dyn Runner>,
    /// The installed models and camera moves.
    pub library: Library,
    /// System dialogs.
    pub dialogs: Box<dyn Dialogs>,
    /// The clipboard.
    pub clipboard: Box<dyn Clipboard>,
    /// Access to the model hub.
    pub hub: HubAccess,
    /// Wakes the window; called after every event.
    pub wake: Wake,
}

impl Parts {
    /// The parts that the program uses.
    ///
    /// # Errors
    /// [`StudioError`] if the running program, which is needed to test devices, cannot be located.
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
