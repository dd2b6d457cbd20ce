//! The engine, driven through its protocol, with a runner that the test controls and once with the real one.

mod events;
mod pausing;
mod queue;
mod real_runner;

use std::sync::Arc;
use std::time::Duration;

use kinora::engine::protocol::{EngineEvent, JobId, Order, Still, StillOrder};
use kinora::engine::{Engine, JobObserver, RunEnd, Runner};
use kinora::error::GenerateError;
use kinora::media::fit::Fit;
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;
use kinora::media::rate::Rate;
use kinora::motion::MotionPictures;
use kinora::pipeline::{Observer as _, StepDone};
use kinora::request::{
    DevicePreference, GenerateRequest, LoraChoice, Named, Precision, Recipe, RequestDraft, Take,
};
use kinora::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use kinora::system::clock::now;

/// Timeout: longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a runner of these tests does with an order.
type Script = dyn FnMut(&Order, &mut JobObserver<'_>) -> Result<RunEnd, GenerateError> + Send;

struct Scripted(Box<Script>);

impl Runner for Scripted {
    fn run(
        &mut self,
        order: &Order,
        observer: &mut JobObserver<'_>,
    ) -> Result<RunEnd, GenerateError> {
        (self.0)(order, observer)
    }

    /// Stops at once: the scripts are about takes.
    fn still(
        &mut self,
        _order: &StillOrder,
        _observer: &mut JobObserver<'_>,
    ) -> Result<Option<Still>, GenerateError> {
        Ok(None)
    }
}

fn engine(
    script: impl FnMut(&Order, &mut JobObserver<'_>) -> Result<RunEnd, GenerateError> + Send + 'static,
) -> Engine {
    Engine::spawn(Box::new(Scripted(Box::new(script))), Arc::new(|| {})).unwrap()
}

/// An order whose model name tells the script what to do.
fn order(model: &str) -> Order {
    Order {
        model: model.to_owned(),
        motion_module: None,
        prompt: None,
        picture: Some(Arc::new(Picture {
            width: 1,
            height: 1,
            rgb: vec![1, 2, 3],
        })),
        picture_name: None,
        picture_path: None,
        picture_matte: [0; 3],
        first_frame: None,
        fit: Fit::Stretch,
        matte: [0; 3],
        motion_pictures: MotionPictures::default(),
        draft: RequestDraft::default(),
        loras: Vec::<LoraChoice>::new(),
        directed: None,
        device: DevicePreference::Cpu,
        precision: Precision::F32,
        dump: None,
        previews: false,
    }
}

fn request() -> GenerateRequest {
    GenerateRequest {
        width: 8,
        height: 8,
        frames: 1,
        steps: 2,
        stop_after: None,
        fps: Rate { num: 7, den: 1 },
        fps_id: 6.0,
        motion_bucket: 127.0,
        noise_aug: 0.02,
        guidance: Guidance {
            min: 1.0,
            max: 3.0,
            shape: GuidanceShape::Linear,
        },
        sampler: SamplerKind::Euler,
        sigmas: ScheduleKind::Karras,
        seed: 1,
        decode_chunk: None,
        guide: None,
        steer: None,
        norm_reach: None,
    }
}

/// A single grey pixel.
fn frame(shade: u8) -> Frame {
    Frame {
        width: 1,
        height: 1,
        rgb: vec![shade; 3].into(),
    }
}

fn take(order: &Order, complete: bool) -> Take {
    let recipe = Recipe {
        kinora: "0".to_owned(),
        model: Named::of(&order.model),
        picture: None,
        fit: order.fit,
        matte: order.matte,
        loras: Vec::new(),
        request: request(),
        device: "CPU".to_owned(),
        camera: None,
        motion_module: None,
        prompt: None,
        first_frame: None,
        excerpt: None,
    };
    Take {
        frames: vec![frame(1)],
        recipe,
        complete,
    }
}

/// An event in words, without its seconds, which always differ.
fn words(event: &EngineEvent) -> String {
    match event {
        EngineEvent::Started { job, plan } => format!("{} started on {}", job.0, plan.device),
        EngineEvent::StageStarted { job, stage } => format!("{} {stage:?}", job.0),
        EngineEvent::StepFinished {
            job, step, steps, ..
        } => format!("{} step {step}/{steps}", job.0),
        EngineEvent::FramesDecoded { job, done, total } => {
            format!("{} decoded {done}/{total}", job.0)
        }
        EngineEvent::Warned { job, text } => format!("{} warned: {text}", job.0),
        EngineEvent::StillCompleted { job, still } => {
            format!("{} completed {}", job.0, still.made.prompt.text)
        }
        EngineEvent::Completed { job, take } => {
            format!("{} completed {}", job.0, take.recipe.model.name)
        }
        EngineEvent::Stopped { job, take: None } => format!("{} stopped", job.0),
        EngineEvent::Stopped {
            job,
            take: Some(take),
        } => {
            format!("{} stopped with {} frames", job.0, take.frames.len())
        }
        EngineEvent::Failed { job, error } => format!("{} failed: {error}", job.0),
        other => format!("{other:?}"),
    }
}

/// Waits for the end of `job`; returns the events up to it.
fn until_end(engine: &Engine, job: JobId) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let event = engine
            .events()
            .unwrap()
            .recv_timeout(PATIENCE)
            .expect("an event");
        told.push(words(&event));
        let ended = match event {
            EngineEvent::Completed { job, .. }
            | EngineEvent::StillCompleted { job, .. }
            | EngineEvent::Stopped { job, .. }
            | EngineEvent::Failed { job, .. } => Some(job),
            _ => None,
        };
        if ended == Some(job) {
            return told;
        }
    }
}

fn step(observer: &mut JobObserver<'_>, step: usize, preview: &[Frame]) {
    observer.step(&StepDone {
        step,
        steps: 2,
        preview,
    });
}

/// Sends an order, once the engine has started the previous one.
fn give(engine: &mut Engine, name: &str) -> JobId {
    let asked = now();
    loop {
        match engine.generate(order(name)) {
            Ok(job) => return job,
            Err(error) => assert!(asked.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::yield_now();
    }
}
