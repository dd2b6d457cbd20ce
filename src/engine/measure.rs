//! How long each part of a generation takes on this machine, and how much memory.

use std::time::Instant;

use burn::tensor::DType;
use serde::Serialize;

use super::clock::now;
use super::device::{DevicePreference, Precision, choose};
use super::runner::{budget, defaults_of, precision_name};
use super::trust::Trust;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::error::GenerateError;
use crate::media::fit::Fit;
use crate::media::picture::Picture;
use crate::pipeline::{Job, Observer, Stage, StepDone, StopMode, generate};
use crate::request::{GenerateRequest, RequestDraft};

/// Seconds and bytes of one generation.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measurement {
    /// The device and why it was chosen.
    pub device: String,
    /// Number format of the UNet.
    pub precision: &'static str,
    /// Frame width in pixels.
    pub width: usize,
    /// Frame height in pixels.
    pub height: usize,
    /// Frames.
    pub frames: usize,
    /// Reading and placing all weights.
    pub load_s: f64,
    /// Embedding and latent of the picture.
    pub encode_s: f64,
    /// Each step of the UNet, guidance included.
    pub steps_s: Vec<f64>,
    /// Latents to frames.
    pub decode_s: f64,
    /// Everything.
    pub total_s: f64,
    /// Most memory the process held at once, where the system tells.
    pub peak_bytes: Option<u64>,
}

/// What to measure.
pub struct Bench<'a> {
    /// The model; its weights are not touched when `random_weights` is set.
    pub checkpoint: &'a Checkpoint,
    /// Fill the networks with random numbers.
    pub random_weights: bool,
    /// Size, frames, steps and the rest.
    pub draft: &'a RequestDraft,
    /// Where to compute.
    pub device: DevicePreference,
    /// In what number format.
    pub precision: Precision,
}

/// Runs one generation of a grey picture and times its parts.
///
/// # Errors
/// As [`generate`].
pub fn measure(bench: &Bench<'_>, trust: &Trust) -> Result<Measurement, GenerateError> {
    let request = GenerateRequest::complete(bench.draft, &defaults_of(bench.checkpoint), 0)?;
    let device = choose(bench.device, trust)?;
    let dtype = DType::from(device.float(bench.precision)?);
    let picture = Picture {
        width: request.width as u32,
        height: request.height as u32,
        rgb: vec![128; request.width * request.height * 3],
    };
    let mut clock = Clock::start();
    generate(
        &Job {
            checkpoint: bench.checkpoint,
            loras: &LoraStack::default(),
            picture: &picture,
            fit: Fit::Stretch,
            matte: [0; 3],
            request: &request,
            device: &device.burn,
            dtype,
            memory: budget(&device),
            random_weights: bench.random_weights,
        },
        &mut clock,
    )?;
    clock.close();
    Ok(Measurement {
        device: device.to_string(),
        precision: precision_name(dtype),
        width: request.width,
        height: request.height,
        frames: request.frames,
        total_s: clock.began.elapsed().as_secs_f64(),
        peak_bytes: peak_bytes(),
        ..clock.figures
    })
}

/// Adds up the seconds of each stage.
struct Clock {
    began: Instant,
    since: Instant,
    stage: Option<Stage>,
    figures: Measurement,
}

impl Clock {
    fn start() -> Self {
        let start = now();
        Self {
            began: start,
            since: start,
            stage: None,
            figures: Measurement::default(),
        }
    }

    /// Ends the stage in progress.
    fn close(&mut self) {
        let seconds = self.since.elapsed().as_secs_f64();
        match self.stage {
            Some(Stage::Load) => self.figures.load_s += seconds,
            Some(Stage::Encode) => self.figures.encode_s += seconds,
            Some(Stage::Decode) => self.figures.decode_s += seconds,
            Some(Stage::Denoise) | None => {}
        }
        self.since = now();
    }
}

impl Observer for Clock {
    fn stage(&mut self, stage: Stage) {
        self.close();
        self.stage = Some(stage);
    }

    fn step(&mut self, _done: &StepDone<'_>) {
        self.figures
            .steps_s
            .push(self.since.elapsed().as_secs_f64());
        self.since = now();
    }

    fn decoded(&mut self, _done: usize, _total: usize) {}

    fn warning(&mut self, text: String) {
        tracing::warn!("{text}");
    }

    fn stop(&self) -> Option<StopMode> {
        None
    }
}

/// The process's high-water mark, where the system keeps one that can be read as a file.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
