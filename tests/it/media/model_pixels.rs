//! Lanczos is Pillow's to the bit; CLIP's view, the VAE's pixels and the rounding of frames are diffusers'.

use std::fs;

use kinora::media::clip_pixels::{clip_pixels, frame_pixels};
use kinora::media::frame::Frame;
use kinora::media::lanczos::lanczos;
use kinora::media::picture::Picture;
use safetensors::{Dtype, SafeTensors};

use super::{MATTE, crc32, expected_bytes, fixture, golden, noise};

/// CLIP's own normalisation.
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const STD: [f32; 3] = [0.268_629_55, 0.261_302_6, 0.275_777_1];
/// torch sums in f32 in a different order: eight units in the last place of the largest values (2.2).
const CLIP_TOLERANCE: f32 = 2e-6;

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

fn cases(name: &str) -> Vec<Vec<u32>> {
    let json: serde_json::Value = serde_json::from_slice(&fixture("cases.json")).unwrap();
    serde_json::from_value(json[name].clone()).unwrap()
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
