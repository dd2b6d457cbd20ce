//! The settings that differ from the model's defaults, each with the choice that resets it.

use super::setting::{Usual, Values};
use super::settings::TABLE;
use crate::app::command::Choice;
use crate::project::direction::Direction;
use crate::project::preset::Preset;
use crate::request::Defaults;

/// A setting that differs from its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The setting, in lower case.
    pub name: &'static str,
    /// Setting and value, in a few words.
    pub words: String,
    /// The choice that resets it.
    pub revert: Choice,
}

/// All settings that differ from their defaults, in the order in which the panel shows them. Those that one of the
/// presets sets are left out, because the preset is shown by its name.
#[must_use]
pub fn changed(direction: &Direction, defaults: &Defaults, presets: &[Preset]) -> Vec<Changed> {
    let mut chosen = direction.clone();
    if let Some(preset) = presets.iter().find(|preset| preset.is_in(&chosen.draft)) {
        chosen.draft = preset.taken_from(&chosen.draft);
    }
    let defaults = &defaults.with_sampler(chosen.draft.sampler);
    // A border colour is listed only if it is chosen, so the usual one is never shown.
    let matte = [0; 3];
    let values = Values::of(&chosen, Usual { defaults, matte });
    TABLE
        .iter()
        .filter(|row| (row.is_chosen)(&chosen, defaults))
        .map(|row| Changed {
            name: row.name,
            words: (row.text)(&values),
            revert: (row.reset)(),
        })
        .collect()
}
