//! How the next take is made, in sections; below them the button that makes it and what it will cost.

mod advanced;
mod camera;
mod changed;
mod drawn;
mod forecast;
mod framing;
mod guidance;
mod label;
mod motion;
mod progress;
mod quality;
mod seed;
mod slider;

use egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::app::Command;
use crate::app::command::queue::QueueCommand;
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Section, line, main_button, row_label, text_button};
use progress::progress_card;

/// Draws the panel.
pub(in crate::ui) fn direction(ui: &mut Ui, view: View<'_>) {
    let margin = Margin::same(tokens::GAP_PANEL as i8);
    // The button and the line below it stay where they are: anything that comes and goes is above them.
    let high = tokens::MAIN_BUTTON + tokens::GAP + forecast::LINE + 2.0 * tokens::GAP_PANEL;
    Panel::bottom("action")
        .exact_size(high + above_button_height(view))
        .resizable(false)
        .frame(Frame::NONE.inner_margin(margin))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            above_button(ui, view);
            generate(ui, view);
            ui.add_space(tokens::GAP);
            forecast::forecast(ui, view);
        });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::NONE.inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = tokens::GAP;
            match (view.studio.settings(), view.studio.model()) {
                (Some(settings), Some(card)) => sections(ui, view, &settings, &card.defaults),
                _ => row_label(ui, "Waiting for the model…"),
            }
        });
    });
}

/// Height of what is above the main button.
fn above_button_height(view: View<'_>) -> f32 {
    let progress = view.studio.running().map_or(0.0, |_| progress::height());
    let editing = view.studio.runtime.queue.editing.is_some();
    let cancel = if editing {
        tokens::CONTROL + tokens::GAP_SMALL
    } else {
        0.0
    };
    progress + cancel + forecast::height_of_fitting(view)
}

/// The running take, smaller takes where this one does not fit, and the button that cancels an edit.
fn above_button(ui: &mut Ui, view: View<'_>) {
    if let Some(job) = view.studio.running() {
        progress_card(ui, view, job);
    }
    if forecast::height_of_fitting(view) > 0.0 {
        forecast::fitting(ui, view);
        ui.add_space(tokens::GAP_SMALL);
    }
    if view.studio.runtime.queue.editing.is_some() {
        line(
            ui,
            |ui| row_label(ui, "Editing a queued take"),
            |ui| {
                if text_button(ui, true, "Cancel").clicked() {
                    view.send(Command::Queue(QueueCommand::CancelEdit));
                }
            },
        );
        ui.add_space(tokens::GAP_SMALL);
    }
}

fn generate(ui: &mut Ui, view: View<'_>) {
    let ready = view.studio.can_generate();
    let editing = view.studio.runtime.queue.editing.is_some();
    let (words, hint) = match () {
        () if editing => ("Save changes", "Save these settings to the queued take"),
        () if view.studio.is_engine_busy() => (
            "Add to queue",
            "Add a take with these settings to the queue",
        ),
        () => ("Generate", "Make a take with these settings"),
    };
    let button = main_button(ui, ready, words, "Enter");
    let button = button.on_hover_text(if ready {
        hint
    } else {
        "Choose a picture first"
    });
    if button.clicked() {
        view.send(Command::Generate);
    }
}

/// Draws the sections, in the order of decision 24.
fn sections(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection, defaults: &Defaults) {
    let defaults = &defaults.with_sampler(Some(settings.sampler));
    changed::chips(ui, view, defaults);
    ui.add_space(tokens::GAP);
    camera::camera(ui, view);
    let value = motion::value(settings);
    Section::new("Motion").value(&value).show(ui, |ui| {
        motion::motion(ui, view, settings, defaults);
        Section::small("Advanced motion").show(ui, |ui| {
            motion::fine(ui, view, settings, defaults);
        });
    });
    let value = framing::value(view, settings);
    Section::new("Frame").value(&value).show(ui, |ui| {
        framing::framing(ui, view, settings, defaults);
    });
    let quality = Section::new("Quality").open();
    quality.value(quality::value(view)).show(ui, |ui| {
        quality::presets(ui, view);
        Section::small("Advanced quality").show(ui, |ui| {
            advanced::advanced(ui, view, settings, defaults);
        });
        quality::keep_preset(ui, view);
    });
    if view.studio.picture().is_some() {
        drawn::drawn(ui, view);
    }
    let value = view.studio.direction().prompt.trim();
    Section::new("Label")
        .value(value)
        .show(ui, |ui| label::label(ui, view));
}
