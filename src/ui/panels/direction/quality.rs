//! The Quality card: presets first, the numbers behind them folded.

use egui::{Id, RichText, TextEdit, Ui};

use crate::app::command::project::PresetCommand;
use crate::app::query::overrides::{sampler_words, shape_words, sigmas_words};
use crate::app::{Choice, Command};
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{SettingRow, choice, name, quiet_button, ramp, row_label, text_button};

/// Presets in a row.
const PRESETS_IN_ROW: usize = 3;

/// Draws the presets, and the way to keep one.
pub(super) fn presets(ui: &mut Ui, view: View<'_>) {
    let draft = &view.studio.direction().draft;
    let all = &view.studio.runtime.presets;
    let present = all.iter().position(|preset| preset.is_in(draft));
    for (row, presets) in all.chunks(PRESETS_IN_ROW).enumerate() {
        let words: Vec<(usize, &str)> = presets
            .iter()
            .enumerate()
            .map(|(index, preset)| (row * PRESETS_IN_ROW + index, preset.name.as_str()))
            .collect();
        if let Some(index) = choice(ui, &format!("Presets, row {}", row + 1), present, &words)
            && let Some(preset) = all.get(index)
        {
            view.send(Command::Direct(Choice::Preset(preset.clone())));
        }
    }
    let words = match present.and_then(|index| all.get(index)) {
        Some(preset) if !preset.says.is_empty() => preset.says.clone(),
        Some(_) => String::new(),
        None => "Your own mix of settings".to_owned(),
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(
            RichText::new(words)
                .size(tokens::FONT_SMALL)
                .color(ui.colours().text_weak),
        );
    });
}

/// A name for the present settings.
pub(super) fn keep_preset(ui: &mut Ui, view: View<'_>) {
    let id = Id::unique("preset name");
    let Some(mut text) = ui.data(|data| data.get_temp::<String>(id)) else {
        let hint = "Keep these settings, all but the seed, under a name of your own";
        if quiet_button(ui, "Save as preset…")
            .on_hover_text(hint)
            .clicked()
        {
            ui.data_mut(|data| data.insert_temp(id, String::new()));
        }
        return;
    };
    let mut close = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 128.0).max(80.0);
        let field = TextEdit::singleline(&mut text)
            .hint_text("Name of the preset")
            .desired_width(width);
        let response = ui.add(field);
        name(ui, &response, "Name of the preset");
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let named = !text.trim().is_empty();
        if (text_button(ui, named, "Save").clicked() || entered) && named {
            view.send(Command::Preset(PresetCommand::Keep(text.clone())));
            close = true;
        }
        close |= quiet_button(ui, "Cancel").clicked();
    });
    ui.data_mut(|data| {
        if close {
            data.remove_temp::<String>(id);
        } else {
            data.insert_temp(id, text);
        }
    });
}

/// Draws the numbers.
pub(super) fn fine(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
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
    guidance(ui, view, settings, defaults);
    decode_chunk(ui, view, settings);
}

fn guidance(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    let (first, last) = settings.guidance;
    let suggested = (defaults.guidance.min, defaults.guidance.max);
    let triangle = settings.guidance_shape == GuidanceShape::Triangle;
    let ends = [
        (
            if triangle {
                "Guidance, both ends"
            } else {
                "Guidance, first frame"
            },
            first,
            suggested.0,
        ),
        (
            if triangle {
                "Guidance, middle frame"
            } else {
                "Guidance, last frame"
            },
            last,
            suggested.1,
        ),
    ];
    for (index, (label, value, suggested_end)) in ends.into_iter().enumerate() {
        let row = SettingRow {
            name: label,
            help: "How strongly these frames follow the picture",
            word: "",
            value: f64::from(value),
            suggested: f64::from(suggested_end),
            range: 1.0..=8.0,
            decimals: 1,
        };
        if let Some(change) = row.show(ui) {
            let value = change.value().map_or(suggested_end, |value| value as f32);
            let pair = if index == 0 {
                (value, last)
            } else {
                (first, value)
            };
            let pair = (pair != suggested).then_some(pair);
            view.send(Command::Direct(Choice::Guidance(pair)));
        }
    }
    let shapes =
        [GuidanceShape::Linear, GuidanceShape::Triangle].map(|shape| (shape, shape_words(shape)));
    let shape = settings.guidance_shape;
    if let Some(shape) = choice(ui, "Guidance over the frames", Some(shape), &shapes) {
        let shape = (shape != defaults.guidance.shape).then_some(shape);
        view.send(Command::Direct(Choice::GuidanceShape(shape)));
    }
    let ramp_of = Guidance {
        min: first,
        max: last,
        shape,
    };
    let scales = ramp_of.scales(settings.frames);
    let words = format!("Guidance over the frames, from {first:.1} to {last:.1}");
    ramp(ui, &scales, &words);
    ui.add_space(tokens::GAP_SMALL);
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
