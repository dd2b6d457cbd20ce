//! Crop, pad, stretch and windows follow their rules of shape, and are named by the words that recipes contain.

use kinora::error::{FitError, PictureError};
use kinora::media::fit::{Fit, prepare};
use kinora::media::lanczos::lanczos;
use kinora::media::picture::MAX_SIDE;

use super::{MATTE, noise};

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
