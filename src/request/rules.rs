//! Rules that a family of models sets for requests: plain values, so that validation need not know the families.

use crate::error::RequestError;
use crate::sampler::{DISTILLED_LEVELS, SamplerKind};

/// What a family of models accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Width and height must be multiples of this, in pixels.
    pub size_multiple: usize,
    /// The numbers of frames that it can make.
    pub frames: FrameCounts,
    /// The conditioning that it reads. Setting any other is an error.
    pub reads: &'static [Conditioning],
    /// The samplers that it can be used with, and the largest number of steps with each.
    pub samplers: &'static [(SamplerKind, usize)],
    /// Its input.
    pub source: Source,
}

/// The input of a family of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A picture, from which it makes a clip.
    Picture,
    /// Text, from which it makes a picture.
    Words,
    /// Text, from which it makes a clip.
    WordsForClip,
}

/// Largest number of steps; well before that, the spacing of the schedule falls below f32 precision.
pub const MOST_STEPS: usize = 1000;

/// The samplers of models with continuous noise levels: those of SVD.
pub const CONTINUOUS_SAMPLERS: &[(SamplerKind, usize)] = &[
    (SamplerKind::Euler, MOST_STEPS),
    (SamplerKind::EulerAncestral, MOST_STEPS),
    (SamplerKind::DpmPlusPlus2M, MOST_STEPS),
    (SamplerKind::Lcm, DISTILLED_LEVELS),
];

impl Rules {
    /// Rules of a family that makes any number of frames from a picture, reads all conditioning and has continuous
    /// noise levels.
    #[must_use]
    pub fn any(size_multiple: usize) -> Self {
        Self {
            size_multiple,
            frames: FrameCounts::ANY,
            reads: &Conditioning::ALL,
            samplers: CONTINUOUS_SAMPLERS,
            source: Source::Picture,
        }
    }
}

/// Something that a take can be conditioned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conditioning {
    /// Frames per second.
    FpsId,
    /// Amount of motion.
    MotionBucket,
    /// Strength of the noise added to the picture.
    NoiseAug,
    /// Reference frames that it follows.
    Guide,
    /// How far the norms of its motion modules reach.
    NormReach,
}

impl Conditioning {
    /// Every kind of conditioning on a picture.
    pub const ALL: [Self; 4] = [Self::FpsId, Self::MotionBucket, Self::NoiseAug, Self::Guide];

    /// The name of the field on the command line, where there is one field.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FpsId => "fps-id",
            Self::MotionBucket => "motion-bucket",
            Self::NoiseAug => "noise-aug",
            Self::Guide => "a guide",
            Self::NormReach => "norm-reach",
        }
    }
}

/// Numbers of frames that a family can make: `first`, `first + step`, `first + 2·step`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCounts {
    /// The smallest number; at least one.
    pub first: usize,
    /// Distance from one number to the next; zero if `first` is the only one.
    pub step: usize,
    /// The largest number, if there is one.
    pub most: Option<usize>,
}

impl FrameCounts {
    /// Any number of frames.
    pub const ANY: Self = Self {
        first: 1,
        step: 1,
        most: None,
    };

    /// The `n`-th number, starting at one.
    #[must_use]
    pub fn count(self, n: usize) -> usize {
        self.first + n.saturating_sub(1) * self.step
    }

    /// The index, starting at one, of the first number that is not below `frames`; of the last, if all are below.
    #[must_use]
    pub fn number_of(self, frames: usize) -> usize {
        let more = frames.saturating_sub(self.first);
        1 + if self.step == 0 {
            0
        } else {
            more.div_ceil(self.step)
        }
    }

    /// Checks that `frames` is one of the numbers.
    ///
    /// # Errors
    /// If it is not; the error says which are allowed.
    pub(super) fn check(self, frames: usize) -> Result<(), RequestError> {
        if let Some(most) = self.most.filter(|&most| frames > most) {
            return Err(RequestError::OutOfRange {
                field: "frames",
                rule: format!("at most {most} with this model, which has no positions for more"),
                value: frames.to_string(),
            });
        }
        if self.count(self.number_of(frames)) == frames {
            return Ok(());
        }
        let rule = match self.step {
            0 => format!("{} with this model", self.first),
            step => format!(
                "{first}, or {first} plus a multiple of {step}, with this model",
                first = self.first
            ),
        };
        Err(RequestError::OutOfRange {
            field: "frames",
            rule,
            value: frames.to_string(),
        })
    }
}

/// Checks that a number is in its range.
///
/// # Errors
/// If it is not; the error says which are allowed.
pub(super) fn within(
    field: &'static str,
    value: f32,
    least: f32,
    most: f32,
) -> Result<(), RequestError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(RequestError::OutOfRange {
        field,
        rule: format!("from {least} to {most}"),
        value: value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::FrameCounts;

    #[test]
    fn counts_and_their_numbers_agree() {
        let every_fourth = FrameCounts {
            first: 1,
            step: 4,
            most: None,
        };
        let fixed = FrameCounts {
            first: 16,
            step: 0,
            most: None,
        };
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
        let every_fourth = FrameCounts {
            first: 1,
            step: 4,
            most: None,
        };
        let fixed = FrameCounts {
            first: 16,
            step: 0,
            most: None,
        };
        assert!(every_fourth.check(81).is_ok() && fixed.check(16).is_ok());
        let said = every_fourth.check(80).unwrap_err().to_string();
        assert_eq!(
            said,
            "frames must be 1, or 1 plus a multiple of 4, with this model, not 80"
        );
        let said = fixed.check(25).unwrap_err().to_string();
        assert_eq!(said, "frames must be 16 with this model, not 25");
    }
}
