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

use egui::{Context, Frame, Id, Margin, Panel, RichText, ScrollArea, Ui};

use crate::app::Command;
use crate::app::command::queue::QueueCommand;
use crate::app::command::window::{Part, WindowCommand};
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Unfold, main_button, row_label, section, section_that, subsection, text_button,
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
    let running = view.studio.running();
    let editing = view.studio.runtime.queue.editing.is_some();
    let height = match running {
        Some(_) => progress::HEIGHT,
        None if editing => tokens::MAIN_BUTTON + tokens::CONTROL + tokens::GAP_SMALL,
        None => tokens::MAIN_BUTTON,
    };
    Panel::bottom("action")
        .exact_size(height + forecast::height(view) + tokens::GAP + 2.0 * tokens::GAP_PANEL)
        .resizable(false)
        .frame(Frame::NONE.inner_margin(margin))
        .show(ui, |ui| {
            match running {
                Some(job) => progress_card(ui, view, job),
                None => generate(ui, view, editing),
            }
            ui.add_space(tokens::GAP - ui.spacing().item_spacing.y);
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

fn generate(ui: &mut Ui, view: View<'_>, editing: bool) {
    let ready = view.studio.can_generate();
    let words = if editing { "Save changes" } else { "Generate" };
    let button = main_button(ui, ready, words, "Enter");
    let button = if ready {
        button
    } else {
        button.on_hover_text("Choose a picture first")
    };
    if button.clicked() {
        view.send(Command::Generate);
    }
    if editing && text_button(ui, true, "Cancel").clicked() {
        view.send(Command::Queue(QueueCommand::CancelEdit));
    }
}

fn cards(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    if view.studio.runtime.queue.editing.is_some() {
        let words = RichText::new("These are the settings of a waiting take.");
        ui.label(words.color(ui.colours().accent));
        ui.add_space(tokens::GAP_SMALL);
    }
    changed::chips(ui, view, defaults);
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
