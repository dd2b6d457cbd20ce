//! What can be done with finished takes.
//!
//! Must not know how takes are made.

use crate::project::history::{Edit, REMOVE_TAKE};
use crate::project::ids::TakeId;

/// Commands about a take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TakeCommand {
    /// Star it, or unstar it.
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
    /// The take that it is about, where it names one.
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

    /// What "Undo" calls it.
    pub(in crate::app) fn edit(self) -> Edit {
        Edit::once(match self {
            Self::Star(_) => "star",
            Self::Remove(_) => REMOVE_TAKE,
            Self::Recipe(_) => "take recipe",
            Self::Again(_) | Self::Motion { .. } => "make again",
            Self::Extend | Self::CopyFrame | Self::SaveFrame => "take",
        })
    }
}

/// How two takes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CompareMode {
    /// One left of a line, the other right of it.
    #[default]
    Wipe,
    /// Beside each other.
    Side,
    /// How far their pixels are apart.
    Difference,
}

/// Commands about comparing takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareCommand {
    /// Compare the take on the stage with the one that was there before, or end it.
    Toggle,
    /// Compare the take on the stage with this one.
    With(TakeId),
    /// How.
    Mode(CompareMode),
    /// Put the line of a wipe here, from 0 (left) to 1.
    Divider(f32),
    /// Exchange the two takes.
    Swap,
}

/// Commands about zooming the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ZoomCommand {
    /// Show all of the frame.
    Fit,
    /// Show each pixel of a frame as one of the screen.
    Actual,
    /// Look closer, with this place of the frame in the middle.
    At {
        /// Pixels of the screen for each pixel of a frame.
        zoom: f32,
        /// From 0 to 1 in both directions.
        centre: (f32, f32),
    },
    /// Stretch the timeline.
    Timeline(f32),
}

/// Commands about what the shelf shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfCommand {
    /// Show takes that have these words in picture, prompt, camera moves, model or seed.
    Search(String),
    /// Show only takes that the artist likes, or all.
    ToggleStarred,
}
