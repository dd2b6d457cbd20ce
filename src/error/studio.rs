//! Trouble of the studio window itself.

use std::path::PathBuf;

/// A window that cannot open, or cannot do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudioError {
    /// There is no screen, or no way to draw on it.
    #[error(
        "the studio window cannot be opened ({reason}); start it on a desktop, or use `kinora \
         generate` without one"
    )]
    NoWindow {
        /// What the system said.
        reason: String,
    },
    /// The system gives no thread.
    #[error("the system gives no thread ({reason}); close other programs and try again")]
    NoThread {
        /// What the system said.
        reason: String,
    },
    /// The program cannot find itself, which it must in order to test devices.
    #[error("the running program cannot be located ({reason}); start it by its full path")]
    NoProgram {
        /// What the system said.
        reason: String,
    },
    /// The system has no dialog for files.
    #[error(
        "no file dialog opened; install xdg-desktop-portal or zenity (pictures can also be dropped \
         on the window)"
    )]
    NoDialog,
    /// The system has no way to show a folder.
    #[error("no file manager opened ({reason}); open this place yourself: {}", .path.display())]
    NoFileManager {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Too many short jobs wait.
    #[error("Kinora is still busy with what was asked before; try again in a moment")]
    Busy,
}
