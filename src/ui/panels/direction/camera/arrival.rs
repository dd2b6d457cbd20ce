//! A LoRA file that was inspected and waits for the artist's decision.

use egui::{Button, Frame, Margin, RichText, ScrollArea, Stroke, Ui};

use super::send::send;
use crate::app::command::camera::CameraCommand;
use crate::library::camera_moves::MoveInspection;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::quiet_button;

/// Draws the card of the file.
pub(super) fn arrived(ui: &mut Ui, view: View<'_>, arrival: &MoveInspection) {
    let card = &arrival.card;
    let stroke = Stroke::new(tokens::STROKE, ui.colours().accent_dim);
    Frame::NONE
        .fill(ui.colours().raised)
        .stroke(stroke)
        .corner_radius(tokens::RADIUS)
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = tokens::GAP;
            ui.label(RichText::new(&card.title).size(tokens::FONT_TITLE));
            let weak = ui.colours().text_weak;
            let small = |words: String| RichText::new(words).small().color(weak);
            let model = view
                .studio
                .model()
                .map_or("this model", |model| &model.title);
            ui.label(small(if card.fits() {
                format!("Fits {model}: {}.", card.fit)
            } else {
                format!("Made for Stable Video Diffusion, not for {model}.")
            }));
            if let Some(note) = &card.note {
                ui.label(small(note.clone()));
            }
            match &card.licence {
                Some(licence) => {
                    ui.label(small("Licence:".to_owned()));
                    ScrollArea::vertical()
                        .id_salt("licence")
                        .max_height(72.0)
                        .show(ui, |ui| ui.label(small(licence.clone())));
                }
                None => {
                    let words =
                        "The file contains no licence. Look for the terms of use where you found the file.";
                    ui.label(small(words.to_owned()));
                }
            }
            if arrival.replaces {
                let words = format!("A move named {} already exists.", card.name);
                ui.label(RichText::new(words).small().color(ui.colours().caution));
            }
            ui.horizontal(|ui| {
                let word = if arrival.replaces {
                    "Replace"
                } else {
                    "Install"
                };
                // A button's own background has the colour of this card.
                let button = Button::new(word).fill(ui.colours().pressed);
                if ui.add(button).clicked() {
                    send(view, CameraCommand::Install);
                }
                if quiet_button(ui, "Not now").clicked() {
                    send(view, CameraCommand::Decline);
                }
            });
        });
    ui.add_space(tokens::GAP_SMALL);
}
