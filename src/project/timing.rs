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

    /// The time of a frame in seconds, `1.86 s`, or from one minute on with minutes, `1:06.86`; in a fixed width.
    #[must_use]
    pub fn time(self, frame: usize) -> String {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        let hundredths = self.rate.duration_of(frame).as_millis() / 10;
        let (seconds, part) = (hundredths / 100, hundredths % 100);
        let whole = self.duration().as_secs();
        if whole >= 60 {
            return format!("{}:{:02}.{part:02}", seconds / 60, seconds % 60);
        }
        let digits = whole.to_string().len();
        format!("{seconds:>digits$}.{part:02} s")
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
    fn times_are_seconds_and_from_a_minute_on_minutes() {
        let time = |num, den, frames, frame| {
            let rate = Rate { num, den };
            Timing { frames, rate }.time(frame)
        };
        assert_eq!(time(7, 1, 14, 13), "1.85 s");
        assert_eq!(time(7, 1, 100, 13), " 1.85 s", "as wide as the last one");
        assert_eq!(time(24_000, 1001, 24 * 90, 24 * 61 + 5), "1:01.26");
        assert_eq!(time(1, 3, 4, 2), " 6.00 s");
    }
}
