//! Advanced quality: the seed, and the numbers that presets set.

use egui::Ui;

use super::slider::setting_sliders;
use super::{guidance, seed};
use crate::app::query::setting::Setting;
use crate::app::query::setting_names::{samplers, schedules};
use crate::app::{Choice, Command};
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::sampler::{SamplerKind, ScheduleKind};
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{choice, row_label};

/// Draws the advanced settings.
pub(super) fn advanced(
    ui: &mut Ui,
    view: View<'_>,
    settings: &ResolvedDirection,
    defaults: &Defaults,
) {
    seed::seed(ui, view, settings);
    ui.add_space(tokens::GAP_SMALL);
    setting_sliders(ui, view, Setting::Steps, "", (settings, defaults));
    row_label(ui, "Sampler");
    if let Some(sampler) = choice(ui, "Sampler", Some(settings.sampler), &samplers()) {
        let sampler = (sampler != SamplerKind::default()).then_some(sampler);
        view.send(Command::Direct(Choice::Sampler(sampler)));
    }
    row_label(ui, "Noise levels");
    if let Some(sigmas) = choice(ui, "Noise levels", Some(settings.sigmas), &schedules()) {
        let sigmas = (sigmas != ScheduleKind::default()).then_some(sigmas);
        view.send(Command::Direct(Choice::Sigmas(sigmas)));
    }
    ui.add_space(tokens::GAP_SMALL);
    guidance::guidance(ui, view, settings, defaults);
    let word = match settings.decode_chunk {
        None => "all that fit",
        Some(_) => "",
    };
    setting_sliders(ui, view, Setting::DecodeChunk, word, (settings, defaults));
}
