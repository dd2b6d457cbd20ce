//! What is drawn over a picture, compared with plain loops:
//! - a painted mask covers the pixels within the brush's radius of its line, whatever was painted and erased before
//! - the layers of a preview are the pixels that a take must follow
//! - a drawing moved to the frame and back gives the same frame coordinates, to the bit
//! - a recorded drag is where the pointer was, and keeps its ends at any pace
//! - masks and strokes that cannot be used are rejected when they are read

use kinora::media::camera::{CameraPath, Pose};
use kinora::media::fit::Fit;
use kinora::media::picture::Picture;
use kinora::motion::{
    CutOut, Drawing, Held, Layers, Mask, Motion, MotionPictures, Outline, Pace, Painted, Scene,
    Stroke, ending_at, paced, recorded,
};

/// Numbers without a pattern, always the same (Numerical Recipes, ranqd1).
struct Dice(u32);

impl Dice {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.next()
    }

    fn point(&mut self) -> [f32; 2] {
        [self.between(-0.3, 1.3), self.between(-0.3, 1.3)]
    }

    fn stroke(&mut self) -> Stroke {
        let count = 1 + (self.next() * 6.0) as usize;
        Stroke {
            points: (0..count).map(|_| self.point()).collect(),
            radius: self.between(0.002, 0.2),
            erases: self.next() < 0.3,
        }
    }

    fn painted(&mut self) -> Painted {
        let count = (self.next() * 5.0) as usize;
        Painted {
            all: self.next() < 0.3,
            strokes: (0..count).map(|_| self.stroke()).collect(),
        }
    }
}

/// The distance from a point to the nearest of very many points of a line.
fn sampled_distance(point: [f64; 2], line: &[[f64; 2]]) -> f64 {
    let ends = line.windows(2).map(|pair| (pair[0], pair[1]));
    let alone = std::iter::once((line[0], line[0]));
    let mut least = f64::INFINITY;
    for (from, to) in alone.chain(ends) {
        // Ternary search: the distance along a straight line has one minimum.
        let at = |part: f64| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part);
        let away = |part: f64| {
            let [x, y] = at(part);
            (x - point[0]).hypot(y - point[1])
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..120 {
            let third = (high - low) / 3.0;
            if away(low + third) < away(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        least = least.min(away((low + high) / 2.0));
    }
    least
}

#[test]
fn a_painted_mask_is_what_a_plain_loop_over_all_pixels_covers() {
    let mut dice = Dice(7);
    let mut decided = 0;
    for round in 0..60 {
        let painted = dice.painted();
        let size = [
            1 + (dice.next() * 60.0) as usize,
            1 + (dice.next() * 40.0) as usize,
        ];
        let mask = painted.mask(size);
        assert_eq!(mask.len(), size[0] * size[1]);
        for (index, found) in mask.iter().enumerate() {
            let centre = [index % size[0], index / size[0]].map(|side| side as f64 + 0.5);
            let mut inside = painted.all;
            let mut near_edge = false;
            for stroke in &painted.strokes {
                let scaled = |point: &[f32; 2]| {
                    [0, 1].map(|axis| f64::from(point[axis]) * size[axis] as f64)
                };
                let line: Vec<[f64; 2]> = stroke.points.iter().map(scaled).collect();
                let radius = f64::from(stroke.radius) * size[0] as f64;
                let away = sampled_distance(centre, &line);
                // The search is exact to this much; no other pixel may be undecided.
                near_edge |= (away - radius).abs() < 1e-6;
                if away <= radius {
                    inside = !stroke.erases;
                }
            }
            if !near_edge {
                decided += 1;
                assert_eq!(*found, inside, "round {round}, {size:?}, pixel {index}");
            }
        }
        let picture = painted.picture(size);
        let white: Vec<bool> = picture
            .rgb
            .chunks(3)
            .map(|pixel| pixel == [255; 3])
            .collect();
        assert_eq!(white, mask);
    }
    assert!(decided > 20_000, "{decided} pixels were compared");
}

fn chart(width: u32, height: u32) -> Picture {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Picture {
        width,
        height,
        rgb: pixels
            .flat_map(|(x, y)| {
                [
                    4 * x as u8,
                    6 * y as u8,
                    (x * 89 + y * 57 + x * y * 31) as u8,
                ]
            })
            .collect(),
    }
}

fn drawing() -> Drawing {
    Drawing {
        lock: Some(Painted {
            all: false,
            strokes: vec![Stroke {
                points: vec![[0.1, 0.8], [0.9, 0.7]],
                radius: 0.08,
                erases: false,
            }],
        }),
        brush: None,
        cut_outs: vec![
            CutOut {
                outline: Outline::Polygon(vec![[0.2, 0.2], [0.5, 0.25], [0.4, 0.6]]),
                track: CameraPath::to(Pose {
                    x: 0.3,
                    ..Pose::REST
                }),
            },
            CutOut {
                outline: Outline::Polygon(vec![[0.6, 0.1], [0.8, 0.1], [0.8, 0.4], [0.6, 0.4]]),
                track: CameraPath::to(Pose::REST),
            },
        ],
    }
}

#[test]
fn the_layers_of_a_preview_are_what_a_take_follows() {
    let picture = chart(60, 40);
    let size = [60, 40];
    let mut motion = Motion::default();
    drawing().add_to(&mut motion);
    let pictures = MotionPictures::default();
    let scene = Scene::new(&motion, &pictures, &picture, 2).expect("a scene");
    let frame = scene.frame(0).expect("a frame");
    let colour = |x: usize, y: usize| {
        let index = 3 * (y * 60 + x);
        [
            picture.rgb[index],
            picture.rgb[index + 1],
            picture.rgb[index + 2],
        ]
    };
    let layers = Layers::new(&drawing(), size, colour);
    assert_eq!(layers.cut_outs.len(), 2);
    let mut held = vec![Held::Free; size[0] * size[1]];
    let mut shown: Vec<[u8; 3]> = (0..held.len()).map(|at| colour(at % 60, at / 60)).collect();
    let lock = layers.lock.iter().map(|layer| (layer, Held::Still));
    let cut_outs = layers.cut_outs.iter().map(|cut| (&cut.layer, Held::CutOut));
    let hole = layers.hole.iter().map(|layer| (layer, Held::Unseen));
    for (layer, kind) in hole.chain(lock).chain(cut_outs) {
        for (index, pixel) in layer.rgba.chunks(4).enumerate() {
            let x = layer.corner[0] + index % layer.size[0];
            let y = layer.corner[1] + index / layer.size[0];
            if pixel[3] == 255 {
                held[y * 60 + x] = kind;
                shown[y * 60 + x] = [pixel[0], pixel[1], pixel[2]];
            } else {
                assert_eq!(pixel[3], 0);
            }
        }
    }
    let area = held.len();
    for index in 0..area {
        // Around a hole, a take is also free, because an outline is never exact.
        let same = held[index] == frame.held[index];
        let grown = held[index] == Held::Free && frame.held[index] == Held::Unseen;
        assert!(
            same || grown,
            "{index}: {:?}, {:?}",
            held[index],
            frame.held[index]
        );
        for (channel, &shown) in shown[index].iter().take(3).enumerate() {
            let value = frame.planes[channel * area + index];
            assert_eq!((value * 255.0).round() as u8, shown, "{index}");
        }
    }
}

#[test]
fn a_drawing_moved_to_the_picture_and_back_is_the_same() {
    let mut dice = Dice(3);
    let sizes = [(256, 144), (1024, 576), (144, 256)];
    for round in 0..200 {
        let picture = (
            300 + (dice.next() * 4000.0) as u32,
            300 + (dice.next() * 4000.0) as u32,
        );
        let fit = [Fit::Crop, Fit::Pad, Fit::Stretch][round % 3];
        let cut = fit.frame_in(picture, sizes[round % sizes.len()]);
        let mut drawn = drawing();
        drawn.brush = Some(dice.painted());
        let in_frame = drawn.in_frame(cut);
        let again = in_frame.in_picture(cut).in_frame(cut);
        assert_eq!(again, in_frame, "{fit} of {picture:?}");
        // It is in the same place: a point in the middle of the frame is in the middle of the cut.
        let middle = [0, 1].map(|axis| cut.0[axis] + cut.1[axis] / 2.0);
        let dot = Drawing {
            lock: Some(Painted {
                all: false,
                strokes: vec![Stroke {
                    points: vec![middle],
                    radius: 0.1,
                    erases: false,
                }],
            }),
            ..Drawing::default()
        };
        let lock = dot.in_frame(cut).lock.expect("a lock");
        assert_eq!(lock.strokes[0].points, [[0.5, 0.5]]);
    }
}

#[test]
fn a_recorded_drag_is_where_the_pointer_was_when_it_was_there() {
    // A quarter of a circle, slower at its end, at 60 Hz.
    let at = |t: f64| {
        let angle = t.sqrt() * std::f64::consts::FRAC_PI_2;
        [0.3 * angle.sin() as f32, 0.2 * (1.0 - angle.cos()) as f32]
    };
    let samples: Vec<(f64, [f32; 2])> = (0..=120)
        .map(|index| (5.0 + f64::from(index) / 60.0, at(f64::from(index) / 120.0)))
        .collect();
    let track = recorded(&samples);
    assert!(track.poses().count() < 40, "few keyframes say it");
    for (time, [x, y]) in &samples {
        let pose = track.at(((time - 5.0) / 2.0) as f32);
        // The tolerance that keyframes are left out with.
        assert!((pose.x - x).hypot(pose.y - y) < 0.0041, "at {time} s");
    }
    assert_eq!((track.end().x, track.end().y), (0.3, 0.2));

    let bigger = ending_at(
        &track,
        Pose {
            x: 0.4,
            scale: 1.5,
            roll: 30.0,
            ..track.end()
        },
    );
    assert_eq!(bigger.at(0.0), Pose::REST);
    let end = bigger.end();
    // Sums of f32.
    assert!((end.x - 0.4).abs() < 1e-6 && (end.scale - 1.5).abs() < 1e-6);
    assert_eq!(end.roll, 30.0);
    let even = paced(&bigger, Pace::Even, 1.6);
    let eased = paced(&bigger, Pace::Eased, 1.6);
    let close =
        |a: Pose, b: Pose| (a.x - b.x).abs() + (a.y - b.y).abs() + (a.scale - b.scale).abs();
    for track in [&even, &eased] {
        assert!(close(track.at(0.0), Pose::REST) < 1e-6);
        assert!(close(track.end(), bigger.end()) < 1e-6);
    }
    let way = |track: &CameraPath, from: f32, to: f32| {
        let (a, b) = (track.at(from), track.at(to));
        ((a.x - b.x) * 1.6).hypot(a.y - b.y)
    };
    let steps: Vec<f32> = (0..10)
        .map(|step| way(&even, step as f32 / 10.0, (step + 1) as f32 / 10.0))
        .collect();
    let mean = steps.iter().sum::<f32>() / 10.0;
    // Keyframes cut the curve's corners a little.
    assert!(
        steps.iter().all(|step| (step / mean - 1.0).abs() < 0.05),
        "{steps:?}"
    );
    assert!(way(&eased, 0.0, 0.1) < 0.5 * mean && way(&eased, 0.45, 0.55) > 1.3 * mean);
    // Nothing to pace.
    let still = CameraPath::to(Pose::REST);
    assert_eq!(paced(&still, Pace::Eased, 1.6), still);
    assert_eq!(recorded(&[]), still);
    let jump = recorded(&[(1.0, [0.0; 2]), (1.0, [0.2, 0.0])]);
    assert!(
        (jump.at(0.5).x - 0.1).abs() < 1e-6,
        "without times, it is even"
    );
}

#[test]
fn masks_that_cannot_be_used_are_rejected() {
    let read = |json: &str| serde_json::from_str::<Mask>(json);
    let stroke = r#"{"strokes":[{"points":[[0.5,0.5]],"radius":0.1}]}"#;
    assert!(matches!(read(stroke), Ok(Mask::Painted(_))));
    let named = r#"{"name":"lock.png","fingerprint":"0123"}"#;
    assert!(matches!(read(named), Ok(Mask::Picture(_))));
    for wrong in [
        r#"{"strokes":[{"points":[],"radius":0.1}]}"#,
        r#"{"strokes":[{"points":[[0.5,1e9]],"radius":0.1}]}"#,
        r#"{"strokes":[{"points":[[0.5,0.5]],"radius":0}]}"#,
        r#"{"strokes":[{"points":[[0.5,0.5]],"radius":1e39}]}"#,
        r#"{"strokes":[{"points":[[0.5,0.5]],"radius":-1}]}"#,
        r#"{"strokes":[],"more":1}"#,
        r#"{"name":"lock.png"}"#,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
