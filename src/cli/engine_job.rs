//! Jobs of an engine, each followed until it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam::channel::RecvTimeoutError;
use serde_json::json;

use super::failure::Failure;
use super::progress::{Progress, stage_name};
use crate::engine::device::trust::Trust;
use crate::engine::protocol::{EngineEvent, JobId, Order, Still, StillOrder};
use crate::engine::{Engine, SvdRunner};
use crate::library::Library;
use crate::pipeline::StopMode;
use crate::request::Take;

/// How often Ctrl-C is checked while the engine sends no events.
const POLL: Duration = Duration::from_millis(50);

/// An engine for one command.
pub(super) struct EngineJobs<'a> {
    engine: Engine,
    stopped: &'a AtomicBool,
}

/// What a job made.
enum Made {
    Take(Arc<Take>),
    Still(Arc<Still>),
}

impl<'a> EngineJobs<'a> {
    /// Starts an engine; its jobs end when `stopped` is set.
    pub(super) fn start(library: Library, stopped: &'a AtomicBool) -> Result<Self, Failure> {
        let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
        let runner = Box::new(SvdRunner::new(library, trust));
        let engine = Engine::spawn(runner, Arc::new(|| {})).map_err(Failure::other)?;
        Ok(Self { engine, stopped })
    }

    /// Makes a take.
    pub(super) fn take(
        &mut self,
        order: Order,
        progress: &mut Progress,
    ) -> Result<Arc<Take>, Failure> {
        let job = self.engine.generate(order)?;
        match self.follow(job, progress)? {
            Made::Take(take) => Ok(take),
            Made::Still(_) => Err(Failure::other(
                "the engine made a picture instead of a take",
            )),
        }
    }

    /// Makes a picture from words.
    pub(super) fn still(
        &mut self,
        order: StillOrder,
        progress: &mut Progress,
    ) -> Result<Arc<Still>, Failure> {
        let job = self.engine.make_still(order)?;
        match self.follow(job, progress)? {
            Made::Still(still) => Ok(still),
            Made::Take(_) => Err(Failure::other(
                "the engine made a take instead of a picture",
            )),
        }
    }

    fn follow(&self, job: JobId, progress: &mut Progress) -> Result<Made, Failure> {
        let Some(events) = self.engine.events() else {
            return Err(Failure::other("the engine is not running"));
        };
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                self.engine.stop(job, StopMode::Now);
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
}

/// Reports an event; `Some` when it was the job's last.
fn tell(event: EngineEvent, job: JobId, progress: &mut Progress) -> Option<Result<Made, Failure>> {
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
        EngineEvent::Completed { take, .. } => Some(Ok(Made::Take(take))),
        EngineEvent::StillCompleted { still, .. } => Some(Ok(Made::Still(still))),
        EngineEvent::Stopped { .. } => Some(Err(Failure::Stopped)),
        EngineEvent::Failed { error, .. } => Some(Err(Failure::from(error.as_ref()))),
    }
}
