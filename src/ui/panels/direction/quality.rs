//! The Quality section: presets, and saving the current settings as one.

use egui::{Id, Label, RichText, TextEdit, Ui};

use crate::app::command::project::PresetCommand;
use crate::app::{Choice, Command};
use crate::project::direction::ModelCard;
use crate::project::preset::Preset;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{choice, name, quiet_button, text_button};

/// Presets in a row.
const PRESETS_IN_ROW: usize = 4;

/// The preset that is in effect.
fn present(view: View<'_>) -> Option<&Preset> {
    let draft = &view.studio.direction().draft;
    let mut all = view.studio.runtime.presets.iter();
    all.find(|preset| preset.is_in(draft))
}

/// Whether a preset suits the model: one with the sampler for few steps only if the model was made for that, or if it
/// is in effect anyway.
fn suits(view: View<'_>, preset: &Preset) -> bool {
    let few = |card: &ModelCard| card.few_steps;
    !preset.is_few_steps()
        || view.studio.model().is_some_and(few)
        || preset.is_in(&view.studio.direction().draft)
}

/// The value in the header of the section.
pub(super) fn value(view: View<'_>) -> &str {
    present(view).map_or("Custom", |preset| &preset.name)
}

/// Draws the presets.
pub(super) fn presets(ui: &mut Ui, view: View<'_>) {
    let draft = &view.studio.direction().draft;
    let all = view.studio.runtime.presets.iter();
    let all: Vec<&Preset> = all.filter(|preset| suits(view, preset)).collect();
    let present = all.iter().position(|preset| preset.is_in(draft));
    for (row, presets) in all.chunks(PRESETS_IN_ROW).enumerate() {
        let words: Vec<(usize, &str)> = presets
            .iter()
            .enumerate()
            .map(|(index, preset)| (row * PRESETS_IN_ROW + index, preset.name.as_str()))
            .collect();
        if let Some(index) = choice(ui, &format!("Presets, row {}", row + 1), present, &words)
            && let Some(preset) = all.get(index)
        {
            view.send(Command::Direct(Choice::Preset((*preset).clone())));
        }
    }
    let words = match present.and_then(|index| all.get(index)) {
        Some(preset) => preset.says.as_str(),
        None => "Your own mix of settings",
    };
    // Always one line, so that nothing below moves.
    let words = RichText::new(if words.is_empty() { " " } else { words });
    let words = words.size(tokens::FONT_SMALL).color(ui.colours().text_weak);
    ui.add(Label::new(words).truncate());
}

/// Asks for a name for the current settings.
pub(super) fn keep_preset(ui: &mut Ui, view: View<'_>) {
    let id = Id::unique("preset name");
    let Some(mut text) = ui.data(|data| data.get_temp::<String>(id)) else {
        let hint = "Save these settings (except the seed) under a name of your choice";
        if quiet_button(ui, "Save as preset…")
            .on_hover_text(hint)
            .clicked()
        {
            ui.data_mut(|data| data.insert_temp(id, String::new()));
        }
        return;
    };
    let mut close = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 128.0).max(80.0);
        let field = TextEdit::singleline(&mut text)
            .hint_text("Name of the preset")
            .desired_width(width);
        let response = ui.add(field);
        name(ui, &response, "Name of the preset");
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let named = !text.trim().is_empty();
        if (text_button(ui, named, "Save").clicked() || entered) && named {
            view.send(Command::Preset(PresetCommand::Save(text.clone())));
            close = true;
        }
        close |= quiet_button(ui, "Cancel").clicked();
    });
    ui.data_mut(|data| {
        if close {
            data.remove_temp::<String>(id);
        } else {
            data.insert_temp(id, text);
        }
    });
}
