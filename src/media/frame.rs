//! A finished frame, which is cheap to clone.

use std::sync::Arc;

use crate::media::lanczos::lanczos;
use crate::media::picture::Picture;

/// One frame of a take; clones share the pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// sRGB, `[h, w, 3]`.
    pub rgb: Arc<[u8]>,
}

impl Frame {
    /// Turns float planes `[3, h, w]`, 0 to 1 in sRGB, into a frame.
    ///
    /// As in diffusers' `numpy_to_pil`: clamped, times 255 in f32, rounded to the nearest integer with halves to even.
    /// NaN becomes 0.
    ///
    /// # Panics
    /// If `planes` does not contain `3 · height · width` values, a programming error.
    #[must_use]
    pub fn from_planes(planes: &[f32], width: u32, height: u32) -> Self {
        let area = width as usize * height as usize;
        assert_eq!(planes.len(), 3 * area, "planes [3, {height}, {width}]");
        let (red, rest) = planes.split_at(area);
        let (green, blue) = rest.split_at(area);
        let rgb = red
            .iter()
            .zip(green)
            .zip(blue)
            .flat_map(|((&red, &green), &blue)| [red, green, blue].map(to_byte))
            .collect();
        Self { width, height, rgb }
    }

    /// The frame at another size, resampled as [`lanczos`] does; its shape may change. At its own size the pixels are
    /// shared.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        if (self.width, self.height) == (width, height) {
            return self.clone();
        }
        lanczos(&self.into(), width, height).into()
    }
}

impl From<&Frame> for Picture {
    fn from(frame: &Frame) -> Self {
        Self {
            width: frame.width,
            height: frame.height,
            rgb: frame.rgb.to_vec(),
        }
    }
}

impl From<Picture> for Frame {
    fn from(picture: Picture) -> Self {
        Self {
            width: picture.width,
            height: picture.height,
            rgb: picture.rgb.into(),
        }
    }
}

/// `as u8` converts NaN to 0.
fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
}
