//! Pictures from words: the form, which picture is next, and what the window asks about the form.

use super::notice;
use crate::app::Command;
use crate::app::command::window::Overlay;
use crate::app::command::words::{SlotId, WordsCommand};
use crate::app::protocol::effect::Effect;
use crate::app::protocol::words::WordsEffect;
use crate::app::query::words::name_of;
use crate::app::state::Studio;
use crate::app::state::forecast::ForecastQuery;
use crate::app::state::notice::NoticeAction;
use crate::app::state::words::{SlotState, TokenQuery};
use crate::engine::protocol::{StillOrder, StopMode};
use crate::error::GenerateError;
use crate::request::GenerateRequest;

/// Carries out a command; pictures that it adds are started by the caller.
pub(super) fn command(studio: &mut Studio, command: WordsCommand) -> Vec<Effect> {
    let form = &mut studio.session.words;
    match command {
        WordsCommand::Text(text) => form.prompt.text = text,
        WordsCommand::Negative(text) => form.prompt.negative = text,
        WordsCommand::Model(name) => form.model = Some(name),
        WordsCommand::Shape(shape) => form.shape = shape,
        WordsCommand::Quality(quality) => form.quality = quality,
        WordsCommand::Make => {
            if studio.can_make_pictures()
                && let Some(request) = studio.words_request()
            {
                studio.runtime.words.add(request);
                studio.runtime.words.seconds = None;
            }
        }
        WordsCommand::Cancel => return cancel(studio),
        WordsCommand::Use(slot) => return choose(studio, slot),
    }
    Vec::new()
}

fn cancel(studio: &mut Studio) -> Vec<Effect> {
    let words = &mut studio.runtime.words;
    words.clear_waiting();
    let Some(job) = words.job.as_mut().filter(|job| !job.stopping) else {
        return Vec::new();
    };
    job.stopping = true;
    vec![Effect::Stop(job.id, StopMode::Now)]
}

/// Opens a finished picture as one of the project, and closes the sheet over the stage.
fn choose(studio: &mut Studio, id: SlotId) -> Vec<Effect> {
    let epoch = studio.project.epoch;
    let Some(slot) = studio.runtime.words.named_mut(id) else {
        return Vec::new();
    };
    let SlotState::Done(still) = &slot.state else {
        return Vec::new();
    };
    let effect = WordsEffect::Open {
        name: name_of(&slot.request.prompt.text),
        still: still.clone(),
        epoch,
    };
    slot.used = true;
    if studio.session.overlay == Some(Overlay::Words) {
        studio.session.overlay = None;
    }
    vec![Effect::Words(effect)]
}

/// The effect that starts the next picture, if one is waiting; the engine must be idle.
pub(super) fn next(studio: &mut Studio) -> Option<Effect> {
    let slot = studio.runtime.words.next()?;
    let (id, request) = (slot.id, slot.request.clone());
    let order = StillOrder {
        model: request.model.clone(),
        prompt: request.prompt.clone(),
        draft: request.draft.clone(),
        loras: Vec::new(),
        device: studio.preferences.device,
        precision: studio.preferences.precision,
        dump: None,
    };
    let slot = studio.runtime.words.named_mut(id)?;
    slot.state = SlotState::Making;
    Some(Effect::Words(WordsEffect::Make {
        order: Box::new(order),
        slot: id,
    }))
}

/// Reports why a picture could not be made. The others would fail for the same reason.
pub(super) fn failed(studio: &mut Studio, slot: SlotId, error: &GenerateError) {
    studio.runtime.words.remove(slot);
    studio.runtime.words.clear_waiting();
    let again = NoticeAction {
        words: "Try again".to_owned(),
        command: Command::Words(WordsCommand::Make),
    };
    notice::error_with_actions(studio, "Couldn't make the picture", error, vec![again]);
}

/// Asks for the cost of a picture and the tokens of the prompt, if the form has changed; each once at a time.
pub(super) fn refresh(studio: &mut Studio) -> Vec<Effect> {
    if studio.session.overlay != Some(Overlay::Words) {
        return Vec::new();
    }
    let cost = question(studio);
    let texts = texts(studio);
    let words = &mut studio.runtime.words;
    let mut effects = Vec::new();
    if !words.forecast.waiting && cost != words.forecast.asked {
        words.forecast.asked.clone_from(&cost);
        if let Some(cost) = cost {
            words.forecast.waiting = true;
            effects.push(Effect::Words(WordsEffect::Forecast(Box::new(cost))));
        }
    }
    if !words.tokens.waiting && texts != words.tokens.asked {
        words.tokens.asked.clone_from(&texts);
        if let Some(texts) = texts {
            words.tokens.waiting = true;
            effects.push(Effect::Words(WordsEffect::Count(texts)));
        }
    }
    effects
}

fn question(studio: &Studio) -> Option<ForecastQuery> {
    let request = studio.words_request()?;
    let (_, report) = studio.words_model()?;
    Some(ForecastQuery {
        model: request.model,
        request: GenerateRequest::complete(&request.draft, &report.defaults, 0).ok()?,
        device: studio.preferences.device,
        precision: studio.preferences.precision,
    })
}

/// Both texts as they are written, with the model that reads them; `None` if they are refused anyway.
fn texts(studio: &Studio) -> Option<TokenQuery> {
    let (entry, _) = studio.words_model()?;
    let prompt = studio.session.words.prompt.clone();
    prompt.check().ok()?;
    Some(TokenQuery {
        model: entry.name.clone(),
        prompt,
    })
}
