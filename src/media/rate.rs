//! Exact frame rates: parsing, formatting, and the times of frames.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::RateError;

/// The fastest rate accepted, in frames per second.
const MAX_RATE: u64 = 1000;
/// The slowest rate accepted is one frame in this many seconds.
const MAX_SECONDS_PER_FRAME: u64 = 1000;
/// Whole rates that broadcasting also uses slowed down by 1000/1001.
const BROADCAST: [u32; 6] = [24, 30, 48, 60, 120, 240];

/// Frames per second as a fraction in lowest terms; neither part is ever 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// Frames.
    pub num: u32,
    /// Seconds that `num` frames take.
    pub den: u32,
}

impl Rate {
    /// `num / den` frames per second, in lowest terms.
    ///
    /// # Errors
    /// [`RateError::OutOfRange`] below 1/1000 or above 1000 frames per second, or if a part is 0.
    pub fn new(num: u32, den: u32) -> Result<Self, RateError> {
        Self::reduced(u64::from(num), u64::from(den)).ok_or_else(|| RateError::OutOfRange {
            rate: format!("{num}/{den}"),
        })
    }

    /// The rate as a decimal number of frames per second.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// How long `frames` frames take, rounded down to a nanosecond.
    #[must_use]
    pub fn duration_of(self, frames: u32) -> Duration {
        // Below 2^32 · 2^32 · 10^9 < 2^94; a rate built by hand with 0 frames has no duration.
        let nanoseconds = u128::from(frames) * u128::from(self.den) * 1_000_000_000;
        let nanoseconds = nanoseconds.checked_div(u128::from(self.num)).unwrap_or(0);
        Duration::new(
            u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(u64::MAX),
            (nanoseconds % 1_000_000_000) as u32,
        )
    }

    /// The index of the frame shown at `time`, of `frames` frames; the last one stays.
    #[must_use]
    pub fn frame_at(self, time: Duration, frames: u32) -> u32 {
        let index = time
            .as_nanos()
            .saturating_mul(u128::from(self.num))
            .checked_div(u128::from(self.den) * 1_000_000_000)
            .unwrap_or(0);
        u32::try_from(index)
            .unwrap_or(u32::MAX)
            .min(frames.saturating_sub(1))
    }

    /// The fraction in lowest terms, if it is within the bounds and fits.
    fn reduced(num: u64, den: u64) -> Option<Self> {
        let in_range = num != 0
            && den != 0
            && num <= MAX_RATE.saturating_mul(den)
            && den <= MAX_SECONDS_PER_FRAME.saturating_mul(num);
        if !in_range {
            return None;
        }
        let divisor = greatest_common_divisor(num, den);
        Some(Self {
            num: u32::try_from(num / divisor).ok()?,
            den: u32::try_from(den / divisor).ok()?,
        })
    }

    /// The broadcast rate that `text` abbreviates, such as 24000/1001 for `23.976` or `23.98`.
    fn broadcast(text: &str) -> Option<Self> {
        let (_, decimals) = text.split_once('.')?;
        // One decimal (`23.9`) is too few to mean a broadcast rate, and more than 12 are noise.
        if !(2..=12).contains(&decimals.len()) {
            return None;
        }
        BROADCAST
            .into_iter()
            .map(|whole| Self {
                num: whole * 1000,
                den: 1001,
            })
            .find(|rate| {
                let exact = rate.as_f64();
                // People round (`23.98`), and some truncate (`23.97`): both are accepted.
                let cut = (exact * 10_f64.powi(decimals.len() as i32)).floor()
                    / 10_f64.powi(decimals.len() as i32);
                format!("{exact:.*}", decimals.len()) == text
                    || format!("{cut:.*}", decimals.len()) == text
            })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            formatter.pad(&self.num.to_string())
        } else {
            formatter.pad(&format!("{}/{}", self.num, self.den))
        }
    }
}

impl FromStr for Rate {
    type Err = RateError;

    /// Reads `24`, `12.5`, `30000/1001`, and `23.976` as the 24000/1001 it stands for.
    fn from_str(text: &str) -> Result<Self, RateError> {
        let text = text.trim();
        let unreadable = || RateError::Unreadable {
            text: text.to_owned(),
        };
        let (num, den) = if let Some((num, den)) = text.split_once('/') {
            (digits(num.trim()), digits(den.trim()))
        } else if let Some(rate) = Self::broadcast(text) {
            return Ok(rate);
        } else {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
            // Six decimals are a millionth of a frame per second, and keep the fraction small.
            if decimals.len() > 6 || (text.contains('.') && decimals.is_empty()) {
                return Err(unreadable());
            }
            (
                digits(&format!("{whole}{decimals}")),
                Some(10_u64.pow(decimals.len() as u32)),
            )
        };
        let (num, den) = num.zip(den).ok_or_else(unreadable)?;
        Self::reduced(num, den).ok_or_else(|| RateError::OutOfRange {
            rate: text.to_owned(),
        })
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// A whole number written in digits only (`parse` would accept a sign).
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
