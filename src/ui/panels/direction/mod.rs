//! How the next take is made, in cards; below them the button that makes it and what it will cost.

mod camera;
mod changed;
mod forecast;
mod framing;
mod motion;
mod progress;
mod prompt;
mod quality;
mod queue;
mod seed;

use egui::{Context, Frame, Id, Margin, Panel, ScrollArea, Ui};

use crate::app::Command;
use crate::app::command::queue::QueueCommand;
use crate::app::command::window::{Part, WindowCommand};
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{
    Unfold, line, main_button, row_label, section, section_that, subsection, text_button,
};
use progress::progress_card;

/// Brings the waiting takes into sight.
pub(in crate::ui) fn show_queue(ctx: &Context, view: View<'_>) {
    if view.studio.session.layout.of(Part::Direction).folded {
        view.send(Command::Window(WindowCommand::Fold(Part::Direction)));
    }
    ctx.data_mut(|data| data.insert_temp(asked_for_queue(), true));
}

fn asked_for_queue() -> Id {
    Id::unique("queue asked for")
}

/// Draws it.
pub(in crate::ui) fn direction(ui: &mut Ui, view: View<'_>) {
    let margin = Margin::same(tokens::GAP_PANEL as i8);
    // The button and the line below it stay where they are: what comes and goes stands above them.
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
    let asked: Option<bool> = ui.data_mut(|data| data.remove_temp(asked_for_queue()));
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if asked.is_some() {
        area = area.vertical_scroll_offset(0.0);
    }
    area.show(ui, |ui| {
        Frame::NONE.inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if !view.studio.runtime.queue.waiting.is_empty() {
                let open = Unfold::of("Queue", asked);
                section_that(ui, open, |ui| queue::queue(ui, view));
            }
            match (view.studio.settings(), view.studio.model()) {
                (Some(settings), Some(card)) => cards(ui, view, &settings, &card.defaults),
                _ => row_label(ui, "Waiting for the model …"),
            }
        });
    });
}

/// Height of what stands above the main button.
fn above_button_height(view: View<'_>) -> f32 {
    let progress = view
        .studio
        .running()
        .map_or(0.0, |job| progress::height(view, job));
    let editing = view.studio.runtime.queue.editing.is_some();
    let cancel = if editing {
        tokens::CONTROL + tokens::GAP_SMALL
    } else {
        0.0
    };
    progress + cancel + forecast::height_of_fitting(view)
}

/// The running take, what would fit where something does not, and the way out of an edit.
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
        () if editing => ("Save changes", "Save these settings in the queued take"),
        () if view.studio.running().is_some() => (
            "Add to queue",
            "Make a take with these settings after the others",
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

fn cards(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    changed::chips(ui, view, defaults);
    ui.add_space(tokens::GAP_SMALL);
    camera::camera(ui, view);
    section(ui, "Motion", true, |ui| {
        motion::motion(ui, view, settings, defaults);
        subsection(ui, "Fine motion", |ui| {
            motion::fine(ui, view, settings, defaults);
        });
    });
    section(ui, "Frame", true, |ui| {
        framing::framing(ui, view, settings, defaults);
    });
    section(ui, "Prompt", true, |ui| prompt::prompt(ui, view));
    section(ui, "Quality", true, |ui| {
        quality::presets(ui, view);
        seed::seed(ui, view, settings);
        subsection(ui, "Fine tuning", |ui| {
            quality::fine(ui, view, settings, defaults);
        });
        quality::keep_preset(ui, view);
    });
}
