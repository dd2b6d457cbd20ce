//! How finished frames are exported: size, quality, ping-pong and number of plays.

use serde::{Deserialize, Serialize};

use super::output::{Output, OutputKind, Quality};
use crate::media::frame::Frame;

/// Size of the output relative to the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scale {
    /// Half as wide and high.
    Half,
    /// Unchanged.
    #[default]
    One,
    /// Twice as wide and high.
    Two,
    /// Four times as wide and high.
    Four,
}

impl Scale {
    /// All scales, smallest first.
    pub const ALL: [Self; 4] = [Self::Half, Self::One, Self::Two, Self::Four];

    /// Width and height in pixels after scaling; at least one of each.
    #[must_use]
    pub fn of(self, (width, height): (u32, u32)) -> (u32, u32) {
        let side = |side: u32| match self {
            Self::Half => (side / 2).max(1),
            Self::One => side,
            Self::Two => side.saturating_mul(2),
            Self::Four => side.saturating_mul(4),
        };
        (side(width), side(height))
    }
}

/// How finished frames are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportSettings {
    /// Size of the output.
    pub scale: Scale,
    /// Forwards, then backwards, with the first and the last frame shown once.
    pub ping_pong: bool,
    /// How often it plays; 0 is for ever in animations and once in films, whose files cannot store a number of plays.
    pub plays: u16,
    /// Quality of lossy formats.
    pub quality: Quality,
}

impl ExportSettings {
    /// The order in which `count` frames are written to a file of this format.
    ///
    /// Animations store the number of plays; a film repeats its frames instead.
    #[must_use]
    pub fn order(&self, count: usize, kind: OutputKind) -> Vec<usize> {
        let mut once: Vec<usize> = (0..count).collect();
        if self.ping_pong {
            once.extend((1..count.saturating_sub(1)).rev());
        }
        let times = if kind.is_film() {
            usize::from(self.plays).max(1)
        } else {
            1
        };
        once.repeat(times)
    }

    /// A frame at the output's size, resampled with Lanczos.
    #[must_use]
    pub fn resized(&self, frame: &Frame) -> Frame {
        let (width, height) = self.scale.of((frame.width, frame.height));
        frame.resized(width, height)
    }

    /// `output` with the quality and the number of plays of these settings; [`write()`](super::write()) reads both
    /// from it. Size and order must be applied to the frames.
    #[must_use]
    pub fn applied_to(&self, output: Output) -> Output {
        output.with_quality(self.quality).with_plays(self.plays)
    }
}
