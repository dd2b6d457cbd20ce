//! A picture from words, followed until it is finished.

use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use super::failure::Failure;
use super::progress::{Progress, stage_name};
use crate::engine::device::trust::Trust;
use crate::engine::still::{Still, StillOrder, make_still};
use crate::error::GenerateError;
use crate::library::Library;
use crate::pipeline::{Dump, Observer, Stage, StepDone, StopMode};
use crate::system::clock::now;

/// Makes one picture, with its intermediate results in `dump`.
pub(super) fn make(
    order: &StillOrder,
    library: &Library,
    dump: Option<&Path>,
    stopped: &AtomicBool,
    progress: &mut Progress,
) -> Result<Still, Failure> {
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
    let progress = RefCell::new(progress);
    let mut watcher = Watcher {
        progress: &progress,
        stopped,
        dump: dump
            .map(|folder| Dump::create(folder.to_owned()))
            .transpose()?,
        stage: None,
        step_began: now(),
        denoising: 0.0,
    };
    let made = make_still(order, library, &trust, &mut watcher, &mut |plan| {
        let mut progress = progress.borrow_mut();
        progress.remark(&format!(
            "{} ({}), seed {}",
            plan.device, plan.precision, plan.request.seed
        ));
        progress.event(&json!({
            "event": "start", "device": plan.device, "precision": plan.precision,
            "request": plan.request,
        }));
    })?;
    made.ok_or(Failure::Stopped)
}

/// Reports the progress of a picture.
struct Watcher<'a> {
    progress: &'a RefCell<&'a mut Progress>,
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
            self.progress.borrow_mut().stage(stage_name(stage));
        }
    }

    fn step(&mut self, done: &StepDone<'_>) {
        let seconds = self.step_began.elapsed().as_secs_f64();
        self.step_began = now();
        self.denoising += seconds;
        let pace = self.denoising / done.step as f64;
        let left = pace * (done.steps - done.step) as f64;
        self.progress
            .borrow_mut()
            .step(done.step, done.steps, seconds, left);
    }

    fn decoded(&mut self, done: usize, total: usize) {
        self.progress.borrow_mut().frames("decode", done, total);
    }

    fn warning(&mut self, text: String) {
        self.progress.borrow_mut().warning(&text);
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
