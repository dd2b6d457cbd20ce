//! The number of denoising steps: absolute, or relative to the model's default.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::RequestError;

/// Largest numerator and denominator of a share.
const MOST: u32 = 1000;

/// A choice of steps. In files a number or text: `30`, `"1/3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// This many, whatever the model.
    Count(usize),
    /// A fraction of the model's default.
    Share(Share),
}

/// A fraction of the model's default, such as 1/3 or 8/5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    of: u32,
    per: u32,
}

impl Steps {
    /// The number of steps for a model whose default is `own`: rounded, and at least one.
    #[must_use]
    pub fn of(self, own: usize) -> usize {
        match self {
            Self::Count(steps) => steps,
            Self::Share(Share { of, per }) => {
                let (of, per) = (of as usize, per as usize);
                ((2 * own * of + per) / (2 * per)).max(1)
            }
        }
    }
}

impl FromStr for Share {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse().ok();
        let whole = |part: &u32| (1..=MOST).contains(part);
        let share = text.split_once('/').and_then(|(of, per)| {
            let (of, per) = (number(of).filter(whole)?, number(per).filter(whole)?);
            Some(Self { of, per })
        });
        share.ok_or_else(|| RequestError::OutOfRange {
            field: "steps",
            rule: "a number, or a fraction of the model's default like 1/3".to_owned(),
            value: format!("\"{text}\""),
        })
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.of, self.per)
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(steps) => steps.serialize(serializer),
            Self::Share(share) => serializer.collect_str(share),
        }
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepsVisitor)
    }
}

/// Accepts either form.
struct StepsVisitor;

impl Visitor<'_> for StepsVisitor {
    type Value = Steps;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of steps, or a fraction of the model's default like \"1/3\"")
    }

    fn visit_u64<E: Error>(self, steps: u64) -> Result<Steps, E> {
        let steps = usize::try_from(steps);
        steps
            .map(Steps::Count)
            .map_err(|_| E::custom("too many steps"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Steps, E> {
        text.parse().map(Steps::Share).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_written_as_they_are_read() {
        let steps = |text: &str| serde_json::from_str::<Steps>(text).expect(text);
        assert_eq!(steps("8"), Steps::Count(8));
        let third = steps("\"1/3\"");
        assert_eq!([1, 2, 6, 25].map(|own| third.of(own)), [1, 1, 2, 8]);
        assert_eq!(steps("\"8/5\"").of(25), 40);
        assert_eq!(steps("\"8/5\"").of(6), 10, "9.6");
        assert_eq!(serde_json::to_string(&third).expect("text"), "\"1/3\"");
        for text in [
            "\"\"",
            "\"1\"",
            "\"0/3\"",
            "\"1/0\"",
            "\"-1/3\"",
            "\"5000/1\"",
            "-3",
        ] {
            assert!(serde_json::from_str::<Steps>(text).is_err(), "{text}");
        }
    }
}
