//! `kinora still`: pictures from words.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use super::arguments::Still;
use super::failure::Failure;
use super::generate::{dumped_files, lasting_lora, lasting_name, stage_name, stop_on_ctrl_c};
use super::progress::{Progress, rounded, spoken};
use crate::engine::device::trust::Trust;
use crate::engine::fresh_seed;
use crate::engine::still::{StillOrder, make_still};
use crate::error::GenerateError;
use crate::export::{self, Metadata};
use crate::library::Library;
use crate::pipeline::{Dump, Observer, Stage, StepDone, StopMode};
use crate::request::{Prompt, RequestDraft};
use crate::system::clock::now;

pub(super) fn run(arguments: &Still) -> Result<(), Failure> {
    let mut progress = Progress::new(arguments.json);
    still(arguments, &mut progress).inspect_err(|failure| {
        let message = failure.line().unwrap_or_default();
        progress.event(&json!({"event": "error", "message": message}));
    })
}

fn still(arguments: &Still, progress: &mut Progress) -> Result<(), Failure> {
    let library = Library::of_user();
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
    let stopped = stop_on_ctrl_c()?;
    let first = arguments.seed.unwrap_or_else(fresh_seed);
    for number in 0..arguments.count {
        let began = now();
        let seed = first.wrapping_add(number);
        let output = numbered(&arguments.output, number);
        let dump = arguments
            .dump
            .as_ref()
            .map(|folder| numbered(folder, number));
        let order = StillOrder {
            model: lasting_name(&arguments.model),
            prompt: Prompt {
                text: arguments.prompt.clone(),
                negative: arguments.negative.clone(),
            },
            draft: RequestDraft {
                seed: Some(seed),
                ..RequestDraft::from(arguments)
            },
            loras: arguments.lora.iter().map(lasting_lora).collect(),
            device: arguments.place.device,
            precision: arguments.place.precision,
        };
        make(
            &order,
            &library,
            &trust,
            (&output, dump.as_deref()),
            &stopped,
            progress,
        )?;
        let seconds = began.elapsed().as_secs_f64();
        progress.clear();
        progress.event(&json!({
            "event": "done", "seconds": rounded(seconds), "output": output, "seed": seed,
            "dump": dump.as_deref().map(dumped_files),
        }));
        if !arguments.json {
            println!("{}: seed {seed}, {}", output.display(), spoken(seconds));
        }
    }
    Ok(())
}

fn make(
    order: &StillOrder,
    library: &Library,
    trust: &Trust,
    (output, dump): (&Path, Option<&Path>),
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let mut started = None;
    let mut watcher = Watcher {
        progress,
        stopped,
        dump: dump
            .map(|folder| Dump::create(folder.to_owned()))
            .transpose()?,
        stage: None,
        step_began: now(),
        denoising: 0.0,
    };
    let made = make_still(order, library, trust, &mut watcher, &mut |plan| {
        started = Some(plan.clone());
    })?;
    let frame = made.ok_or(Failure::Stopped)?;
    if let Some(plan) = started {
        progress.event(&json!({
            "event": "start", "device": plan.device, "precision": plan.precision,
            "request": plan.request,
        }));
    }
    progress.stage("write");
    export::write_frame_file(&frame, output, &Metadata::default()).map_err(Failure::failed)
}

/// `picture.png` for the first, `picture-2.png` for the second.
fn numbered(path: &Path, number: u64) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{}", number + 1);
    if let Some(ending) = path.extension() {
        name.push('.');
        name.push_str(&ending.to_string_lossy());
    }
    path.with_file_name(name)
}

/// Follows a picture in the making.
struct Watcher<'a> {
    progress: &'a mut Progress,
    stopped: &'a AtomicBool,
    dump: Option<Dump>,
    stage: Option<Stage>,
    step_began: Instant,
    denoising: f64,
}

impl Observer for Watcher<'_> {
    fn stage(&mut self, stage: Stage) {
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            self.step_began = now();
            self.progress.stage(stage_name(stage));
        }
    }

    fn step(&mut self, done: &StepDone<'_>) {
        let seconds = self.step_began.elapsed().as_secs_f64();
        self.step_began = now();
        self.denoising += seconds;
        let pace = self.denoising / done.step as f64;
        let left = pace * (done.steps - done.step) as f64;
        self.progress.step(done.step, done.steps, seconds, left);
    }

    fn decoded(&mut self, done: usize, total: usize) {
        self.progress.frames("decode", done, total);
    }

    fn warning(&mut self, text: String) {
        self.progress.warning(&text);
    }

    fn stop(&self) -> Option<StopMode> {
        let stopped = self.stopped.load(Ordering::Relaxed);
        stopped.then_some(StopMode::Now)
    }

    fn wants_tensors(&self) -> bool {
        self.dump.is_some()
    }

    fn ids(&mut self, name: &str, ids: &[u32]) -> Result<(), GenerateError> {
        match &self.dump {
            Some(dump) => dump.write_ids(name, ids),
            None => Ok(()),
        }
    }

    fn tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), GenerateError> {
        match &self.dump {
            Some(dump) => dump.write(name, shape, values),
            None => Ok(()),
        }
    }
}
