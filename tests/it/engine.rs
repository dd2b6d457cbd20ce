//! The engine, driven through its protocol, with a runner that the test controls and once with the real one:
//! - events come in order, each job ends once, and a window is woken for each event;
//! - jobs stop while waiting and while running; a panic ends only its own job;
//! - a job pauses after a step, resumes, and can be stopped meanwhile;
//! - a full queue rejects orders, previews do not queue, and a dropped handle returns at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use kinora::engine::device::trust::Trust;
use kinora::engine::protocol::{EngineEvent, JobId, Order, Plan};
use kinora::engine::{Engine, JobObserver, RunEnd, Runner, SvdRunner};
use kinora::error::GenerateError;
use kinora::library::Library;
use kinora::media::fit::Fit;
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;
use kinora::media::rate::Rate;
use kinora::motion::MotionPictures;
use kinora::pipeline::{Observer as _, Stage, StepDone, StopMode};
use kinora::request::{
    DevicePreference, GenerateRequest, LoraChoice, Named, Precision, Recipe, RequestDraft, Steps,
    Take,
};
use kinora::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use kinora::system::clock::now;

use super::support::{Fixture, golden, psnr};

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
        picture: Arc::new(Picture {
            width: 1,
            height: 1,
            rgb: vec![1, 2, 3],
        }),
        picture_name: None,
        picture_path: None,
        picture_matte: [0; 3],
        fit: Fit::Stretch,
        matte: [0; 3],
        motion_pictures: MotionPictures::default(),
        draft: RequestDraft::default(),
        loras: Vec::<LoraChoice>::new(),
        steering: None,
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
    }
}

fn plan() -> Plan {
    Plan {
        request: request(),
        device: "CPU: a test".to_owned(),
        precision: "f32",
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

#[test]
fn events_come_in_order_and_each_wakes_the_window() {
    let woken = Arc::new(AtomicUsize::new(0));
    let wake = Arc::clone(&woken);
    let script = |order: &Order, observer: &mut JobObserver<'_>| {
        observer.stage(Stage::Load);
        observer.started(plan());
        observer.warning("soft".to_owned());
        observer.stage(Stage::Load);
        observer.stage(Stage::Denoise);
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        observer.stage(Stage::Decode);
        observer.decoded(1, 1);
        Ok(RunEnd::Completed(take(order, true)))
    };
    let wake = Arc::new(move || {
        wake.fetch_add(1, Ordering::SeqCst);
    });
    let mut engine = Engine::spawn(Box::new(Scripted(Box::new(script))), wake).unwrap();
    let jobs = ["a", "b"].map(|name| give(&mut engine, name));
    for (job, name) in jobs.into_iter().zip(["a", "b"]) {
        let id = job.0;
        let expected = [
            format!("{id} Load"),
            format!("{id} started on CPU: a test"),
            format!("{id} warned: soft"),
            format!("{id} Denoise"),
            format!("{id} step 1/2"),
            format!("{id} step 2/2"),
            format!("{id} Decode"),
            format!("{id} decoded 1/1"),
            format!("{id} completed {name}"),
        ];
        assert_eq!(until_end(&engine, job), expected);
    }
    drop(engine);
    assert_eq!(woken.load(Ordering::SeqCst), 18);
}

#[test]
fn steps_are_timed_and_the_rest_is_estimated() {
    let mut engine = engine(|order, observer| {
        observer.stage(Stage::Denoise);
        std::thread::sleep(Duration::from_millis(20));
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        Ok(RunEnd::Completed(take(order, true)))
    });
    let _job = engine.generate(order("timed")).unwrap();
    let mut times = Vec::new();
    while times.len() < 2 {
        let event = engine
            .events()
            .unwrap()
            .recv_timeout(PATIENCE)
            .expect("an event");
        if let EngineEvent::StepFinished { seconds, eta_s, .. } = event {
            times.push((seconds, eta_s));
        }
    }
    // A sleep is never shorter than requested.
    assert!(times[0].0 >= 0.02, "{times:?}");
    // One of two steps remains, at the speed of the first; both times are computed from the same reading of the clock.
    assert!((times[0].1 - times[0].0).abs() < 1e-9, "{times:?}");
    assert!(times[1].1.abs() < 1e-9, "nothing is left: {times:?}");
}

/// A runner whose jobs report that they started and then wait: `hold` until the test releases it, `loop` until asked
/// to stop, and any other not at all.
fn waiting_engine() -> (Engine, Sender<()>, Receiver<String>) {
    let (release, held) = bounded::<()>(0);
    let (tell, began) = bounded::<String>(64);
    let engine = engine(move |order, observer| {
        tell.send(order.model.clone()).expect("the test listens");
        match order.model.as_str() {
            "hold" => held.recv().expect("the test lets go"),
            "loop" => loop {
                match observer.stop() {
                    Some(StopMode::Now) => return Ok(RunEnd::Stopped(None)),
                    Some(StopMode::Keep) => return Ok(RunEnd::Stopped(Some(take(order, false)))),
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            },
            _ => {}
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    (engine, release, began)
}

#[test]
fn a_waiting_job_is_stopped_without_being_run() {
    let (mut engine, release, began) = waiting_engine();
    let jobs = ["hold", "second"].map(|name| give(&mut engine, name));
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "hold");
    engine.stop(jobs[1], StopMode::Keep);
    release.send(()).unwrap();
    let third = give(&mut engine, "third");
    let told = until_end(&engine, third);
    assert_eq!(told, ["0 completed hold", "1 stopped", "2 completed third"]);
    assert_eq!(began.try_iter().collect::<Vec<_>>(), ["third"]);
}

#[test]
fn a_running_job_is_stopped_as_requested() {
    let (mut engine, _release, began) = waiting_engine();
    for (mode, expected) in [
        (StopMode::Now, "0 stopped"),
        (StopMode::Keep, "1 stopped with 1 frames"),
    ] {
        let job = engine.generate(order("loop")).unwrap();
        assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "loop");
        engine.stop(job, mode);
        assert_eq!(until_end(&engine, job), [expected]);
        // Neither an ended job nor the next one is affected.
        engine.stop(job, mode);
    }
    let job = engine.generate(order("last")).unwrap();
    assert_eq!(until_end(&engine, job), ["2 completed last"]);
}

/// The next events, up to and including the first that contains `word`.
fn until(engine: &Engine, word: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    while !told.last().is_some_and(|last| last.contains(word)) {
        let event = engine.events().unwrap().recv_timeout(PATIENCE);
        told.push(words(&event.expect("an event")));
    }
    told
}

#[test]
fn a_job_pauses_after_the_current_step_and_resumes() {
    let (begin, begun) = bounded::<()>(0);
    let mut engine = engine(move |order, observer| {
        observer.stage(Stage::Denoise);
        for number in 1..=2 {
            begun.recv().expect("the test lets each step begin");
            step(observer, number, &[]);
            match observer.stop() {
                None => {}
                Some(StopMode::Now) => return Ok(RunEnd::Stopped(None)),
                Some(StopMode::Keep) => return Ok(RunEnd::Stopped(Some(take(order, false)))),
            }
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let job = engine.generate(order("held")).unwrap();
    until(&engine, "Denoise");
    engine.pause(job);
    begin.send(()).unwrap();
    assert_eq!(until(&engine, "Paused").len(), 2, "the step itself ends");
    engine.resume(job);
    begin.send(()).unwrap();
    let told = until_end(&engine, job);
    assert_eq!(told[1..], ["0 step 2/2", "0 completed held"]);
    assert!(told[0].starts_with("Resumed"), "{told:?}");

    // Stopping ends a pause, and so does dropping the handle. The job is really paused: if it continued, it would wait
    // for permission to begin its second step, and no stop would end that wait.
    for mode in [StopMode::Keep, StopMode::Now] {
        let job = engine.generate(order("stopped")).unwrap();
        engine.pause(job);
        begin.send(()).unwrap();
        until(&engine, "Paused");
        engine.stop(job, mode);
        let end = until_end(&engine, job).pop().unwrap();
        assert_eq!(
            end.contains("with 1 frames"),
            mode == StopMode::Keep,
            "{end}"
        );
    }
    let job = engine.generate(order("left")).unwrap();
    engine.pause(job);
    begin.send(()).unwrap();
    until(&engine, "Paused");
    drop(engine);
}

#[test]
fn a_pause_does_not_count_as_work() {
    let (begin, begun) = bounded::<()>(0);
    let mut engine = engine(move |order, observer| {
        begun.recv().expect("the test has asked for the pause");
        observer.stage(Stage::Denoise);
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        Ok(RunEnd::Completed(take(order, true)))
    });
    let job = engine.generate(order("timed")).unwrap();
    engine.pause(job);
    begin.send(()).unwrap();
    until(&engine, "Paused");
    // Far longer than an event takes from thread to thread, so the test would notice if the pause were counted.
    std::thread::sleep(Duration::from_millis(200));
    let resumed = now();
    engine.resume(job);
    let seconds = loop {
        let event = engine.events().unwrap().recv_timeout(PATIENCE).unwrap();
        if let EngineEvent::StepFinished {
            step: 2, seconds, ..
        } = event
        {
            break seconds;
        }
    };
    // The step started and ended after the job was resumed, however busy the machine is.
    assert!(
        seconds <= resumed.elapsed().as_secs_f64(),
        "{seconds} s of work in {:?} since the pause",
        resumed.elapsed()
    );
}

#[test]
fn a_panic_ends_its_own_job_only() {
    let mut engine = engine(|order, observer| {
        match order.model.as_str() {
            "early" => panic!("no stage yet"),
            "denoising" => {
                observer.stage(Stage::Denoise);
                panic!("shapes {} and 8 differ\nat some length", 7);
            }
            "decoding" => {
                observer.stage(Stage::Decode);
                std::panic::panic_any(5_u8);
            }
            _ => {}
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let fault = "this is a bug in Kinora, so please report it with this message";
    for (name, expected) in [
        (
            "early",
            format!("preparing the job (no stage yet); {fault}"),
        ),
        (
            "denoising",
            format!("denoising (shapes 7 and 8 differ); {fault}"),
        ),
        (
            "decoding",
            format!("decoding the frames (no message); {fault}"),
        ),
    ] {
        let job = engine.generate(order(name)).unwrap();
        let expected = format!("{} failed: Kinora failed while {expected}", job.0);
        assert_eq!(until_end(&engine, job).last(), Some(&expected));
    }
    let job = engine.generate(order("after")).unwrap();
    assert_eq!(until_end(&engine, job), ["3 completed after"]);
}

#[test]
fn an_error_is_an_event_and_the_next_job_runs() {
    let mut engine = engine(|order, _| match order.model.as_str() {
        "bad" => Err(GenerateError::NotFinite {
            place: "step 1 of 2".to_owned(),
        }),
        _ => Ok(RunEnd::Completed(take(order, true))),
    });
    let [bad, good] = ["bad", "good"].map(|name| give(&mut engine, name));
    let told = until_end(&engine, bad);
    assert!(
        told[0].starts_with("0 failed: step 1 of 2 produced NaN or infinite values"),
        "{told:?}"
    );
    assert_eq!(until_end(&engine, good), ["1 completed good"]);
}

#[test]
fn a_full_queue_rejects_orders_and_loses_none() {
    let (mut engine, release, began) = waiting_engine();
    let first = engine.generate(order("hold")).unwrap();
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "hold");
    let mut waiting = Vec::new();
    let limit = loop {
        match engine.generate(order("waits")) {
            Ok(job) => waiting.push(job),
            Err(GenerateError::QueueFull { limit }) => break limit,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(waiting.len(), limit, "as many wait as it says");
    release.send(()).unwrap();
    let last = *waiting.last().unwrap();
    let expected: Vec<String> = std::iter::once((first, "hold"))
        .chain(waiting.iter().map(|&job| (job, "waits")))
        .map(|(job, name)| format!("{} completed {name}", job.0))
        .collect();
    assert_eq!(until_end(&engine, last), expected);
    // There is room again, and no ID is used twice.
    let job = give(&mut engine, "later");
    assert!(job > last);
    assert_eq!(until_end(&engine, job).len(), 1);
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

/// Drops an engine on a separate thread; fails if that takes too long.
fn dropped(engine: Engine) {
    let (tell, gone) = bounded::<()>(1);
    let thread = std::thread::Builder::new().spawn(move || {
        drop(engine);
        tell.send(())
    });
    gone.recv_timeout(PATIENCE)
        .expect("the engine ends when its handle is dropped");
    thread.unwrap().join().unwrap().unwrap();
}

#[test]
fn a_dropped_handle_stops_running_and_waiting_jobs() {
    let (mut engine, _release, began) = waiting_engine();
    for name in ["loop", "waits"] {
        let _job = give(&mut engine, name);
    }
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "loop");
    dropped(engine);
    assert_eq!(began.try_iter().count(), 0, "what waited was not begun");
}

#[test]
fn a_dropped_handle_frees_an_engine_that_waits_for_its_reader() {
    let mut engine = engine(move |_, observer| {
        loop {
            observer.warning("again".to_owned());
            if observer.stop().is_some() {
                return Ok(RunEnd::Stopped(None));
            }
        }
    });
    let _job = engine.generate(order("talks")).unwrap();
    let outbox = engine.events().unwrap();
    assert!(outbox.capacity().is_some(), "the outbox is bounded");
    let asked = now();
    while !outbox.is_full() {
        assert!(asked.elapsed() < PATIENCE, "{} events", outbox.len());
        std::thread::yield_now();
    }
    // The next event blocks until somebody reads the others.
    dropped(engine);
}

#[test]
fn only_the_latest_preview_waits_and_only_if_requested() {
    let mut engine = engine(|order, observer| {
        for n in 1..=2_u8 {
            let preview = if observer.wants_previews() {
                vec![frame(n)]
            } else {
                Vec::new()
            };
            step(observer, usize::from(n), &preview);
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let plain = engine.generate(order("plain")).unwrap();
    let _ = until_end(&engine, plain);
    assert!(engine.previews().take().is_none());

    let watched = engine
        .generate(Order {
            previews: true,
            ..order("watched")
        })
        .unwrap();
    let _ = until_end(&engine, watched);
    let preview = engine.previews().take().expect("a preview");
    assert_eq!((preview.job, preview.step), (watched, 2));
    assert_eq!(preview.frames, [frame(2)]);
    assert!(engine.previews().take().is_none(), "taken once");
}

#[test]
fn the_real_runner_makes_the_reference_take_on_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    // No adapter is queried for the CPU, so no self-test runs either.
    let trust = Trust {
        program: "absent".into(),
        folder: None,
        patience: Duration::ZERO,
    };
    let runner = SvdRunner::new(Library::at(folder.path().to_owned()), trust);
    let mut engine = Engine::spawn(Box::new(runner), Arc::new(|| {})).unwrap();
    let dump = folder.path().join("dump");
    let tiny = Order {
        picture: Arc::new(Picture::open(&golden("tiny_svd/picture.png"), [0; 3]).unwrap()),
        draft: RequestDraft {
            width: Some(56),
            height: Some(40),
            frames: Some(3),
            steps: Some(Steps::Count(2)),
            seed: Some(7),
            guidance: Some((1.0, 2.5)),
            decode_chunk: Some(2),
            ..RequestDraft::default()
        },
        dump: Some(dump.clone()),
        previews: true,
        ..order(&golden("tiny_svd").display().to_string())
    };
    let absent = engine.generate(order("no such model")).unwrap();
    let told = until_end(&engine, absent);
    assert!(told.last().unwrap().contains("no such model"), "{told:?}");
    let job = engine.generate(tiny).unwrap();
    let mut told = until_end(&engine, job);
    let end = told.pop().unwrap();
    assert!(end.starts_with("1 completed"), "{end}");
    let expected = [
        "1 Load",
        "1 started on CPU: it was requested",
        "1 Encode",
        "1 Load",
        "1 Encode",
        "1 Load",
        "1 Denoise",
        "1 step 1/2",
        "1 step 2/2",
        "1 Load",
        "1 Decode",
        "1 decoded 2/3",
        "1 decoded 3/3",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        engine.previews().take().map(|preview| preview.step),
        Some(2)
    );

    let found = safetensors_values(&dump.join("frames.safetensors"));
    let expected = Fixture::open("tiny_svd/expected.safetensors").values("frames");
    // From 55 dB on, frames look identical; `pipeline::parity` requires more.
    assert!(psnr(&found, &expected) > 90.0);
}

fn safetensors_values(path: &std::path::Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (values, rest) = file.tensor("frames").unwrap().data().as_chunks::<4>();
    assert!(rest.is_empty());
    values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect()
}
