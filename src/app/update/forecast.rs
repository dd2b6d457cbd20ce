//! The forecast for the next take: requested again whenever something that it depends on has changed.

use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::eta::eta;
use crate::app::state::forecast::ForecastQuery;
use crate::engine::forecast::Forecast;
use crate::engine::protocol::JobId;
use crate::project::take_request::TakeRequest;
use crate::request::GenerateRequest;

/// Requests a new forecast if necessary; one at a time.
pub(super) fn refresh(studio: &mut Studio) -> Option<Effect> {
    if studio.runtime.forecast.waiting {
        return None;
    }
    let question = question(studio);
    let forecast = &mut studio.runtime.forecast;
    if question == forecast.asked {
        return None;
    }
    forecast.asked = question;
    let Some(question) = &forecast.asked else {
        forecast.latest = None;
        return None;
    };
    forecast.waiting = true;
    Some(Effect::Forecast {
        question: Box::new(question.clone()),
        job: None,
    })
}

/// The query for the current direction.
fn question(studio: &Studio) -> Option<ForecastQuery> {
    let card = studio.model()?;
    let direction = studio.complete_direction();
    let levels = direction.guide_levels();
    // The seed does not affect the cost.
    let mut draft = crate::request::RequestDraft {
        seed: None,
        ..direction.draft
    };
    // A guide encodes more frames and leaves out steps.
    if draft.guide.is_none()
        && let Some(steered) = studio.steered()
    {
        steered.apply(&mut draft, levels, &studio.drawing_in_frame());
    }
    let request = GenerateRequest::complete(&draft, &card.defaults, 0).ok()?;
    Some(ForecastQuery {
        model: card.name.clone(),
        request,
        device: studio.preferences.device,
        precision: studio.preferences.precision,
    })
}

/// The estimated seconds of a take with the direction's settings, if known.
pub(super) fn latest_seconds(studio: &Studio) -> Option<f64> {
    let state = &studio.runtime.forecast;
    let latest = state.latest.as_ref().filter(|_| !state.waiting)?;
    latest.seconds()
}

/// The estimated seconds of a requested take, which may have other settings.
pub(super) fn seconds_of(studio: &Studio, request: &TakeRequest) -> Option<f64> {
    let same = request.direction == studio.complete_direction() && request.device.is_none();
    latest_seconds(studio).filter(|_| same)
}

/// Handles an answer; `None` if there is none.
pub(super) fn answered(
    studio: &mut Studio,
    job: Option<JobId>,
    forecast: Option<Forecast>,
) -> Vec<Effect> {
    let now = studio.runtime.now;
    match job {
        Some(job) => {
            let found = studio.runtime.job.as_mut().filter(|one| one.id == job);
            if let (Some(job), Some(forecast)) = (found, forecast) {
                job.estimate.record_forecast(&forecast);
                // Until its first step is timed.
                let whole = forecast.seconds().map(|seconds| now + eta(seconds));
                job.ends_at = job.ends_at.or(whole);
            }
        }
        None => {
            studio.runtime.forecast.waiting = false;
            studio.runtime.forecast.latest = forecast;
        }
    }
    Vec::new()
}

/// Marks the forecast as outdated, because this machine's speed is better known now.
pub(super) fn outdated(studio: &mut Studio) {
    studio.runtime.forecast.asked = None;
}
