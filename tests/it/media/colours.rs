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
    let mark = b"ICC_PROFILE\0";
    let marks = good.windows(mark.len()).enumerate();
    let marks = marks.filter(|(_, window)| window == mark);
    // The part of the profile in each segment: after the mark, its number and the number of parts.
    let parts: Vec<(usize, usize)> = marks
        .map(|(at, _)| {
            let length = u16::from_be_bytes([good[at - 2], good[at - 1]]);
            (at + mark.len() + 2, at - 2 + usize::from(length))
        })
        .collect();
    assert_eq!(parts.len(), 2);
    let mut changed = 0;
    for at in parts
        .iter()
        .flat_map(|(start, end)| (*start..*end).step_by(3))
    {
        let mut bytes = good.clone();
        bytes[at] ^= [0xff, 0x01, 0x80][at % 3];
        fs::write(&path, &bytes).expect("a damaged file");
        changed += usize::from(open(&path, Reading::AsMeant) != stored);
    }
    assert!(changed > 0, "some damage leaves a profile");
    // A part that is missing.
    let mut bytes = good.clone();
    bytes[parts[0].0 - 2] = 3;
    fs::write(&path, &bytes).expect("a damaged file");
    assert_eq!(open(&path, Reading::AsMeant), stored);
}
