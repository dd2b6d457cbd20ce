//! Commands about the clips of the sequence.

use crate::project::history::Edit;
use crate::project::ids::{ClipId, TakeId};
use crate::project::sequence::ClipFit;

/// Commands about the sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SequenceCommand {
    /// Shows the sequence on the stage.
    Show,
    /// Inserts a take after the selected clip, or at the end.
    Add(TakeId),
    /// Inserts a take before the clip at this index, or at the end.
    Insert(TakeId, usize),
    /// Selects a clip.
    Select(Option<ClipId>),
    /// Removes a clip.
    Remove(ClipId),
    /// Moves a clip to the position of the one at this index.
    Put(ClipId, usize),
    /// Limits a clip to these frames of its take.
    Trim {
        /// The clip.
        clip: ClipId,
        /// First frame.
        from: usize,
        /// One past the last frame.
        to: usize,
    },
    /// Cross-fades a clip with the previous one over this many frames.
    Fade(ClipId, usize),
    /// Sets how a clip is adapted to a film of another shape.
    Fit(ClipId, ClipFit),
    /// Sets width and height of the film, in pixels; `None` for those of the first clip.
    Size(Option<(u32, u32)>),
    /// Splits the clip under the playhead.
    Split,
}

impl SequenceCommand {
    /// The label in "Undo".
    pub(in crate::app) fn edit(self) -> Edit {
        match self {
            Self::Add(_) | Self::Insert(..) => Edit::once("add clip"),
            Self::Remove(_) => Edit::once("remove clip"),
            Self::Put(..) => Edit::dragged("move clip"),
            Self::Trim { .. } => Edit::dragged("trim clip"),
            Self::Fade(..) => Edit::dragged("cross-fade"),
            Self::Fit(..) => Edit::once("fit clip"),
            Self::Size(_) => Edit::once("change film size"),
            Self::Split => Edit::once("split clip"),
            Self::Show | Self::Select(_) => Edit::once("clip"),
        }
    }
}
