//! Reference frames and masks of a motion, compared with plain loops in f64.

mod masks;
mod moves;
mod reference;

use kinora::media::camera::{CameraPath, Pose};
use kinora::media::picture::Picture;
use kinora::motion::{Motion, MotionPictures, Move, ReferenceFrame, Scene};

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
