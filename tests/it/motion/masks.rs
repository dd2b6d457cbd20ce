//! Cut-outs, locks and brushes hold the right pixels, whatever else moves.

use std::sync::Arc;

use kinora::error::MotionError;
use kinora::media::camera::Pose;
use kinora::motion::{CutOut, Held, Motion, MotionPictures, Outline, ReferenceFrame, Scene};

use super::{HEIGHT, SIZE, WIDTH, camera, chart, end, floats, grey, last, path, poses};

#[test]
fn cells_are_unseen_from_a_fifth_and_otherwise_what_most_pixels_are() {
    let picture = chart();
    let mut pictures = MotionPictures::default();
    let lock = grey(|x, y| if (x / 5 + y / 3) % 3 == 0 { 255 } else { 127 });
    let lock = pictures.add("lock.png", Arc::new(lock), None);
    let brush = grey(|x, y| if (x / 3 + y / 7) % 4 == 0 { 128 } else { 0 });
    let brush = pictures.add("brush.png", Arc::new(brush), None);
    for pose in poses() {
        let motion = Motion {
            lock: Some(lock.clone().into()),
            brush: Some(brush.clone().into()),
            ..camera(&[(end(pose), 1.0)])
        };
        let frame = last(&motion, &pictures, &picture);
        for scale in [4, 20] {
            let cells = frame.cells(scale);
            assert_eq!(cells.len(), WIDTH * HEIGHT / scale / scale);
            for (cell, found) in cells.into_iter().enumerate() {
                let across = WIDTH / scale;
                let [left, top] = [cell % across * scale, cell / across * scale];
                let mut counts = [0; 5];
                for y in top..top + scale {
                    for x in left..left + scale {
                        counts[frame.held[y * WIDTH + x] as usize] += 1;
                    }
                }
                if counts[Held::Unseen as usize] * 5 >= scale * scale {
                    assert_eq!(found, Held::Unseen);
                } else {
                    let most = counts.into_iter().max();
                    assert_eq!(
                        Some(counts[found as usize]),
                        most,
                        "{counts:?} is {found:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn locks_hold_the_picture_and_brushes_free_it() {
    let picture = chart();
    let mut pictures = MotionPictures::default();
    let left = pictures.add(
        "l.png",
        Arc::new(grey(|x, _| if x < 20 { 255 } else { 0 })),
        None,
    );
    let right = pictures.add(
        "r.png",
        Arc::new(grey(|x, _| if x >= 40 { 255 } else { 0 })),
        None,
    );
    let of = |lock: bool, brush: bool, moves: bool| {
        let pan = Pose {
            x: 0.1,
            ..Pose::REST
        };
        let motion = Motion {
            lock: lock.then(|| left.clone().into()),
            brush: brush.then(|| right.clone().into()),
            ..camera(&[(end(pan), f32::from(u8::from(moves)))][..usize::from(moves)])
        };
        last(&motion, &pictures, &picture)
    };
    let row = |frame: &ReferenceFrame| [10, 30, 50].map(|x| frame.held[20 * WIDTH + x]);
    use Held::{Camera, Free, Still};
    assert_eq!(row(&of(true, false, false)), [Still, Free, Free]);
    assert_eq!(row(&of(false, true, false)), [Still, Still, Free]);
    assert_eq!(row(&of(true, true, true)), [Still, Camera, Free]);
    let frame = of(true, false, true);
    assert_eq!(row(&frame), [Still, Camera, Camera]);
    let planes = floats(&picture);
    for index in 0..WIDTH * HEIGHT {
        let (x, still) = (index % WIDTH, frame.planes[index] == planes[index]);
        assert_eq!(still, x < 20, "the rest moved by six pixels: {index}");
        if x >= 26 {
            assert_eq!(frame.planes[index], planes[index - 6]);
        }
    }
}

#[test]
fn cut_outs_move_over_the_rest_in_their_order() {
    let picture = chart();
    let mut pictures = MotionPictures::default();
    let inside = |x: usize, y: usize| (10..20).contains(&x) && (10..30).contains(&y);
    let mask = grey(|x, y| if inside(x, y) { 255 } else { 0 });
    let mask = pictures.add("cut.png", Arc::new(mask), None);
    let white = pictures.add("white.png", Arc::new(grey(|_, _| 255)), None);
    let corners = vec![[10.0, 10.0], [20.0, 10.0], [20.0, 30.0], [10.0, 30.0]];
    let corners = corners
        .into_iter()
        .map(|[x, y]| [x / 60.0, y / 40.0])
        .collect();
    let right = path(r#"[{"t":0},{"t":1,"x":0.25}]"#);
    let planes = floats(&picture);
    for outline in [Outline::Mask(mask.clone()), Outline::Polygon(corners)] {
        let one = CutOut {
            outline,
            track: right.clone(),
        };
        let motion = Motion {
            cut_outs: vec![one.clone()],
            ..Motion::default()
        };
        let frame = last(&motion, &pictures, &picture);
        let locked = last(
            &Motion {
                lock: Some(white.clone().into()),
                ..motion
            },
            &pictures,
            &picture,
        );
        for index in 0..WIDTH * HEIGHT {
            let (x, y) = (index % WIDTH, index / WIDTH);
            let arrived = x >= 15 && inside(x - 15, y);
            if arrived {
                assert_eq!(frame.held[index], Held::CutOut);
                assert_eq!(
                    frame.planes[index],
                    planes[index - 15],
                    "15 pixels to the right"
                );
            } else if inside(x, y) {
                assert_eq!(
                    locked.held[index],
                    Held::Unseen,
                    "what was behind is not known"
                );
                let area = WIDTH * HEIGHT;
                let colour =
                    |planes: &[f32]| [0, 1, 2].map(|channel| planes[channel * area + index]);
                assert_ne!(colour(&frame.planes), colour(&planes));
            } else {
                assert_eq!(locked.held[index], Held::Still);
                assert!(matches!(frame.held[index], Held::Free | Held::Unseen));
                assert_eq!(frame.planes[index], planes[index]);
            }
        }
        // Scaled about its middle to twice its size, it extends ten more pixels vertically and five horizontally.
        let larger = CutOut {
            track: path(r#"[{"t":0},{"t":1,"scale":2}]"#),
            ..one.clone()
        };
        let stay = CutOut {
            track: path(r#"[{"t":0}]"#),
            ..one
        };
        let of = |cut_outs: Vec<CutOut>| {
            let motion = Motion {
                cut_outs,
                ..Motion::default()
            };
            last(&motion, &pictures, &picture)
        };
        let frame = of(vec![larger.clone()]);
        for index in 0..WIDTH * HEIGHT {
            let (x, y) = (index % WIDTH, index / WIDTH);
            let covered = (5..25).contains(&x) && y < 40;
            assert_eq!(frame.held[index] == Held::CutOut, covered, "{x}, {y}");
        }
        let middle = 20 * WIDTH + 12;
        let hind = of(vec![stay.clone(), larger.clone()]).planes[middle];
        let front = of(vec![larger, stay]).planes[middle];
        assert_eq!(front, planes[middle], "the last one is in front");
        assert_ne!(hind, front);
    }
    let nowhere = CutOut {
        outline: Outline::Polygon(vec![[2.0, 2.0], [3.0, 2.0], [2.0, 3.0]]),
        track: right,
    };
    let motion = Motion {
        cut_outs: vec![nowhere],
        ..Motion::default()
    };
    let refused = Scene::check(&motion, &pictures, SIZE, 2);
    assert!(matches!(
        refused,
        Err(MotionError::EmptyCutOut { number: 1 })
    ));
}
