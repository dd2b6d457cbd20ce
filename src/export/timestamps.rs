//! The timestamp of each frame of a clip, in the time unit of its format, in integers.

use super::output::OutputKind;
use crate::media::rate::Rate;

/// Timestamps: frame `i` is shown at `at(i)` ticks of `base` seconds.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    rate: Rate,
    /// `None` if every frame lasts one tick.
    ticks_per_second: Option<u32>,
}

impl Clock {
    /// GIF counts hundredths and WebP thousandths of a second, each timestamp rounded separately so that errors do not
    /// accumulate; the others count frames.
    pub(super) fn new(kind: OutputKind, rate: Rate) -> Self {
        let ticks_per_second = match kind {
            OutputKind::Gif => Some(100),
            OutputKind::WebP => Some(1000),
            _ => None,
        };
        Self {
            rate,
            ticks_per_second,
        }
    }

    /// Frames per second, as numerator and denominator.
    pub(super) fn rate(self) -> (u32, u32) {
        (self.rate.num, self.rate.den)
    }

    /// Seconds per tick, as numerator and denominator.
    pub(super) fn base(self) -> (u32, u32) {
        let counted = self.ticks_per_second.map(|ticks| (1, ticks));
        counted.unwrap_or((self.rate.den, self.rate.num))
    }

    /// Whether every frame lasts one tick.
    pub(super) fn counts_frames(self) -> bool {
        self.ticks_per_second.is_none()
    }

    /// Whether the rate is higher than the format can play.
    ///
    /// Browsers play a GIF delay below 2/100 s as 10/100 s, so 2/100 s is the shortest.
    pub(super) fn too_fast(self) -> bool {
        self.ticks_per_second == Some(100)
            && u64::from(self.rate.num) > 50 * u64::from(self.rate.den)
    }

    /// The tick at which frame `index` starts.
    pub(super) fn at(self, index: usize) -> i64 {
        let index = index as u128;
        let ticks = match self.ticks_per_second {
            None => index,
            Some(_) if self.too_fast() => index * 2,
            Some(ticks) => {
                let (num, den) = (u128::from(self.rate.num), u128::from(self.rate.den));
                (index * u128::from(ticks) * den * 2 + num) / (num * 2)
            }
        };
        i64::try_from(ticks).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gif_and_webp_frames_are_timed_without_drift() {
        let clock = Clock::new(OutputKind::Gif, Rate { num: 24, den: 1 });
        assert_eq!(
            [0, 1, 2, 3, 24].map(|index| clock.at(index)),
            [0, 4, 8, 13, 100]
        );
        let clock = Clock::new(OutputKind::Gif, Rate { num: 60, den: 1 });
        assert_eq!([0, 1, 2].map(|index| clock.at(index)), [0, 2, 4]);
        let clock = Clock::new(
            OutputKind::WebP,
            Rate {
                num: 24_000,
                den: 1001,
            },
        );
        assert_eq!(clock.at(24_000), 1_001_000);
    }
}
