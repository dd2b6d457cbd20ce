//! Clipboards without a usable picture.

use super::PictureError;

/// A picture that cannot be pasted or copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClipboardError {
    /// It is empty, or holds nothing that could be a picture.
    #[error("the clipboard holds no picture; copy one first, or drop a file on the window")]
    Empty,
    /// It holds an address.
    #[error("Kinora cannot open web addresses; save the picture, then drop the file on the window")]
    Address,
    /// It holds text.
    #[error("the clipboard holds text, not a picture; copy a picture first")]
    Words,
    /// The picture on it cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The system gives no access to it.
    #[error("the clipboard cannot be used ({reason}); try again, or drop a file on the window")]
    Closed {
        /// The system's reason.
        reason: String,
    },
}
