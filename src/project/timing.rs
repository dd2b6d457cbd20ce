//! Frames at a rate: converting time to frames and back.

use std::time::Duration;

use crate::media::rate::Rate;

/// A number of frames at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Number of frames.
    pub frames: usize,
    /// Playback rate.
    pub rate: Rate,
}

impl Timing {
    /// Number of frames, as rates count them.
    fn count(self) -> u32 {
        u32::try_from(self.frames).unwrap_or(u32::MAX)
    }

    /// Their total duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.rate.duration_of(self.count())
    }

    /// The frame shown at `position`, counted from zero.
    #[must_use]
    pub fn frame_at(self, position: Duration) -> usize {
        self.rate.frame_at(position, self.count()) as usize
    }

    /// The frame shown at `time` when they play in a loop.
    #[must_use]
    pub fn looped_at(self, time: Duration) -> usize {
        let length = self.duration().as_nanos();
        let rest = time.as_nanos().checked_rem(length).unwrap_or(0);
        // Less than 2^64 nanoseconds: takes last minutes at most.
        self.frame_at(Duration::from_nanos(rest as u64))
    }

    /// A time just after `frame` appears.
    #[must_use]
    pub fn start_of(self, frame: usize) -> Duration {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        // Durations are rounded down to the nanosecond, so exactly at the edge it would be the previous frame.
        self.rate.duration_of(frame) + Duration::from_micros(1)
    }

    /// The time of a frame as minutes, seconds and frames: `0:01:06`, in a fixed width.
    #[must_use]
    pub fn code(self, frame: usize) -> String {
        let whole = (self.rate.as_f64().round() as usize).max(1);
        // Timecode counts frames of the nearest whole rate, as in film.
        let (seconds, frames) = (frame / whole, frame % whole);
        format!("{}:{:02}:{frames:02}", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_lands_on_the_frame_that_was_asked_for() {
        // 1/7 s is not a whole number of nanoseconds, and neither is 1001/24000 s.
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
        // Below 1 fps, each frame counts as a second.
        assert_eq!(code(1, 3, 2), "0:02:00");
    }
}
