//! Commands about the clips of the sequence.

use crate::project::history::Edit;
use crate::project::ids::{ClipId, TakeId};

/// Commands about the sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SequenceCommand {
    /// Put it on the stage.
    Show,
    /// Add a take behind the clip that is being worked on, or at the end.
    Add(TakeId),
    /// Work on this clip.
    Select(Option<ClipId>),
    /// Take a clip out.
    Remove(ClipId),
    /// Put a clip where the one at this index is.
    Put(ClipId, usize),
    /// Show only these frames of a clip's take.
    Trim {
        /// Which clip.
        clip: ClipId,
        /// First frame.
        from: usize,
        /// One behind the last frame.
        to: usize,
    },
    /// Let a clip share so many frames with the one before it.
    Fade(ClipId, usize),
    /// Cut the clip under the playhead in two.
    Split,
}

impl SequenceCommand {
    /// What "Undo" calls it.
    pub(in crate::app) fn edit(self) -> Edit {
        match self {
            Self::Add(_) => Edit::once("add clip"),
            Self::Remove(_) => Edit::once("remove clip"),
            Self::Put(..) => Edit::dragged("move clip"),
            Self::Trim { .. } => Edit::dragged("trim clip"),
            Self::Fade(..) => Edit::dragged("cross-fade"),
            Self::Split => Edit::once("split clip"),
            Self::Show | Self::Select(_) => Edit::once("clip"),
        }
    }
}
