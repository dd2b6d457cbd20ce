//! Presets: listed and saved.

use super::notice;
use crate::app::command::project::PresetCommand;
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::notice::Topic;
use crate::error::PresetError;
use crate::project::preset::Preset;

pub(super) fn command(studio: &mut Studio, command: PresetCommand) -> Vec<Effect> {
    match command {
        PresetCommand::Save(name) => {
            let preset = Preset::of(&name, &studio.direction().draft);
            vec![Effect::SavePreset(Box::new(preset))]
        }
    }
}

pub(super) fn listed(
    studio: &mut Studio,
    presets: Vec<Preset>,
    refused: &[PresetError],
) -> Vec<Effect> {
    studio.runtime.presets = presets;
    for error in refused {
        let (topic, title) = (Topic::Preset, "Couldn't read a preset");
        notice::error_about(studio, topic, title, error, Vec::new());
    }
    Vec::new()
}

pub(super) fn saved(studio: &mut Studio, result: Result<String, PresetError>) -> Vec<Effect> {
    match result {
        Ok(name) => {
            notice::info(studio, "Preset saved", &name);
            vec![Effect::ListPresets]
        }
        Err(error) => notice::error(studio, "Couldn't save the preset", &error),
    }
}
