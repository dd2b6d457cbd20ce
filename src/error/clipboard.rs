//! What is on the clipboard and is no picture.

use super::PictureError;

/// A clipboard that gives no picture, or takes none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClipboardError {
    /// There is nothing that could be a picture.
    #[error("the clipboard holds no picture; copy one first, or drop a file on the window")]
    Empty,
    /// There is the address of something.
    #[error(
        "this is an address, and Kinora fetches no pictures; save the picture, then drop the file"
    )]
    Address,
    /// There are words.
    #[error("the clipboard holds words, not a picture; copy a picture first")]
    Words,
    /// The picture on it cannot be taken in.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The system does not hand it out.
    #[error("the clipboard does not answer ({reason}); try again, or drop a file on the window")]
    Closed {
        /// What the system said.
        reason: String,
    },
}
