//! Advanced quality: the seed, and the numbers that presets set.

use egui::Ui;

use super::{guidance, seed};
use crate::app::query::overrides::{sampler_words, sigmas_words};
use crate::app::{Choice, Command};
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::sampler::{SamplerKind, ScheduleKind};
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{SettingRow, choice, row_label};

/// Draws it.
pub(super) fn advanced(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    seed::seed(ui, view, settings);
    ui.add_space(tokens::GAP_SMALL);
    let row = SettingRow {
        name: "Steps",
        help: "How often the noise is refined; more takes longer and changes less and less",
        word: "",
        value: settings.steps as f64,
        suggested: defaults.steps as f64,
        range: 1.0..=50.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let steps = change.value().map(|value| value.round().max(1.0) as usize);
        view.send(Command::Direct(Choice::Steps(steps)));
    }
    row_label(ui, "Sampler");
    let samplers = [
        SamplerKind::Euler,
        SamplerKind::EulerAncestral,
        SamplerKind::DpmPlusPlus2M,
    ]
    .map(|sampler| (sampler, sampler_words(sampler)));
    if let Some(sampler) = choice(ui, "Sampler", Some(settings.sampler), &samplers) {
        let sampler = (sampler != SamplerKind::default()).then_some(sampler);
        view.send(Command::Direct(Choice::Sampler(sampler)));
    }
    row_label(ui, "Noise levels");
    let spacings =
        [ScheduleKind::Karras, ScheduleKind::Ays].map(|sigmas| (sigmas, sigmas_words(sigmas)));
    if let Some(sigmas) = choice(ui, "Noise levels", Some(settings.sigmas), &spacings) {
        let sigmas = (sigmas != ScheduleKind::default()).then_some(sigmas);
        view.send(Command::Direct(Choice::Sigmas(sigmas)));
    }
    ui.add_space(tokens::GAP_SMALL);
    guidance::guidance(ui, view, settings, defaults);
    decode_chunk(ui, view, settings);
}

fn decode_chunk(ui: &mut Ui, view: View<'_>, settings: &Settings) {
    let row = SettingRow {
        name: "Decode batch",
        help: "How many frames are decoded together: fewer need less memory, more flicker less",
        word: match settings.decode_chunk {
            None => "all that fit",
            Some(_) => "",
        },
        value: settings.decode_chunk.unwrap_or(settings.frames) as f64,
        suggested: settings.frames as f64,
        range: 1.0..=settings.frames.max(2) as f64,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let chunk = change.value().map(|value| value.round().max(1.0) as usize);
        view.send(Command::Direct(Choice::DecodeChunk(chunk)));
    }
}
