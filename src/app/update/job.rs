//! Takes in the making: ordered, followed, stopped, finished.

use std::sync::Arc;
use std::time::Duration;

use super::{next_number, notice, put_on_stage};
use crate::app::effect::Effect;
use crate::app::job::{Hold, Job, Phase};
use crate::app::settings::CameraMove;
use crate::app::state::{PictureId, ShelfTake, Shown, Studio, TakeId};
use crate::engine::protocol::{
    EngineEvent, JobId, LoraChoice, Order, Preview, Stage, StopMode, Take,
};
use crate::request::GenerateRequest;

/// Longer than any job; a driver's wrong clock must not end the program.
const LONGEST_ETA_S: f64 = 1e7;

pub(super) fn generate(studio: &mut Studio) -> Vec<Effect> {
    let (Some(picture), Some(card)) = (studio.picture(), studio.model()) else {
        return Vec::new();
    };
    let (direction, preferences) = (studio.direction(), &studio.preferences);
    // The engine checks again, with the seed it draws; here a refusal comes at once.
    if let Err(error) = GenerateRequest::complete(&direction.draft, &card.defaults, 0) {
        return notice::trouble(studio, "The take was not begun", &error);
    }
    let order = Order {
        model: direction.model.clone(),
        picture: Arc::clone(&picture.picture),
        picture_path: picture.path.clone(),
        fit: direction.fit,
        matte: preferences.matte,
        draft: direction.draft.clone(),
        loras: direction.moves.iter().map(lora).collect(),
        device: preferences.device,
        precision: preferences.precision,
        dump: None,
        previews: true,
    };
    vec![Effect::Generate {
        order: Box::new(order),
        picture: picture.id,
    }]
}

/// A camera move as the engine knows it.
fn lora(camera_move: &CameraMove) -> LoraChoice {
    LoraChoice {
        name: camera_move.name.clone(),
        strength: camera_move.strength,
    }
}

pub(super) fn queued(studio: &mut Studio, job: JobId, picture: PictureId) -> Vec<Effect> {
    studio.runtime.jobs.push(Job::new(job, picture));
    // A job that has to wait leaves the stage to the one that runs.
    if studio.runtime.jobs.len() == 1 {
        put_on_stage(studio, Shown::Job(job), true);
    }
    Vec::new()
}

pub(super) fn stop(studio: &mut Studio, mode: StopMode) -> Vec<Effect> {
    let Some(job) = studio.runtime.jobs.first_mut() else {
        return Vec::new();
    };
    // Asked to discard, nothing is kept any more; the other way round it is a second thought.
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

pub(super) fn heard(studio: &mut Studio, event: EngineEvent) -> Vec<Effect> {
    let now = studio.runtime.now;
    match event {
        EngineEvent::Started { job, plan } => {
            studio.runtime.device = Some(format!("{} ({})", plan.device, plan.precision));
            if let Some(job) = named(studio, job) {
                job.steps = (0, plan.request.steps);
                job.plan = Some(plan);
            }
        }
        EngineEvent::StageStarted { job, stage } => {
            if let Some(job) = named(studio, job) {
                job.stage = Some(stage);
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
            eta_s,
            ..
        } => {
            if let Some(job) = named(studio, job) {
                job.steps = (step, steps);
                job.steps_end =
                    Some(now + Duration::from_secs_f64(eta_s.clamp(0.0, LONGEST_ETA_S)));
            }
        }
        EngineEvent::FramesDecoded { job, done, total } => {
            if let Some(job) = named(studio, job) {
                job.decoded = (done, total);
            }
        }
        EngineEvent::Paused { job } => hold(studio, job, Hold::Held),
        EngineEvent::Resumed { job } => hold(studio, job, Hold::None),
        EngineEvent::Warned { text, .. } => notice::warning(studio, "Good to know", &text),
        EngineEvent::Completed { job, take } => return ended(studio, job, Some(take)),
        EngineEvent::Stopped { job, take } => return ended(studio, job, take),
        EngineEvent::Failed { job, error } => {
            ended(studio, job, None);
            return notice::trouble(studio, "The take could not be made", &error);
        }
    }
    Vec::new()
}

/// A job holds, or goes on; what is left of it is as much as before.
fn hold(studio: &mut Studio, job: JobId, hold: Hold) {
    let now = studio.runtime.now;
    if let Some(job) = named(studio, job) {
        if let (Hold::None, Some(since), Some(end)) = (hold, job.held_at, job.steps_end) {
            job.steps_end = Some(end + now.saturating_sub(since));
        }
        job.held_at = (hold == Hold::Held).then_some(now);
        job.hold = hold;
    }
}

/// Takes a job off the list, and its take onto the shelf.
fn ended(studio: &mut Studio, job: JobId, take: Option<Arc<Take>>) -> Vec<Effect> {
    let Some(index) = studio.runtime.jobs.iter().position(|one| one.id == job) else {
        return Vec::new();
    };
    let job = studio.runtime.jobs.remove(index);
    let on_stage = studio.session.shown == Shown::Job(job.id);
    let mut effects = Vec::new();
    let mut next = studio.runtime.jobs.first().map(|job| Shown::Job(job.id));
    if let Some(take) = take {
        let id = TakeId(next_number(studio));
        studio.project.takes.push(ShelfTake {
            id,
            number: studio.project.takes.len() + 1,
            picture: job.picture,
            take: Arc::clone(&take),
            cells: Vec::new(),
        });
        effects.push(Effect::MakeCells(id, take));
        next = Some(Shown::Take(id));
    }
    if on_stage {
        put_on_stage(studio, next.unwrap_or_default(), next.is_some());
    }
    effects
}

fn named(studio: &mut Studio, id: JobId) -> Option<&mut Job> {
    studio.runtime.jobs.iter_mut().find(|job| job.id == id)
}
