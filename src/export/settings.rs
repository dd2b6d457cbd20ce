//! How finished frames are handed over: at which size and quality, there and back, and how often.
//!
//! Plain values and one resampling; knows nothing of encoders or files.

use serde::{Deserialize, Serialize};

use super::output::{Output, OutputKind, Quality};
use crate::media::frame::Frame;
use crate::media::lanczos::lanczos;
use crate::media::picture::Picture;

/// Size of the output over that of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scale {
    /// Half as wide and high.
    Half,
    /// As it is.
    #[default]
    One,
    /// Twice as wide and high.
    Two,
    /// Four times as wide and high.
    Four,
}

impl Scale {
    /// Every scale, smallest first.
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

/// How finished frames are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivery {
    /// At which size.
    pub scale: Scale,
    /// Forwards and back again; the frames at both ends come once.
    pub ping_pong: bool,
    /// How often it plays; 0 is for ever, which films, that cannot say so, take for once.
    pub plays: u16,
    /// With which losses.
    pub quality: Quality,
}

impl Delivery {
    /// Which of `count` frames come one after the other in a file of this kind.
    ///
    /// Animations carry the number of plays; a film holds its frames that often.
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

    /// A frame at the output's size (Lanczos).
    #[must_use]
    pub fn sized(&self, frame: &Frame) -> Frame {
        let (width, height) = self.scale.of((frame.width, frame.height));
        scaled(frame, width, height)
    }

    /// The output with this quality and number of plays.
    #[must_use]
    pub fn on(&self, output: Output) -> Output {
        output.with_quality(self.quality).with_plays(self.plays)
    }
}

/// A frame at another size (Lanczos); its shape may change.
#[must_use]
pub fn scaled(frame: &Frame, width: u32, height: u32) -> Frame {
    if (frame.width, frame.height) == (width, height) {
        return frame.clone();
    }
    let picture = Picture {
        width: frame.width,
        height: frame.height,
        rgb: frame.rgb.to_vec(),
    };
    lanczos(&picture, width, height).into()
}
