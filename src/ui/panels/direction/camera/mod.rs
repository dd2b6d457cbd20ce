//! The Camera section: what the camera does in words, its axes, any other moves, and files that were just
//! opened.

mod arrival;
mod axis;
mod installed;
mod send;
mod steering;

use egui::{RichText, Ui};

use crate::app::command::camera::{CameraCommand, GhostOf};
use crate::app::query::camera_axes::{CameraAxis, axes};
use crate::app::query::camera_stack;
use crate::library::camera_moves::MoveCard;
use crate::request::Steer;
use crate::ui::input::action::Action;
use crate::ui::panels::stage::ghost::wish;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Section, StrengthChange, StrengthRow, action_icon, at_right, elided_end, line, name,
    quiet_button,
};
use send::send;

/// Width of the button beside the words about the camera.
const WAY: f32 = 64.0;

/// Draws the section.
pub(super) fn camera(ui: &mut Ui, view: View<'_>) {
    let path = view.studio.direction().path.as_ref();
    let words = camera_stack::words(&view.studio.moves(), path, view.studio.available_moves());
    Section::new("Camera").open().value(&words).show(ui, |ui| {
        let library = &view.studio.runtime.camera;
        for arrival in library.arrivals.iter().take(1) {
            arrival::arrived(ui, view, arrival);
        }
        status(ui, view, &words);
        if library.cards.is_empty() {
            empty(ui, library.listed);
            return;
        }
        let (usual, others): (Vec<_>, Vec<_>) = axes(&library.cards)
            .into_iter()
            .partition(CameraAxis::is_usual);
        let between = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
        for axis in &usual {
            axis::axis(ui, view, axis);
        }
        ui.spacing_mut().item_spacing.y = between;
        more(ui, view, &others);
    });
}

fn empty(ui: &mut Ui, listed: bool) {
    let words = if listed {
        "No camera moves are installed. Drop a LoRA file on the window, or install one here. The file is \
         copied into Kinora's camera folder."
    } else {
        "Looking for camera moves…"
    };
    ui.label(RichText::new(words).small().color(ui.colours().text_weak));
    ui.add_space(tokens::GAP);
}

/// Says what the camera does, and whether the artist chose it; has the buttons for no move or the suggested
/// one, for the pad, and for installing a move.
fn status(ui: &mut Ui, view: View<'_>, moves: &str) {
    let studio = view.studio;
    let suggested = studio.suggested_moves().is_some();
    // A move is suggested as soon as there is a picture.
    let awaits =
        studio.picture().is_none() && moves.is_empty() && !studio.direction().camera_chosen;
    let by = studio.steered().and_then(|steered| steered.by);
    let by_guide = by == Some(Steer::Guide);
    line(
        ui,
        |ui| {
            let words = match () {
                () if studio.runtime.camera.busy > 0 => "Inspecting the file…".to_owned(),
                () if suggested && by_guide => format!("Suggested: {moves}, steered by the guide"),
                () if suggested => format!("Suggested: {moves}"),
                () if awaits => "Awaiting a picture".to_owned(),
                () if moves.is_empty() => "Camera holds still".to_owned(),
                // The header already names the chosen moves.
                () => by.map_or("", steering::words).to_owned(),
            };
            let font = egui::FontId::proportional(tokens::FONT_SMALL);
            let room = ui.available_width() - 2.0 * tokens::CONTROL - WAY - tokens::GAP_PANEL;
            let shown = elided_end(ui, &words, &font, room);
            let label = RichText::new(shown)
                .font(font)
                .color(ui.colours().text_weak);
            ui.label(label).on_hover_text(words);
        },
        |ui| {
            at_right(ui, "camera", |ui| {
                ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
                if moves.is_empty() && !awaits {
                    suggest(ui, view);
                } else {
                    hold_still(ui, view);
                }
                action_icon(ui, view, Action::CameraPad, studio.session.camera.pad);
                action_icon(ui, view, Action::InstallMove, false);
            });
        },
    );
}

fn hold_still(ui: &mut Ui, view: View<'_>) {
    let row = Action::HoldStill.row();
    let none = quiet_button(ui, "None");
    name(ui, &none, row.name);
    if none.on_hover_text(row.sentence).clicked() {
        send(view, CameraCommand::Clear);
    }
}

fn suggest(ui: &mut Ui, view: View<'_>) {
    let suggest = quiet_button(ui, "Suggest");
    name(ui, &suggest, "Suggest a camera move");
    let hint = "Let Kinora choose a gentle camera move that suits the picture; without a camera move, hardly anything in the shot moves";
    if suggest.on_hover_text(hint).clicked() {
        send(view, CameraCommand::Suggest);
    }
}

/// Moves without an axis of their own, and stack entries that match no installed move.
fn more(ui: &mut Ui, view: View<'_>, others: &[CameraAxis<'_>]) {
    let cards = view.studio.available_moves();
    let moves = view.studio.moves();
    let chosen = others
        .iter()
        .filter(|axis| axis.strength(&moves, cards) != 0.0)
        .map(|axis| axis.title.as_str());
    let rows = camera_stack::rows(&moves, cards);
    let unknown: Vec<_> = rows.iter().filter(|row| row.card.is_none()).collect();
    let chosen: Vec<&str> = chosen
        .chain(unknown.iter().map(|row| row.title()))
        .collect();
    let value = chosen.join(" + ");
    Section::small("More moves").value(&value).show(ui, |ui| {
        for other in others {
            axis::axis(ui, view, other);
        }
        for row in unknown {
            absent(ui, view, row);
        }
        installed::installed(ui, view);
        steering::steering(ui, view);
    });
}

/// A stack entry whose move is not installed.
fn absent(ui: &mut Ui, view: View<'_>, row: &camera_stack::StackRow<'_>) {
    let shown = StrengthRow {
        name: row.title(),
        word: "not installed",
        help: "No installed move has this name. Kinora looks for a file with this name when it makes the take",
        usable: row.acting().is_some_and(MoveCard::is_usable),
        value: row.strength,
        range: row.strengths.clone(),
    }
    .show(ui);
    if shown.attended {
        wish(ui.ctx(), GhostOf::Stack);
    }
    let name = row.name.to_owned();
    match shown.change {
        Some(StrengthChange::To(strength)) => {
            send(view, CameraCommand::Strength { name, strength });
        }
        Some(StrengthChange::Remove) => send(view, CameraCommand::Remove(name)),
        None => {}
    }
}
