//! Motion modules in the list of models: what they are, which models they fit, and how to get what is missing.

use egui::{RichText, Ui};

use crate::app::Command;
use crate::app::command::models::ModelsCommand;
use crate::app::state::models::{ModelEntry, ModelReport, ModulesReport};
use crate::hub::STABLE_DIFFUSION_1;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{name, text_button};

/// Said wherever the window names something that it cannot do yet.
const COMMAND_LINE: &str = "for now, on the command line only";

/// What motion modules are, and which of the listed models they fit.
pub(super) fn modules(ui: &mut Ui, view: View<'_>, report: &ModulesReport) {
    let kind = &report.kind;
    let parameters = report.parameters as f64 / 1e6;
    let frames = report.config.positions;
    weak(
        ui,
        format!(
            "Motion modules, {kind} · {parameters:.0} million parameters · takes of up to {frames} frames"
        ),
    );
    if let Some(models) = names(view.studio.models_for(report)) {
        let words = format!("With {models}, they make takes from words; {COMMAND_LINE}");
        weak(ui, words);
        return;
    }
    let words = "They add motion to a model made from Stable Diffusion 1, but none of the listed models fits";
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().caution));
    check(ui, view, STABLE_DIFFUSION_1, "Stable Diffusion 1.5");
}

/// What motion modules would add to a model that makes pictures from words; nothing for other models.
pub(super) fn beside(ui: &mut Ui, view: View<'_>, report: &ModelReport) {
    if report.picture_unet.is_none() {
        return;
    }
    if let Some(modules) = names(view.studio.modules_for(report)) {
        let words = format!("With {modules}, it also makes takes from words; {COMMAND_LINE}");
        weak(ui, words);
    }
}

/// What the window says about a model that makes takes from words.
pub(super) fn whole(ui: &mut Ui) {
    weak(ui, format!("It makes takes from words; {COMMAND_LINE}"));
}

/// Names in a sentence; `None` without any.
fn names<'a>(entries: impl Iterator<Item = &'a ModelEntry>) -> Option<String> {
    let titles: Vec<&str> = entries.map(|entry| entry.title.as_str()).collect();
    let (last, others) = titles.split_last()?;
    Some(match others {
        [] => (*last).to_owned(),
        _ => format!("{} or {last}", others.join(", ")),
    })
}

/// A button that looks a missing part up on the hub.
fn check(ui: &mut Ui, view: View<'_>, repository: &str, title: &str) {
    let hub = &view.studio.runtime.model_shelf.hub;
    let idle = hub.asking.is_none() && hub.fetching.is_none();
    let button = text_button(ui, idle, &format!("Check {title}"));
    let hint = format!("Show the licence and size of {title} below, before anything is downloaded");
    name(ui, &button, &format!("Check {title} for motion modules"));
    if button.on_hover_text(hint).clicked() {
        let command = ModelsCommand::Look(repository.to_owned());
        view.send(Command::Models(command));
    }
}

fn weak(ui: &mut Ui, words: impl Into<String>) {
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().text_weak));
}
