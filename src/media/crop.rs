//! A rectangle of a picture, in whole pixels, and rounding it to a frame's shape.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::FitError;

/// A rectangle of a picture, in pixels from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Pixels to the left of it.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Window {
    /// All of a picture of `width` × `height` pixels.
    #[must_use]
    pub const fn whole((width, height): (u32, u32)) -> Self {
        Self {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    /// The largest centred part of this one that has the shape of `frame` (width, height).
    ///
    /// The shortened side is rounded to the nearest pixel (halves up), at least 1; an odd remainder is cut at the right
    /// or the bottom.
    #[must_use]
    pub fn shaped(self, (width, height): (u32, u32)) -> Self {
        let (mut kept_width, mut kept_height) = (self.width, self.height);
        // The shortened side never exceeds the original: the quotient is at most 1.
        if is_wider((self.width, self.height), (width, height)) {
            kept_width = scaled(self.height, width, height).min(u64::from(kept_width)) as u32;
        } else {
            kept_height = scaled(self.width, height, width).min(u64::from(kept_height)) as u32;
        }
        Self {
            x: self.x + (self.width - kept_width) / 2,
            y: self.y + (self.height - kept_height) / 2,
            width: kept_width,
            height: kept_height,
        }
    }

    /// Whether the window is not empty and entirely inside a picture of `width` × `height` pixels.
    #[must_use]
    pub fn lies_in(self, (width, height): (u32, u32)) -> bool {
        let inside = |start: u32, length: u32, whole: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
        };
        inside(self.x, self.width, width) && inside(self.y, self.height, height)
    }

    /// Width over height.
    #[must_use]
    pub fn shape(self) -> f64 {
        f64::from(self.width) / f64::from(self.height.max(1))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{},{},{},{}",
            self.x, self.y, self.width, self.height
        )
    }
}

impl FromStr for Window {
    type Err = FitError;

    fn from_str(text: &str) -> Result<Self, FitError> {
        let wrong = || FitError::Window {
            text: text.to_owned(),
        };
        let numbers: Vec<u32> = text
            .split(',')
            .map(|number| number.trim().parse().map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [x, y, width, height] if width > 0 && height > 0 => Ok(Self {
                x,
                y,
                width,
                height,
            }),
            _ => Err(wrong()),
        }
    }
}

/// `side · numerator / denominator`, rounded to the nearest integer, at least 1.
pub(super) fn scaled(side: u32, numerator: u32, denominator: u32) -> u64 {
    let (side, numerator, denominator) = (
        u64::from(side),
        u64::from(numerator),
        u64::from(denominator.max(1)),
    );
    ((2 * side * numerator + denominator) / (2 * denominator)).max(1)
}

/// Whether the first size (width, height) is wider in shape than the second.
pub(super) fn is_wider(one: (u32, u32), other: (u32, u32)) -> bool {
    u64::from(one.0) * u64::from(other.1) > u64::from(one.1) * u64::from(other.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_written_as_it_is_read() {
        let window = Window {
            x: 10,
            y: 0,
            width: 640,
            height: 400,
        };
        assert_eq!(window.to_string().parse(), Ok(window));
        assert_eq!(" 10, 0,640 ,400".parse(), Ok(window));
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "a,b,c,d"] {
            assert!(text.parse::<Window>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_shape_is_cut_from_the_middle() {
        let part = Window::whole((101, 40)).shaped((64, 32));
        assert_eq!(part.to_string(), "10,0,80,40");
        let inner = Window {
            x: 7,
            y: 3,
            width: 10,
            height: 30,
        };
        assert_eq!(inner.shaped((1, 1)).to_string(), "7,13,10,10");
        assert!(inner.lies_in((17, 33)) && !inner.lies_in((16, 33)));
        let beyond = Window {
            x: u32::MAX,
            ..inner
        };
        assert!(!beyond.lies_in((17, 33)));
    }
}
