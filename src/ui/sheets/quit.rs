//! The one question that must be answered: quit while something would be lost?

use egui::{Button, Context, RichText, Ui, vec2};

use crate::app::Command;
use crate::app::command::window::WindowCommand;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::Sheet;

/// Width of the sheet.
const WIDTH: f32 = 420.0;

/// Draws it.
pub(in crate::ui) fn quit(ctx: &Context, view: View<'_>) {
    if view.studio.running().is_none() {
        return unkept(ctx, view);
    }
    let sheet = Sheet {
        title: "Quit while a take is being made?",
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| {
        let waiting = view.studio.runtime.queue.waiting.len();
        let words = match waiting {
            0 => "Finished takes are kept either way.".to_owned(),
            1 => "Finished takes are kept either way; the one that waits is not begun.".to_owned(),
            some => {
                format!("Finished takes are kept either way; the {some} that wait are not begun.")
            }
        };
        let ways = [
            ("Keep rendering", WindowCommand::Close),
            (
                "Stop after this step, keep it and quit",
                WindowCommand::KeepAndLeave,
            ),
            ("Discard it and quit", WindowCommand::Leave),
        ];
        choices(ui, view, &words, &ways);
    });
}

/// The disk has refused finished takes.
fn unkept(ctx: &Context, view: View<'_>) {
    let takes = view.studio.unkept_takes();
    let (title, words) = match takes {
        1 => (
            "Quit without a finished take?",
            "It could not be written to the disk yet. Make room, or use “Save as…” for another \
             place.",
        ),
        _ => (
            "Quit without finished takes?",
            "They could not be written to the disk yet. Make room, or use “Save as…” for another \
             place.",
        ),
    };
    let sheet = Sheet {
        title,
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| {
        let ways = [
            ("Stay", WindowCommand::Close),
            ("Try once more and quit", WindowCommand::Leave),
        ];
        choices(ui, view, words, &ways);
    });
}

fn choices(ui: &mut Ui, view: View<'_>, words: &str, ways: &[(&str, WindowCommand)]) {
    ui.label(RichText::new(words).color(ui.colours().text_weak));
    ui.add_space(tokens::GAP_SMALL);
    let wide = vec2(ui.available_width(), tokens::CONTROL + tokens::GAP_SMALL);
    for (words, command) in ways {
        if ui.add(Button::new(*words).min_size(wide)).clicked() {
            view.send(Command::Window(*command));
        }
    }
}
