//! What happens when the window opens: samples, models, camera moves, presets.

use super::{models, project};
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::library::POCKET;

pub(super) fn run(studio: &mut Studio) -> Vec<Effect> {
    // A new project starts with the user's preferred model.
    if let Some(model) = studio.preferences.model.clone()
        && studio.direction().model == POCKET
    {
        studio.project.document.direction.model = model;
    }
    let mut effects = project::open_first(studio);
    effects.extend([
        Effect::InspectModel(studio.project.document.direction.model.clone()),
        Effect::OpenSamples,
        models::list(studio),
        Effect::ListPresets,
        Effect::FindExportFolder,
    ]);
    effects
}
