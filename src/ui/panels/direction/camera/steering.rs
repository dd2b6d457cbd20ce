//! How camera moves reach the model, and how closely a guide is followed.

use egui::{DragValue, Ui};

use crate::app::query::setting_names::{all_levels, levels_name, steer_name, steers};
use crate::app::{Choice, Command};
use crate::project::direction::usual_levels;
use crate::request::{GuideLevels, Steer};
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Section, choice, line, name, row_label};

/// How the moves reach the model, in a few words.
pub(super) fn words(by: Steer) -> &'static str {
    match by {
        Steer::Auto => "",
        Steer::Lora => "Steered by LoRA",
        Steer::Guide => "Steered by the guide",
        Steer::Both => "Steered by LoRA and guide",
    }
}

/// Draws the section.
pub(super) fn steering(ui: &mut Ui, view: View<'_>) {
    let direction = view.studio.direction();
    let (steer, levels) = (direction.steer, direction.guide_levels());
    let value = match steer {
        Steer::Lora => steer_name(steer).to_owned(),
        steer => format!("{} · {}", steer_name(steer), levels_name(levels)),
    };
    Section::small("Steering").value(&value).show(ui, |ui| {
        let words = "Camera moves use";
        ui.scope(|ui| row_label(ui, words)).response.on_hover_text(
            "Auto uses LoRAs if every move has one that fits the model. Otherwise Auto uses the guide: \
             moved copies of the picture, which the take follows in its first steps",
        );
        if let Some(steer) = choice(ui, words, Some(steer), &steers()) {
            view.send(Command::Direct(Choice::Steer(steer)));
        }
        if steer == Steer::Lora {
            return;
        }
        let words = "How closely the guide is followed";
        ui.scope(|ui| row_label(ui, words)).response.on_hover_text(
            "With Loose, the model adds more movement of its own and strays further from the path. Firm repeats steps, \
             which suits still scenes but takes about twice as long. Exact follows the guide to the last step; with \
             Pocket, only Exact has an effect",
        );
        let send = |levels| {
            let usual = usual_levels(&direction.model);
            let chosen = Some(levels).filter(|levels| *levels != usual);
            view.send(Command::Direct(Choice::Levels(chosen)));
        };
        if let Some(levels) = choice(ui, words, Some(levels), &all_levels()) {
            send(levels);
        }
        Section::small("Noise levels of the guide").show(ui, |ui| {
            if let Some(levels) = sigmas(ui, levels) {
                send(levels);
            }
        });
    });
}

/// The noise levels as numbers; returns them if one was changed.
fn sigmas(ui: &mut Ui, levels: GuideLevels) -> Option<GuideLevels> {
    let mut changed = levels;
    let numbers = [
        ("Start at σ", &mut changed.weak, 0.001),
        ("Hold camera until σ", &mut changed.camera, 0.0),
        ("Hold lock until σ", &mut changed.still, 0.0),
        ("Hold cut-outs until σ", &mut changed.cut_out, 0.0),
    ];
    for (words, value, least) in numbers {
        let (_, response) = line(
            ui,
            |ui| row_label(ui, words),
            |ui| {
                let number = DragValue::new(value)
                    .range(least..=700.0)
                    .clamp_existing_to_range(false)
                    .speed(0.2)
                    .max_decimals(3);
                ui.add_sized([tokens::NUMBER, tokens::CONTROL], number)
            },
        );
        name(ui, &response, words);
    }
    (changed != levels).then_some(changed)
}
