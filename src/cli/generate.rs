//! `kinora generate`: one order, followed until its file is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam::channel::RecvTimeoutError;
use serde_json::{Value, json};

use super::arguments::Generate;
use super::failure::Failure;
use super::motion::{Moving, moving};
use super::progress::{Progress, rounded, spoken, stage_name};
use super::still_job::make;
use crate::engine::device::trust::Trust;
use crate::engine::protocol::{EngineEvent, JobId, Order};
use crate::engine::still::{Still, StillOrder};
use crate::engine::{Engine, SvdRunner, defaults_of, fresh_seed};
use crate::error::RequestError;
use crate::export::{self, ClipShape, Metadata, Output, Watch, open_picture};
use crate::library::{Library, POCKET};
use crate::media::fit::Fit;
use crate::media::picture::Picture;
use crate::media::progress::PictureWatch;
use crate::motion::Scene;
use crate::pipeline::StopMode;
use crate::request::{
    CameraReport, FirstFrame, GenerateRequest, LoraChoice, Prompt, RequestDraft, Source, Take,
};
use crate::system::clock::now;

/// How often Ctrl-C is checked while the engine sends no events.
const POLL: Duration = Duration::from_millis(50);

pub(super) fn run(arguments: &Generate) -> Result<(), Failure> {
    let mut progress = Progress::new(arguments.json);
    generate(arguments, &mut progress).inspect_err(|failure| {
        let message = failure.line().unwrap_or_default();
        progress.event(&json!({"event": "error", "message": message}));
    })
}

fn generate(arguments: &Generate, progress: &mut Progress) -> Result<(), Failure> {
    let began = now();
    let library = Library::of_user();
    if arguments.prompt.is_some() && arguments.first_frame.is_none() {
        return Err(RequestError::NoPrompt {
            model: arguments.model.clone(),
        }
        .into());
    }
    let output = Output::parse(&arguments.output)?;
    let moving = check(arguments, &library, &output)?;
    let steered = moving.words();
    let picture = arguments.image.as_deref();
    let picture = picture.map(|path| open_picture(path, arguments.matte, PictureWatch::none()));
    let picture = picture.transpose().map_err(Failure::failed)?;

    let stopped = stop_on_ctrl_c()?;
    let seed = arguments.choices.seed.unwrap_or_else(fresh_seed);
    let (picture, made) = match picture {
        Some(picture) => (picture, None),
        None => {
            let made = first_frame(arguments, seed, &library, &stopped, progress)?;
            (Picture::from(&made.frame), Some(made.made))
        }
    };
    let shot = (picture, moving, seed);
    let take = render(arguments, shot, library, &stopped, progress)?;
    let take = with_first_frame(take, made);
    progress.stage("write");
    let mut metadata = Metadata::of_take(&take.recipe).map_err(Failure::other)?;
    if arguments.no_recipe {
        metadata.comment.clear();
    }
    let written = write(&take, &metadata, &output, &stopped, progress)?;
    progress.clear();

    let seconds = began.elapsed().as_secs_f64();
    let request = &take.recipe.request;
    progress.event(&json!({
        "event": "done", "seconds": rounded(seconds), "output": arguments.output,
        "seed": request.seed, "frames": written.frames,
        "width": written.width, "height": written.height,
        "camera": plain(&take.recipe.camera),
        "dump": arguments.dump.as_deref().map(dumped_files),
    }));
    for note in &written.notes {
        progress.warning(note);
    }
    if !arguments.json {
        println!(
            "{}: {} frames, {}×{}, seed {}, {}{}",
            arguments.output.display(),
            written.frames,
            written.width,
            written.height,
            request.seed,
            spoken(seconds),
            steered.map_or_else(String::new, |words| format!(", {words}")),
        );
        if let Some(camera) = &take.recipe.camera {
            println!("camera: {camera}");
        }
    }
    Ok(())
}

/// The report as recipes hold it: numbers as short as they can be, which a direct conversion to f64 does not give.
fn plain(camera: &Option<CameraReport>) -> Value {
    let text = serde_json::to_string(camera).ok();
    let value = text.and_then(|text| serde_json::from_str(&text).ok());
    value.unwrap_or_default()
}

/// Rejects at once everything that can be checked before the long work.
fn check(arguments: &Generate, library: &Library, output: &Output) -> Result<Moving, Failure> {
    let checkpoint = library.model(&arguments.model).map_err(Failure::failed)?;
    checkpoint.require_supported().map_err(Failure::failed)?;
    let defaults = defaults_of(&checkpoint);
    if defaults.rules.source != Source::Picture {
        return Err(RequestError::MakesPictures {
            model: arguments.model.clone(),
        }
        .into());
    }
    let moving = moving(arguments, library, &checkpoint)?;
    let draft = draft(arguments, &moving);
    let request = GenerateRequest::complete(&draft, &defaults, 0)?;
    if let Some(guide) = &request.guide {
        let size = [request.width, request.height];
        Scene::check(&guide.motion, &moving.pictures, size, request.frames)?;
    }
    output.check_writable(ClipShape {
        width: request.width as u32,
        height: request.height as u32,
        frames: request.frames,
    })?;
    Ok(moving)
}

/// The chosen settings.
fn draft(arguments: &Generate, moving: &Moving) -> RequestDraft {
    RequestDraft {
        guide: moving.guide.clone(),
        steer: moving.steer,
        ..RequestDraft::from(&arguments.choices)
    }
}

/// Sets a flag on Ctrl-C instead of ending the process in the middle of a write.
pub(super) fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(Failure::other)?;
    Ok(stopped)
}

/// The first frame of a shot, made from the prompt with the shot's seed.
fn first_frame(
    arguments: &Generate,
    seed: u64,
    library: &Library,
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<Still, Failure> {
    let order = StillOrder {
        model: lasting_name(arguments.first_frame.as_deref().unwrap_or_default()),
        prompt: Prompt {
            text: arguments.prompt.clone().unwrap_or_default(),
            negative: arguments.negative.clone().unwrap_or_default(),
        },
        draft: RequestDraft {
            seed: Some(seed),
            ..RequestDraft::default()
        },
        loras: Vec::new(),
        device: arguments.place.device,
        precision: arguments.place.precision,
    };
    let dump = arguments.dump.as_ref();
    let dump = dump.map(|folder| folder.join("first_frame"));
    make(&order, library, dump.as_deref(), stopped, progress)
}

/// Adds to the take's recipe how its picture was made.
pub(super) fn with_first_frame(take: Arc<Take>, made: Option<FirstFrame>) -> Arc<Take> {
    if made.is_none() {
        return take;
    }
    let mut take = Arc::unwrap_or_clone(take);
    take.recipe.first_frame = made;
    Arc::new(take)
}

fn render(
    arguments: &Generate,
    (picture, moving, seed): (Picture, Moving, u64),
    library: Library,
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<Arc<Take>, Failure> {
    let order = Order {
        model: lasting_name(&arguments.model),
        picture: Arc::new(picture),
        picture_name: None,
        picture_path: arguments.image.as_deref().map(absolute),
        picture_matte: arguments.matte,
        fit: arguments.crop.map_or(arguments.fit, Fit::Window),
        matte: arguments.matte,
        draft: RequestDraft {
            seed: Some(seed),
            ..draft(arguments, &moving)
        },
        loras: moving.loras.iter().map(lasting_lora).collect(),
        steering: None,
        motion_pictures: moving.pictures,
        device: arguments.place.device,
        precision: arguments.place.precision,
        dump: arguments.dump.clone(),
        previews: false,
    };
    follow(order, library, stopped, progress)
}

/// Hands an order to a new engine and follows the job to its end.
pub(super) fn follow(
    order: Order,
    library: Library,
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<Arc<Take>, Failure> {
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
    let runner = Box::new(SvdRunner::new(library, trust));
    let mut engine = Engine::spawn(runner, Arc::new(|| {})).map_err(Failure::other)?;
    let job = engine.generate(order)?;
    let Some(events) = engine.events() else {
        return Err(Failure::other("the engine is not running"));
    };
    loop {
        if stopped.load(Ordering::Relaxed) {
            engine.stop(job, StopMode::Now);
        }
        match events.recv_timeout(POLL) {
            Ok(event) => {
                if let Some(end) = tell(event, job, progress) {
                    progress.clear();
                    return end;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::other("the engine ended unexpectedly"));
            }
        }
    }
}

/// Reports an event; `Some` when it was the job's last.
fn tell(
    event: EngineEvent,
    job: JobId,
    progress: &mut Progress,
) -> Option<Result<Arc<Take>, Failure>> {
    match event {
        EngineEvent::Started { plan, .. } => {
            progress.remark(&format!(
                "{} ({}), seed {}",
                plan.device, plan.precision, plan.request.seed
            ));
            progress.event(&json!({
                "event": "start", "job": job.0, "device": plan.device,
                "precision": plan.precision, "request": plan.request,
            }));
            None
        }
        EngineEvent::StageStarted { stage, .. } => {
            progress.stage(stage_name(stage));
            None
        }
        EngineEvent::StepFinished {
            step,
            steps,
            seconds,
            eta_s,
            ..
        } => {
            progress.step(step, steps, seconds, eta_s);
            None
        }
        EngineEvent::FramesDecoded { done, total, .. } => {
            progress.frames("decode", done, total);
            None
        }
        EngineEvent::Warned { text, .. } => {
            progress.warning(&text);
            None
        }
        // The command line never asks for a pause.
        EngineEvent::Paused { .. } | EngineEvent::Resumed { .. } => None,
        EngineEvent::Completed { take, .. } => Some(Ok(take)),
        EngineEvent::Stopped { .. } => Some(Err(Failure::Stopped)),
        EngineEvent::Failed { error, .. } => Some(Err(Failure::from(error.as_ref()))),
    }
}

/// Writes a take with this metadata.
pub(super) fn write(
    take: &Take,
    metadata: &Metadata,
    output: &Output,
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<export::Written, Failure> {
    let total = take.frames.len();
    let ended = export::write(
        take.frames.iter().cloned(),
        take.recipe.request.fps,
        output,
        metadata,
        Watch {
            cancelled: &|| stopped.load(Ordering::Relaxed),
            progress: &mut |done| progress.frames("write", done, total),
        },
    )?;
    match ended {
        export::Outcome::Finished(written) => Ok(written),
        export::Outcome::Stopped => Err(Failure::Stopped),
    }
}

/// A name that stays valid on this machine: a relative path becomes absolute, because the current folder
/// changes.
pub(super) fn lasting_name(name: &str) -> String {
    let path = Path::new(name);
    match absolute(path).to_str() {
        Some(lasting) if name != POCKET && path.exists() => lasting.to_owned(),
        _ => name.to_owned(),
    }
}

pub(super) fn lasting_lora(choice: &LoraChoice) -> LoraChoice {
    LoraChoice {
        name: lasting_name(&choice.name),
        ..choice.clone()
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

pub(super) fn dumped_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "safetensors")
        })
        .collect();
    files.sort();
    files
}
