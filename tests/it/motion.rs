//! Reference frames and masks of a motion, compared with plain loops in f64:
//! - opposite moves leave the picture unchanged, to the bit;
//! - one map for all depths is exact, and so is the area that it covers; a surface at one depth gives the same;
//! - planes at two depths move apart, and the area uncovered between them never counts as visible;
//! - cut-outs, locks and brushes hold the right pixels, whatever else moves.

use std::sync::Arc;

use kinora::error::MotionError;
use kinora::media::camera::{CameraPath, Easing, Pose};
use kinora::media::picture::Picture;
use kinora::motion::{
    CutOut, Held, Motion, MotionPictures, Move, Outline, Reference, ReferenceFrame, Scene,
};

const WIDTH: usize = 60;
const HEIGHT: usize = 40;
const SIZE: [usize; 2] = [WIDTH, HEIGHT];

/// A picture whose colours are given by column and row.
fn painted(colour: impl Fn(usize, usize) -> [u8; 3]) -> Picture {
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    Picture {
        width: WIDTH as u32,
        height: HEIGHT as u32,
        rgb: pixels.flat_map(|(x, y)| colour(x, y)).collect(),
    }
}

/// Red encodes the column, in steps of four levels, and green the row, in steps of six; blue is an irregular pattern.
fn chart() -> Picture {
    painted(|x, y| {
        [
            4 * x as u8,
            6 * y as u8,
            (x * 89 + y * 57 + x * y * 31) as u8,
        ]
    })
}

fn grey(level: impl Fn(usize, usize) -> u8) -> Picture {
    painted(|x, y| [level(x, y); 3])
}

fn path(json: &str) -> CameraPath {
    CameraPath::parse(json).expect(json)
}

fn camera(moves: &[(CameraPath, f32)]) -> Motion {
    let moves = moves.iter().map(|(path, strength)| Move {
        name: "a move".to_owned(),
        strength: *strength,
        curve: None,
        path: path.clone(),
    });
    Motion {
        camera: moves.collect(),
        ..Motion::default()
    }
}

/// The last of two frames.
fn last(motion: &Motion, pictures: &MotionPictures, picture: &Picture) -> ReferenceFrame {
    let scene = Scene::new(motion, pictures, picture, 2).expect("a scene");
    scene.frame(1).expect("a frame")
}

fn end(pose: Pose) -> CameraPath {
    CameraPath::to(pose)
}

fn floats(picture: &Picture) -> Vec<f32> {
    let channel = |channel| picture.rgb.iter().skip(channel).step_by(3);
    (0..3)
        .flat_map(channel)
        .map(|&value| f32::from(value) / 255.0)
        .collect()
}

/// Where the content of a pixel's centre comes from: the map's matrix is found by moving three points, and then
/// inverted.
fn origin_by_hand(pose: Pose, near: f64, [x, y]: [usize; 2]) -> [f64; 2] {
    let (w, h) = (WIDTH as f64, HEIGHT as f64);
    let turn = f64::from(pose.roll).to_radians();
    let scale = f64::from(pose.scale) * (1.0 + f64::from(pose.dolly) * near);
    let moved = |p: [f64; 2]| {
        let (dx, dy) = ((p[0] - w / 2.0) * scale, (p[1] - h / 2.0) * scale);
        let shift = f64::from(pose.x) + f64::from(pose.orbit) * (near - 0.5);
        [
            w / 2.0 + dx * turn.cos() - dy * turn.sin() + shift * w,
            h / 2.0 + dx * turn.sin() + dy * turn.cos() + f64::from(pose.y) * h,
        ]
    };
    let zero = moved([0.0, 0.0]);
    let right = moved([1.0, 0.0]);
    let down = moved([0.0, 1.0]);
    let (a, b) = (right[0] - zero[0], down[0] - zero[0]);
    let (c, d) = (right[1] - zero[1], down[1] - zero[1]);
    let (u, v) = (x as f64 + 0.5 - zero[0], y as f64 + 0.5 - zero[1]);
    let det = a * d - b * c;
    [(d * u - b * v) / det, (a * v - c * u) / det]
}

/// The value at a position, interpolated between pixel centres in f64; pixels at the edge are repeated beyond it.
fn sampled(plane: &[f32], at: [f64; 2]) -> f64 {
    let pixel = |x: f64, y: f64| {
        let x = x.clamp(0.0, WIDTH as f64 - 1.0) as usize;
        let y = y.clamp(0.0, HEIGHT as f64 - 1.0) as usize;
        f64::from(plane[y * WIDTH + x])
    };
    let (x, y) = (at[0] - 0.5, at[1] - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (x - left, y - top);
    pixel(left, top) * (1.0 - u) * (1.0 - v)
        + pixel(left + 1.0, top) * u * (1.0 - v)
        + pixel(left, top + 1.0) * (1.0 - u) * v
        + pixel(left + 1.0, top + 1.0) * u * v
}

/// How far a position is outside the frame, in pixels; negative inside.
fn outside(at: [f64; 2]) -> f64 {
    let beyond = |value: f64, side: usize| (-value).max(value - side as f64);
    beyond(at[0], WIDTH).max(beyond(at[1], HEIGHT))
}

/// Asserts that every pixel of a frame at one depth is that of plain loops; within `slack` pixels of the edge, they may
/// disagree on what is visible.
#[track_caller]
fn is_by_hand(frame: &ReferenceFrame, picture: &Picture, (pose, near): (Pose, f64), slack: f64) {
    let planes = floats(picture);
    let area = WIDTH * HEIGHT;
    let mut seen = 0;
    for index in 0..area {
        let origin = origin_by_hand(pose, near, [index % WIDTH, index / WIDTH]);
        let away = outside(origin);
        if away.abs() <= slack {
            continue;
        }
        let held = frame.held[index];
        assert_eq!(
            held == Held::Camera,
            away < 0.0,
            "{pose:?}: pixel {index}, {origin:?}"
        );
        if away < 0.0 {
            seen += 1;
            for channel in 0..3 {
                let plane = &planes[channel * area..(channel + 1) * area];
                let found = f64::from(frame.planes[channel * area + index]);
                let expected = sampled(plane, origin);
                // The pattern changes by up to one from pixel to pixel.
                assert!(
                    (found - expected).abs() < 1e-4 + 2.0 * slack,
                    "pixel {index}"
                );
            }
        }
    }
    assert!(seen > area / 4, "only {seen} pixels are seen");
}

/// Poses from the whole range, with a fixed seed.
fn poses() -> Vec<Pose> {
    let mut state = 7_u64;
    let mut part = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut poses = Vec::new();
    for _ in 0..12 {
        poses.push(Pose {
            x: 0.4 * part(),
            y: 0.4 * part(),
            scale: (0.8 * part()).exp(),
            roll: 60.0 * part(),
            ..Pose::REST
        });
    }
    poses
}

#[test]
fn opposite_moves_leave_the_picture_to_the_bit() {
    let picture = chart();
    let none = MotionPictures::default();
    let moves = [
        r#"[{"t":0},{"t":1,"x":0.137}]"#,
        r#"[{"t":0},{"t":1,"scale":1.37,"roll":11}]"#,
        r#"[{"t":0,"y":0.01},{"t":1,"y":0.3,"orbit":0.2,"dolly":0.4}]"#,
    ]
    .map(path);
    let stack = [
        (moves[0].clone(), 0.7),
        (moves[1].clone(), 1.3),
        (moves[2].clone(), 0.9),
        (moves[0].clone(), -0.7),
        (moves[2].clone(), -0.9),
        (moves[1].clone(), -1.3),
    ];
    let motion = camera(&stack);
    let scene = Scene::new(&motion, &none, &picture, 7).expect("a scene");
    for index in 0..7 {
        let frame = scene.frame(index).expect("a frame");
        assert_eq!(frame.planes, floats(&picture), "frame {index}");
        assert!(frame.held.iter().all(|held| *held == Held::Camera));
        assert!(frame.cells(4).iter().all(|held| *held == Held::Camera));
    }
    // Without its last move, the stack changes the picture.
    let motion = camera(&stack[..5]);
    assert_ne!(last(&motion, &none, &picture).planes, floats(&picture));
}

#[test]
fn one_map_for_all_depths_is_what_plain_loops_say() {
    let (picture, none) = (chart(), MotionPictures::default());
    for pose in poses() {
        let frame = last(&camera(&[(end(pose), 1.0)]), &none, &picture);
        is_by_hand(&frame, &picture, (pose, 0.0), 1e-6);
    }
}

#[test]
fn what_nothing_is_known_of_has_the_nearest_colour() {
    let (picture, none) = (chart(), MotionPictures::default());
    for pose in poses() {
        let frame = last(&camera(&[(end(pose), 1.0)]), &none, &picture);
        let area = WIDTH * HEIGHT;
        let seen: Vec<usize> = (0..area)
            .filter(|&index| frame.held[index] == Held::Camera)
            .collect();
        for index in (0..area).filter(|&index| frame.held[index] == Held::Unseen) {
            let distance = |other: &&usize| {
                let across = (index % WIDTH).abs_diff(**other % WIDTH);
                let down = (index / WIDTH).abs_diff(**other / WIDTH);
                across * across + down * down
            };
            let least = seen.iter().map(|other| distance(&other)).min();
            let nearest = seen.iter().filter(|other| Some(distance(other)) == least);
            let colour =
                |index: usize| [0, 1, 2].map(|channel| frame.planes[channel * area + index]);
            let colours: Vec<[f32; 3]> = nearest.map(|&other| colour(other)).collect();
            assert!(colours.contains(&colour(index)), "pixel {index}");
        }
    }
}

#[test]
fn a_surface_at_one_depth_is_one_map() {
    let picture = chart();
    let mut pictures = MotionPictures::default();
    for (level, pose) in [0_u8, 51, 204, 255].into_iter().zip(poses()) {
        let near = pictures.add("near.png", Arc::new(grey(|_, _| level)), None);
        let pose = Pose {
            orbit: 0.2,
            dolly: 0.3,
            ..pose
        };
        let motion = Motion {
            near: Some(near),
            ..camera(&[(end(pose), 1.0)])
        };
        let frame = last(&motion, &pictures, &picture);
        is_by_hand(&frame, &picture, (pose, f64::from(level) / 255.0), 1e-3);
    }
}

#[test]
fn planes_at_two_depths_move_apart_and_what_was_hidden_is_never_seen() {
    // A near square over a far chart; blue distinguishes them.
    let inside = |x: usize, y: usize| (24..36).contains(&x) && (12..28).contains(&y);
    let picture = painted(|x, y| [4 * x as u8, 6 * y as u8, if inside(x, y) { 255 } else { 0 }]);
    let mut pictures = MotionPictures::default();
    let near = grey(|x, y| if inside(x, y) { 255 } else { 0 });
    let near = pictures.add("near.png", Arc::new(near), None);
    for orbit in [0.2_f32, -0.2, 0.13] {
        let pose = Pose {
            orbit,
            ..Pose::REST
        };
        let motion = Motion {
            near: Some(near.clone()),
            ..camera(&[(end(pose), 1.0)])
        };
        let frame = last(&motion, &pictures, &picture);
        let area = WIDTH * HEIGHT;
        // The near plane moves by half of the orbit, the far plane by as much in the opposite direction.
        let shift = f64::from(orbit) / 2.0 * WIDTH as f64;
        let mut hidden = 0;
        for index in 0..area {
            let (x, y) = (index % WIDTH, index / WIDTH);
            let at = x as f64 + 0.5;
            let (near_from, far_from) = (at - shift, at + shift);
            let on_square =
                |x: f64, slack: f64| x > 24.0 - slack && x < 36.0 + slack && (12..28).contains(&y);
            let seen = frame.held[index] == Held::Camera;
            if on_square(near_from, -2.6) {
                assert!(seen, "the near plane covers pixel {index}");
                let column = f64::from(frame.planes[index]) * 255.0 / 4.0 + 0.5;
                assert!(
                    (column - near_from).abs() < 0.1,
                    "{column} is not {near_from}"
                );
            } else if on_square(near_from, 0.5) {
                // At the edge of the square, or so close to the hidden area that it counts as hidden.
            } else if on_square(far_from, 0.0) {
                assert!(!seen, "pixel {index} was hidden");
                hidden += 1;
            } else if seen {
                assert!(
                    frame.planes[2 * area + index] < 0.51,
                    "the far plane is not blue"
                );
                let column = f64::from(frame.planes[index]) * 255.0 / 4.0 + 0.5;
                let edge = (far_from - 24.0).abs().min((far_from - 36.0).abs());
                if far_from > 0.5 && far_from < WIDTH as f64 - 0.5 && edge > 1.0 {
                    assert!(
                        (column - far_from).abs() < 0.1,
                        "{column} is not {far_from}"
                    );
                }
            } else {
                // Beyond the edge of the picture, or next to the hidden area.
                let near_hidden = far_from > 24.0 - 3.1 && far_from < 36.0 + 3.1;
                assert!(near_hidden || far_from < 0.0 || far_from > WIDTH as f64);
            }
        }
        // The hidden area is as wide as the distance between the planes, and as high as the square.
        let expected = (2.0 * shift.abs()).min(12.0) * 16.0;
        assert!(
            (hidden as f64 - expected).abs() <= 32.0,
            "{hidden} of {expected}"
        );
    }
}

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
            lock: Some(lock.clone()),
            brush: Some(brush.clone()),
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
            lock: lock.then(|| left.clone()),
            brush: brush.then(|| right.clone()),
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
                lock: Some(white.clone()),
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

#[test]
fn easing_bends_time_between_keyframes_and_is_kept_in_recipes() {
    let eased = path(
        r#"[{"t":0,"ease":"ease-in"},{"t":0.4,"x":1,"ease":"hold"},{"t":0.6,"x":2,"ease":"ease-in-out"},
            {"t":0.8,"x":3,"ease":"ease-out"},{"t":1,"x":4}]"#,
    );
    for (t, x) in [
        (0.0, 0.0),
        (0.2, 0.25),
        (0.4, 1.0),
        (0.59, 1.0),
        (0.65, 2.0 + 0.0625 * 2.5),
        (0.7, 2.5),
        (0.85, 3.0 + 1.0 - 0.5625),
        (1.0, 4.0),
    ] {
        let found = eased.at(t).x;
        assert!((found - x).abs() < 1e-5, "{t}: {found} is not {x}");
    }
    for easing in [
        Easing::Linear,
        Easing::EaseIn,
        Easing::EaseOut,
        Easing::EaseInOut,
    ] {
        assert_eq!([easing.at(0.0), easing.at(1.0)], [0.0, 1.0]);
    }
    let written = serde_json::to_string(&eased).expect("it is written");
    assert_eq!(path(&written), eased);
    assert!(CameraPath::parse(r#"[{"t":0,"ease":"bouncy"}]"#).is_err());
}
