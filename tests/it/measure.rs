//! Optical flow and the fit of the camera, on moves rendered from photographs that no model has seen:
//! - the move is found to a fraction of a pixel, and a still clip is exactly still;
//! - flow is what a plain search through all displacements finds;
//! - brightness, something that moves in the middle, and the number of threads change nothing;
//! - moves are named by what the camera does; a cut is no move.

use std::path::Path;

use kinora::measure::{Flow, Measured, MeasuredMove, Measurer, Pair, Plane, Preset, measure};
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;

const WIDTH: usize = 256;
const HEIGHT: usize = 144;
const SAMPLES: [&str; 4] = ["bridge", "citrus", "dandelion", "honey-bee"];
/// Samples across a pixel of a rendered move, so that it is as sharp as a small photograph.
const FINE: usize = 4;

/// A move of the content in pixels and degrees, as a camera fit finds it.
#[derive(Clone, Copy, Debug)]
struct Moved {
    shift: [f32; 2],
    scale: f32,
    roll: f32,
}

const fn moved(x: f32, y: f32, scale: f32, roll: f32) -> Moved {
    Moved {
        shift: [x, y],
        scale,
        roll,
    }
}

const REST: Moved = moved(0.0, 0.0, 1.0, 0.0);

/// Pan by 1 and 4 %, tilt by 3 %, zoom by 1 and 4 %, roll by half a degree and by 2, mixtures, and none.
const MOVES: [Moved; 10] = [
    moved(2.56, 0.0, 1.0, 0.0),
    moved(-10.24, 0.0, 1.0, 0.0),
    moved(0.0, 4.32, 1.0, 0.0),
    moved(0.0, 0.0, 1.01, 0.0),
    moved(0.0, 0.0, 1.0 / 1.04, 0.0),
    moved(0.0, 0.0, 1.0, 0.5),
    moved(0.0, 0.0, 1.0, -2.0),
    moved(3.0, -2.0, 1.02, -1.0),
    moved(-0.5, 0.25, 0.985, 0.3),
    REST,
];

fn photograph(name: &str) -> Plane {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/samples/{name}.jpg"));
    let picture = Picture::open(&path, [0; 3]).expect("a sample");
    Plane::luma(&Frame::from(picture))
}

/// A photograph after a move, cropped so that no edge comes into view.
fn rendered(photograph: &Plane, moved: Moved) -> Plane {
    let mut plane = Plane::zeros(WIDTH, HEIGHT);
    let (sin, cos) = moved.roll.to_radians().sin_cos();
    let tall = photograph.height as f32 / HEIGHT as f32;
    let step = 0.85 * tall.min(photograph.width as f32 / WIDTH as f32);
    let middle = |side: usize| (side as f32 - 1.0) / 2.0;
    let part = |index: usize| (index as f32 + 0.5) / FINE as f32 - 0.5;
    for (index, value) in plane.values.iter_mut().enumerate() {
        let mut sum = 0.0;
        for sample in 0..FINE * FINE {
            let x = (index % WIDTH) as f32 + part(sample % FINE) - middle(WIDTH) - moved.shift[0];
            let y = (index / WIDTH) as f32 + part(sample / FINE) - middle(HEIGHT) - moved.shift[1];
            sum += photograph.sampled(
                middle(photograph.width) + (x * cos + y * sin) / moved.scale * step,
                middle(photograph.height) + (y * cos - x * sin) / moved.scale * step,
            );
        }
        *value = sum / (FINE * FINE) as f32;
    }
    plane
}

fn grey_frame(plane: &Plane) -> Frame {
    let pixels = plane.values.iter();
    Frame {
        width: plane.width as u32,
        height: plane.height as u32,
        rgb: pixels
            .flat_map(|value| [value.round().clamp(0.0, 255.0) as u8; 3])
            .collect(),
    }
}

/// How far the move that was found is off: scale, degrees, pixels.
fn off(found: &Pair, moved: Moved) -> [f32; 3] {
    let x = found.pan * WIDTH as f32 - moved.shift[0];
    let y = found.tilt * HEIGHT as f32 - moved.shift[1];
    [
        (found.zoom.exp() - moved.scale).abs(),
        (found.roll - moved.roll).abs(),
        x.hypot(y),
    ]
}

#[test]
fn cameras_are_measured_to_a_fraction_of_a_pixel() {
    let mut worst = [0.0_f32; 3];
    for name in SAMPLES {
        let photograph = photograph(name);
        let first = rendered(&photograph, REST);
        for moved in MOVES {
            let second = rendered(&photograph, moved);
            let found = Pair::between(&first, &second, Preset::Medium);
            assert!(found.inliers > 0.9, "{name}, {moved:?}: {found:?}");
            for (worst, off) in worst.iter_mut().zip(off(&found, moved)) {
                *worst = worst.max(off);
            }
        }
        let still = Pair::between(&first, &first, Preset::Medium);
        let all = [
            still.pan,
            still.tilt,
            still.zoom,
            still.roll,
            still.residual,
        ];
        assert_eq!(all, [0.0; 5], "{name} holds still");
    }
    println!("worst scale, degrees, pixels: {worst:?}");
    // What the specification asks for; OpenCV's flow with a like fit reached 0.0011, 0.025° and 0.05 pixels.
    let most = [0.003, 0.1, 0.15];
    assert!(worst.iter().zip(most).all(|(worst, most)| *worst <= most));
}

/// The displacement at which the surroundings of a pixel differ least, of all on a grid of quarter pixels.
fn searched(first: &Plane, second: &Plane, [x, y]: [usize; 2]) -> [f32; 2] {
    let mut best = ([0.0; 2], f32::INFINITY);
    for across in -24..=24 {
        for down in -24..=24 {
            let step = [across as f32 / 4.0, down as f32 / 4.0];
            let mut differences = Vec::new();
            for v in y - 5..=y + 5 {
                for u in x - 5..=x + 5 {
                    let there = second.sampled(u as f32 + step[0], v as f32 + step[1]);
                    differences.push(there - first.row(v)[u]);
                }
            }
            let mean = differences.iter().sum::<f32>() / differences.len() as f32;
            let squares = differences
                .iter()
                .map(|off| (off - mean).powi(2))
                .sum::<f32>();
            if squares < best.1 {
                best = (step, squares);
            }
        }
    }
    best.0
}

#[test]
fn flow_is_what_a_plain_search_finds() {
    let photograph = photograph("bridge");
    let first = rendered(&photograph, REST);
    for moved in [moved(3.3, -1.6, 1.0, 0.0), moved(-1.0, 2.0, 1.02, 1.0)] {
        let second = rendered(&photograph, moved);
        let flow = Flow::between(&first, &second, Preset::Medium);
        let (mut agreed, mut all) = (0, 0);
        for y in (20..HEIGHT - 20).step_by(13) {
            for x in (20..WIDTH - 20).step_by(17) {
                let plain = searched(&first, &second, [x, y]);
                let at = y * WIDTH + x;
                let off = (flow.x.values[at] - plain[0]).hypot(flow.y.values[at] - plain[1]);
                all += 1;
                // The grid is as coarse as a quarter of a pixel each way.
                agreed += usize::from(off < 0.4);
            }
        }
        // Where there is no texture in some direction, the plain search follows noise.
        assert!(agreed * 10 >= all * 9, "{moved:?}: {agreed} of {all}");
    }
}

#[test]
fn brightness_does_not_matter() {
    let photograph = photograph("bridge");
    let moved = moved(3.0, -2.0, 1.02, -1.0);
    let first = rendered(&photograph, REST);
    let mut second = rendered(&photograph, moved);
    second.values.iter_mut().for_each(|value| *value += 20.0);
    let off = off(&Pair::between(&first, &second, Preset::Medium), moved);
    assert!(
        off[0] <= 0.003 && off[1] <= 0.1 && off[2] <= 0.15,
        "{off:?}"
    );
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let photograph = photograph("honey-bee");
    let (first, second) = (rendered(&photograph, REST), rendered(&photograph, MOVES[7]));
    let found = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("a pool");
        pool.install(|| {
            let flow = Flow::between(&first, &second, Preset::Medium);
            (flow, Pair::between(&first, &second, Preset::Fast))
        })
    });
    assert_eq!(found[0], found[1]);
}

#[test]
fn something_that_moves_in_the_middle_is_not_the_camera() {
    let photograph = photograph("bridge");
    let camera = moved(2.0, 0.0, 1.0, 0.0);
    let subject = moved(-4.0, 1.0, 1.0, 0.0);
    let first = rendered(&photograph, REST);
    let mut second = rendered(&photograph, camera);
    let other = rendered(&photograph, subject);
    // Half of the width and two thirds of the height: a third of the frame.
    for y in HEIGHT / 6..HEIGHT * 5 / 6 {
        let row = y * WIDTH + WIDTH / 4..y * WIDTH + WIDTH * 3 / 4;
        second.values[row.clone()].copy_from_slice(&other.values[row]);
    }
    let found = Pair::between(&first, &second, Preset::Medium);
    let off = off(&found, camera);
    assert!(
        off[0] <= 0.003 && off[1] <= 0.1 && off[2] <= 0.15,
        "{found:?}"
    );
    assert!(found.inliers < 0.9, "{found:?}");
}

#[test]
fn a_cut_is_no_move() {
    let planes = SAMPLES.map(|name| rendered(&photograph(name), REST));
    for pair in planes.windows(2) {
        let found = Pair::between(&pair[0], &pair[1], Preset::Medium);
        let moved = [found.pan, found.tilt, found.zoom, found.roll];
        assert!(found.inliers < 0.3 && moved == [0.0; 4], "{found:?}");
    }
    let flat = Plane {
        values: vec![90.0; WIDTH * HEIGHT],
        ..Plane::zeros(WIDTH, HEIGHT)
    };
    assert_eq!(Pair::between(&flat, &flat, Preset::Medium), Pair::default());
}

/// A clip of equal steps from frame to frame.
fn steps(count: usize, step: Pair) -> Measured {
    Measured::of(vec![step; count], 7.0)
}

#[test]
fn moves_are_named_by_what_the_camera_does() {
    use MeasuredMove as M;
    let none = Pair {
        inliers: 1.0,
        ..Pair::default()
    };
    let moves = [
        (Pair { pan: 0.01, ..none }, M::PanLeft),
        (Pair { pan: -0.01, ..none }, M::PanRight),
        (Pair { tilt: 0.01, ..none }, M::TiltUp),
        (
            Pair {
                tilt: -0.01,
                ..none
            },
            M::TiltDown,
        ),
        (Pair { zoom: 0.01, ..none }, M::ZoomIn),
        (
            Pair {
                zoom: -0.01,
                ..none
            },
            M::ZoomOut,
        ),
        (Pair { roll: 0.6, ..none }, M::RollCcw),
        (Pair { roll: -0.6, ..none }, M::RollCw),
        (
            Pair {
                pan: 0.0003,
                ..none
            },
            M::Static,
        ),
    ];
    for (step, name) in moves {
        let found = steps(13, step);
        assert_eq!((found.name, found.purity), (name, 1.0), "{step:?}");
        let written = serde_json::to_value(&found).expect("JSON");
        assert_eq!(written["move"], name.name());
    }
    // A tenth of the width and five degrees count alike.
    let mixed = steps(
        10,
        Pair {
            pan: 0.02,
            roll: -0.5,
            ..none
        },
    );
    assert_eq!(mixed.name, M::PanLeft);
    assert!((mixed.purity - 2.0 / 3.0).abs() < 1e-4);
    // A hand: to and fro, and nowhere.
    let sway = [0.006, -0.008, 0.005, -0.004, 0.007, -0.006];
    let hand = |drift: f32| {
        let pairs = sway.iter().cycle().take(48).map(|step| Pair {
            pan: step + drift,
            tilt: -step / 2.0,
            ..none
        });
        Measured::of(pairs.collect(), 24.0)
    };
    assert_eq!(hand(0.0).name, M::Handheld);
    // The same hand on a pan.
    assert_eq!(hand(0.01).name, M::PanLeft);
    // There and back is no rest, and no shake at that pace.
    let back = [
        vec![Pair { zoom: 0.01, ..none }; 12],
        vec![
            Pair {
                zoom: -0.01,
                ..none
            };
            12
        ],
    ];
    assert_eq!(Measured::of(back.concat(), 24.0).name, M::ZoomIn);
    // Nothing to follow is no rest.
    for pairs in [Vec::new(), vec![Pair::default(); 3]] {
        let found = Measured::of(pairs, 24.0);
        assert_eq!((found.name, found.purity), (M::Static, 0.0));
    }
}

#[test]
fn clips_add_up_at_any_size() {
    let photograph = photograph("dandelion");
    let frames: Vec<Frame> = (0..20)
        .map(|index| {
            let index = index as f32;
            grey_frame(&rendered(&photograph, moved(1.28 * index, 0.0, 1.0, 0.0)))
        })
        .collect();
    let found = measure(&frames, 7.0).expect("large enough");
    assert_eq!((found.pairs.len(), found.name), (19, MeasuredMove::PanLeft));
    // 19 pairs of half a percent, each within 0.15 of 256 pixels, and errors have no common sign.
    assert!((found.total.pan - 0.095).abs() < 0.003, "{:?}", found.total);
    assert!(found.purity > 0.9, "{found:?}");
    // Four times as large it is the same move, measured at the same size.
    let large: Vec<Frame> = frames[..5]
        .iter()
        .map(|frame| frame.resized(1024, 576))
        .collect();
    let large = measure(&large, 7.0).expect("large enough");
    assert!((large.total.pan - 0.02).abs() < 0.001, "{:?}", large.total);
    assert!(!Measurer::can_measure(15, 400) && Measurer::can_measure(16, 16));
    assert!(measure(&[], 7.0).is_none());
}
