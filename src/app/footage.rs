//! Frames that play: a take's, or those of a preview. Time to frame and back, nothing else.

use std::time::Duration;

use super::state::{ShelfTake, TakeId};
use crate::engine::protocol::JobId;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// Tells footage apart; equal keys mean equal pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FootageKey {
    /// A take, which never changes.
    Take(TakeId),
    /// A job after this many steps.
    Preview(JobId, usize),
}

/// Frames that play.
#[derive(Clone, Copy, Debug)]
pub struct Footage<'a> {
    /// Which frames these are.
    pub key: FootageKey,
    /// The frames at their own size.
    pub frames: &'a [Frame],
    /// Small copies for the timeline; empty while they are being made.
    pub cells: &'a [Frame],
    /// How fast they play.
    pub rate: Rate,
}

/// The footage of a take.
#[must_use]
pub fn footage_of(shelf: &ShelfTake) -> Footage<'_> {
    Footage {
        key: FootageKey::Take(shelf.id),
        frames: &shelf.take.frames,
        cells: &shelf.cells,
        rate: shelf.take.recipe.request.fps,
    }
}

impl Footage<'_> {
    /// How many frames, as rates count them.
    fn count(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// How long it plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.rate.duration_of(self.count())
    }

    /// The frame on screen at `position`, counted from zero.
    #[must_use]
    pub fn frame_at(&self, position: Duration) -> usize {
        self.rate.frame_at(position, self.count()) as usize
    }

    /// The frame on screen at `time` when it plays over and over.
    #[must_use]
    pub fn looped_at(&self, time: Duration) -> usize {
        let length = self.duration().as_nanos();
        let rest = time.as_nanos().checked_rem(length).unwrap_or(0);
        // Less than 2^64 nanoseconds: takes last minutes at most.
        self.frame_at(Duration::from_nanos(rest as u64))
    }

    /// When `frame` comes on screen, safely inside of its time.
    #[must_use]
    pub fn start_of(&self, frame: usize) -> Duration {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        // Durations are rounded down to the nanosecond: at the exact edge it would be the frame
        // before.
        self.rate.duration_of(frame) + Duration::from_micros(1)
    }

    /// How long until the next frame.
    #[must_use]
    pub fn time_to_next(&self, position: Duration) -> Duration {
        self.start_of(self.frame_at(position) + 1)
            .saturating_sub(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_lands_on_the_frame_that_was_asked_for() {
        let frame = Frame {
            width: 1,
            height: 1,
            rgb: [0; 3].into(),
        };
        let frames = vec![frame; 25];
        // 1/7 s is no whole number of nanoseconds, and neither is 1001/24000 s.
        for (num, den) in [(7, 1), (24_000, 1001), (30, 1), (1, 3)] {
            let footage = Footage {
                key: FootageKey::Take(TakeId(0)),
                frames: &frames,
                cells: &[],
                rate: Rate { num, den },
            };
            for index in 0..frames.len() {
                assert_eq!(
                    footage.frame_at(footage.start_of(index)),
                    index,
                    "{num}/{den}"
                );
            }
            assert_eq!(
                footage.looped_at(footage.duration() * 3 + footage.start_of(4)),
                4
            );
        }
    }
}
