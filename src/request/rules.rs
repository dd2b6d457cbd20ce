//! What a family of models can be asked for.
//!
//! Values that a family states; a request is held against them and never asks which family it is.

use crate::error::RequestError;

/// What a family of models can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Width and height must be multiples of this, in pixels.
    pub size_multiple: usize,
    /// How many frames there can be.
    pub frames: FrameCounts,
    /// What it is told besides pictures and noise. A choice that it is not told is refused.
    pub reads: &'static [Conditioning],
}

impl Rules {
    /// Of a family that makes any number of frames and reads all conditioning that there is.
    #[must_use]
    pub fn any(size_multiple: usize) -> Self {
        Self {
            size_multiple,
            frames: FrameCounts::ANY,
            reads: &Conditioning::ALL,
        }
    }
}

/// A number that a network is told about the clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conditioning {
    /// Frames per second.
    FpsId,
    /// Amount of motion.
    MotionBucket,
    /// Strength of the noise added to the picture.
    NoiseAug,
}

impl Conditioning {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FpsId, Self::MotionBucket, Self::NoiseAug];

    /// The field, as the command line spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FpsId => "fps-id",
            Self::MotionBucket => "motion-bucket",
            Self::NoiseAug => "noise-aug",
        }
    }
}

/// Numbers of frames that a family can make: `first`, `first + step`, `first + 2·step`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCounts {
    /// The fewest; at least one.
    pub first: usize,
    /// From one number to the next; zero for a family that makes `first` and nothing else.
    pub step: usize,
}

impl FrameCounts {
    /// Any number.
    pub const ANY: Self = Self { first: 1, step: 1 };

    /// The `n`-th number, counted from one.
    #[must_use]
    pub fn count(self, n: usize) -> usize {
        self.first + n.saturating_sub(1) * self.step
    }

    /// Which of the numbers is the first that is not below `frames`, counted from one; there may be none.
    #[must_use]
    pub fn number_of(self, frames: usize) -> usize {
        let more = frames.saturating_sub(self.first);
        1 + if self.step == 0 {
            0
        } else {
            more.div_ceil(self.step)
        }
    }

    /// # Errors
    /// When `frames` is not one of the numbers.
    pub(super) fn check(self, frames: usize) -> Result<(), RequestError> {
        if self.count(self.number_of(frames)) == frames {
            return Ok(());
        }
        let rule = match self.step {
            0 => format!("{} with this model", self.first),
            step => format!("{}, or {step} more at a time, with this model", self.first),
        };
        Err(RequestError::OutOfRange {
            field: "frames",
            rule,
            value: frames.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FrameCounts;

    #[test]
    fn counts_and_their_numbers_agree() {
        let every_fourth = FrameCounts { first: 1, step: 4 };
        let fixed = FrameCounts { first: 16, step: 0 };
        assert_eq!([1, 2, 3].map(|n| every_fourth.count(n)), [1, 5, 9]);
        assert_eq!(
            [1, 2, 5, 6].map(|frames| every_fourth.number_of(frames)),
            [1, 2, 2, 3]
        );
        assert_eq!([1, 16, 20].map(|frames| fixed.number_of(frames)), [1, 1, 1]);
        for n in 1..300 {
            assert_eq!(
                (FrameCounts::ANY.count(n), FrameCounts::ANY.number_of(n)),
                (n, n)
            );
            assert_eq!(every_fourth.number_of(every_fourth.count(n)), n);
        }
    }

    #[test]
    fn a_number_that_cannot_be_made_is_refused_with_those_that_can() {
        let every_fourth = FrameCounts { first: 1, step: 4 };
        let fixed = FrameCounts { first: 16, step: 0 };
        assert!(every_fourth.check(81).is_ok() && fixed.check(16).is_ok());
        let said = every_fourth.check(80).unwrap_err().to_string();
        assert_eq!(
            said,
            "frames must be 1, or 4 more at a time, with this model, not 80"
        );
        let said = fixed.check(25).unwrap_err().to_string();
        assert_eq!(said, "frames must be 16 with this model, not 25");
    }
}
