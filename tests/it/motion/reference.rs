//! Reference frames and masks of another program are taken as they are, and refused where they do not fit.

use std::sync::Arc;

use kinora::error::MotionError;
use kinora::motion::{Held, Motion, MotionPictures, Reference, Scene};

use super::{SIZE, chart, floats, grey, last};

#[test]
fn frames_of_another_program_are_taken_as_they_are() {
    let mut pictures = MotionPictures::default();
    let frames: Vec<_> = [chart(), grey(|x, _| x as u8)]
        .into_iter()
        .map(|picture| pictures.add("0000.png", Arc::new(picture), None))
        .collect();
    // On the left, only the upper left pixel of each cell is white enough; on the right, every pixel but that one is.
    let mask = grey(|x, y| match (x % 4 + y % 4, x < 30) {
        (0, true) => 128,
        (0, false) => 127,
        _ => 255 * u8::from(x >= 30),
    });
    let mask = pictures.add("0000.png", Arc::new(mask), None);
    let reference = Reference {
        frames_folder: "frames".to_owned(),
        masks_folder: "masks".to_owned(),
        frames,
        masks: vec![mask.clone(), mask],
    };
    let motion = Motion {
        reference: Some(reference.clone()),
        ..Motion::default()
    };
    let frame = last(&motion, &pictures, &chart());
    assert_eq!(frame.planes, floats(&grey(|x, _| x as u8)));
    for (cell, held) in frame.cells(4).into_iter().enumerate() {
        assert_eq!(held == Held::Camera, cell % 15 < 8, "cell {cell}");
    }
    let refused = |size, frames| Scene::check(&motion, &pictures, size, frames);
    assert!(refused(SIZE, 2).is_ok());
    let few = refused(SIZE, 3);
    assert!(matches!(
        few,
        Err(MotionError::ReferenceCount {
            count: 2,
            frames: 3,
            ..
        })
    ));
    assert!(matches!(
        refused([40, 40], 2),
        Err(MotionError::ReferenceSize { .. })
    ));
    let gone = Scene::check(&motion, &MotionPictures::default(), SIZE, 2);
    assert!(matches!(gone, Err(MotionError::PictureGone { .. })));
}
