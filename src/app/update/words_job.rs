//! Pictures from words in the engine: started one after the other, tracked, finished.

use super::{notice, queue, words};
use crate::app::Command;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::command::words::{SlotId, WordsCommand};
use crate::app::protocol::effect::Effect;
use crate::app::protocol::words::WordsEvent;
use crate::app::state::Studio;
use crate::app::state::notice::NoticeAction;
use crate::app::state::words::{SlotState, WordsJob};
use crate::engine::protocol::{EngineEvent, JobId};

/// Carries out a command, and starts what it added.
pub(super) fn command(studio: &mut Studio, command: WordsCommand) -> Vec<Effect> {
    let mut effects = words::command(studio, command);
    effects.extend(queue::start_next(studio));
    effects
}

pub(super) fn event(studio: &mut Studio, event: WordsEvent) -> Vec<Effect> {
    match event {
        WordsEvent::Queued { job, slot } => queued(studio, job, slot),
        WordsEvent::Refused { slot, error } => {
            words::failed(studio, slot, &error);
            return queue::start_next(studio);
        }
        WordsEvent::Forecast(forecast) => {
            studio.runtime.words.forecast.waiting = false;
            studio.runtime.words.forecast.latest = forecast.map(|forecast| *forecast);
        }
        WordsEvent::Counted(counts) => studio.runtime.words.tokens.answered(counts),
    }
    Vec::new()
}

fn queued(studio: &mut Studio, id: JobId, slot: SlotId) {
    studio.runtime.words.job = Some(WordsJob {
        id,
        slot,
        began: studio.runtime.now,
        stage: None,
        steps: (0, 0),
        stopping: false,
    });
}

/// Says that the pictures are finished, unless the user sees them.
fn ready(studio: &mut Studio) {
    if studio.session.overlay == Some(Overlay::Words) {
        return;
    }
    let choose = NoticeAction {
        words: "Choose one…".to_owned(),
        command: Command::Window(WindowCommand::Show(Overlay::Words)),
    };
    let words = "Choose one of them for the next take.";
    notice::info_with_actions(studio, "The pictures are finished", words, vec![choose]);
}

/// Whether an event is about a picture from words.
pub(super) fn is_ours(studio: &Studio, event: &EngineEvent) -> bool {
    let job = studio.runtime.words.job.as_ref();
    job.is_some_and(|job| job.id == event.job())
}

pub(super) fn engine_event(studio: &mut Studio, event: EngineEvent) -> Vec<Effect> {
    let now = studio.runtime.now;
    let Some(job) = studio.runtime.words.job.as_mut() else {
        return Vec::new();
    };
    match event {
        EngineEvent::Started { plan, .. } => {
            job.steps = (0, plan.request.steps_done());
            studio.runtime.device = Some(format!("{} ({})", plan.device, plan.precision));
        }
        EngineEvent::StageStarted { stage, .. } => job.stage = Some(stage),
        EngineEvent::StepFinished { step, steps, .. } => job.steps = (step, steps),
        EngineEvent::StillCompleted { still, .. } => {
            let (slot, seconds) = (job.slot, now.saturating_sub(job.began).as_secs_f64());
            let words = &mut studio.runtime.words;
            words.job = None;
            words.seconds = Some(seconds);
            if let Some(slot) = words.named_mut(slot) {
                slot.state = SlotState::Done(still);
            }
            // The speed of this machine is better known now.
            words.forecast.asked = None;
            if !words.is_busy() {
                ready(studio);
            }
            return queue::start_next(studio);
        }
        EngineEvent::Failed { error, .. } => {
            let slot = job.slot;
            studio.runtime.words.job = None;
            words::failed(studio, slot, &error);
            return queue::start_next(studio);
        }
        // A picture that was stopped leaves nothing.
        EngineEvent::Stopped { .. } | EngineEvent::Completed { .. } => {
            let slot = job.slot;
            studio.runtime.words.job = None;
            studio.runtime.words.remove(slot);
            return queue::start_next(studio);
        }
        // The sheet says how much of the prompt is read, and the Models panel what was assumed about the model.
        EngineEvent::Warned { .. }
        // Pictures are not paused, and their one frame is decoded at once.
        | EngineEvent::FramesDecoded { .. }
        | EngineEvent::Paused { .. }
        | EngineEvent::Resumed { .. } => {}
    }
    Vec::new()
}
