//! Optical flow: its time, and the quality of frames that are rebuilt with it.
//!
//! `cargo bench --bench flow` prints the time of each preset at three sizes. `-- FOLDER…` adds, for each folder of PNG
//! frames, the mean PSNR of frames rebuilt from both of their neighbours: every sixth of the first 132, as in
//! `tools/measure/opencv_flow.py`, which prints the same for OpenCV. docs/performance.md keeps figures with machine and
//! date.

use std::ops::ControlFlow;
use std::path::Path;

use kinora::export;
use kinora::measure::{Flow, Plane, Preset};
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;
use kinora::system::clock::now;

/// Runs that are timed, after one that is not.
const RUNS: usize = 7;
const PRESETS: [(&str, Preset); 3] = [
    ("ultra fast", Preset::UltraFast),
    ("fast", Preset::Fast),
    ("medium", Preset::Medium),
];
/// Frames of a folder that are looked at, and the steps between those that are rebuilt.
const FRAMES: usize = 132;
const STEP: usize = 6;

fn main() {
    times();
    for folder in std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
    {
        quality(Path::new(&folder));
    }
}

fn times() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/bridge.jpg");
    let Ok(picture) = Picture::open(&sample, [0; 3]) else {
        println!("no sample picture");
        return;
    };
    let photograph = Plane::luma(&Frame::from(picture));
    for (width, height) in [(256, 144), (512, 288), (1024, 576)] {
        let first = photograph.shrunk(width, height);
        let mut second = Plane::zeros(width, height);
        for (index, value) in second.values.iter_mut().enumerate() {
            let (x, y) = ((index % width) as f32, (index / width) as f32);
            *value = first.sampled(1.01 * x - 3.0, 1.01 * y - 1.0);
        }
        for (name, preset) in PRESETS {
            let mut seconds = Vec::new();
            for _ in 0..=RUNS {
                let began = now();
                std::hint::black_box(Flow::between(&first, &second, preset));
                seconds.push(began.elapsed().as_secs_f64());
            }
            let mut seconds = seconds.split_off(1);
            seconds.sort_by(f64::total_cmp);
            let median = 1e3 * seconds[RUNS / 2];
            println!("{width} × {height}, {name}: {median:.1} ms");
        }
    }
}

fn quality(folder: &Path) {
    let mut frames = Vec::new();
    let read = export::visit_clip(folder, &mut |frame| {
        frames.push(frame);
        if frames.len() < FRAMES {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if let Err(error) = read {
        println!("{error}");
        return;
    }
    let triples = (0..frames.len().saturating_sub(2)).step_by(STEP);
    let psnr: Vec<f64> = triples
        .map(|at| {
            let rebuilt = rebuilt(&frames[at], &frames[at + 2]);
            let pixels = rebuilt.iter().zip(frames[at + 1].rgb.iter());
            let squares = pixels.map(|(one, other)| f64::from(one - f32::from(*other)).powi(2));
            10.0 * (255.0_f64.powi(2) * rebuilt.len() as f64 / squares.sum::<f64>()).log10()
        })
        .collect();
    let mean = psnr.iter().sum::<f64>() / psnr.len() as f64;
    println!(
        "{}: {mean:.2} dB over {} frames",
        folder.display(),
        psnr.len()
    );
}

/// The frame in the middle of two: both moved along the flow, in equal parts.
fn rebuilt(first: &Frame, second: &Frame) -> Vec<f32> {
    let lumas = [first, second].map(Plane::luma);
    let there = Flow::between(&lumas[0], &lumas[1], Preset::Medium);
    let back = Flow::between(&lumas[1], &lumas[0], Preset::Medium);
    let (width, height) = (lumas[0].width, lumas[0].height);
    let channels = |frame: &Frame| {
        [0, 1, 2].map(|channel| Plane {
            values: frame
                .rgb
                .iter()
                .skip(channel)
                .step_by(3)
                .map(|&v| f32::from(v))
                .collect(),
            ..Plane::zeros(width, height)
        })
    };
    let (before, after) = (channels(first), channels(second));
    let mut rebuilt = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let (x, y) = (x as f32, y as f32);
            // From the middle to either side, first by the flow that starts there, then by the flow that comes from it.
            let to = [&there.x, &there.y].map(|plane| plane.values[at]);
            let from = [&back.x, &back.y].map(|plane| plane.values[at]);
            let early = [0, 1].map(|axis| (from[axis] - to[axis]) / 4.0);
            let late = early.map(|step| -step);
            let (u, v) = (x + late[0], y + late[1]);
            let early_again = [back.x.sampled(u, v) / 2.0, back.y.sampled(u, v) / 2.0];
            let (u, v) = (x + early[0], y + early[1]);
            let late_again = [there.x.sampled(u, v) / 2.0, there.y.sampled(u, v) / 2.0];
            for channel in 0..3 {
                let one = before[channel].sampled(x + early_again[0], y + early_again[1]);
                let other = after[channel].sampled(x + late_again[0], y + late_again[1]);
                rebuilt.push(f32::midpoint(one, other).round());
            }
        }
    }
    rebuilt
}
