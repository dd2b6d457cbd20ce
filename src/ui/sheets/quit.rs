//! The one question that must be answered: whether to quit while something would be lost.

use egui::{Button, Context, RichText, Ui, vec2};

use crate::app::Command;
use crate::app::command::window::WindowCommand;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::Sheet;

/// Width of the sheet.
const WIDTH: f32 = 420.0;

/// Draws the sheet.
pub(in crate::ui) fn quit(ctx: &Context, view: View<'_>) {
    let studio = view.studio;
    let waiting = studio.runtime.queue.waiting.len();
    let writing = studio.runtime.export.is_some();
    let pictures = studio.runtime.words.is_busy();
    let (title, words, ways): (_, _, &[_]) = match (studio.running().is_some(), writing, waiting) {
        (true, ..) => (
            "Quit while a take is being made?",
            while_made(view, writing),
            &[
                ("Keep rendering", WindowCommand::Close),
                (
                    "Stop after this step, keep the take and quit",
                    WindowCommand::KeepAndLeave,
                ),
                ("Discard the take and quit", WindowCommand::Leave),
            ],
        ),
        (false, true, _) => (
            "Quit while a clip is being written?",
            "If you quit now, no file is written.".to_owned(),
            &[
                ("Keep Kinora open", WindowCommand::Close),
                ("Finish the file, then quit", WindowCommand::KeepAndLeave),
                ("Quit without the file", WindowCommand::Leave),
            ],
        ),
        (false, false, 1..) => (
            "Quit while takes are waiting?",
            "Takes that are waiting won't be made. Finished takes are kept.".to_owned(),
            &[
                ("Keep Kinora open", WindowCommand::Close),
                ("Quit without them", WindowCommand::Leave),
            ],
        ),
        (false, false, 0) if pictures => (
            "Quit while pictures are being made?",
            "Pictures from words that you have not used will be lost.".to_owned(),
            &[
                ("Keep Kinora open", WindowCommand::Close),
                ("Quit without them", WindowCommand::Leave),
            ],
        ),
        (false, false, 0) => return unsaved(ctx, view),
    };
    let sheet = Sheet {
        title,
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| choices(ui, view, &words, ways));
}

/// What happens to running exports and waiting takes.
fn while_made(view: View<'_>, writing: bool) -> String {
    let mut words = "Finished takes are safe.".to_owned();
    let lost = view.studio.project.home.is_none();
    match (view.studio.runtime.queue.waiting.len(), lost) {
        (0, _) => {}
        (1, false) => words.push_str(" The queued take waits until you open the project again."),
        (some, false) => words.push_str(&format!(
            " The {some} queued takes wait until you open the project again."
        )),
        (1, true) => words.push_str(" The queued take won't be made."),
        (some, true) => words.push_str(&format!(" The {some} queued takes won't be made.")),
    }
    if writing {
        words.push_str(" Kinora finishes the export before it quits, unless you discard the take.");
    }
    words
}

/// The question where finished takes could not be saved to disk.
fn unsaved(ctx: &Context, view: View<'_>) {
    let takes = view.studio.unsaved_takes();
    let (title, words) = match takes {
        1 => (
            "Quit and lose a finished take?",
            "The take could not be saved. Free some disk space, or use “Save as…” to save it elsewhere.",
        ),
        _ => (
            "Quit and lose finished takes?",
            "The takes could not be saved. Free some disk space, or use “Save as…” to save them elsewhere.",
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
            ("Try to save once more, then quit", WindowCommand::Leave),
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
