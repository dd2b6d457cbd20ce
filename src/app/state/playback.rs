//! Playback: position, direction, range, speed. Pure arithmetic on time.

use std::time::Duration;

use crate::app::command::playback::Repeat;
use crate::project::timing::Timing;

/// The speeds offered, slowest first.
pub const SPEEDS: [f32; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// The state of playback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    /// Position from the first frame.
    pub position: Duration,
    /// Whether it is playing.
    pub playing: bool,
    /// Whether it plays from the end to the beginning.
    pub backwards: bool,
    /// Factor on the frame rate.
    pub speed: f32,
    /// What happens at the end.
    pub repeat: Repeat,
    /// First and last frame of the range; `None` plays all.
    pub range: Option<(usize, usize)>,
    /// Whether neighbouring frames are shown behind the current one while paused.
    pub onion: bool,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            position: Duration::ZERO,
            playing: false,
            backwards: false,
            speed: 1.0,
            repeat: Repeat::Loop,
            range: None,
            onion: false,
        }
    }
}

impl Playback {
    /// First and last frame of the range, clamped to the available frames.
    #[must_use]
    pub fn bounds(&self, timing: Timing) -> (usize, usize) {
        let last = timing.frames.saturating_sub(1);
        match self.range {
            Some((first, end)) => (first.min(last), end.clamp(first.min(last), last)),
            None => (0, last),
        }
    }

    /// Time until the next frame is shown.
    #[must_use]
    pub fn time_to_next(&self, timing: Timing) -> Duration {
        let frame = timing.frame_at(self.position);
        let away = if self.backwards {
            self.position.saturating_sub(edge(timing, frame))
        } else {
            edge(timing, frame + 1).saturating_sub(self.position)
        };
        away.div_f64(self.factor()) + Duration::from_micros(1)
    }

    /// The speed, clamped to those offered.
    fn factor(&self) -> f64 {
        let (slowest, fastest) = (SPEEDS[0], SPEEDS[SPEEDS.len() - 1]);
        // Not `clamp`, which passes NaN on.
        f64::from(self.speed.max(slowest).min(fastest))
    }

    /// Advances the playhead by `passed` of real time, if playing.
    pub(in crate::app) fn advance(&mut self, timing: Timing, passed: Duration) {
        if !self.playing || timing.frames == 0 {
            return;
        }
        let (first, last) = self.bounds(timing);
        // Position within the range in nanoseconds; the range lasts `length`.
        let start = nanos(edge(timing, first));
        let length = nanos(edge(timing, last + 1)) - start;
        let frame = nanos(edge(timing, last + 1)) - nanos(edge(timing, last));
        let at = nanos(self.position) - start;
        let way = nanos(passed.mul_f64(self.factor()));
        let to = match self.repeat {
            _ if length <= 0 => 0,
            Repeat::Loop => {
                let to = if self.backwards { at - way } else { at + way };
                to.rem_euclid(length)
            }
            Repeat::PingPong => self.bounce(at.clamp(0, length), way, length, frame),
            Repeat::Once => {
                let to = if self.backwards { at - way } else { at + way };
                self.playing = (0..length).contains(&to);
                to.clamp(0, length - 1)
            }
        };
        self.position = Duration::from_nanos(u64::try_from(start + to).unwrap_or(0));
    }

    /// Ping-pong: the first and the last frame are shown once per turn.
    fn bounce(&mut self, at: i128, way: i128, length: i128, frame: i128) -> i128 {
        let back = length - 2 * frame;
        if back <= 0 {
            // A single frame stays; two alternate.
            self.backwards = false;
            return (at + way).rem_euclid(length);
        }
        let inner = length - frame;
        let phase = if self.backwards && (frame..inner).contains(&at) {
            length + (inner - 1 - at)
        } else {
            at
        };
        let phase = (phase + way).rem_euclid(length + back);
        self.backwards = phase >= length;
        if self.backwards {
            inner - 1 - (phase - length)
        } else {
            phase
        }
    }

    /// Pauses on a frame, at most the last one.
    pub(in crate::app) fn pause_on(&mut self, timing: Timing, frame: usize) {
        self.playing = false;
        self.position = timing.start_of(frame.min(timing.frames.saturating_sub(1)));
    }

    /// Sets the speed, clamped to those offered.
    pub(in crate::app) fn set_speed(&mut self, speed: f32) {
        self.speed = speed.max(SPEEDS[0]).min(SPEEDS[SPEEDS.len() - 1]);
    }

    /// Plays or pauses; at the end of a range that plays once, starts again.
    pub(in crate::app) fn toggle(&mut self, timing: Timing) {
        self.playing = !self.playing;
        if !self.playing {
            return;
        }
        let (first, last) = self.bounds(timing);
        let frame = timing.frame_at(self.position);
        let at_end = if self.backwards {
            frame <= first
        } else {
            frame >= last
        };
        if (self.repeat == Repeat::Once && at_end) || !(first..=last).contains(&frame) {
            let from = if self.backwards { last } else { first };
            self.position = timing.start_of(from);
        }
    }

    /// Plays in a direction; if it already does, doubles the speed.
    pub(in crate::app) fn shuttle(&mut self, timing: Timing, backwards: bool) {
        if self.playing && self.backwards == backwards {
            self.speed = faster(self.speed);
            return;
        }
        self.playing = false;
        self.speed = 1.0;
        self.backwards = backwards;
        self.toggle(timing);
    }

    /// Sets the start of the range, moving its end if necessary.
    pub(in crate::app) fn set_in(&mut self, timing: Timing, frame: usize) {
        let (_, last) = self.bounds(timing);
        let frame = frame.min(timing.frames.saturating_sub(1));
        self.set_range(timing, frame, last.max(frame));
    }

    /// Sets the end of the range, moving its start if necessary.
    pub(in crate::app) fn set_out(&mut self, timing: Timing, frame: usize) {
        let (first, _) = self.bounds(timing);
        let frame = frame.min(timing.frames.saturating_sub(1));
        self.set_range(timing, first.min(frame), frame);
    }

    /// Sets the range; one that covers everything becomes `None`.
    fn set_range(&mut self, timing: Timing, first: usize, last: usize) {
        let all = first == 0 && last + 1 >= timing.frames;
        self.range = (!all).then_some((first, last));
    }
}

/// Start time of a frame, rounded down to a nanosecond.
fn edge(timing: Timing, frame: usize) -> Duration {
    let frame = u32::try_from(frame).unwrap_or(u32::MAX);
    timing.rate.duration_of(frame)
}

fn nanos(time: Duration) -> i128 {
    // A duration is less than 2^94 nanoseconds.
    time.as_nanos() as i128
}

/// The next higher speed offered, or the highest.
fn faster(speed: f32) -> f32 {
    let next = SPEEDS.into_iter().find(|&step| step > speed);
    next.unwrap_or(SPEEDS[SPEEDS.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four frames, a tenth of a second each.
    const TIMING: Timing = Timing {
        frames: 4,
        rate: crate::media::rate::Rate { num: 10, den: 1 },
    };

    fn at(frame: usize) -> Playback {
        Playback {
            position: TIMING.start_of(frame),
            playing: true,
            ..Playback::default()
        }
    }

    /// The frames shown during `ticks` ticks of 50 ms, without repetitions.
    fn seen(mut playback: Playback, ticks: usize) -> Vec<usize> {
        let mut frames = vec![TIMING.frame_at(playback.position)];
        for _ in 0..ticks {
            playback.advance(TIMING, Duration::from_millis(50));
            let frame = TIMING.frame_at(playback.position);
            if frames.last() != Some(&frame) {
                frames.push(frame);
            }
        }
        frames
    }

    #[test]
    fn loops_in_both_directions() {
        assert_eq!(seen(at(0), 13), [0, 1, 2, 3, 0, 1, 2]);
        let backwards = Playback {
            backwards: true,
            ..at(1)
        };
        assert_eq!(seen(backwards, 8), [1, 0, 3, 2, 1]);
    }

    #[test]
    fn ping_pong_shows_both_ends_once_for_as_long_as_the_others() {
        let mut playback = Playback {
            repeat: Repeat::PingPong,
            ..at(0)
        };
        let mut ticks = Vec::new();
        for _ in 0..12 {
            ticks.push(TIMING.frame_at(playback.position));
            playback.advance(TIMING, Duration::from_millis(50));
        }
        assert_eq!(ticks, [0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 1, 1]);
        // One long update equals many short ones.
        let mut short = Playback {
            repeat: Repeat::PingPong,
            ..at(2)
        };
        let mut long = short;
        for _ in 0..37 {
            short.advance(TIMING, Duration::from_millis(50));
        }
        long.advance(TIMING, Duration::from_millis(50 * 37));
        assert_eq!(short, long);
    }

    #[test]
    fn once_stays_at_the_end_and_starts_again_on_request() {
        let mut playback = Playback {
            repeat: Repeat::Once,
            ..at(2)
        };
        playback.advance(TIMING, Duration::from_secs(9));
        assert_eq!(TIMING.frame_at(playback.position), 3);
        assert!(!playback.playing);
        playback.toggle(TIMING);
        assert_eq!(TIMING.frame_at(playback.position), 0);
        playback.backwards = true;
        playback.advance(TIMING, Duration::from_secs(9));
        assert_eq!(TIMING.frame_at(playback.position), 0);
        assert!(!playback.playing);
        playback.toggle(TIMING);
        assert_eq!(TIMING.frame_at(playback.position), 3);
    }

    #[test]
    fn the_range_is_all_that_plays() {
        let ranged = Playback {
            range: Some((1, 2)),
            ..at(1)
        };
        assert_eq!(seen(ranged, 7), [1, 2, 1, 2]);
        let outside = Playback {
            range: Some((2, 3)),
            playing: false,
            ..at(0)
        };
        let mut started = outside;
        started.toggle(TIMING);
        assert_eq!(
            TIMING.frame_at(started.position),
            2,
            "it begins where the range begins"
        );
        let shorter = Playback {
            range: Some((7, 9)),
            ..at(0)
        };
        assert_eq!(
            shorter.bounds(TIMING),
            (3, 3),
            "a range of something longer"
        );
    }

    #[test]
    fn in_and_out_move_each_other_if_necessary() {
        let mut playback = at(0);
        playback.set_in(TIMING, 1);
        playback.set_out(TIMING, 2);
        assert_eq!(playback.range, Some((1, 2)));
        playback.set_in(TIMING, 3);
        assert_eq!(playback.range, Some((3, 3)));
        playback.set_out(TIMING, 0);
        assert_eq!(playback.range, Some((0, 0)));
        playback.set_out(TIMING, 99);
        assert_eq!(playback.range, None, "all of it is no range");
    }

    #[test]
    fn the_shuttle_doubles_and_turns_round() {
        let mut playback = Playback::default();
        playback.shuttle(TIMING, false);
        assert!(playback.playing && !playback.backwards);
        playback.shuttle(TIMING, false);
        playback.shuttle(TIMING, false);
        assert_eq!(playback.speed, 4.0);
        playback.advance(TIMING, Duration::from_millis(50));
        assert_eq!(TIMING.frame_at(playback.position), 2, "four times as fast");
        playback.shuttle(TIMING, true);
        assert!(playback.backwards);
        assert_eq!(playback.speed, 1.0);
        for _ in 0..9 {
            playback.shuttle(TIMING, true);
        }
        assert_eq!(playback.speed, SPEEDS[SPEEDS.len() - 1]);
    }

    #[test]
    fn the_next_frame_comes_at_the_predicted_time() {
        for (backwards, speed) in [(false, 1.0), (true, 1.0), (false, 0.25), (true, 4.0)] {
            let mut playback = Playback {
                backwards,
                speed,
                ..at(2)
            };
            let next = if backwards { 1 } else { 3 };
            let wait = playback.time_to_next(TIMING);
            playback.advance(TIMING, wait);
            assert_eq!(TIMING.frame_at(playback.position), next, "{speed}");
        }
    }
}
