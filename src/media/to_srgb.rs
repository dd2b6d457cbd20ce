//! Converting the colours of a picture to sRGB, as the colour profile or the colour codes of its file describe them.
//!
//! moxcms reads the profile. The conversion is computed here, in f64 and to the nearest level, because moxcms rounds
//! differently with the instructions of each processor, and a picture must have the same fingerprint on every machine.
//! Profiles that consist of tables only, as those of printers do, and profiles of other colour spaces are not applied.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(feature = "export")]
use moxcms::{CicpColorPrimaries, CicpProfile, MatrixCoefficients, TransferCharacteristics};
use moxcms::{ColorProfile, DataColorSpace, ToneReprCurve};
use rayon::prelude::*;

/// A profile that changes no colour by more than this many levels is sRGB in other roundings, and leaves the pixels as
/// they are.
const SAME: u8 = 2;
/// Cells of linear light, each with the level at its start.
const CELLS: usize = 4096;
/// Pixels converted by one thread at a time.
const PIECE: usize = 1 << 16;

/// A conversion of 8-bit RGB to 8-bit sRGB.
#[derive(Clone, Debug)]
pub(crate) struct ToSrgb {
    /// Linear light of each level, by channel.
    linear: [Vec<f64>; 3],
    /// From linear light to the linear light of sRGB, row by row.
    matrix: [[f64; 3]; 3],
    encoder: Encoder,
}

impl ToSrgb {
    /// The conversion that an ICC profile describes; `grey` says that the pixels have one channel. `None` if the
    /// profile is sRGB, damaged, of other pixels, or of a kind that is not applied.
    pub(crate) fn from_profile(profile: &[u8], grey: bool) -> Option<Self> {
        // The profile may be damaged on purpose, and its reader is from another crate. It leaves no state behind.
        let read = catch_unwind(AssertUnwindSafe(|| ColorProfile::new_from_slice(profile)));
        let profile = read.ok()?.ok()?;
        if profile.pcs != DataColorSpace::Xyz {
            return None;
        }
        if profile.color_space == DataColorSpace::Gray {
            let curve = profile.gray_trc.as_ref().filter(|_| grey)?;
            let same = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
            return Self::new([curve; 3], same);
        }
        Self::from_colorants(&profile)
    }

    /// The conversion that the codes of ITU-T H.273 for primaries and transfer describe. `None` unless the primaries
    /// are those of a wide gamut: files often state the codes of video for ordinary pictures. High dynamic range is
    /// not converted either.
    #[cfg(feature = "export")]
    pub(crate) fn from_codes(primaries: u16, transfer: u16) -> Option<Self> {
        let color_primaries = match primaries {
            9 => CicpColorPrimaries::Bt2020,
            11 => CicpColorPrimaries::Smpte431,
            12 => CicpColorPrimaries::Smpte432,
            _ => return None,
        };
        let transfer_characteristics = match transfer {
            4 => TransferCharacteristics::Bt470M,
            5 => TransferCharacteristics::Bt470Bg,
            8 => TransferCharacteristics::Linear,
            16 | 18 => return None,
            // The curves of video are meant for the same screens, so stills with them are shown with sRGB's.
            _ => TransferCharacteristics::Srgb,
        };
        Self::from_colorants(&ColorProfile::new_from_cicp(CicpProfile {
            color_primaries,
            transfer_characteristics,
            matrix_coefficients: MatrixCoefficients::Bt709,
            full_range: true,
        }))
    }

    /// By the primaries and curves of an RGB profile.
    fn from_colorants(profile: &ColorProfile) -> Option<Self> {
        if !profile.is_matrix_shaper() {
            return None;
        }
        let curves = [
            profile.red_trc.as_ref()?,
            profile.green_trc.as_ref()?,
            profile.blue_trc.as_ref()?,
        ];
        Self::new(
            curves,
            profile.transform_matrix(&ColorProfile::new_srgb()).v,
        )
    }

    fn new(curves: [&ToneReprCurve; 3], matrix: [[f64; 3]; 3]) -> Option<Self> {
        let usable = matrix.iter().flatten().all(|value| value.is_finite());
        let [red, green, blue] = curves.map(levels);
        let conversion = Self {
            linear: [red?, green?, blue?],
            matrix,
            encoder: Encoder::new(),
        };
        (usable && !conversion.is_srgb()).then_some(conversion)
    }

    /// Whether it changes colours no more than roundings do: greys, and colours throughout the gamut.
    fn is_srgb(&self) -> bool {
        let steps = || (0..=u8::MAX).step_by(15);
        let colours =
            steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])));
        let greys = (0..=u8::MAX).map(|grey| [grey; 3]);
        greys.chain(colours).all(|colour| {
            let pairs = self.convert(colour).into_iter().zip(colour);
            pairs
                .into_iter()
                .all(|(to, from)| to.abs_diff(from) <= SAME)
        })
    }

    /// One colour in sRGB.
    pub(crate) fn convert(&self, colour: [u8; 3]) -> [u8; 3] {
        let linear: [f64; 3] =
            std::array::from_fn(|channel| self.linear[channel][usize::from(colour[channel])]);
        self.matrix.map(|[red, green, blue]| {
            let light = red * linear[0] + green * linear[1] + blue * linear[2];
            self.encoder.level(light)
        })
    }

    /// Converts pixels, `[h, w, 3]`.
    pub(crate) fn apply(&self, rgb: &mut [u8]) {
        rgb.par_chunks_mut(PIECE * 3).for_each(|piece| {
            for pixel in piece.as_chunks_mut::<3>().0 {
                *pixel = self.convert(*pixel);
            }
        });
    }
}

/// The linear light of each level under a profile's curve; `None` if it has no sense.
fn levels(curve: &ToneReprCurve) -> Option<Vec<f64>> {
    let light = (0..=u8::MAX).map(|level| light(curve, f64::from(level) / 255.0));
    light
        .map(|light| {
            light
                .filter(|light| light.is_finite())
                .map(|light| light.clamp(0.0, 1.0))
        })
        .collect()
}

/// A profile's curve at a value from 0 to 1 (ICC.1:2022, 10.6 and 10.18).
fn light(curve: &ToneReprCurve, value: f64) -> Option<f64> {
    match curve {
        ToneReprCurve::Lut(table) => Some(match table.as_slice() {
            [] => value,
            // The exponent in 1/256.
            [exponent] => value.powf(f64::from(*exponent) / 256.0),
            table => {
                let at = value * (table.len() - 1) as f64;
                let (below, share) = (at.floor(), at.fract());
                let entry = |index: usize| f64::from(table[index.min(table.len() - 1)]);
                let (low, high) = (entry(below as usize), entry(below as usize + 1));
                (low + (high - low) * share) / 65_535.0
            }
        }),
        ToneReprCurve::Parametric(parameters) => {
            let parameters: Vec<f64> = parameters.iter().map(|&one| f64::from(one)).collect();
            // The line `c·x + f` below `d`, the power `(a·x + b)^g + e` above.
            let (g, [a, b, c, d, e, f]) = match *parameters.as_slice() {
                [g] => (g, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
                [g, a, b] => (g, [a, b, 0.0, -b / a, 0.0, 0.0]),
                [g, a, b, c] => (g, [a, b, 0.0, -b / a, c, c]),
                [g, a, b, c, d] => (g, [a, b, c, d, 0.0, 0.0]),
                [g, a, b, c, d, e, f] => (g, [a, b, c, d, e, f]),
                _ => return None,
            };
            Some(if value < d {
                c * value + f
            } else {
                (a * value + b).max(0.0).powf(g) + e
            })
        }
    }
}

/// Linear light to the nearest sRGB level.
#[derive(Clone, Debug)]
struct Encoder {
    /// The light at which each level begins.
    begins: Vec<f64>,
    /// The level at the start of each cell.
    cells: Vec<u8>,
}

impl Encoder {
    fn new() -> Self {
        // IEC 61966-2-1.
        let decoded = |value: f64| match value {
            value if value <= 0.040_45 => value / 12.92,
            value => ((value + 0.055) / 1.055).powf(2.4),
        };
        let begins = (0..=u8::MAX).map(|level| decoded((f64::from(level) - 0.5) / 255.0));
        let mut encoder = Self {
            begins: begins.collect(),
            cells: vec![0],
        };
        for cell in 1..=CELLS {
            let start = cell as f64 / CELLS as f64;
            let before = encoder.cells[cell - 1];
            encoder.cells.push(encoder.climb(before, start));
        }
        encoder
    }

    /// The level of some light, where `from` is not above it.
    fn climb(&self, from: u8, light: f64) -> u8 {
        let mut level = from;
        while level < u8::MAX && light >= self.begins[usize::from(level) + 1] {
            level += 1;
        }
        level
    }

    fn level(&self, light: f64) -> u8 {
        let light = light.clamp(0.0, 1.0);
        // `as` converts NaN to 0.
        let cell = (light * CELLS as f64) as usize;
        self.climb(self.cells[cell], light)
    }
}

#[cfg(test)]
mod tests {
    use super::Encoder;

    #[test]
    fn light_becomes_the_nearest_level() {
        let encoder = Encoder::new();
        // More steps than there are cells, which they do not divide.
        for step in 0..=99_991_u32 {
            let light = f64::from(step) / 99_991.0;
            let curve = if light <= 0.003_130_8 {
                12.92 * light
            } else {
                1.055 * light.powf(1.0 / 2.4) - 0.055
            };
            assert_eq!(
                f64::from(encoder.level(light)),
                (curve * 255.0).round(),
                "{light}"
            );
        }
        assert_eq!(
            [-1.0, 2.0, f64::NAN].map(|odd| encoder.level(odd)),
            [0, 255, 0]
        );
    }
}
