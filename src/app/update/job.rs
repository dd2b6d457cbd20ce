//! Jobs: started, tracked, stopped, finished.

use std::sync::Arc;

use super::stage::{next_number, put_on_stage};
use super::{forecast, notice, queue, save, sequence, take};
use crate::app::command::window::Seeds;
use crate::app::protocol::effect::Effect;
use crate::app::state::eta::eta;
use crate::app::state::forecast::ForecastQuery;
use crate::app::state::job::{Job, PauseState, Phase};
use crate::app::state::shelf::ShelfTake;
use crate::app::state::{Shown, Studio};
use crate::engine::protocol::{EngineEvent, JobId, Plan, Preview, Stage, StopMode};
use crate::project::ids::TakeId;
use crate::project::take_request::TakeRequest;
use crate::request::Take;

pub(super) fn queued(studio: &mut Studio, job: JobId, request: TakeRequest) -> Vec<Effect> {
    studio.runtime.job = Some(Job::new(job, request));
    // A job that had to wait does not replace what is on the stage.
    if std::mem::take(&mut studio.runtime.queue.watch) {
        put_on_stage(studio, Shown::Job(job), true);
    }
    Vec::new()
}

pub(super) fn stop(studio: &mut Studio, mode: StopMode) -> Vec<Effect> {
    let Some(job) = &mut studio.runtime.job else {
        return Vec::new();
    };
    // A job being discarded stays discarded; one being stopped with its take kept can still be discarded.
    if job.stopping == Some(StopMode::Now) {
        return Vec::new();
    }
    job.stopping = Some(mode);
    vec![Effect::Stop(job.id, mode)]
}

pub(super) fn previewed(studio: &mut Studio, preview: Preview) -> Vec<Effect> {
    if let Some(job) = named(studio, preview.job) {
        job.preview = Some(preview);
    }
    Vec::new()
}

pub(super) fn engine_event(studio: &mut Studio, event: EngineEvent) -> Vec<Effect> {
    let now = studio.runtime.now;
    match event {
        EngineEvent::Started { job, plan } => return started(studio, job, plan),
        EngineEvent::StageStarted { job, stage } => {
            if let Some(job) = named(studio, job) {
                job.stage = Some(stage);
                job.stage_began = now;
                job.phase = match stage {
                    Stage::Load | Stage::Encode => job.phase,
                    Stage::Denoise => Phase::Denoise,
                    Stage::Decode => Phase::Decode,
                };
            }
        }
        EngineEvent::StepFinished {
            job,
            step,
            steps,
            seconds,
            ..
        } => {
            if let Some(job) = named(studio, job) {
                job.steps = (step, steps);
                job.estimate.step(seconds, steps);
                job.ends_at = job.estimate.remaining().map(|left| now + eta(left));
            }
        }
        EngineEvent::FramesDecoded { job, done, total } => {
            if let Some(job) = named(studio, job) {
                job.decoded = (done, total);
                let spent = now.saturating_sub(job.stage_began).as_secs_f64();
                let left = job.estimate.remaining_of_decoding(spent, done, total);
                job.ends_at = left.map(|left| now + eta(left));
            }
        }
        EngineEvent::Paused { job } => set_pause(studio, job, PauseState::Paused),
        EngineEvent::Resumed { job } => set_pause(studio, job, PauseState::Running),
        EngineEvent::Warned { text, .. } => notice::warning(studio, "Note", &text),
        // Of a picture from words, which is not a job of this kind.
        EngineEvent::StillCompleted { .. } => {}
        EngineEvent::Completed { job, take } => return ended(studio, job, Some(take)),
        EngineEvent::Stopped { job, take } => return ended(studio, job, take),
        EngineEvent::Failed { job, error } => {
            let on_stage = studio.session.shown == Shown::Job(job);
            if let Some(job) = studio.runtime.job.take_if(|one| one.id == job) {
                if on_stage {
                    put_on_stage(studio, Shown::Picture, false);
                }
                queue::failed(studio, job, &error);
            }
            return queue::start_next(studio);
        }
    }
    Vec::new()
}

/// A job has started: its exact settings, and so its forecast, are known from now on.
fn started(studio: &mut Studio, id: JobId, plan: Arc<Plan>) -> Vec<Effect> {
    studio.runtime.device = Some(format!("{} ({})", plan.device, plan.precision));
    let preferences = (studio.preferences.device, studio.preferences.precision);
    let Some(job) = named(studio, id) else {
        return Vec::new();
    };
    let question = ForecastQuery {
        model: job.request.direction.model.clone(),
        request: plan.request.clone(),
        device: job.request.device.unwrap_or(preferences.0),
        precision: preferences.1,
    };
    job.steps = (0, plan.request.steps_done());
    let drawn = job.request.direction.draft.seed.is_none();
    let seed = plan.request.seed;
    job.plan = Some(plan);
    if drawn {
        keep_seed(studio, seed);
    }
    vec![Effect::Forecast {
        question: Box::new(question),
        job: Some(id),
    }]
}

/// Keeps the drawn seed in the direction, if the user prefers that.
fn keep_seed(studio: &mut Studio, seed: u64) {
    let editing = studio.runtime.queue.editing.is_some();
    let draft = &mut studio.project.document.direction.draft;
    if studio.preferences.seeds == Seeds::Keep && draft.seed.is_none() && !editing {
        draft.seed = Some(seed);
    }
}

/// Pauses or resumes a job; its remaining time is unchanged.
fn set_pause(studio: &mut Studio, job: JobId, pause: PauseState) {
    let now = studio.runtime.now;
    if let Some(job) = named(studio, job) {
        if let (PauseState::Running, Some(since)) = (pause, job.paused_at) {
            let passed = now.saturating_sub(since);
            job.ends_at = job.ends_at.map(|end| end + passed);
            job.stage_began += passed;
        }
        job.paused_at = (pause == PauseState::Paused).then_some(now);
        job.pause = pause;
    }
}

/// Removes a job and adds its take to the shelf.
fn ended(studio: &mut Studio, job: JobId, take: Option<Arc<Take>>) -> Vec<Effect> {
    let Some(job) = studio.runtime.job.take_if(|one| one.id == job) else {
        return Vec::new();
    };
    let on_stage = studio.session.shown == Shown::Job(job.id);
    forecast::outdated(studio);
    let mut effects = queue::start_next(studio);
    // If it produced nothing, the next job replaces it on the stage.
    studio.runtime.queue.watch |= on_stage && take.is_none();
    let mut next = None;
    if let Some(take) = take {
        let id = TakeId(next_number(studio));
        let number = take::next_take(studio);
        studio.project.takes.push(ShelfTake {
            id,
            number,
            picture: Some(job.request.picture),
            brought_from: None,
            prompt: job.request.direction.prompt,
            take: Arc::clone(&take),
            cells: Vec::new(),
        });
        effects.extend(save::save_take(studio, id));
        let epoch = studio.project.epoch;
        effects.push(Effect::MakeCells { epoch, id, take });
        next = Some(Shown::Take(id));
        if let Some(clip) = sequence::continues(studio, id) {
            if on_stage {
                sequence::show_joint(studio, clip);
            }
            return effects;
        }
    }
    if on_stage {
        put_on_stage(studio, next.unwrap_or_default(), next.is_some());
    }
    effects
}

fn named(studio: &mut Studio, id: JobId) -> Option<&mut Job> {
    studio.runtime.job.as_mut().filter(|job| job.id == id)
}
