//! The row of the queue for pictures from words. They come before waiting takes, and are cancelled together.

use egui::Ui;

use crate::app::Command;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::ui::input::action::Action;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{bar, duration, line, name, quiet_button, row_label, text_button};

/// Draws the row, if pictures are being made or wait for the running take.
pub(super) fn pictures_from_words(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let Some(progress) = studio.words_progress() else {
        return;
    };
    let left = studio.words_seconds().filter(|left| *left >= 1.0);
    let left = left.map_or_else(String::new, |left| format!(" · ≈ {} left", duration(left)));
    line(
        ui,
        |ui| {
            if quiet_button(ui, "Pictures from words").clicked()
                && studio.session.overlay != Some(Overlay::Words)
            {
                view.send(Command::Window(WindowCommand::Show(Overlay::Words)));
            }
        },
        |ui| {
            let cancel = Action::CancelWords.command(studio);
            let button = text_button(ui, cancel.is_some(), "Cancel");
            name(ui, &button, Action::CancelWords.row().name);
            if let Some(cancel) = cancel.filter(|_| button.clicked()) {
                view.send(cancel);
            }
        },
    );
    row_label(ui, &format!("{progress}{left}"));
    let width = ui.available_width();
    bar(
        ui,
        width,
        studio.words_fraction(),
        "Progress of pictures from words",
    );
    ui.add_space(tokens::GAP);
}
