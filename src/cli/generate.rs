//! `kinora generate`: one order, followed until its file is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::arguments::Generate;
use super::engine_job::EngineJobs;
use super::failure::Failure;
use super::motion::{Moving, moving};
use super::progress::{Progress, rounded, spoken};
use crate::engine::protocol::{Order, Still, StillOrder};
use crate::engine::{defaults_of, fresh_seed};
use crate::error::RequestError;
use crate::export::{self, ClipShape, Metadata, Output, Watch, open_picture};
use crate::library::{Library, POCKET};
use crate::media::fit::Fit;
use crate::media::picture::{Picture, Reading};
use crate::media::progress::PictureWatch;
use crate::motion::Scene;
use crate::request::{
    CameraReport, FirstFrame, GenerateRequest, LoraChoice, Prompt, RequestDraft, Source, Take,
};
use crate::system::clock::now;

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
    let output = Output::parse(&arguments.output)?;
    let moving = check(arguments, &library, &output)?;
    let steered = moving.words();
    let picture = arguments.image.as_deref();
    let open = |path| {
        open_picture(
            path,
            arguments.matte,
            Reading::AsMeant,
            PictureWatch::none(),
        )
    };
    let picture = picture.map(open);
    let picture = picture.transpose().map_err(Failure::failed)?;

    let stopped = stop_on_ctrl_c()?;
    let mut jobs = EngineJobs::start(library, &stopped)?;
    let seed = arguments.choices.seed.unwrap_or_else(fresh_seed);
    let (picture, made) = match (picture, &arguments.first_frame) {
        (None, Some(_)) => {
            let still = first_frame(arguments, seed, &mut jobs, progress)?;
            (Some(Picture::from(&still.frame)), Some(still.made.clone()))
        }
        (picture, _) => (picture, None),
    };
    let order = order(arguments, (picture, made), moving, seed);
    let take = jobs.take(order, progress)?;
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
    let module = arguments.motion_module.as_deref();
    let checkpoint = library.model_with(&arguments.model, module);
    let checkpoint = checkpoint.map_err(Failure::failed)?;
    checkpoint.require_supported().map_err(Failure::failed)?;
    let defaults = defaults_of(&checkpoint);
    check_source(arguments, defaults.rules.source)?;
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

/// Rejects a picture or words that the model does not start from, and flags about what it does not have.
fn check_source(arguments: &Generate, source: Source) -> Result<(), RequestError> {
    let model = arguments.model.clone();
    let is_shown = arguments.image.is_some() || arguments.first_frame.is_some();
    // With a first frame, the prompt is for the model that makes it.
    let is_told = arguments.prompt.is_some() && arguments.first_frame.is_none();
    if arguments.prompt_weight.is_some() {
        let field = "prompt-weight";
        return Err(RequestError::NotRead { field });
    }
    match source {
        Source::Words => Err(RequestError::MakesPictures { model }),
        Source::Picture if is_told => Err(RequestError::NoPrompt { model }),
        Source::Picture if !is_shown => Err(RequestError::NeedsPicture),
        Source::WordsForClip if is_shown => Err(RequestError::TakesNoPicture { model }),
        Source::WordsForClip if !is_told => Err(RequestError::NeedsWords),
        Source::WordsForClip if arguments.crop.is_some() => {
            Err(RequestError::NotRead { field: "crop" })
        }
        Source::WordsForClip => words(arguments).check(),
        Source::Picture => Ok(()),
    }
}

/// What the picture or the clip shows.
fn words(arguments: &Generate) -> Prompt {
    Prompt {
        text: arguments.prompt.clone().unwrap_or_default(),
        negative: arguments.negative.clone().unwrap_or_default(),
    }
}

/// The chosen settings.
fn draft(arguments: &Generate, moving: &Moving) -> RequestDraft {
    RequestDraft {
        guide: moving.guide.clone(),
        steer: moving.steer,
        norm_reach: arguments.norm_reach,
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
    jobs: &mut EngineJobs<'_>,
    progress: &mut Progress,
) -> Result<Arc<Still>, Failure> {
    let dump = arguments.dump.as_ref();
    let order = StillOrder {
        model: lasting_name(arguments.first_frame.as_deref().unwrap_or_default()),
        prompt: words(arguments),
        draft: RequestDraft {
            seed: Some(seed),
            ..RequestDraft::default()
        },
        loras: Vec::new(),
        device: arguments.place.device,
        precision: arguments.place.precision,
        dump: dump.map(|folder| folder.join("first_frame")),
    };
    jobs.still(order, progress)
}

/// The order for the shot, from a picture and how it was made.
fn order(
    arguments: &Generate,
    (picture, first_frame): (Option<Picture>, Option<FirstFrame>),
    moving: Moving,
    seed: u64,
) -> Order {
    Order {
        model: lasting_name(&arguments.model),
        motion_module: arguments.motion_module.as_deref().map(lasting_name),
        prompt: picture.is_none().then(|| words(arguments)),
        picture: picture.map(Arc::new),
        picture_name: None,
        picture_path: arguments.image.as_deref().map(absolute),
        picture_matte: arguments.matte,
        first_frame,
        fit: arguments.crop.map_or(arguments.fit, Fit::Window),
        matte: arguments.matte,
        draft: RequestDraft {
            seed: Some(seed),
            ..draft(arguments, &moving)
        },
        loras: moving.loras.iter().map(lasting_lora).collect(),
        directed: None,
        motion_pictures: moving.pictures,
        device: arguments.place.device,
        precision: arguments.place.precision,
        dump: arguments.dump.clone(),
        previews: false,
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
