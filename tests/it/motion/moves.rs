//! Moves of the camera:
//! - opposite moves leave the picture unchanged, to the bit;
//! - one map for all depths is exact, and so is the area that it covers; a surface at one depth gives the same;
//! - planes at two depths move apart, and the area uncovered between them never counts as visible;
//! - easing bends time between keyframes.

use std::sync::Arc;

use kinora::media::camera::{CameraPath, Easing, Pose};
use kinora::media::picture::Picture;
use kinora::motion::{Held, Motion, MotionPictures, ReferenceFrame, Scene};

use super::{HEIGHT, WIDTH, camera, chart, end, floats, grey, last, painted, path, poses};

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
