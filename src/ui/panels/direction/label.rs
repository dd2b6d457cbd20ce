//! The Label section: a name for the take, which today's models do not read.

use egui::{Key, Modifiers, RichText, TextEdit, Ui};

use crate::app::{Choice, Command};
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::name;

/// Draws the section.
pub(super) fn label(ui: &mut Ui, view: View<'_>) {
    let mut text = view.studio.direction().prompt.clone();
    let field = TextEdit::singleline(&mut text)
        .hint_text("Name this take (optional)")
        .return_key(None)
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    name(ui, &response, "Label of the take");
    if response.changed() {
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
    let words = format!("{title} doesn't read text. The label only helps you find the take.");
    ui.label(
        RichText::new(words)
            .size(tokens::FONT_SMALL)
            .color(ui.colours().text_weak),
    );
}
