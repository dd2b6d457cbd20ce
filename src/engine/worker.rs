//! The engine's loop: takes an order, runs it, reports the outcome.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crossbeam::channel::{Receiver, Sender};

use super::job_control::JobControl;
use super::protocol::{EngineEvent, JobId, Order, Plan, Preview, Still, StillOrder, Wake, Work};
use super::slot::Slot;
use super::stage_clock::{StageClock, StageSeconds};
use crate::error::GenerateError;
use crate::pipeline::{Dump, Observer, Stage, StepDone, StopMode};
use crate::request::Take;
use crate::system::clock::now;

/// How a job ended, if it did not fail.
#[derive(Debug)]
pub enum RunEnd {
    /// All frames were made.
    Completed(Take),
    /// It was stopped, with the frames that were kept.
    Stopped(Option<Take>),
}

/// Runs orders. [`SvdRunner`](super::SvdRunner) in the program; tests have their own.
pub trait Runner: Send {
    /// Runs one order and reports its progress to `observer`.
    ///
    /// # Errors
    /// [`GenerateError`] if the order cannot be carried out.
    fn run(
        &mut self,
        order: &Order,
        observer: &mut JobObserver<'_>,
    ) -> Result<RunEnd, GenerateError>;

    /// Makes one picture from words and reports its progress to `observer`; `None` if it was stopped.
    ///
    /// # Errors
    /// [`GenerateError`] if the order cannot be carried out.
    fn still(
        &mut self,
        order: &StillOrder,
        observer: &mut JobObserver<'_>,
    ) -> Result<Option<Still>, GenerateError>;
}

/// The engine thread's ends of all channels.
pub(super) struct Channels {
    pub(super) inbox: Receiver<(JobId, Work)>,
    pub(super) outbox: Sender<EngineEvent>,
    pub(super) previews: Slot<Preview>,
    pub(super) control: JobControl,
    pub(super) wake: Wake,
}

impl Channels {
    /// Sends an event; dropped if there is no reader, while the engine shuts down.
    fn send(&self, event: EngineEvent) {
        let _ = self.outbox.send(event);
        (self.wake)();
    }
}

/// Runs orders until the handle is dropped.
pub(super) fn run(mut runner: Box<dyn Runner>, channels: &Channels) {
    while let Ok((job, work)) = channels.inbox.recv() {
        if channels.control.stopping(job).is_some() {
            channels.send(EngineEvent::Stopped { job, take: None });
        } else {
            run_job(runner.as_mut(), channels, job, &work);
        }
        channels.control.forget(job);
    }
}

fn run_job(runner: &mut dyn Runner, channels: &Channels, job: JobId, work: &Work) {
    let mut observer = JobObserver {
        channels,
        job,
        previews: matches!(work, Work::Take(order) if order.previews),
        dump: None,
        stage: None,
        step_began: now(),
        denoising: 0.0,
        steps_done: 0,
        clock: StageClock::start(),
    };
    // Tensor libraries report shape errors by panicking, which must not end the studio.
    let result = catch_unwind(AssertUnwindSafe(|| match work {
        Work::Take(order) => Ok(take_ended(job, runner.run(order, &mut observer)?)),
        Work::Still(order) => Ok(still_ended(job, runner.still(order, &mut observer)?)),
    }));
    let result = result.unwrap_or_else(|panic| {
        Err(GenerateError::Fault {
            place: stage_words(observer.stage).to_owned(),
            reason: panic_words(panic.as_ref()),
        })
    });
    channels.send(result.unwrap_or_else(|error| EngineEvent::Failed {
        job,
        error: Arc::new(error),
    }));
}

fn take_ended(job: JobId, end: RunEnd) -> EngineEvent {
    match end {
        RunEnd::Completed(take) => EngineEvent::Completed {
            job,
            take: Arc::new(take),
        },
        RunEnd::Stopped(take) => EngineEvent::Stopped {
            job,
            take: take.map(Arc::new),
        },
    }
}

fn still_ended(job: JobId, still: Option<Still>) -> EngineEvent {
    match still.map(Arc::new) {
        Some(still) => EngineEvent::StillCompleted { job, still },
        None => EngineEvent::Stopped { job, take: None },
    }
}

fn stage_words(stage: Option<Stage>) -> &'static str {
    match stage {
        None => "preparing the job",
        Some(Stage::Load) => "loading the weights",
        Some(Stage::Encode) => "encoding the picture or the prompt",
        Some(Stage::Denoise) => "denoising",
        Some(Stage::Decode) => "decoding the frames",
    }
}

/// The first line of a panic's message.
fn panic_words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    text.lines().next().unwrap_or_default().to_owned()
}

/// Turns the callbacks of a generation into events, and tells it when to stop.
pub struct JobObserver<'a> {
    channels: &'a Channels,
    job: JobId,
    previews: bool,
    dump: Option<Dump>,
    stage: Option<Stage>,
    step_began: Instant,
    /// Total seconds of the steps so far.
    denoising: f64,
    /// Number of these steps; a guided take skips the first ones.
    steps_done: usize,
    clock: StageClock,
}

impl JobObserver<'_> {
    /// Reports that the job has started.
    pub fn started(&mut self, plan: Plan) {
        self.channels.send(EngineEvent::Started {
            job: self.job,
            plan: Arc::new(plan),
        });
    }

    /// Waits while the job is paused, and reports when the pause begins and ends; the wait does not count towards the
    /// stage's time.
    fn wait_if_paused(&mut self) {
        let (control, job) = (&self.channels.control, self.job);
        if !control.should_pause(job) {
            return;
        }
        self.channels.send(EngineEvent::Paused { job });
        self.clock.close();
        control.wait_while_paused(job);
        if let Some(stage) = self.stage {
            self.clock.enter(stage);
        }
        self.channels.send(EngineEvent::Resumed { job });
        self.step_began = now();
    }

    /// Seconds of each stage so far; ends the current stage.
    pub(super) fn spent(&mut self) -> StageSeconds {
        self.clock.close()
    }

    /// Writes intermediate results to `dump` from now on.
    pub fn dump_to(&mut self, dump: Dump) {
        self.dump = Some(dump);
    }
}

impl Observer for JobObserver<'_> {
    fn stage(&mut self, stage: Stage) {
        if self.stage == Some(stage) {
            return;
        }
        self.stage = Some(stage);
        self.clock.enter(stage);
        self.step_began = now();
        self.channels.send(EngineEvent::StageStarted {
            job: self.job,
            stage,
        });
    }

    fn step(&mut self, done: &StepDone<'_>) {
        let seconds = self.step_began.elapsed().as_secs_f64();
        self.step_began = now();
        self.denoising += seconds;
        if !done.preview.is_empty() {
            self.channels.previews.put(Preview {
                job: self.job,
                step: done.step,
                frames: done.preview.to_vec(),
            });
        }
        self.steps_done += 1;
        let pace = self.denoising / self.steps_done as f64;
        self.channels.send(EngineEvent::StepFinished {
            job: self.job,
            step: done.step,
            steps: done.steps,
            seconds,
            eta_s: pace * (done.steps - done.step) as f64,
        });
        self.wait_if_paused();
    }

    fn decoded(&mut self, done: usize, total: usize) {
        self.channels.send(EngineEvent::FramesDecoded {
            job: self.job,
            done,
            total,
        });
        if done < total {
            self.wait_if_paused();
        }
    }

    fn warning(&mut self, text: String) {
        self.channels.send(EngineEvent::Warned {
            job: self.job,
            text,
        });
    }

    fn stop(&self) -> Option<StopMode> {
        self.channels.control.stopping(self.job)
    }

    fn wants_previews(&self) -> bool {
        self.previews
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
