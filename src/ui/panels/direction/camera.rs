//! The camera card: moves to click, the stack with its strengths, and files being opened.

use egui::{Button, Frame, Margin, Rect, RichText, ScrollArea, Stroke, Ui, vec2};

use crate::app::Command;
use crate::app::command::camera::{CameraCommand, GhostOf};
use crate::app::query::camera::ghost_time;
use crate::app::query::camera_stack;
use crate::library::camera_moves::{MoveCard, MoveInspection, MoveOrigin};
use crate::ui::input::action::Action;
use crate::ui::panels::stage::ghost::wish;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    MoveFace, MoveGrid, StrengthChange, StrengthRow, action_icon, line, move_card, quiet_button,
    row_label, section, text_button,
};

/// One round of a moving picture, in seconds.
const ROUND: f64 = 1.3;
/// How long pictures go on moving after the pointer rests: somebody is there to see them.
const ATTENTION: f32 = 8.0;
/// Time between two states of a moving picture, in seconds: enough for an icon, and the engine may
/// need the processor.
const ICON_STEP: f64 = 1.0 / 15.0;
/// Number keys.
const KEYS: usize = 9;

/// Draws it.
pub(in crate::ui) fn camera(ui: &mut Ui, view: View<'_>) {
    section(ui, "Camera", true, |ui| {
        let library = &view.studio.runtime.camera;
        for arrival in library.arrivals.iter().take(1) {
            arrived(ui, view, arrival);
        }
        if library.cards.is_empty() {
            empty(ui, library.listed);
        } else {
            grid(ui, view);
            rows(ui, view);
        }
        tools(ui, view);
        own(ui, view);
    });
}

fn send(view: View<'_>, command: CameraCommand) {
    view.send(Command::Camera(command));
}

fn empty(ui: &mut Ui, listed: bool) {
    let words = if listed {
        "No camera move is installed. Drop a LoRA file on the window, or install one here; it is \
         copied into Kinora's camera folder."
    } else {
        "Looking for camera moves …"
    };
    ui.label(RichText::new(words).small().color(ui.colours().text_weak));
    ui.add_space(tokens::GAP);
}

fn grid(ui: &mut Ui, view: View<'_>) {
    let cards = view.studio.moves_at_hand();
    let gap = tokens::GAP_SMALL;
    let titles = cards.iter().map(|card| card.title.as_str());
    let plan = MoveGrid::of(ui, ui.available_width(), gap, titles);
    let t = icon_time(ui, view);
    for (row, cards) in cards.chunks(plan.columns).enumerate() {
        let high = plan.height(ui, cards.iter().map(|card| card.title.as_str()));
        let size = vec2(ui.available_width(), high);
        let (line, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        for (column, card) in cards.iter().enumerate() {
            let corner = line.min + vec2(column as f32 * (plan.width + gap), 0.0);
            let rect = Rect::from_min_size(corner, vec2(plan.width, high));
            let index = row * plan.columns + column;
            one(ui, view, rect, card, index, t);
        }
    }
    ui.add_space(tokens::GAP);
}

/// A move to click, which shows its ghost on the stage.
fn one(ui: &Ui, view: View<'_>, rect: Rect, card: &MoveCard, index: usize, t: f32) {
    let moves = &view.studio.direction().moves;
    let cards = view.studio.moves_at_hand();
    let hint = hint(card, index);
    let face = MoveFace {
        title: &card.title,
        hint: &hint,
        pose: card.path.as_ref().map(|path| path.at(t)),
        chosen: camera_stack::strength_of(moves, cards, &card.name) > 0.0,
        usable: card.is_usable(),
        key: (index < KEYS).then_some(index + 1),
    };
    let response = move_card(ui, rect, &card.name, &face);
    if response.hovered() || response.has_focus() {
        wish(ui.ctx(), GhostOf::Move(card.name.clone()));
    }
    if response.clicked() {
        send(view, CameraCommand::Click(card.name.clone()));
    }
}

/// Where moving pictures are in their round; they rest at its end while nobody looks.
fn icon_time(ui: &Ui, view: View<'_>) -> f32 {
    let (time, still) = ui.input(|input| (input.time, input.pointer.time_since_last_movement()));
    let attended = still < ATTENTION && ui.input(|input| input.focused);
    if !attended || view.studio.preferences.reduce_motion {
        return 1.0;
    }
    let step = std::time::Duration::from_secs_f64(ICON_STEP);
    ui.ctx().request_repaint_after(step);
    let since = std::time::Duration::from_secs_f64(time.max(0.0));
    ghost_time(since, std::time::Duration::from_secs_f64(ROUND))
}

/// What a move is, in sentences.
fn hint(card: &MoveCard, index: usize) -> String {
    let mut words = card.title.clone();
    if index < KEYS {
        words = format!("{words} ({})", index + 1);
    }
    if let Some(base) = &card.base {
        words = format!("{words}\nMade for {base}.");
    }
    if !card.is_usable() {
        words = format!("{words}\nIt cannot be used with this model: {}", card.fit);
    } else if card.path.is_none() {
        words = format!("{words}\nNo preview: its file does not say what it does.");
    }
    if let Some(note) = &card.note {
        words = format!("{words}\n{note}");
    }
    if let Some(licence) = &card.licence {
        let first = licence.lines().next().unwrap_or_default();
        words = format!("{words}\nLicence: {first}");
    }
    words
}

/// The stack.
fn rows(ui: &mut Ui, view: View<'_>) {
    let cards = view.studio.moves_at_hand();
    for row in camera_stack::rows(&view.studio.direction().moves, cards) {
        let name = row.card.map_or_else(|| row.title(), |card| &card.title);
        let other;
        let word = if row.is_nothing() && row.opposite.is_some() {
            "cancelled out"
        } else if row.strength < 0.0 && row.opposite.is_some() {
            other = format!("as {}", row.title().to_lowercase());
            &other
        } else {
            ""
        };
        let usable = row.acting().is_some_and(MoveCard::is_usable);
        let help = match (row.card, row.opposite) {
            (None, _) => {
                "No move of this name is installed; the file is read when the take is made"
            }
            (Some(_), _) if !usable => "The chosen model cannot use this move",
            (_, Some(_)) => "How strong the move is; below zero it is its opposite",
            _ => "How strong the move is",
        };
        let shown = StrengthRow {
            name,
            word,
            help,
            usable,
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
}

/// Pad, install, clear.
fn tools(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    line(
        ui,
        |ui| {
            action_icon(ui, view, Action::CameraPad, studio.session.camera.pad);
            action_icon(ui, view, Action::InstallMove, false);
            action_icon(ui, view, Action::HoldStill, false);
            if studio.runtime.camera.busy > 0 {
                row_label(ui, "Looking into the file …");
            }
        },
        |_| (),
    );
}

/// An inspected file that waits for a decision.
fn arrived(ui: &mut Ui, view: View<'_>, arrival: &MoveInspection) {
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
            ui.label(small(if card.is_usable() {
                format!("{} with {model}.", card.fit)
            } else {
                format!("Not for {model}; works with Stable Video Diffusion.")
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
                    let words = "No licence came with it: ask where it was found.";
                    ui.label(small(words.to_owned()));
                }
            }
            if arrival.replaces {
                let words = format!("A move named {} is there already.", card.name);
                ui.label(RichText::new(words).small().color(ui.colours().caution));
            }
            ui.horizontal(|ui| {
                let word = if arrival.replaces {
                    "Replace"
                } else {
                    "Install"
                };
                // A button's own ground is that of this card.
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

/// Moves that the artist installed, with the way to remove them.
fn own(ui: &mut Ui, view: View<'_>) {
    let library = &view.studio.runtime.camera;
    let installed = |card: &&MoveCard| matches!(card.origin, MoveOrigin::Installed(_));
    let cards: Vec<&MoveCard> = library.cards.iter().filter(installed).collect();
    if cards.is_empty() {
        return;
    }
    section(ui, "Installed moves", false, |ui| {
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

/// Right to left. A file is deleted only after a second word.
fn removal(ui: &mut Ui, view: View<'_>, card: &MoveCard, asked: bool) {
    let named = |verb: &str| format!("{verb} the file of {}", card.title);
    if !asked {
        let response = quiet_button(ui, "Delete…");
        crate::ui::widgets::name(ui, &response, &named("Delete"));
        if response.clicked() {
            send(view, CameraCommand::AskRemoval(Some(card.name.clone())));
        }
        return;
    }
    let response = text_button(ui, true, "Delete");
    crate::ui::widgets::name(ui, &response, &named("Really delete"));
    if response.clicked() {
        send(view, CameraCommand::Uninstall(card.name.clone()));
    }
    let response = quiet_button(ui, "Keep");
    crate::ui::widgets::name(ui, &response, &named("Keep"));
    if response.clicked() {
        send(view, CameraCommand::AskRemoval(None));
    }
}
