//! The planes of a JPEG to RGB: libjpeg's "fancy" upsampling (`jdsample.c`),
//! its colour tables (`jdcolor.c`), and Pillow's conversion of CMYK.

use rayon::prelude::*;

use super::fault::JpegFault;
use super::frame::{Component, Frame};

/// The colour space of the planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColourSpace {
    /// One plane of luma.
    Grey,
    /// RGB.
    Rgb,
    /// Luma and two colour differences.
    YCbCr,
    /// CMYK inks, inverted as Adobe stores them (Pillow assumes this of every CMYK JPEG).
    Cmyk,
    /// As `Cmyk`, with the first three inks stored as luma and colour differences.
    Ycck,
}

/// The picture's pixels, `[h, w, 3]`.
pub(super) fn rgb(frame: &Frame, space: ColourSpace) -> Result<Vec<u8>, JpegFault> {
    let stretches: Vec<Stretch<'_>> = frame
        .components
        .iter()
        .map(|component| Stretch::new(component, frame))
        .collect::<Result<_, _>>()?;
    let mut rgb = vec![0; frame.width * frame.height * 3];
    rgb.par_chunks_exact_mut(frame.width * 3)
        .enumerate()
        .for_each_init(
            || vec![Vec::new(); stretches.len()],
            |rows, (y, out)| {
                for (row, stretch) in rows.iter_mut().zip(&stretches) {
                    stretch.row(y, row);
                }
                let pixels = out.as_chunks_mut::<3>().0;
                for (x, pixel) in pixels.iter_mut().enumerate() {
                    // The number of planes matches the colour space.
                    let plane = |index: usize| rows[index][x];
                    *pixel = match space {
                        ColourSpace::Grey => [plane(0); 3],
                        ColourSpace::Rgb => [plane(0), plane(1), plane(2)],
                        ColourSpace::YCbCr => from_luma(plane(0), plane(1), plane(2)),
                        ColourSpace::Cmyk => {
                            [plane(0), plane(1), plane(2)].map(|ink| printed(ink, plane(3)))
                        }
                        ColourSpace::Ycck => from_luma(plane(0), plane(1), plane(2))
                            .map(|level| printed(255 - level, plane(3))),
                    };
                }
            },
        );
    Ok(rgb)
}

/// `FIX` constants of `jdcolor.c`: 1.402, 1.772, 0.71414, 0.34414 in 16 bits.
fn from_luma(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let luma = i32::from(luma);
    let blue = i32::from(blue) - 128;
    let red = i32::from(red) - 128;
    [
        luma + ((91_881 * red + HALF) >> 16),
        luma + ((-22_554 * blue - 46_802 * red + HALF) >> 16),
        luma + ((116_130 * blue + HALF) >> 16),
    ]
    .map(|level| level.clamp(0, 255) as u8)
}

/// The level of an inverted ink under inverted black: their product, rounded.
fn printed(ink: u8, black: u8) -> u8 {
    ((u32::from(ink) * u32::from(black) + 127) / 255) as u8
}

/// Upsampling of a plane to full size, one row at a time.
struct Stretch<'a> {
    component: &'a Component,
    across: usize,
    down: usize,
    smooth: bool,
}

impl<'a> Stretch<'a> {
    fn new(component: &'a Component, frame: &Frame) -> Result<Self, JpegFault> {
        if !frame.max_h.is_multiple_of(component.h) || !frame.max_v.is_multiple_of(component.v) {
            return Err(JpegFault::Undecodable(
                "its colour planes have unusual sizes",
            ));
        }
        let (across, down) = (frame.max_h / component.h, frame.max_v / component.v);
        // The triangle filter for a factor of 2 needs three columns; other factors repeat samples.
        let smooth = match (across, down) {
            (2, 1 | 2) => component.width > 2,
            (1, 2) => true,
            _ => false,
        };
        Ok(Self {
            component,
            across,
            down,
            smooth,
        })
    }

    fn samples(&self, row: usize) -> &[u8] {
        let first = row * self.component.stride();
        &self.component.samples[first..first + self.component.width]
    }

    /// The full-size row `y`, into `out`; at least as long as the picture is wide.
    fn row(&self, y: usize, out: &mut Vec<u8>) {
        out.clear();
        let row = y / self.down;
        let near = self.samples(row);
        if !self.smooth {
            out.extend(
                near.iter()
                    .flat_map(|&sample| std::iter::repeat_n(sample, self.across)),
            );
            return;
        }
        if self.down == 1 {
            double(near.len(), |x| u32::from(near[x]), 2, [1, 2], out);
            return;
        }
        // The row half a step away is above for even rows and below for odd ones.
        let upper = y.is_multiple_of(2);
        let other = if upper {
            row.saturating_sub(1)
        } else {
            row + 1
        };
        let far = self.samples(other.min(self.component.height - 1));
        let column = |x: usize| u32::from(near[x]) * 3 + u32::from(far[x]);
        if self.across == 1 {
            let bias = if upper { 1 } else { 2 };
            out.extend((0..near.len()).map(|x| ((column(x) + bias) >> 2) as u8));
        } else {
            double(near.len(), column, 4, [8, 7], out);
        }
    }
}

/// Doubles the columns with a triangle filter: 3/4 of the nearer column, 1/4 of the other.
///
/// `bits` is the scale of `column` and the filter together; `biases` alternate
/// so that rounding does not drift.
fn double(
    length: usize,
    column: impl Fn(usize) -> u32,
    bits: u32,
    biases: [u32; 2],
    out: &mut Vec<u8>,
) {
    for x in 0..length {
        let here = column(x);
        let left = column(x.saturating_sub(1));
        let right = column((x + 1).min(length - 1));
        out.push(((here * 3 + left + biases[0]) >> bits) as u8);
        out.push(((here * 3 + right + biases[1]) >> bits) as u8);
    }
}
