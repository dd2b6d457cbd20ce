//! The frames that the stage plays, from a take or from a preview.

use super::shelf::ShelfTake;
use crate::media::frame::Frame;
use crate::media::rate::Rate;
use crate::project::sequence::Source;
use crate::project::timing::Timing;

/// Frames to play.
#[derive(Clone, Copy, Debug)]
pub struct ClipSource<'a> {
    /// The frames at full size.
    pub frames: &'a [Frame],
    /// Small copies for the timeline; empty while they are being made.
    pub cells: &'a [Frame],
    /// Their playback rate.
    pub rate: Rate,
}

/// The frames of a take.
#[must_use]
pub fn clip_source_of(shelf: &ShelfTake) -> ClipSource<'_> {
    ClipSource {
        frames: &shelf.take.frames,
        cells: &shelf.cells,
        rate: shelf.take.recipe.request.fps,
    }
}

impl ClipSource<'_> {
    /// Number of frames and rate.
    #[must_use]
    pub fn timing(&self) -> Timing {
        Timing {
            frames: self.frames.len(),
            rate: self.rate,
        }
    }
}

/// The take as a source for clips of the sequence.
#[must_use]
pub fn source_of(shelf: &ShelfTake) -> Source {
    let first = shelf.take.frames.first();
    Source {
        take: shelf.id,
        frames: shelf.take.frames.len(),
        rate: shelf.take.recipe.request.fps,
        size: first.map_or((0, 0), |frame| (frame.width, frame.height)),
    }
}
