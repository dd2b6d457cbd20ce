//! BT.709 video samples to sRGB frames: the inverse of `write/rgb_to_yuv.rs`.
//!
//! In integers and with the chroma siting that the files are tagged with, so that a decoded clip has the same pixels
//! on every machine.

use crate::export::plane::Plane;
use crate::media::frame::Frame;

/// Fraction bits of the coefficients. Chroma is eight times too large, so the terms stay below
/// 8 · 127 · 138 438 + 8 · 239 · 76 309 < 2^29.
const BITS: u32 = 16;
/// Bits that a sample has beyond its plain scale: a sum of eight.
const EXTRA: u32 = 3;

/// What one code of Y, Cb and Cr adds to R, G and B, in 1/65536: the inverse of the matrix in ITU-R BT.709-6 §3.2
/// (Kr 0.2126, Kb 0.0722) times 255/219 for luma and 255/224 for chroma.
const LUMA: i32 = 76_309;
const CB: [i32; 3] = [0, -13_975, 138_438];
const CR: [i32; 3] = [117_489, -34_925, 0];

/// Converts planes Y `[h, w]`, Cb and Cr `[⌈h/2⌉, ⌈w/2⌉]` in limited range to a
/// full-range frame `[h, w, 3]`, chroma interpolated from the four nearest samples.
///
/// Each plane must hold `width · height` samples and none may be empty.
pub(in crate::export) fn to_frame([luma, cb, cr]: &[Plane; 3]) -> Frame {
    let (width, height) = (luma.width, luma.height);
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let light = (i32::from(luma.samples[y * width + x]) - 16) << EXTRA;
            let blue = around(cb, x, y) - (128 << EXTRA);
            let red = around(cr, x, y) - (128 << EXTRA);
            for channel in 0..3 {
                let sum = LUMA * light + CB[channel] * blue + CR[channel] * red;
                let bits = BITS + EXTRA;
                let value = (sum + (1 << (bits - 1))) >> bits;
                rgb.push(value.clamp(0, 255) as u8);
            }
        }
    }
    Frame {
        width: width as u32,
        height: height as u32,
        rgb: rgb.into(),
    }
}

/// Eight times the chroma at pixel `(x, y)`. Samples are on even columns, and midway between rows `2j` and `2j + 1`:
/// the nearer row of samples counts three times as much as the other; on an odd column two samples are equally near.
fn around(plane: &Plane, x: usize, y: usize) -> i32 {
    let near = y / 2;
    let far = if y.is_multiple_of(2) {
        near.saturating_sub(1)
    } else {
        (near + 1).min(plane.height - 1)
    };
    let left = x / 2;
    let right = (left + x % 2).min(plane.width - 1);
    let row = |row: usize| {
        let samples = &plane.samples[row * plane.width..][..plane.width];
        i32::from(samples[left]) + i32::from(samples[right])
    };
    3 * row(near) + row(far)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::write::rgb_to_yuv;

    fn there_and_back(frame: &Frame) -> Frame {
        to_frame(&rgb_to_yuv::from_frame(frame, frame.width, frame.height))
    }

    #[test]
    fn flat_colours_come_back() {
        let mut worst = 0;
        for r in (0..=255).step_by(15) {
            for g in (0..=255).step_by(15) {
                for b in (0..=255).step_by(15) {
                    let frame = Frame {
                        width: 3,
                        height: 3,
                        rgb: [r, g, b].repeat(9).into(),
                    };
                    for (back, value) in there_and_back(&frame).rgb.iter().zip(frame.rgb.iter()) {
                        worst = worst.max(back.abs_diff(*value));
                    }
                }
            }
        }
        // Half a code of luma is 0.58, half a code of Cb is 1.06 of blue; with
        // the last rounding at most 2.14, and so 2.
        assert!(worst <= 2, "{worst}");
    }

    #[test]
    fn greys_have_no_colour_and_both_ends_are_met() {
        for (code, expected) in [(0, 0), (16, 0), (126, 128), (235, 255), (255, 255)] {
            let flat = |width, height, sample| Plane {
                width,
                height,
                samples: vec![sample; width * height],
            };
            let planes = [flat(3, 3, code), flat(2, 2, 128), flat(2, 2, 128)];
            assert!(to_frame(&planes).rgb.iter().all(|&value| value == expected));
        }
    }

    /// Bilinear interpolation preserves a ramp; a chroma siting off by half a pixel would shift it by 2.
    #[test]
    fn colour_ramps_stay_in_place() {
        let (width, height) = (32, 32);
        let rgb: Vec<u8> = (0..width * height)
            .flat_map(|index| {
                [
                    64 + 4 * (index % width) as u8,
                    128,
                    64 + 4 * (index / width) as u8,
                ]
            })
            .collect();
        let frame = Frame {
            width: width as u32,
            height: height as u32,
            rgb: rgb.into(),
        };
        let back = there_and_back(&frame);
        // The last row and column have no neighbour beyond; elsewhere only the rounding of `flat_colours_come_back`
        // remains.
        for y in 2..height - 2 {
            for x in 2..width - 2 {
                let at = (y * width + x) * 3;
                for channel in 0..3 {
                    let error = back.rgb[at + channel].abs_diff(frame.rgb[at + channel]);
                    assert!(error <= 2, "{x},{y}: {error}");
                }
            }
        }
    }
}
