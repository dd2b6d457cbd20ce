//! How camera moves reach the model, and how closely a guide is followed.

use egui::Ui;

use crate::app::query::setting_names::{all_levels, levels_name, steer_name, steers};
use crate::app::{Choice, Command};
use crate::request::Steer;
use crate::ui::view::View;
use crate::ui::widgets::{Section, choice, row_label};

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
    let (steer, levels) = (direction.steer, direction.levels);
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
            "If the guide is followed loosely, the model adds more of its own movement and strays further from the path",
        );
        if let Some(levels) = choice(ui, words, Some(levels), &all_levels()) {
            view.send(Command::Direct(Choice::Levels(levels)));
        }
    });
}
