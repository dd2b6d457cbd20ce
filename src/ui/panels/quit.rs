//! The one question that must be answered: quit while a take is being made?

use eframe::egui::{Button, Context, RichText, vec2};

use crate::app::Command;
use crate::app::window::WindowCommand;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::Sheet;

/// Width of the sheet.
const WIDTH: f32 = 420.0;

/// Draws it.
pub(in crate::ui) fn quit(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Quit while a take is being made?",
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| {
        let waiting = view.studio.runtime.jobs.len().saturating_sub(1);
        let words = match waiting {
            0 => "Finished takes are kept either way.".to_owned(),
            1 => "Finished takes are kept either way; the one that waits is not begun.".to_owned(),
            some => {
                format!("Finished takes are kept either way; the {some} that wait are not begun.")
            }
        };
        ui.label(RichText::new(words).color(ui.colours().text_weak));
        ui.add_space(tokens::GAP_SMALL);
        let wide = vec2(ui.available_width(), tokens::CONTROL + tokens::GAP_SMALL);
        for (words, command) in [
            ("Keep rendering", WindowCommand::Close),
            (
                "Stop after this step, keep it and quit",
                WindowCommand::KeepAndLeave,
            ),
            ("Discard it and quit", WindowCommand::Leave),
        ] {
            if ui.add(Button::new(words).min_size(wide)).clicked() {
                view.send(Command::Window(command));
            }
        }
    });
}
