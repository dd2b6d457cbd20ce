//! The whole pipeline on `tests/golden/tiny_svd`, on the CPU:
//! - every stage agrees with diffusers, including chunked decoding and generation without guidance;
//! - LoRAs change a copy, not the model; overflowing numbers are reported with the place where they occurred;
//! - hooks take part in denoising and need no separate loop;
//! - an observer sees every stage, step and preview in order, and can stop the generation anywhere.

mod faults;
mod guide;
mod hooks;
mod loras;
mod observed;
mod on_gpu;
mod parity;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{DType, Device};
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::{Checkpoint, Entry, Prefer, TensorFile, Transform};
use kinora::error::GenerateError;
use kinora::media::fit::Fit;
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;
use kinora::media::rate::Rate;
use kinora::motion::MotionPictures;
use kinora::pipeline::stages::Hook;
use kinora::pipeline::{
    GenerationPlan, Job, MemoryBudget, Observer, Outcome, Placement, Stage, StepDone, StopMode,
    family_of, generate_with,
};
use kinora::request::GenerateRequest;
use kinora::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};

use super::checkpoint::{Stored, f32s, write};
use super::support::{Fixture, golden};

/// More memory than any test needs for decoding.
const PLENTY: MemoryBudget = MemoryBudget {
    bytes: u64::MAX,
    largest_tensor: None,
};

fn tiny_svd() -> Checkpoint {
    Checkpoint::open(&golden("tiny_svd"), Prefer::Full).unwrap()
}

fn picture() -> Picture {
    Picture::open(&golden("tiny_svd/picture.png"), [0; 3]).unwrap()
}

/// The request whose results are in `expected.safetensors`, from that file's metadata.
fn request() -> GenerateRequest {
    let note = Fixture::open("tiny_svd/expected.safetensors").note("request");
    let whole = |field: &str| note[field].as_u64().expect(field) as usize;
    let number = |field: &str| note[field].as_f64().expect(field) as f32;
    let guidance = |i: usize| note["guidance"][i].as_f64().expect("guidance") as f32;
    GenerateRequest {
        width: whole("width"),
        height: whole("height"),
        frames: whole("frames"),
        steps: whole("steps"),
        stop_after: None,
        fps: Rate {
            num: whole("fps") as u32,
            den: 1,
        },
        // diffusers conditions the model on one less than the requested rate.
        fps_id: number("fps") - 1.0,
        motion_bucket: number("motion_bucket"),
        noise_aug: number("noise_aug"),
        guidance: Guidance {
            min: guidance(0),
            max: guidance(1),
            shape: GuidanceShape::Linear,
        },
        sampler: SamplerKind::Euler,
        sigmas: ScheduleKind::Karras,
        seed: note["seed"].as_u64().unwrap(),
        decode_chunk: Some(whole("decode_chunk")),
        guide: None,
        steer: None,
        norm_reach: None,
    }
}

/// The calls to an observer, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Stage(Stage),
    Step(usize, usize),
    Decoded(usize, usize),
    Warning(String),
}

/// Records everything, and asks to stop after a certain call.
#[derive(Default)]
struct Recorder {
    told: Vec<Told>,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    previews: Vec<Vec<Frame>>,
    wants_previews: bool,
    stop_after: Option<(Told, StopMode)>,
}

impl Recorder {
    fn stopping(after: Told, mode: StopMode) -> Self {
        Self {
            stop_after: Some((after, mode)),
            ..Self::default()
        }
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.tensors[name].1
    }
}

impl Observer for Recorder {
    fn stage(&mut self, stage: Stage) {
        self.told.push(Told::Stage(stage));
    }

    fn step(&mut self, done: &StepDone<'_>) {
        self.told.push(Told::Step(done.step, done.steps));
        self.previews.push(done.preview.to_vec());
    }

    fn decoded(&mut self, done: usize, total: usize) {
        self.told.push(Told::Decoded(done, total));
    }

    fn warning(&mut self, text: String) {
        self.told.push(Told::Warning(text));
    }

    fn stop(&self) -> Option<StopMode> {
        let (after, mode) = self.stop_after.as_ref()?;
        self.told.contains(after).then_some(*mode)
    }

    fn wants_previews(&self) -> bool {
        self.wants_previews
    }

    fn wants_tensors(&self) -> bool {
        true
    }

    fn tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), GenerateError> {
        let before = self
            .tensors
            .insert(name.to_owned(), (shape.to_vec(), values.to_vec()));
        assert!(before.is_none(), "{name} is told once");
        Ok(())
    }
}

/// Runs a request on the CPU in f32, with the picture stretched as diffusers does.
fn run(
    checkpoint: &Checkpoint,
    loras: &LoraStack,
    request: &GenerateRequest,
    memory: MemoryBudget,
    recorder: &mut Recorder,
) -> Result<Outcome, GenerateError> {
    run_with(checkpoint, loras, request, memory, &mut [], recorder)
}

/// Like [`run`], with hooks.
fn run_with(
    checkpoint: &Checkpoint,
    loras: &LoraStack,
    request: &GenerateRequest,
    memory: MemoryBudget,
    hooks: &mut [&mut dyn Hook],
    recorder: &mut Recorder,
) -> Result<Outcome, GenerateError> {
    let none = MotionPictures::default();
    run_guided(checkpoint, (loras, &none), request, memory, hooks, recorder)
}

/// Like [`run_with`], with the pictures of a guide.
fn run_guided(
    checkpoint: &Checkpoint,
    (loras, motion_pictures): (&LoraStack, &MotionPictures),
    request: &GenerateRequest,
    memory: MemoryBudget,
    hooks: &mut [&mut dyn Hook],
    recorder: &mut Recorder,
) -> Result<Outcome, GenerateError> {
    let placement = Placement {
        gpu: false,
        unet_element: 4,
    };
    let shapes = family_of(checkpoint).shapes();
    let plan = GenerationPlan::new(&*shapes, request, placement, memory);
    let job = Job {
        checkpoint,
        loras,
        picture: Some(&picture()),
        prompt: None,
        fit: Fit::Stretch,
        matte: [0; 3],
        motion_pictures,
        request,
        device: &Device::flex(),
        dtype: DType::F32,
        plan: &plan,
        random_weights: false,
    };
    generate_with(&job, hooks, recorder)
}

/// Like [`run`], to the end; returns the recorded calls and the frames.
fn completed(
    checkpoint: &Checkpoint,
    loras: &LoraStack,
    request: &GenerateRequest,
) -> (Recorder, Vec<Frame>) {
    let mut recorder = Recorder::default();
    match run(checkpoint, loras, request, PLENTY, &mut recorder) {
        Ok(Outcome::Completed(frames)) => (recorder, frames),
        other => panic!("not completed: {other:?}"),
    }
}

/// `tiny_svd` in `folder` with the tensors of one weight file changed by `edit`, stored in f32.
fn edited(folder: &Path, weights: &str, edit: impl Fn(&str, &mut [f32])) -> Checkpoint {
    let files = [
        "model_index.json",
        "feature_extractor/preprocessor_config.json",
        "image_encoder/config.json",
        "image_encoder/model.safetensors",
        "scheduler/scheduler_config.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ];
    for name in files {
        let to = folder.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(golden("tiny_svd").join(name), to).unwrap();
    }
    let file = Arc::new(TensorFile::open(&golden("tiny_svd").join(weights)).unwrap());
    let tensors: BTreeMap<String, Stored> = (0..file.tensors().len())
        .map(|position| {
            let entry = Entry::new(&file, position, Transform::None).unwrap();
            let mut values = entry.to_f32().unwrap();
            edit(entry.stored_name(), &mut values);
            (entry.stored_name().to_owned(), f32s(entry.shape(), &values))
        })
        .collect();
    write(&folder.join(weights), &tensors, &[]);
    Checkpoint::open(folder, Prefer::Full).unwrap()
}
