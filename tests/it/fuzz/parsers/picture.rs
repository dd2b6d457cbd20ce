//! Pictures of every other kind.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbaImage};
use kinora::media::picture::Picture;

use super::jpeg::{assert_ended_on_its_way, assert_whole};
use super::{Dice, Target, bytes, chunks, file, refused};

pub(super) const TARGET: Target = Target {
    name: "picture",
    seeds,
    change,
    check,
};

const MATTE: [u8; 3] = [9, 90, 200];

fn seeds() -> Vec<Vec<u8>> {
    let golden = [
        "animated.gif",
        "animated.png",
        "animated.webp",
        "grey16.png",
        "light.hdr",
        "one_bit.png",
        "orientation_6.png",
        "palette_transparent.png",
        "picture.bmp",
        "picture.ppm",
        "picture.tga",
        "picture.tif",
        "rgba16.png",
    ];
    let golden = golden
        .iter()
        .map(|name| file(&format!("tests/golden/media/{name}")));
    // Formats for which there is no golden file.
    let made = [
        ImageFormat::Qoi,
        ImageFormat::Ico,
        ImageFormat::WebP,
        ImageFormat::OpenExr,
        ImageFormat::Tiff,
    ];
    golden.chain(made.map(made_as)).collect()
}

fn made_as(format: ImageFormat) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(21, 13, |x, y| {
        image::Rgba([
            (x * 11) as u8,
            (y * 17) as u8,
            (x * y) as u8,
            (x * 12) as u8,
        ])
    });
    let mut picture = DynamicImage::ImageRgba8(pixels);
    if format == ImageFormat::OpenExr {
        picture = picture.into_rgba32f().into();
    }
    let mut data = Cursor::new(Vec::new());
    picture
        .write_to(&mut data, format)
        .unwrap_or_else(|error| panic!("{format:?}: {error}"));
    data.into_inner()
}

fn check(data: &[u8], folder: &Path) -> bool {
    if data.starts_with(&[0xff, 0xd8, 0xff]) {
        return false;
    }
    let picture = match Picture::decode(data, MATTE) {
        Ok(picture) => picture,
        Err(error) => return refused(&error),
    };
    assert_whole(&picture);
    assert_ended_on_its_way(data, &picture, folder);
    // Laid over black and over white, a picture differs only where it is transparent; over a colour in between, it is
    // in between.
    let over = |matte| {
        Picture::decode(data, matte)
            .expect("it was decoded before")
            .rgb
    };
    let (dark, light) = (over([0; 3]), over([255; 3]));
    let between = dark.iter().zip(&light).zip(&picture.rgb);
    assert!(
        between
            .clone()
            .all(|((dark, light), ours)| dark <= ours && ours <= light),
        "the matte shines through where it should not"
    );
    true
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    match chunks::kind_of(data) {
        _ if dice.one_in(12) => chunks::resize(data, dice),
        Some(kind) if !dice.one_in(6) => chunks::change(kind, data, dice),
        _ => bytes::change(data, dice),
    }
}
