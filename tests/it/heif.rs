//! HEIC and AVIF pictures:
//!
//! - one image, a turned grid, a cropped one and a transparent picture agree with what libheif and libavif read from the
//!   same files
//! - colours with a profile, or with the codes of a wide gamut, become sRGB
//! - damaged files are refused
//! - a dropped HEIC picture is on the stage (`studio::intake`)

use std::fs;
use std::path::{Path, PathBuf};

use kinora::error::PictureError;
use kinora::export::{open_known_picture, open_picture, picture_size};
use kinora::media::picture::{Picture, Reading};
use kinora::media::progress::PictureWatch;

const MATTE: [u8; 3] = [200, 30, 90];
const NAMES: [&str; 4] = ["single.heic", "grid.heic", "crop.heic", "alpha.avif"];

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/heif");
    folder.join(name)
}

fn open(path: &Path) -> Result<Picture, PictureError> {
    open_picture(path, MATTE, Reading::AsMeant, PictureWatch::none())
}

/// The mean distance of two pictures of one size, in levels.
fn apart(one: &Picture, other: &Picture) -> f64 {
    apart_above(one, other, one.height as usize)
}

/// The same for this many rows from the top.
fn apart_above(one: &Picture, other: &Picture, rows: usize) -> f64 {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let bytes = rows * 3 * one.width as usize;
    let pairs = one.rgb[..bytes].iter().zip(&other.rgb[..bytes]);
    let off: u64 = pairs
        .map(|(one, other)| u64::from(one.abs_diff(*other)))
        .sum();
    off as f64 / bytes as f64
}

#[test]
fn pictures_agree_with_libheif_and_libavif() {
    for name in NAMES {
        let picture = open(&golden(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = Picture::open(&golden(&format!("{name}.png")), MATTE).expect("a picture");
        let off = apart(&picture, &expected);
        // The libraries enlarge the colour planes differently, which shows at edges. A wrong matrix or range gives 5
        // and more, a wrong turn 40, a crop that is off by a pixel 12.
        assert!(off < 2.5, "{name}: {off} levels apart");
    }
    assert_eq!(
        picture_size(&golden("grid.heic")),
        Some((150, 100)),
        "before it is turned"
    );
    assert_eq!(
        picture_size(&golden("crop.heic")),
        Some((101, 60)),
        "the part that is seen"
    );
}

/// Rows of the photograph in the pictures with colours. Below it are stripes of two rows; the libraries enlarge the
/// colour planes differently, which changes such stripes more than a profile does.
const PHOTOGRAPH: usize = 58;

#[test]
fn colours_of_a_wide_gamut_become_srgb() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/colour");
    // In this photograph, FFmpeg and libavif are 2.7 levels apart before any conversion, because they enlarge the
    // colour planes differently; FFmpeg and libheif less than one.
    for (name, most) in [("p3.heic", 1.0), ("p3.avif", 3.2), ("p3_codes.avif", 3.2)] {
        let expected = folder.join(format!("{name}.expected.png"));
        let expected = Picture::open(&expected, MATTE).expect("a picture");
        let meant = open(&folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let off = apart_above(&meant, &expected, PHOTOGRAPH);
        let stored = open_picture(
            &folder.join(name),
            MATTE,
            Reading::AsStored,
            PictureWatch::none(),
        );
        let stored = stored.expect("the same file");
        let without = apart_above(&stored, &expected, PHOTOGRAPH);
        println!("{name}: {off} levels apart, {without} without its profile");
        assert!(
            off < most && without > off + 2.0,
            "{name}: {off} and {without} levels apart"
        );
    }
}

/// Takes of Kinora 0.1, and of a build that ignored crops, can be made again from the same file.
#[test]
fn a_picture_known_by_its_stored_levels_is_read_that_way() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in [
        "colour/p3_alpha.png",
        "colour/adobe.jpg",
        "colour/p3.heic",
        "heif/crop.heic",
    ] {
        let path = folder.join(name);
        let read = |reading| open_picture(&path, MATTE, reading, PictureWatch::none());
        let (meant, stored) = (read(Reading::AsMeant), read(Reading::AsStored));
        let (meant, stored) = (meant.expect(name), stored.expect(name));
        assert_ne!(meant.fingerprint(), stored.fingerprint(), "{name}");
        let known = |fingerprint: &str| {
            open_known_picture(&path, MATTE, Some(fingerprint), PictureWatch::none()).expect(name)
        };
        assert_eq!(known(&stored.fingerprint()), stored, "{name}");
        assert_eq!(known(&meant.fingerprint()), meant, "{name}");
        assert_eq!(known("0123456789abcdef"), meant, "{name}: another picture");
    }
}

#[test]
fn damaged_files_are_refused_and_nothing_panics() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in NAMES {
        let good = fs::read(golden(name)).expect("a file");
        let path = folder.path().join(name);
        for length in (20..good.len()).step_by(good.len() / 23) {
            fs::write(&path, &good[..length]).expect("a shorter file");
            let opened = open(&path);
            // The last bytes of an image may not matter.
            assert!(
                opened.is_err() || length * 10 > good.len() * 9,
                "{name}: {length}"
            );
        }
        // The structure comes first: its bytes, changed in three ways. Some of these files claim to be huge and are
        // slow to read, so only every fifth byte is changed.
        for at in (4..good.len().min(1200)).step_by(5) {
            let mut bytes = good.clone();
            bytes[at] ^= [0xff, 0x01, 0x80][at % 3];
            fs::write(&path, &bytes).expect("a damaged file");
            if let Err(error) = open(&path) {
                let words = error.to_string();
                assert!(words.len() < 400 && !words.contains('\n'), "{words}");
            }
        }
    }
}
