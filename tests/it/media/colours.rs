//! Pictures with a colour profile become sRGB, with LittleCMS's levels:
//!
//! - each kind of file, profile and curve; a profile in parts; transparent, grey and printed pictures
//! - a profile that is sRGB in other roundings leaves the pixels to the bit
//! - a damaged profile counts as none

use std::fs;
use std::path::Path;

use kinora::media::picture::{Picture, Reading};
use kinora::media::progress::PictureWatch;

use super::{MATTE, golden};

fn open(path: &Path, reading: Reading) -> Picture {
    Picture::open_watched(path, MATTE, reading, PictureWatch::none()).expect("a picture")
}

/// The largest distance in levels, and the mean.
fn apart(one: &Picture, other: &Picture) -> (u8, f64) {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let pairs = || one.rgb.iter().zip(&other.rgb);
    let distances = || pairs().map(|(one, other)| one.abs_diff(*other));
    let sum: u64 = distances().map(u64::from).sum();
    let most = distances().max().unwrap_or_default();
    (most, sum as f64 / one.rgb.len() as f64)
}

#[test]
fn colours_become_srgb_with_the_levels_of_littlecms() {
    let cases = [
        "p3_parts.jpg",
        "adobe.jpg",
        "tables.png",
        "shifted.tif",
        "grey.png",
        "p3_alpha.png",
        "p3.webp",
    ];
    for name in cases {
        let path = golden("colour").join(name);
        let expected = golden("colour").join(format!("{name}.expected.png"));
        let expected = open(&expected, Reading::AsMeant);
        let (most, _) = apart(&open(&path, Reading::AsMeant), &expected);
        // LittleCMS computes in 16 bits, and rounds to 8 from there.
        assert!(most <= 1, "{name}: {most} levels from LittleCMS");
        let (before, _) = apart(&open(&path, Reading::AsStored), &expected);
        assert!(
            before > 5,
            "{name}: the profile makes no difference, {before}"
        );
    }
}

#[test]
fn srgb_in_other_roundings_and_inks_stay_as_they_are() {
    for name in ["same.png", "inks.jpg"] {
        let path = golden("colour").join(name);
        let expected = golden("colour").join(format!("{name}.expected.png"));
        let expected = open(&expected, Reading::AsMeant);
        assert_eq!(open(&path, Reading::AsMeant), expected, "{name}");
        assert_eq!(open(&path, Reading::AsStored), expected, "{name}");
    }
}

#[test]
fn a_damaged_profile_counts_as_none_and_nothing_panics() {
    let good = fs::read(golden("colour/p3_parts.jpg")).expect("a file");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("damaged.jpg");
    let stored = open(&golden("colour/p3_parts.jpg"), Reading::AsStored);
    let at = |mark: &[u8]| {
        let mut windows = good.windows(mark.len());
        windows.position(|window| window == mark).expect("the mark")
    };
    let profile = at(b"ICC_PROFILE") + 14;
    let mut changed = 0;
    for offset in 0..300 {
        let mut bytes = good.clone();
        bytes[profile + offset] ^= [0xff, 0x01, 0x80][offset % 3];
        fs::write(&path, &bytes).expect("a damaged file");
        changed += usize::from(open(&path, Reading::AsMeant) != stored);
    }
    assert!(changed > 0, "some damage leaves a profile");
    // A part that is missing.
    let mut bytes = good.clone();
    bytes[profile - 2] = 3;
    fs::write(&path, &bytes).expect("a damaged file");
    assert_eq!(open(&path, Reading::AsMeant), stored);
}
