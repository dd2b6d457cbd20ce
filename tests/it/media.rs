//! From picture files to exactly the pixels that the model sees:
//!
//! - Every layout, depth, orientation and colour space gives Pillow's pixels (JPEG to the bit).
//! - Lanczos is Pillow's to the bit; CLIP's view and the VAE's pixels are diffusers'.
//! - Crop, pad and stretch follow their rules of shape; bad files give one clear sentence and no panic.
//!
//! Fixtures: `tests/golden/make_media.py`.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, Rgba32FImage};
use kinora::error::{FitError, PictureError, RateError};
use kinora::media::clip_pixels::{clip_pixels, frame_pixels};
use kinora::media::fit::{Fit, prepare};
use kinora::media::frame::Frame;
use kinora::media::lanczos::lanczos;
use kinora::media::picture::{MAX_SIDE, Picture};
use kinora::media::rate::Rate;
use safetensors::{Dtype, SafeTensors};

/// The colour that fixtures are composited onto.
const MATTE: [u8; 3] = [200, 60, 10];
/// CLIP's own normalisation.
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const STD: [f32; 3] = [0.268_629_55, 0.261_302_6, 0.275_777_1];
/// torch sums in f32 in a different order: eight units in the last place of the largest values (2.2).
const CLIP_TOLERANCE: f32 = 2e-6;

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

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let view = tensors.tensor(name).unwrap();
    assert_eq!(view.dtype(), Dtype::F32, "{name}");
    view.data()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|&bytes| f32::from_le_bytes(bytes))
        .collect()
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

fn cases(name: &str) -> Vec<Vec<u32>> {
    let json: serde_json::Value = serde_json::from_slice(&fixture("cases.json")).unwrap();
    serde_json::from_value(json[name].clone()).unwrap()
}

#[test]
fn every_layout_gives_pillows_pixels() {
    let bytes = expected_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut checked = 0;
    for (name, view) in tensors.tensors() {
        if !name.contains('.') {
            continue;
        }
        let picture = Picture::open(&golden("media").join(&name), MATTE).unwrap();
        let shape = [picture.height as usize, picture.width as usize, 3];
        assert_eq!(shape, view.shape(), "{name}");
        let differing = picture
            .rgb
            .iter()
            .zip(view.data())
            .filter(|(ours, theirs)| ours != theirs);
        assert_eq!(differing.count(), 0, "{name}");
        checked += 1;
    }
    assert_eq!(checked, 38, "a fixture is missing");
}

#[test]
fn open_exr_colours_are_taken_as_multiplied_by_alpha() {
    // White at half coverage, stored premultiplied; a colour above white; full transparency; NaN.
    let pixels = vec![
        0.5,
        0.5,
        0.5,
        0.5,
        4.0,
        0.25,
        0.0,
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        f32::NAN,
        1.0,
        0.0,
        1.0,
    ];
    let image = DynamicImage::ImageRgba32F(Rgba32FImage::from_raw(4, 1, pixels).unwrap());
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::OpenExr).unwrap();
    let picture = Picture::decode(file.get_ref(), [0, 0, 0]).unwrap();
    // sRGB(0.25) is 136.96 of 255.
    assert_eq!(
        picture.rgb,
        [128, 128, 128, 255, 137, 0, 0, 0, 0, 0, 255, 0]
    );
}

#[test]
fn lanczos_is_pillows_to_the_bit() {
    let cases = cases("lanczos");
    assert!(cases.len() > 200);
    for (seed, case) in cases.iter().enumerate() {
        let picture = noise(case[0], case[1], seed as u32);
        let resized = lanczos(&picture, case[2], case[3]);
        assert_eq!((resized.width, resized.height), (case[2], case[3]));
        assert_eq!(crc32(&resized.rgb), case[4], "{case:?}");
    }
}

#[test]
fn clip_sees_what_it_sees_in_diffusers() {
    let bytes = expected_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    for (seed, case) in cases("clip").iter().enumerate() {
        let size = case[2] as usize;
        let view = clip_pixels(&noise(case[0], case[1], seed as u32), size, MEAN, STD);
        assert_eq!(view.len(), 3 * size * size);
        let step = (view.len() / 999).max(1);
        let theirs = floats(&tensors, &format!("clip_{seed}"));
        let ours: Vec<f32> = view.into_iter().step_by(step).collect();
        assert_eq!(ours.len(), theirs.len());
        let worst = ours
            .iter()
            .zip(&theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst <= CLIP_TOLERANCE, "{case:?}: {worst:e}");
    }
}

#[test]
fn the_picture_rung_of_the_ladder_holds() {
    let bytes = fs::read(golden("pictures/lanczos.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let picture = |name: &str| {
        let view = tensors.tensor(name).unwrap();
        let [height, width] = [view.shape()[0] as u32, view.shape()[1] as u32];
        Picture {
            width,
            height,
            rgb: view.data().to_vec(),
        }
    };
    for name in tensors.names() {
        let Some(case) = name.strip_suffix(".expected") else {
            continue;
        };
        let expected = picture(name);
        let source = picture(&format!("{case}.picture"));
        assert!(
            lanczos(&source, expected.width, expected.height) == expected,
            "{case}"
        );
    }

    let bytes = fs::read(golden("pictures/clip_pixels.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let places = tensors.tensor("rows_and_columns").unwrap();
    let places = places.data().as_chunks::<4>().0.iter();
    let places: Vec<usize> = places
        .map(|&place| u32::from_le_bytes(place) as usize)
        .collect();
    for name in tensors.names() {
        let Some(case) = name.strip_suffix(".expected") else {
            continue;
        };
        let picture = Picture::open(&golden(&format!("pictures/clip_{case}.png")), MATTE).unwrap();
        let view = clip_pixels(&picture, 224, MEAN, STD);
        let mut theirs = floats(&tensors, name).into_iter();
        for plane in view.chunks(224 * 224) {
            for y in &places {
                for x in &places {
                    let apart = (plane[y * 224 + x] - theirs.next().unwrap()).abs();
                    assert!(apart <= CLIP_TOLERANCE, "{case} at {x}, {y}: {apart:e}");
                }
            }
        }
    }
}

#[test]
fn a_single_pixel_fills_clips_view() {
    // diffusers rejects these (its padding needs two pixels); there is only one sensible result.
    let view = clip_pixels(
        &Picture {
            width: 1,
            height: 1,
            rgb: vec![255; 3],
        },
        4,
        MEAN,
        STD,
    );
    for (channel, plane) in view.chunks(16).enumerate() {
        let white = (1.0 - MEAN[channel]) / STD[channel];
        // The border weights sum to 1 only up to rounding.
        assert!(
            plane.iter().all(|value| (value - white).abs() < 1e-5),
            "{plane:?}"
        );
    }
}

#[test]
fn the_vae_gets_diffusers_values_to_the_bit() {
    let bytes = expected_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let rgb = (0..=255).flat_map(|level| [level; 3]).collect();
    let values = frame_pixels(&Picture {
        width: 32,
        height: 8,
        rgb,
    });
    assert_eq!(values, floats(&tensors, "vae_ramp"));
}

#[test]
fn frames_are_rounded_as_numpy_rounds() {
    let bytes = expected_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut planes = floats(&tensors, "planes");
    let frame = Frame::from_planes(&planes, 16, 16);
    assert_eq!(*frame.rgb, *tensors.tensor("planes_frame").unwrap().data());
    planes[0] = f32::NAN;
    planes[1] = f32::INFINITY;
    let frame = Frame::from_planes(&planes, 16, 16);
    assert_eq!((frame.rgb[0], frame.rgb[3]), (0, 255));
}

#[test]
fn crop_takes_the_largest_centred_part() {
    let picture = noise(101, 40, 5);
    let prepared = prepare(&picture, 64, 32, Fit::Crop, MATTE).unwrap();
    assert_eq!((prepared.view.width, prepared.view.height), (80, 40));
    // (101 - 80) / 2 = 10.5: the odd column is cut off on the right.
    for y in 0..40 {
        let row = &picture.rgb[(y * 101 + 10) * 3..(y * 101 + 90) * 3];
        assert_eq!(&prepared.view.rgb[y * 240..(y + 1) * 240], row);
    }
    assert_eq!(prepared.frame, lanczos(&prepared.view, 64, 32));
    let tall = prepare(&noise(40, 101, 5), 64, 32, Fit::Crop, MATTE).unwrap();
    assert_eq!((tall.view.width, tall.view.height), (40, 20));
}

#[test]
fn pad_centres_the_picture_on_the_matte() {
    let picture = noise(10, 4, 6);
    let prepared = prepare(&picture, 8, 8, Fit::Pad, MATTE).unwrap();
    let view = &prepared.view;
    assert_eq!((view.width, view.height), (10, 10));
    assert_eq!(view.rgb[..90], MATTE.repeat(30));
    assert_eq!(view.rgb[90..210], picture.rgb);
    assert_eq!(view.rgb[210..], MATTE.repeat(30));
    let wide = prepare(&noise(4, 10, 6), 16, 8, Fit::Pad, MATTE).unwrap();
    assert_eq!((wide.view.width, wide.view.height), (20, 10));
}

#[test]
fn stretch_keeps_the_whole_picture() {
    let picture = noise(33, 21, 7);
    let prepared = prepare(&picture, 16, 24, Fit::Stretch, MATTE).unwrap();
    assert_eq!(prepared.view, picture);
    assert_eq!(prepared.frame, lanczos(&picture, 16, 24));
}

#[test]
fn a_window_is_cut_before_anything_is_resampled() {
    let picture = noise(50, 30, 11);
    let window = |text: &str| Fit::Window(text.parse().unwrap());
    let prepared = prepare(&picture, 16, 8, window("7,4,20,10"), MATTE).unwrap();
    assert_eq!((prepared.view.width, prepared.view.height), (20, 10));
    for y in 0..10 {
        let row = &picture.rgb[((y + 4) * 50 + 7) * 3..][..60];
        assert_eq!(&prepared.view.rgb[y * 60..(y + 1) * 60], row);
    }
    assert_eq!(prepared.frame, lanczos(&prepared.view, 16, 8));
    // A window whose shape differs from the frame's is cropped to its centre, never stretched.
    let middle = prepare(&picture, 8, 8, window("7,4,20,10"), MATTE).unwrap();
    let same = prepare(&picture, 8, 8, window("12,4,10,10"), MATTE).unwrap();
    assert_eq!(middle, same);
    // Selecting the whole picture by hand gives the same as the default crop.
    assert_eq!(
        prepare(&picture, 16, 8, window("0,0,50,30"), MATTE).unwrap(),
        prepare(&picture, 16, 8, Fit::Crop, MATTE).unwrap()
    );
    for outside in ["31,0,20,10", "0,30,1,1", "4294967295,0,2,2"] {
        let error = prepare(&picture, 16, 8, window(outside), MATTE).unwrap_err();
        assert!(matches!(error, PictureError::Window { .. }), "{error}");
    }
}

/// Recipes of earlier versions contain a word here, which is read as before.
#[test]
fn a_fit_is_read_as_recipes_hold_it() {
    for fit in Fit::ALL {
        let word = format!("\"{fit}\"");
        assert_eq!(serde_json::from_str::<Fit>(&word).unwrap(), fit);
        assert_eq!(serde_json::to_string(&fit).unwrap(), word);
    }
    let window = Fit::Window("1,2,30,40".parse().unwrap());
    let text = serde_json::to_string(&window).unwrap();
    assert_eq!(text, r#"{"window":{"x":1,"y":2,"width":30,"height":40}}"#);
    assert_eq!(serde_json::from_str::<Fit>(&text).unwrap(), window);
}

#[test]
fn no_fit_ever_makes_an_empty_view() {
    for (width, height) in [(1, 1), (1, 700), (700, 1), (2, 3), (37, 91)] {
        for (to_width, to_height) in [(1, 1), (8, 1000), (1000, 8), (64, 64)] {
            for fit in Fit::ALL {
                let prepared = prepare(&noise(width, height, 8), to_width, to_height, fit, MATTE);
                let case = format!("{width}x{height} to {to_width}x{to_height}, {fit}");
                match prepared {
                    Ok(prepared) => {
                        let view = prepared.view;
                        assert!(view.width > 0 && view.height > 0, "{case}");
                        assert_eq!(
                            view.rgb.len(),
                            (view.width * view.height * 3) as usize,
                            "{case}"
                        );
                        assert_eq!(
                            prepared.frame.rgb.len(),
                            (to_width * to_height * 3) as usize
                        );
                    }
                    Err(error) => assert!(
                        fit == Fit::Pad && matches!(error, PictureError::Canvas { .. }),
                        "{case}: {error}"
                    ),
                }
            }
        }
    }
}

#[test]
fn impossible_frames_are_refused() {
    for (width, height) in [(0, 8), (8, 0), (MAX_SIDE + 1, 8), (8, u32::MAX)] {
        let error = prepare(&noise(4, 4, 9), width, height, Fit::Crop, MATTE).unwrap_err();
        assert!(matches!(error, PictureError::FrameSize { .. }), "{error}");
    }
}

#[test]
fn other_files_are_rejected_in_one_line() {
    let refusal = |bytes: &[u8]| {
        let error = Picture::decode(bytes, MATTE).unwrap_err();
        let text = error.to_string();
        assert!(!text.contains('\n') && text.len() < 300, "{text}");
        error
    };
    assert!(matches!(refusal(b""), PictureError::Empty { .. }));
    assert!(matches!(
        refusal(b"Dear diary,\nno picture today.\n"),
        PictureError::NotAPicture { .. }
    ));
    let heic = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    assert!(matches!(heic, PictureError::Foreign { kind: "HEIC", .. }));
    // Files of an unknown brand are named by their compatible brands, or by their name.
    for (bytes, name, kind) in [
        (&b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"[..], "a.heic", "HEIF"),
        (b"\0\0\0\x18ftypabcd\0\0\0\0zzzzheic", "a.jpg", "HEIC"),
        (b"\0\0\0\x18ftypabcd\0\0\0\0zzzzavif", "a.jpg", "AVIF"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzzheic", "a.heic", "HEIF"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzz", "a.HEIC", "HEIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "a.heic", "video"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzz", "a.jpg", "ISO media"),
        (b"\xff\xff\xff\xffftyp", "a.jpg", "ISO media"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = Picture::open(&path, MATTE).unwrap_err();
        let words = error.to_string();
        assert!(
            words.starts_with(&format!("{kind} files cannot")),
            "{words}"
        );
    }
    // Only the headers, in every format.
    for mark in [
        &b"\x89PNG\r\n\x1a\n"[..],
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"RIFF\x10\0\0\0WEBP",
    ] {
        refusal(mark);
    }
    let missing = Picture::open(&golden("media/no such picture.png"), MATTE).unwrap_err();
    assert!(matches!(missing, PictureError::Unreadable { .. }));
    assert!(
        missing.to_string().ends_with("no such picture.png"),
        "{missing}"
    );
    assert!(matches!(
        Picture::open(&golden("media"), MATTE),
        Err(PictureError::Folder { .. })
    ));
}

#[test]
fn enormous_pictures_are_refused_before_they_are_decoded() {
    let mut png = fixture("rgb8.png");
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let crc = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&crc);
    let error = Picture::decode(&png, MATTE).unwrap_err();
    assert!(
        matches!(error, PictureError::TooLarge { width: 100_000, .. }),
        "{error}"
    );

    let mut jpeg = fixture("grey.jpg");
    let header = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[header + 5..header + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
    let error = Picture::decode(&jpeg, MATTE).unwrap_err();
    assert!(
        matches!(error, PictureError::TooLarge { width: 65_000, .. }),
        "{error}"
    );
}

/// A few hundred bytes that claim to be 268 megapixels, in formats where that is possible.
#[test]
fn no_memory_is_allocated_for_pixels_that_a_small_file_cannot_contain() {
    let side = 16_384_u16;
    // One progressive scan of AC coefficients only: its only code ends 32,767 blocks at once.
    let segment = |mark: u8, body: &[u8]| {
        let length = (body.len() as u16 + 2).to_be_bytes();
        [&[0xff, mark], &length[..], body].concat()
    };
    let [high, low] = side.to_be_bytes();
    let frame = [8, high, low, high, low, 1, 1, 0x11, 0];
    let mut codes = vec![0x10, 1];
    codes.extend([0; 15]);
    codes.push(0xe0);
    // A zero for the code and fourteen ones for the number of further blocks, 129 times, each 0xff with its stuffing.
    let bit = |index: usize| u8::from(!index.is_multiple_of(15));
    let byte = |at: usize| (0..8).fold(0, |byte, index| byte << 1 | bit(8 * at + index));
    let stuffed = |byte| {
        if byte == 0xff {
            vec![0xff, 0]
        } else {
            vec![byte]
        }
    };
    let coded: Vec<u8> = (0..129 * 15 / 8 + 1).map(byte).flat_map(stuffed).collect();
    let jpeg = [
        vec![0xff, 0xd8],
        segment(0xdb, &[&[0], &[1; 64][..]].concat()),
        segment(0xc2, &frame),
        segment(0xc4, &codes),
        segment(0xda, &[1, 1, 0, 1, 63, 0]),
        coded,
        vec![0xff, 0xd9],
    ]
    .concat();
    let error = Picture::decode(&jpeg, MATTE).unwrap_err();
    assert!(matches!(error, PictureError::Truncated { .. }), "{error}");

    let error = Picture::decode(&speck_on_a_canvas(side, 1), MATTE).unwrap_err();
    assert!(error.to_string().contains("so small a file"), "{error}");
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

/// A palette that ends in the middle of a colour makes the decoder panic.
#[test]
fn a_picture_whose_decoder_panics_is_rejected() {
    let mut png = fixture("palette_transparent.png");
    let name = png.windows(4).position(|name| name == b"PLTE").unwrap();
    let length = png[name - 1];
    png[name - 1] = length - 1;
    png.remove(name + 4 + usize::from(length) - 1);
    let end = name + 4 + usize::from(length) - 1;
    let crc = crc32(&png[name..end]).to_be_bytes();
    png[end..end + 4].copy_from_slice(&crc);
    let error = Picture::decode(&png, MATTE).unwrap_err();
    assert!(matches!(error, PictureError::Undecodable { .. }), "{error}");
}

#[test]
fn a_truncated_picture_is_never_accepted_as_complete() {
    for entry in fs::read_dir(golden("media")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        if name == "cases.json" {
            continue;
        }
        for part in 1..10 {
            let cut = &bytes[..bytes.len() * part / 10];
            // The first picture of an animation may already be complete.
            if let Ok(picture) = Picture::decode(cut, MATTE) {
                assert!(name.starts_with("animated"), "{name} cut to {part}/10");
                assert_eq!(
                    picture,
                    Picture::decode(&bytes, MATTE).unwrap(),
                    "{name} {part}/10"
                );
            }
        }
        if name.ends_with(".jpg") && !name.starts_with("really") {
            for missing in [1, 2, 3, 10] {
                let cut = &bytes[..bytes.len() - missing];
                let error = Picture::decode(cut, MATTE).unwrap_err();
                assert!(
                    matches!(error, PictureError::Truncated { .. }),
                    "{name}: {error}"
                );
            }
        }
    }
}

#[test]
fn damaged_pictures_do_not_panic() {
    for entry in fs::read_dir(golden("media")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for seed in 0..60 {
            let mut damaged = bytes.clone();
            for (place, value) in noise(4, 1, seed)
                .rgb
                .chunks(3)
                .zip(noise(4, 1, seed + 999).rgb)
            {
                let at = u32::from_le_bytes([place[0], place[1], place[2], 0]) as usize;
                let length = damaged.len();
                damaged[at % length] = value;
            }
            // Any result is acceptable.
            drop(Picture::decode(&damaged, MATTE));
        }
    }
}

#[test]
fn fits_are_named_by_their_words() {
    for fit in Fit::ALL {
        assert_eq!(fit.to_string().parse(), Ok(fit));
        assert_eq!(serde_json::to_string(&fit).unwrap(), format!("\"{fit}\""));
    }
    assert_eq!(
        "Zoom".parse::<Fit>(),
        Err(FitError::Unknown {
            word: "Zoom".to_owned()
        })
    );
}

#[test]
fn rates_are_exact() {
    let rate = |text: &str| text.parse::<Rate>().map(|rate| (rate.num, rate.den));
    for (text, num, den) in [
        ("24", 24, 1),
        (" 7 ", 7, 1),
        ("12.5", 25, 2),
        ("30000/1001", 30_000, 1001),
        ("50/2", 25, 1),
        ("23.976", 24_000, 1001),
        ("23.98", 24_000, 1001),
        ("23.97", 24_000, 1001),
        ("29.97", 30_000, 1001),
        ("59.94", 60_000, 1001),
        ("119.88", 120_000, 1001),
        ("23.976023976", 24_000, 1001),
        ("23.9", 239, 10),
        ("0.5", 1, 2),
        ("1/1000", 1, 1000),
        ("1000", 1000, 1),
    ] {
        assert_eq!(rate(text), Ok((num, den)), "{text}");
        let again = rate(&Rate::new(num, den).unwrap().to_string());
        assert_eq!(again, Ok((num, den)), "{text}");
    }
    for text in ["0", "0.0", "5/0", "0/5", "1001", "1/1001", "99999999999"] {
        assert!(
            matches!(rate(text), Err(RateError::OutOfRange { .. })),
            "{text}"
        );
    }
    let long = format!("1.{}", "0".repeat(70_000));
    for text in [
        "",
        "-24",
        "+24",
        "NaN",
        "inf",
        "1e3",
        "24.",
        "fast",
        "1/2/3",
        "24,5",
        long.as_str(),
    ] {
        assert!(
            matches!(rate(text), Err(RateError::Unreadable { .. })),
            "{text}"
        );
    }
    let film = Rate::new(24_000, 1001).unwrap();
    assert_eq!(film.duration_of(24_000), Duration::from_secs(1001));
    assert_eq!(film.frame_at(Duration::from_secs(1), 100), 23);
    assert_eq!(film.frame_at(Duration::from_secs(99), 100), 99);
    assert_eq!(serde_json::to_string(&film).unwrap(), "\"24000/1001\"");
    assert_eq!(serde_json::from_str::<Rate>("\"23.976\"").unwrap(), film);
    assert!(serde_json::from_str::<Rate>("\"0\"").is_err());
}
