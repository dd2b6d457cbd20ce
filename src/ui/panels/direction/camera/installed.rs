//! Camera moves that the artist installed, with buttons to remove them.

use egui::{RichText, Ui};

use super::send::send;
use crate::app::command::camera::CameraCommand;
use crate::library::camera_moves::{MoveCard, MoveOrigin};
use crate::ui::style::tokens::Themed as _;
use crate::ui::view::View;
use crate::ui::widgets::{Section, line, name, quiet_button, text_button};

/// Lists the installed moves, if there are any.
pub(super) fn installed(ui: &mut Ui, view: View<'_>) {
    let library = &view.studio.runtime.camera;
    let is_installed = |card: &&MoveCard| matches!(card.origin, MoveOrigin::Installed(_));
    let cards: Vec<&MoveCard> = library.cards.iter().filter(is_installed).collect();
    if cards.is_empty() {
        return;
    }
    Section::small("Installed moves").show(ui, |ui| {
        for card in cards {
            let asked = library.removing.as_deref() == Some(card.name.as_str());
            line(
                ui,
                |ui| {
                    let room = (ui.available_width() - 148.0).max(48.0);
                    ui.set_max_width(room);
                    let words = RichText::new(&card.title).color(ui.colours().text_weak);
                    let label = egui::Label::new(words).truncate();
                    ui.add(label).on_hover_text(card.fit.to_string());
                },
                |ui| removal(ui, view, card, asked),
            );
        }
    });
}

/// Draws the buttons from right to left. A file is deleted only after a second click.
fn removal(ui: &mut Ui, view: View<'_>, card: &MoveCard, asked: bool) {
    let named = |verb: &str| format!("{verb} the file of {}", card.title);
    if !asked {
        let response = quiet_button(ui, "Delete…");
        name(ui, &response, &named("Delete"));
        if response.clicked() {
            send(view, CameraCommand::AskRemoval(Some(card.name.clone())));
        }
        return;
    }
    let response = text_button(ui, true, "Delete");
    name(ui, &response, &named("Really delete"));
    if response.clicked() {
        send(view, CameraCommand::Uninstall(card.name.clone()));
    }
    let response = quiet_button(ui, "Keep");
    name(ui, &response, &named("Keep"));
    if response.clicked() {
        send(view, CameraCommand::AskRemoval(None));
    }
}
