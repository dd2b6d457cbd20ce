//! Frames at a rate: time to frame and back. Knows neither what the frames show nor who plays them.

use std::time::Duration;

use crate::media::rate::Rate;

/// So many frames at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How many.
    pub frames: usize,
    /// How fast they play.
    pub rate: Rate,
}

impl Timing {
    /// How many frames, as rates count them.
    fn count(self) -> u32 {
        u32::try_from(self.frames).unwrap_or(u32::MAX)
    }

    /// How long they play.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.rate.duration_of(self.count())
    }

    /// The frame on screen at `position`, counted from zero.
    #[must_use]
    pub fn frame_at(self, position: Duration) -> usize {
        self.rate.frame_at(position, self.count()) as usize
    }

    /// The frame on screen at `time` when they play over and over.
    #[must_use]
    pub fn looped_at(self, time: Duration) -> usize {
        let length = self.duration().as_nanos();
        let rest = time.as_nanos().checked_rem(length).unwrap_or(0);
        // Less than 2^64 nanoseconds: takes last minutes at most.
        self.frame_at(Duration::from_nanos(rest as u64))
    }

    /// When `frame` comes on screen, safely inside of its time.
    #[must_use]
    pub fn start_of(self, frame: usize) -> Duration {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        // Durations are rounded down to the nanosecond: at the exact edge it would be the frame
        // before.
        self.rate.duration_of(frame) + Duration::from_micros(1)
    }

    /// The time at a frame as minutes, seconds and frames: `0:01:06`, in figures that keep their
    /// width while it plays.
    #[must_use]
    pub fn code(self, frame: usize) -> String {
        let whole = (self.rate.as_f64().round() as usize).max(1);
        // Time code counts frames of the nearest whole rate, as film does.
        let (seconds, frames) = (frame / whole, frame % whole);
        format!("{}:{:02}:{frames:02}", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_lands_on_the_frame_that_was_asked_for() {
        // 1/7 s is no whole number of nanoseconds, and neither is 1001/24000 s.
        for (num, den) in [(7, 1), (24_000, 1001), (30, 1), (1, 3)] {
            let timing = Timing {
                frames: 25,
                rate: Rate { num, den },
            };
            for index in 0..timing.frames {
                assert_eq!(
                    timing.frame_at(timing.start_of(index)),
                    index,
                    "{num}/{den}"
                );
            }
            assert_eq!(
                timing.looped_at(timing.duration() * 3 + timing.start_of(4)),
                4
            );
        }
    }

    #[test]
    fn time_code_counts_minutes_seconds_and_frames() {
        let code = |num, den, frame| {
            let timing = Timing {
                frames: 0,
                rate: Rate { num, den },
            };
            timing.code(frame)
        };
        assert_eq!(code(7, 1, 13), "0:01:06");
        assert_eq!(code(24_000, 1001, 24 * 61 + 5), "1:01:05");
        // Slower than a frame a second: each frame is a second of its own.
        assert_eq!(code(1, 3, 2), "0:02:00");
    }
}
