//! Blending frames: cross-fades, differences and onion skins.

use crate::media::frame::Frame;

/// Blends `over` onto `under` with a weight from 0 to 1, value by value in sRGB.
///
/// Frames of different sizes are not blended: the result is `under` below a weight of one half, and `over` from there
/// on.
#[must_use]
pub fn cross_fade(under: &Frame, over: &Frame, weight: f32) -> Frame {
    if (under.width, under.height) != (over.width, over.height) {
        return if weight < 0.5 { under } else { over }.clone();
    }
    // In 1/256, so that weights of 0 and 1 give exactly one of the frames.
    let part = (weight.clamp(0.0, 1.0) * 256.0).round() as u32;
    let mix = |(&under, &over): (&u8, &u8)| {
        let sum = u32::from(under) * (256 - part) + u32::from(over) * part;
        // At most 255 · 256 + 128.
        ((sum + 128) >> 8) as u8
    };
    Frame {
        width: under.width,
        height: under.height,
        rgb: under.rgb.iter().zip(over.rgb.iter()).map(mix).collect(),
    }
}

/// Absolute difference of two frames, value by value, times `gain` and at most 255.
///
/// The result has the size of `a`; where `b` has no pixel, it is black.
#[must_use]
pub fn difference(a: &Frame, b: &Frame, gain: u8) -> Frame {
    let apart = |(&a, &b): (&u8, &u8)| a.abs_diff(b).saturating_mul(gain);
    let mut rgb: Vec<u8> = if (a.width, a.height) == (b.width, b.height) {
        a.rgb.iter().zip(b.rgb.iter()).map(apart).collect()
    } else {
        Vec::new()
    };
    rgb.resize(a.rgb.len(), 0);
    Frame {
        width: a.width,
        height: a.height,
        rgb: rgb.into(),
    }
}

/// Difference in levels (0 to 255) from which two pixels count as entirely different on an onion skin.
const DIFFERENT: u32 = 64;

/// A frame overlaid with others where they differ from it, each mixed half and half with its own tint, in sRGB.
/// `weight` from 0 to 1 is the maximum opacity of the others.
///
/// Where nothing moves, the result is the frame itself at full brightness. Frames of another size are ignored.
#[must_use]
pub fn onion_skin(frame: &Frame, beside: &[(&Frame, [u8; 3])], weight: f32) -> Frame {
    let size = (frame.width, frame.height);
    // In 1/256.
    let most = (weight.clamp(0.0, 1.0) * 256.0).round() as u32;
    let mut rgb = frame.rgb.to_vec();
    for (other, ink) in beside {
        if (other.width, other.height) != size {
            continue;
        }
        let pixels = frame.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3));
        for (seen, (here, there)) in rgb.chunks_exact_mut(3).zip(pixels) {
            let apart = here.iter().zip(there).map(|(a, b)| a.abs_diff(*b));
            let apart = u32::from(apart.max().unwrap_or(0)).min(DIFFERENT);
            let part = most * apart / DIFFERENT;
            for ((seen, there), ink) in seen.iter_mut().zip(there).zip(ink) {
                let inked = (u32::from(*there) + u32::from(*ink)) / 2;
                let sum = u32::from(*seen) * (256 - part) + inked * part;
                // At most 255 · 256 + 128.
                *seen = ((sum + 128) >> 8) as u8;
            }
        }
    }
    Frame {
        rgb: rgb.into(),
        ..*frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: u32, bytes: &[u8]) -> Frame {
        Frame {
            width,
            height: 1,
            rgb: bytes.into(),
        }
    }

    #[test]
    fn a_fade_goes_from_one_frame_to_the_other() {
        let (a, b) = (frame(1, &[0, 255, 100]), frame(1, &[255, 0, 101]));
        let faded = |weight| cross_fade(&a, &b, weight).rgb.to_vec();
        assert_eq!(faded(0.0), [0, 255, 100]);
        assert_eq!(faded(0.25), [64, 191, 100]);
        assert_eq!(faded(0.5), [128, 128, 101]);
        assert_eq!(faded(1.0), [255, 0, 101]);
        assert_eq!(faded(f32::NAN), [0, 255, 100], "NaN counts as zero");
        let wide = frame(2, &[9; 6]);
        assert_eq!(cross_fade(&a, &wide, 0.4), a);
        assert_eq!(cross_fade(&a, &wide, 0.6), wide);
    }

    #[test]
    fn an_onion_skin_colours_what_moves_and_leaves_the_rest() {
        let (amber, green) = ([220, 160, 0], [0, 160, 80]);
        let still = frame(2, &[255, 255, 255, 9, 80, 200]);
        let same = onion_skin(&still, &[(&still, amber), (&still, green)], 0.5);
        assert_eq!(same, still, "nothing moves");
        // A dark dot moves from the first pixel to the third.
        let at = |place: usize| {
            let mut bytes = [255; 9];
            bytes[place * 3..place * 3 + 3].fill(0);
            frame(3, &bytes)
        };
        let (before, now, behind) = (at(0), at(1), at(2));
        let seen = onion_skin(&now, &[(&before, amber), (&behind, green)], 0.5);
        // Half of the frame, a quarter of the dot and a quarter of its tint.
        assert_eq!(seen.rgb[..3], [183, 168, 128], "where it was, in amber");
        assert_eq!(seen.rgb[6..], [128, 168, 148], "where it will be, in green");
        let wide = frame(1, &[0; 3]);
        assert_eq!(onion_skin(&still, &[(&wide, amber)], 0.5), still);
        assert_eq!(onion_skin(&now, &[(&before, amber)], 0.0), now);
    }

    #[test]
    fn differences_are_enlarged_and_stop_at_white() {
        let (a, b) = (frame(1, &[10, 200, 7]), frame(1, &[20, 100, 7]));
        assert_eq!(*difference(&a, &b, 4).rgb, [40, 255, 0]);
        assert_eq!(*difference(&b, &a, 4).rgb, [40, 255, 0]);
        let wide = frame(2, &[9; 6]);
        assert_eq!(*difference(&a, &wide, 4).rgb, [0, 0, 0]);
    }
}
