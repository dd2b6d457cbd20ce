//! Errors of the studio window itself.

use std::path::PathBuf;

/// A window that cannot open, or cannot do what was requested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudioError {
    /// There is no display, or no way to draw on it.
    #[error(
        "the studio window cannot be opened ({reason}); start Kinora on a desktop, or use `kinora \
         generate`, which needs no window"
    )]
    NoWindow {
        /// The system's reason.
        reason: String,
    },
    /// A thread could not be started.
    #[error("could not start a thread ({reason}); close other programs and try again")]
    NoThread {
        /// The system's reason.
        reason: String,
    },
    /// The path of the program is unknown, and the self-test of GPUs needs it.
    #[error("Kinora cannot find its own program file ({reason}); start Kinora with its full path")]
    NoProgram {
        /// The system's reason.
        reason: String,
    },
    /// No file dialog could be opened.
    #[error(
        "no file dialog could be opened; install xdg-desktop-portal or zenity, or drop files on the window"
    )]
    NoDialog,
    /// No file manager could be opened.
    #[error("no file manager could be opened ({reason}); open the folder yourself: {}", .path.display())]
    NoFileManager {
        /// The system's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Too many tasks are waiting.
    #[error("Kinora is still busy with earlier tasks; try again in a moment")]
    Busy,
}
