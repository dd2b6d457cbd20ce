//! Converting any pixel layout of a decoder to opaque 8-bit RGB.
//!
//! The rules, in this order:
//! - **Grey** is repeated in the three channels.
//! - **16 bits** become 8 by the nearest level, `round(v / 257)`; dropping the low byte, as Pillow does,
//!   would darken every picture by half a level on average.
//! - **Floats** (OpenEXR, Radiance HDR, 32-bit TIFF) are linear light: clipped to
//!   0…1 without tone mapping, then encoded as sRGB; NaN is black.
//! - **Alpha** is straight and composited in sRGB, `round((a·v + (255 - a)·matte) / 255)`,
//!   the values of Pillow's `alpha_composite` over an opaque colour.
//!
//! A conversion to sRGB applies to the 8-bit colours before they are composited; floats need none.

use image::{DynamicImage, ImageFormat};

use super::to_srgb::ToSrgb;

/// Converts decoded pixels to `[h, w, 3]` in sRGB, composited onto `matte`.
pub(super) fn flatten(
    image: DynamicImage,
    format: ImageFormat,
    matte: [u8; 3],
    colours: Option<&ToSrgb>,
) -> Vec<u8> {
    let srgb = |rgb: [u8; 3]| colours.map_or(rgb, |colours| colours.convert(rgb));
    match image {
        DynamicImage::ImageRgb8(pixels) => {
            let mut rgb = pixels.into_raw();
            if let Some(colours) = colours {
                colours.apply(&mut rgb);
            }
            rgb
        }
        DynamicImage::ImageLuma8(pixels) => pixels
            .into_raw()
            .into_iter()
            .flat_map(|grey| srgb([grey; 3]))
            .collect(),
        DynamicImage::ImageLumaA8(pixels) => each(pixels.as_raw(), |&[grey, alpha]: &[u8; 2]| {
            composite(srgb([grey; 3]), alpha, matte)
        }),
        DynamicImage::ImageRgba8(pixels) => each(pixels.as_raw(), |&[r, g, b, alpha]: &[u8; 4]| {
            composite(srgb([r, g, b]), alpha, matte)
        }),
        DynamicImage::ImageLuma16(pixels) => each(pixels.as_raw(), |&[grey]: &[u16; 1]| {
            srgb([eight_bits(grey); 3])
        }),
        DynamicImage::ImageLumaA16(pixels) => each(pixels.as_raw(), |&[grey, alpha]: &[u16; 2]| {
            composite(srgb([eight_bits(grey); 3]), eight_bits(alpha), matte)
        }),
        DynamicImage::ImageRgb16(pixels) => {
            each(pixels.as_raw(), |rgb: &[u16; 3]| srgb(rgb.map(eight_bits)))
        }
        DynamicImage::ImageRgba16(pixels) => {
            each(pixels.as_raw(), |&[r, g, b, alpha]: &[u16; 4]| {
                composite(srgb([r, g, b].map(eight_bits)), eight_bits(alpha), matte)
            })
        }
        DynamicImage::ImageRgb32F(pixels) => {
            each(pixels.as_raw(), |rgb: &[f32; 3]| rgb.map(encoded))
        }
        // The remaining layouts are floats with alpha and any that a later decoder may add.
        other => {
            let pixels = other.into_rgba32f();
            // OpenEXR stores premultiplied colours; everything else stores straight alpha.
            let multiplied = format == ImageFormat::OpenExr;
            each(pixels.as_raw(), |&[r, g, b, alpha]: &[f32; 4]| {
                let share = if multiplied && alpha > 0.0 {
                    alpha
                } else {
                    1.0
                };
                let rgb = [r, g, b].map(|value| encoded(value / share));
                composite(rgb, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8, matte)
            })
        }
    }
}

/// Applies `convert` to every pixel of `N` samples.
fn each<T, const N: usize>(samples: &[T], convert: impl Fn(&[T; N]) -> [u8; 3]) -> Vec<u8> {
    samples
        .as_chunks::<N>()
        .0
        .iter()
        .flat_map(convert)
        .collect()
}

/// `value` over `matte`, to the nearest level.
fn composite(value: [u8; 3], alpha: u8, matte: [u8; 3]) -> [u8; 3] {
    let alpha = u32::from(alpha);
    std::array::from_fn(|channel| {
        let mixed = alpha * u32::from(value[channel]) + (255 - alpha) * u32::from(matte[channel]);
        ((mixed + 127) / 255) as u8
    })
}

/// The nearest of 256 levels.
fn eight_bits(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

/// Linear light to an sRGB level (IEC 61966-2-1).
fn encoded(linear: f32) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let curve = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    // `as u8` converts NaN to 0.
    (curve * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::{composite, eight_bits};

    /// Pillow's `ImagingAlphaComposite` for an opaque destination, with its 7-bit precision.
    fn pillow(value: u32, alpha: u32, matte: u32) -> u32 {
        let share = alpha << 7;
        let sum = value * share + matte * ((255 << 7) - share) + (0x80 << 7);
        (((sum >> 8) + sum) >> 8) >> 7
    }

    #[test]
    fn compositing_gives_pillows_values_for_every_level() {
        for value in 0..=255_u8 {
            for alpha in 0..=255_u8 {
                for matte in 0..=255_u8 {
                    let ours = composite([value; 3], alpha, [matte; 3])[0];
                    let theirs = pillow(value.into(), alpha.into(), matte.into());
                    // Fully transparent pixels take Pillow's shortcut: the matte itself.
                    let theirs = if alpha == 0 { u32::from(matte) } else { theirs };
                    assert_eq!(u32::from(ours), theirs, "{value} at {alpha} over {matte}");
                }
            }
        }
    }

    #[test]
    fn sixteen_bits_become_the_nearest_level() {
        for value in 0..=u16::MAX {
            let nearest = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(eight_bits(value)), nearest, "{value}");
        }
    }
}
