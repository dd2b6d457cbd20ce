//! Commands about takes, comparing them, zooming, and the shelf's filter.

use crate::project::history::{Edit, REMOVE_TAKE};
use crate::project::ids::TakeId;

/// Commands about a take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TakeCommand {
    /// Stars or unstars it.
    Star(TakeId),
    /// Removes it from the shelf; undo restores it.
    Remove(TakeId),
    /// Sets the direction to the take's settings.
    Recipe(TakeId),
    /// Makes it again with a new seed.
    Again(TakeId),
    /// Makes it again with more or less motion and the same seed.
    Motion {
        /// The take.
        take: TakeId,
        /// More motion rather than less.
        more: bool,
    },
    /// Adds the frame under the playhead to the shelf as a picture, whose next take continues this one.
    Extend,
    /// Copies the frame under the playhead to the clipboard.
    CopyFrame,
    /// Asks for a file name, then saves the frame under the playhead.
    SaveFrame,
}

impl TakeCommand {
    /// The take that it names, if any.
    pub(in crate::app) fn take(self) -> Option<TakeId> {
        match self {
            Self::Star(take)
            | Self::Remove(take)
            | Self::Recipe(take)
            | Self::Again(take)
            | Self::Motion { take, .. } => Some(take),
            Self::Extend | Self::CopyFrame | Self::SaveFrame => None,
        }
    }

    /// The label in "Undo".
    pub(in crate::app) fn edit(self) -> Edit {
        Edit::once(match self {
            Self::Star(_) => "star",
            Self::Remove(_) => REMOVE_TAKE,
            Self::Recipe(_) => "apply recipe",
            Self::Again(_) | Self::Motion { .. } => "make again",
            Self::Extend | Self::CopyFrame | Self::SaveFrame => "take",
        })
    }
}

/// How two takes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CompareMode {
    /// One to the left of a line, the other to the right.
    #[default]
    Wipe,
    /// Side by side.
    Side,
    /// The difference of their pixels.
    Difference,
}

/// Commands about comparing takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareCommand {
    /// Compares the take on the stage with the previous one, or ends the comparison.
    Toggle,
    /// Compares the take on the stage with this one.
    With(TakeId),
    /// Sets the mode.
    Mode(CompareMode),
    /// Moves the line of a wipe, from 0 (left) to 1.
    Divider(f32),
    /// Swaps the two takes.
    Swap,
}

/// Commands about zooming the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ZoomCommand {
    /// Fits the frame to the stage.
    Fit,
    /// Shows each pixel of a frame as one pixel of the screen.
    Actual,
    /// Zooms in, centred on this point of the frame.
    At {
        /// Screen pixels per frame pixel.
        zoom: f32,
        /// From 0 to 1 in both directions.
        centre: (f32, f32),
    },
    /// Stretches the timeline by this factor.
    Timeline(f32),
}

/// Commands about the shelf's filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfCommand {
    /// Shows only takes with these words in their picture, name, camera moves, model or seed.
    Search(String),
    /// Switches between starred takes and all.
    ToggleStarred,
    /// Begins to rename a take.
    Rename(TakeId),
    /// Gives a take this name; an empty one removes its name.
    Name(TakeId, String),
    /// Leaves the name as it was.
    CancelRename,
}
