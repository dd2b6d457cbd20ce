//! From picture files to exactly the pixels that the model sees.
//!
//! Fixtures: `tests/golden/make_media.py`.

mod colours;
mod decoding;
mod fitting;
mod model_pixels;
mod rates;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};

use kinora::media::picture::Picture;

/// The colour that fixtures are composited onto.
const MATTE: [u8; 3] = [200, 60, 10];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

fn fixture(name: &str) -> Vec<u8> {
    let path = golden("media").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{error}: {}", path.display()))
}

fn expected_bytes() -> Vec<u8> {
    fs::read(golden("media.safetensors")).unwrap()
}

/// The bytes that `make_media.py` calls noise.
fn noise(width: u32, height: u32, seed: u32) -> Picture {
    let rgb = (0..width * height * 3)
        .map(|count| {
            let mut value = count
                .wrapping_add(seed.wrapping_mul(7919))
                .wrapping_mul(2_654_435_761);
            value ^= value >> 15;
            value = value.wrapping_mul(2_246_822_519);
            value ^= value >> 13;
            (value >> 24) as u8
        })
        .collect();
    Picture { width, height, rgb }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ 0xedb8_8320
            }
        })
    })
}

/// A GIF whose frames are one pixel each, on a square canvas.
pub(crate) fn speck_on_a_canvas(side: u16, frames: usize) -> Vec<u8> {
    let [low, high] = side.to_le_bytes();
    let mut gif = b"GIF89a".to_vec();
    gif.extend([low, high, low, high, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        // Duration; position; its pixel.
        gif.extend([0x21, 0xf9, 4, 4, 10, 0, 0, 0]);
        gif.extend([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
        gif.extend([2, 2, 0x44, 1, 0]);
    }
    gif.push(0x3b);
    gif
}
