//! sRGB frames to BT.709 video samples: limited range, 4:2:0, chroma sited left.
//!
//! In integers rather than by swscale: the result is exact to half a code value, the same on every machine, and has the
//! chroma siting that the file is tagged with.

use crate::export::plane::Plane;
use crate::media::frame::Frame;

/// Fraction bits of the fixed-point coefficients: with 8-bit input and chroma
/// sums of eight pixels, everything stays below 2^31.
const BITS: u32 = 16;

/// Rows Y, Cb, Cr over columns R, G, B, in 1/65536, from ITU-R BT.709-6 §3.2 and
/// §3.4 (Kr 0.2126, Kb 0.0722; luma span 219, chroma span 224 of 255).
/// Each chroma row sums to exactly zero, so grey stays grey.
const LUMA: [i32; 3] = [11_966, 40_254, 4_064];
const CB: [i32; 3] = [-6_596, -22_188, 28_784];
const CR: [i32; 3] = [28_784, -26_145, -2_639];

/// Converts `[h, w, 3]` full-range RGB to planes Y `[height, width]`, Cb and Cr `[⌈height/2⌉, ⌈width/2⌉]`.
/// If `width` or `height` exceeds the frame, its last column or row is repeated.
///
/// `frame.rgb` must contain `w · h · 3` bytes and the frame must not be empty.
pub(in crate::export) fn from_frame(frame: &Frame, width: u32, height: u32) -> [Plane; 3] {
    let (width, height) = (width as usize, height as usize);
    let source = Source {
        rgb: &frame.rgb,
        width: frame.width as usize,
        height: frame.height as usize,
    };
    let mut luma = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = source.at(x, y);
            luma.push(level(weigh(LUMA, [r, g, b]), 16, 0));
        }
    }
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut cb = Vec::with_capacity(half_width * half_height);
    let mut cr = Vec::with_capacity(half_width * half_height);
    for y in 0..half_height {
        for x in 0..half_width {
            let sum = source.around(2 * x, 2 * y);
            cb.push(level(weigh(CB, sum), 128, 3));
            cr.push(level(weigh(CR, sum), 128, 3));
        }
    }
    [
        Plane {
            width,
            height,
            samples: luma,
        },
        Plane {
            width: half_width,
            height: half_height,
            samples: cb,
        },
        Plane {
            width: half_width,
            height: half_height,
            samples: cr,
        },
    ]
}

/// Pixels, with the last column and row repeated indefinitely.
struct Source<'a> {
    rgb: &'a [u8],
    width: usize,
    height: usize,
}

impl Source<'_> {
    fn at(&self, x: usize, y: usize) -> [i32; 3] {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let start = (y * self.width + x) * 3;
        [0, 1, 2].map(|channel| i32::from(self.rgb[start + channel]))
    }

    /// Eight times the mean around a chroma sample, which is on column `x` (even) midway between rows `y` and `y + 1`:
    /// weights 1 2 1 across.
    fn around(&self, x: usize, y: usize) -> [i32; 3] {
        let mut sum = [0; 3];
        for (column, weight) in [(x.saturating_sub(1), 1), (x, 2), (x + 1, 1)] {
            for row in [y, y + 1] {
                for (total, value) in sum.iter_mut().zip(self.at(column, row)) {
                    *total += weight * value;
                }
            }
        }
        sum
    }
}

fn weigh(row: [i32; 3], rgb: [i32; 3]) -> i32 {
    row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]
}

/// A weighted sum, scaled up by `extra` bits, as a code value around `offset`, rounded to nearest.
fn level(sum: i32, offset: i32, extra: u32) -> u8 {
    let bits = BITS + extra;
    let value = offset + ((sum + (1 << (bits - 1))) >> bits);
    // The rows above cannot leave 16..=240, so this never clips.
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(rgb: [u8; 3], width: u32, height: u32) -> Frame {
        let pixels = (width * height) as usize;
        Frame {
            width,
            height,
            rgb: rgb.repeat(pixels).into(),
        }
    }

    /// Codes computed from the definition in floating point; exact, because both round the same real number to nearest
    /// and none of these is near a half.
    #[test]
    fn primaries_get_the_codes_of_bt709() {
        let codes = |rgb| from_frame(&flat(rgb, 2, 2), 2, 2).map(|plane| plane.samples[0]);
        assert_eq!(codes([255, 0, 0]), [63, 102, 240]);
        assert_eq!(codes([0, 255, 0]), [173, 42, 26]);
        assert_eq!(codes([0, 0, 255]), [32, 240, 118]);
        assert_eq!(codes([0, 0, 0]), [16, 128, 128]);
        assert_eq!(codes([255, 255, 255]), [235, 128, 128]);
    }

    #[test]
    fn odd_sizes_repeat_the_last_column_and_row() {
        let mut rgb = vec![0; 3 * 3 * 3];
        rgb[8 * 3..].copy_from_slice(&[255; 3]);
        let frame = Frame {
            width: 3,
            height: 3,
            rgb: rgb.into(),
        };
        let [luma, cb, _] = from_frame(&frame, 4, 4);
        assert_eq!(luma.samples[2 * 4..], [16, 16, 235, 235, 16, 16, 235, 235]);
        assert_eq!((cb.width, cb.height), (2, 2));
        let [luma, cb, _] = from_frame(&frame, 3, 3);
        assert_eq!((luma.samples.len(), cb.samples.len()), (9, 4));
    }
}
