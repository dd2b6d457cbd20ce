//! What can be done with finished takes.
//!
//! Must not know how takes are made.

use super::history::Edit;
use super::state::TakeId;

/// A wish about a take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TakeCommand {
    /// Like it, or not any more.
    Star(TakeId),
    /// Take it off the shelf; undo brings it back.
    Remove(TakeId),
    /// Set everything as it was when it was made.
    Recipe(TakeId),
    /// Make it again with a new seed.
    Again(TakeId),
    /// Make it again with more or less motion, and the same seed.
    Motion {
        /// Which take.
        take: TakeId,
        /// More of it.
        more: bool,
    },
    /// Put the frame under the playhead on the shelf, as the picture of the next take, which will
    /// continue this one.
    Extend,
    /// Put the frame under the playhead on the clipboard.
    CopyFrame,
    /// Ask where to write the frame under the playhead, then write it.
    SaveFrame,
}

impl TakeCommand {
    /// What "Undo" calls it.
    pub(super) fn edit(self) -> Edit {
        Edit::once(match self {
            Self::Star(_) => "star",
            Self::Remove(_) => "remove take",
            Self::Recipe(_) => "take recipe",
            Self::Again(_) | Self::Motion { .. } => "make again",
            Self::Extend | Self::CopyFrame | Self::SaveFrame => "take",
        })
    }
}
