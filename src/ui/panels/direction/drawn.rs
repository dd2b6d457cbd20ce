//! The section about what is drawn over the picture: the lock, the move brush, and the cut-outs with their ends as
//! numbers.

use egui::{DragValue, RichText, Ui};

use crate::app::Command;
use crate::app::command::draw::{DrawCommand, MaskKind, Tool};
use crate::app::query::drawing::{drawing_words, mask_words};
use crate::media::camera::{CameraPath, Pose};
use crate::motion::{CutOut, Pace};
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, Section, action_icon, at_right, choice, icon_button, line, name, quiet_button, row_label,
};

/// Draws the section.
pub(super) fn drawn(ui: &mut Ui, view: View<'_>) {
    let value = drawing_words(&view.studio.drawing());
    Section::new("Lock and cut-outs").value(&value).show(ui, |ui| {
        mask(ui, view, MaskKind::Lock, &[Action::LockTool, Action::LockAll, Action::ClearLock]);
        mask(ui, view, MaskKind::Brush, &[Action::BrushTool, Action::ClearBrush]);
        line(
            ui,
            |ui| row_label(ui, "Cut-outs"),
            |ui| {
                at_right(ui, "cut-outs", |ui| {
                    let on = view.studio.session.draw.tool == Tool::CutOut;
                    action_icon(ui, view, Action::CutOutTool, on);
                });
            },
        );
        let cut_outs = view.studio.drawing().cut_outs.clone();
        // The foremost is first, as in every list of layers.
        for (index, cut) in cut_outs.iter().enumerate().rev() {
            entry(ui, view, index, cut);
        }
        if cut_outs.is_empty() {
            let words = "Draw around an object in the picture with the cut-out tool, then drag the object where it should go.";
            ui.label(RichText::new(words).small().color(ui.colours().text_weak));
        }
    });
}

fn send(view: View<'_>, command: DrawCommand) {
    view.send(Command::Draw(command));
}

/// What a mask covers, and its actions.
fn mask(ui: &mut Ui, view: View<'_>, kind: MaskKind, actions: &[Action]) {
    let covered = mask_words(view.studio.mask(kind));
    let words = match kind {
        MaskKind::Lock => format!("Locked: {covered}"),
        MaskKind::Brush => format!("Move brush: {covered}"),
    };
    let lit = view.studio.session.draw.tool == Tool::Paint(kind);
    line(
        ui,
        |ui| row_label(ui, &words),
        |ui| {
            at_right(ui, kind.title(), |ui| {
                ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
                for (index, action) in actions.iter().enumerate() {
                    action_icon(ui, view, *action, lit && index == 0);
                }
            });
        },
    );
}

/// A cut-out in the list; the selected one has its end as numbers.
fn entry(ui: &mut Ui, view: View<'_>, index: usize, cut: &CutOut) {
    let title = format!("Cut-out {}", index + 1);
    let selected = view.studio.session.draw.selected == Some(index);
    line(
        ui,
        |ui| {
            let ink = if selected {
                ui.colours().accent
            } else {
                ui.colours().text
            };
            let button = egui::Button::new(RichText::new(&title).color(ink));
            let response = ui.add(button.frame_when_inactive(false).selected(selected));
            if response.clicked() {
                let wish = (!selected).then_some(index);
                send(view, DrawCommand::Select(wish));
            }
        },
        |ui| {
            let spoken = format!("Remove cut-out {}", index + 1);
            if icon_button(ui, true, false, Icon::Close, &spoken).clicked() {
                send(view, DrawCommand::Remove(index));
            }
        },
    );
    if selected {
        ends(ui, view, index, cut);
    }
}

/// Where the selected cut-out ends, how it gets there, and its place in the order.
fn ends(ui: &mut Ui, view: View<'_>, index: usize, cut: &CutOut) {
    let end = cut.track.end();
    let set = |pose: Pose| send(view, DrawCommand::End(index, pose));
    if let Some(x) = number(ui, "Moves right by", "%", end.x * 100.0, (-200.0, 200.0)) {
        set(Pose {
            x: x / 100.0,
            ..end
        });
    }
    if let Some(y) = number(ui, "Moves down by", "%", end.y * 100.0, (-200.0, 200.0)) {
        set(Pose {
            y: y / 100.0,
            ..end
        });
    }
    if let Some(scale) = number(ui, "Size at the end", "%", end.scale * 100.0, (10.0, 400.0)) {
        let scale = scale / 100.0;
        set(Pose { scale, ..end });
    }
    if let Some(roll) = number(ui, "Rotation at the end", "°", end.roll, (-720.0, 720.0)) {
        set(Pose { roll, ..end });
    }
    row_label(ui, "Pace along the path");
    let paces = [(Pace::Even, "Even"), (Pace::Eased, "Eased")];
    if let Some(pace) = choice(ui, "Pace along the path", None, &paces) {
        send(view, DrawCommand::Pace(index, pace));
    }
    ui.horizontal(|ui| {
        action_icon(ui, view, Action::LowerCutOut, false);
        action_icon(ui, view, Action::RaiseCutOut, false);
        if quiet_button(ui, "Leave in place").clicked() {
            let rest = CameraPath::to(Pose::REST);
            send(view, DrawCommand::Track(index, rest));
        }
    });
    ui.add_space(tokens::GAP_SMALL);
}

/// A number with its name; returns what it was changed to.
fn number(
    ui: &mut Ui,
    words: &str,
    unit: &str,
    value: f32,
    (least, most): (f32, f32),
) -> Option<f32> {
    let mut shown = value;
    let (_, response) = line(
        ui,
        |ui| row_label(ui, words),
        |ui| {
            let number = DragValue::new(&mut shown)
                .range(least..=most)
                .clamp_existing_to_range(false)
                .speed((most - least) / 800.0)
                .max_decimals(1)
                .suffix(unit);
            ui.add_sized([tokens::NUMBER, tokens::CONTROL], number)
        },
    );
    name(ui, &response, words);
    // A field that only received the focus parses the rounded text that it showed.
    let seen = (shown - value).abs() > 0.04;
    (response.changed() && seen).then_some(shown)
}
