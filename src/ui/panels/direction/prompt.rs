//! The Prompt card: a name for the shot, which today's models cannot read.

use egui::{Key, Modifiers, RichText, TextEdit, Ui};

use crate::app::{Choice, Command};
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::name;

/// Draws it.
pub(super) fn prompt(ui: &mut Ui, view: View<'_>) {
    let mut text = view.studio.direction().prompt.clone();
    let field = TextEdit::multiline(&mut text)
        .hint_text("What happens in the shot")
        .desired_rows(2)
        .return_key(None)
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    name(ui, &response, "Prompt");
    if response.changed() {
        // It is one line, whatever was pasted.
        let text = text.replace(['\r', '\n'], " ");
        view.send(Command::Direct(Choice::Prompt(text)));
    }
    let enter = |ui: &Ui| ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    if response.has_focus()
        && enter(ui)
        && let Some(command) = Action::Generate.command(view.studio)
    {
        view.send(command);
    }
    let title = view
        .studio
        .model()
        .map_or("This model", |card| card.title.as_str());
    let words = format!("{title} reads no words: the prompt names the take and finds it again.");
    ui.label(
        RichText::new(words)
            .size(tokens::FONT_SMALL)
            .color(ui.colours().text_weak),
    );
}
