//! `kinora bench`: time and memory of each stage of a generation on this machine, compared with the machine's limits.
//!
//! The pipeline is the one that makes takes; the picture is plain grey.

use burn::tensor::{DType, Distribution, Tensor};
use serde::Serialize;

use super::device::lowered_limits::LoweredLimits;
use super::device::{ComputeDevice, choose};
use super::planning::{budget, placing, precision_name, require_fitting};
use super::stage_clock::{StageClock, StageSeconds};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::engine::device::trust::Trust;
use crate::engine::forecast::rates::work;
use crate::error::GenerateError;
use crate::kernels::cpu::{Layout, Matrix};
use crate::kernels::cpu_tensor::{self, Recycling};
use crate::kernels::layer::{Epilogue, Prologue, packs};
use crate::media::fit::Fit;
use crate::media::picture::Picture;
use crate::motion::MotionPictures;
use crate::pipeline::{
    GenerationPlan, Job, Network, Observer, Stage, StepDone, StopMode, family_of, generate,
};
use crate::request::{DevicePreference, GenerateRequest, Precision, Prompt, RequestDraft};
use crate::system::clock::now;
use crate::system::peak_memory::MemoryWatch;

/// A benchmark: the model, the request, where to run it and how often.
pub struct Bench<'a> {
    /// The model; its weights are not read when `random_weights` is set.
    pub checkpoint: &'a Checkpoint,
    /// Whether to fill the networks with random numbers, so that only the architecture is needed.
    pub random_weights: bool,
    /// Size, frames, steps and the rest.
    pub draft: &'a RequestDraft,
    /// The device to compute on.
    pub device: DevicePreference,
    /// The precision to compute in.
    pub precision: Precision,
    /// Number of generations; the figures are their medians.
    pub repeats: usize,
}

/// Figures of several generations; seconds are medians.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measurement {
    /// The device and why it was chosen.
    pub device: String,
    /// Limits that `KINORA_GPU_LIMITS` lowers.
    pub lowered_limits: LoweredLimits,
    /// Precision of the UNet.
    pub precision: &'static str,
    /// Frame width in pixels.
    pub width: usize,
    /// Frame height in pixels.
    pub height: usize,
    /// Number of frames.
    pub frames: usize,
    /// UNet passes in each step: two with guidance.
    pub passes: usize,
    /// Frames decoded together.
    pub decode_chunk: usize,
    /// Number of generations.
    pub repeats: usize,
    /// Seconds for reading and placing all weights.
    pub load_s: f64,
    /// Seconds for encoding the picture to its embedding and latent.
    pub encode_s: f64,
    /// Seconds of each denoising step, guidance included.
    pub steps_s: Vec<f64>,
    /// Median seconds of a step.
    pub step_s: f64,
    /// Seconds for decoding the latents to frames.
    pub decode_s: f64,
    /// Total seconds.
    pub total_s: f64,
    /// Floating-point operations of each stage, counted on the networks as they are built.
    pub flops: PartFlops,
    /// Floating-point operations per second of each stage.
    pub flops_per_s: PartFlops,
    /// Floating-point operations per second of a plain matrix product in this precision: the upper bound.
    pub matmul_flops_per_s: f64,
    /// Peak memory of the process in bytes; `None` if the system does not say.
    pub peak_bytes: Option<u64>,
    /// Peak memory of the adapter's pools in bytes; `None` on the CPU.
    pub device_bytes: Option<u64>,
    /// Memory of each network, planned and measured.
    pub networks: Vec<NetworkBytes>,
}

/// A figure for each stage of a generation.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct PartFlops {
    /// Encoding the picture.
    pub encode: f64,
    /// One step, guidance included.
    pub step: f64,
    /// Decoding all frames.
    pub decode: f64,
}

/// Memory in bytes while one network was loaded and ran.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NetworkBytes {
    /// The network.
    pub network: Network,
    /// According to the plan.
    pub planned: u64,
    /// Peak memory of the process; `None` if the system does not say. Comparable with the plan on the CPU only.
    pub measured: Option<u64>,
}

/// Runs generations of a grey picture and times their stages.
///
/// # Errors
/// Same as [`generate`].
pub fn measure(bench: &Bench<'_>, trust: &Trust) -> Result<Measurement, GenerateError> {
    let family = family_of(bench.checkpoint);
    let defaults = family.defaults();
    let request = GenerateRequest::complete(bench.draft, &defaults, 0)?;
    let device = choose(bench.device, trust)?;
    let dtype =
        DType::from(device.float(bench.precision, bench.checkpoint.defaults.half_precision)?);
    let memory = budget(&device);
    let shapes = if bench.random_weights {
        family.random_shapes()
    } else {
        family.shapes()
    };
    let placing = placing(&device, dtype);
    let plan = GenerationPlan::new(&*shapes, &request, placing, memory);
    require_fitting(&plan, &*shapes, &request, (placing, memory, &defaults))?;
    let picture = Picture {
        width: request.width as u32,
        height: request.height as u32,
        rgb: vec![128; request.width * request.height * 3],
    };
    // Any text will do: its length does not change what the networks compute.
    let prompt = Prompt::default();
    let mut runs = Vec::with_capacity(bench.repeats);
    let mut watch = MemoryWatch::default();
    for _ in 0..bench.repeats.max(1) {
        let mut run = Run::start(&mut watch);
        generate(
            &Job {
                checkpoint: bench.checkpoint,
                loras: &LoraStack::default(),
                picture: Some(&picture),
                prompt: Some(&prompt),
                fit: Fit::Stretch,
                matte: [0; 3],
                motion_pictures: &MotionPictures::default(),
                request: &request,
                device: &device.burn,
                dtype,
                plan: &plan,
                random_weights: bench.random_weights,
            },
            &mut run,
        )?;
        runs.push(run.finish());
    }
    let mut figures = figures((&device, dtype, &request), &plan, &runs, &watch);
    figures.matmul_flops_per_s = matmul_rate(&device, dtype, figures.flops_per_s.step);
    Ok(figures)
}

fn figures(
    (device, dtype, request): (&ComputeDevice, DType, &GenerateRequest),
    plan: &GenerationPlan,
    runs: &[RunSeconds],
    watch: &MemoryWatch,
) -> Measurement {
    let of = |figure: fn(&RunSeconds) -> f64| median(runs.iter().map(figure).collect());
    let steps_s: Vec<f64> = (0..request.steps_done())
        .map(|step| {
            median(
                runs.iter()
                    .filter_map(|run| run.steps.get(step))
                    .copied()
                    .collect(),
            )
        })
        .collect();
    let flops = PartFlops {
        encode: work(plan, Stage::Encode),
        step: work(plan, Stage::Denoise) / request.steps_done() as f64,
        decode: work(plan, Stage::Decode),
    };
    let (encode_s, decode_s) = (of(|run| run.stages.encode), of(|run| run.stages.decode));
    let step_s = median(steps_s.clone());
    let networks = plan.stages.iter().zip(watch.spans());
    Measurement {
        device: device.to_string(),
        lowered_limits: LoweredLimits::of_environment().cloned().unwrap_or_default(),
        precision: precision_name(dtype),
        width: request.width,
        height: request.height,
        frames: request.frames,
        passes: if request.guidance.is_active() { 2 } else { 1 },
        decode_chunk: plan.decode_chunk,
        repeats: runs.len(),
        load_s: of(|run| run.stages.load),
        encode_s,
        steps_s,
        step_s,
        decode_s,
        total_s: of(|run| run.total),
        flops,
        flops_per_s: PartFlops {
            encode: flops.encode / encode_s,
            step: flops.step / step_s,
            decode: flops.decode / decode_s,
        },
        matmul_flops_per_s: 0.0,
        peak_bytes: watch.peak(),
        device_bytes: device
            .burn
            .memory_pool_report()
            .filter(|_| device.is_gpu())
            .map(|pools| {
                pools
                    .iter()
                    .map(|pool| pool.pages_peak * pool.page_size)
                    .sum()
            }),
        networks: networks
            .map(|(planned, measured)| NetworkBytes {
                network: planned.network,
                planned: planned.bytes(),
                measured,
            })
            .collect(),
    }
}

/// The median; 0 for no values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Floating-point operations per second of a square matrix product, the best of several: with Kinora's own CPU kernels
/// if weights are packed for them, otherwise with burn's. `expected` is the rate of the denoising step just measured.
fn matmul_rate(device: &ComputeDevice, dtype: DType, expected: f64) -> f64 {
    // As in a generation, where outputs reuse buffers.
    let _recycling = Recycling::begin();
    let (side, tries) = if device.is_gpu() {
        (matmul_side(expected), 5)
    } else {
        (1024, 9)
    };
    let chain: u32 = 8;
    let random =
        || Tensor::<2>::random([side, side], Distribution::Default, &device.burn).cast(dtype);
    let (a, b) = (random(), random());
    let weights = packs(&device.burn, dtype).then(|| {
        let values = b.clone().into_data().iter::<f32>().collect::<Vec<f32>>();
        Matrix::of(&values, Layout::linear(side, side))
    });
    let product = |x: Tensor<2>| match &weights {
        Some(weights) => {
            cpu_tensor::linear(x, weights, None, Prologue::Nothing, Epilogue::default())
        }
        None => x.matmul(b.clone()),
    };
    let corner = |tensor: Tensor<2>| tensor.slice([0..1, 0..1]).into_data();
    // Warm-up: kernels are compiled and tuned on first use.
    corner(product(a.clone()));
    let flops = 2.0 * (side as f64).powi(3) * f64::from(chain);
    (0..tries)
        .map(|_| {
            let began = now();
            corner((0..chain).fold(a.clone(), |x, _| product(x)));
            flops / began.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

/// Side of the matrices to multiply on a GPU that computes `expected` operations per second: large enough to fill the
/// device, small enough that eight products take about a second. A software adapter computes thousands of times fewer
/// operations than a GPU.
fn matmul_side(expected: f64) -> usize {
    [4096, 2048, 1024, 512]
        .into_iter()
        .find(|&side| 8.0 * 2.0 * (side as f64).powi(3) < expected)
        .unwrap_or(256)
}

/// Seconds of one generation.
struct RunSeconds {
    stages: StageSeconds,
    steps: Vec<f64>,
    total: f64,
}

/// Measures a running generation.
struct Run<'a> {
    began: std::time::Instant,
    clock: StageClock,
    step_began: std::time::Instant,
    steps: Vec<f64>,
    watch: &'a mut MemoryWatch,
}

impl<'a> Run<'a> {
    fn start(watch: &'a mut MemoryWatch) -> Self {
        watch.begin();
        Self {
            began: now(),
            clock: StageClock::start(),
            step_began: now(),
            steps: Vec::new(),
            watch,
        }
    }

    fn finish(mut self) -> RunSeconds {
        self.watch.end();
        RunSeconds {
            stages: self.clock.close(),
            total: self.began.elapsed().as_secs_f64(),
            steps: self.steps,
        }
    }
}

impl Observer for Run<'_> {
    fn stage(&mut self, stage: Stage) {
        tracing::info!(
            "{stage:?} after {:.1} s",
            self.began.elapsed().as_secs_f64()
        );
        self.clock.enter(stage);
        // Each network begins by loading its weights.
        if stage == Stage::Load {
            self.watch.next();
        }
        self.step_began = now();
    }

    fn step(&mut self, done: &StepDone<'_>) {
        let seconds = self.step_began.elapsed().as_secs_f64();
        tracing::info!("step {} of {} took {seconds:.3} s", done.step, done.steps);
        self.steps.push(seconds);
        self.step_began = now();
    }

    fn decoded(&mut self, _done: usize, _total: usize) {}

    fn warning(&mut self, text: String) {
        tracing::warn!("{text}");
    }

    fn stop(&self) -> Option<StopMode> {
        None
    }
}
