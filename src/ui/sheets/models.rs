//! The available models: what each one is and needs, adding, removing, and downloading from the public hub.

use egui::{
    Align, CollapsingHeader, Context, Frame, Id, Layout, Margin, RichText, ScrollArea, TextEdit, Ui,
};

use super::motion_modules;
use crate::app::command::models::ModelsCommand;
use crate::app::command::window::{Overlay, Preference, WindowCommand};
use crate::app::command::words::WordsCommand;
use crate::app::state::models::{
    CopyJob, EntryState, FetchJob, HubState, ModelEntry, ModelReport, Origin,
};
use crate::app::{Choice, Command};
use crate::error::{Hinted as _, HubError};
use crate::hub::{OFFERED, OFFERED_FOR_PICTURES, OFFERED_MOTION_MODULES, Offer, Token};
use crate::library::POCKET;
use crate::request::Source;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Sheet, at_right, bar, heading, in_bytes, name, text_button};

/// Width of the sheet.
const WIDTH: f32 = 600.0;
/// Height of the licence terms, which scroll.
const TERMS: f32 = 160.0;

/// Draws the sheet.
pub(in crate::ui) fn models(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Models",
        width: WIDTH,
        alone: false,
    };
    sheet.show(ctx, view, |ui| {
        ScrollArea::vertical().show(ui, |ui| {
            for entry in &view.studio.runtime.model_shelf.entries {
                card(ui, |ui| model(ui, view, entry));
            }
            ui.add_space(tokens::GAP_SMALL);
            ui.horizontal(|ui| {
                let ready = !view.studio.runtime.dialog;
                for (words, command) in [
                    ("Add a folder…", ModelsCommand::AskFolder),
                    ("Add a file…", ModelsCommand::AskFile),
                ] {
                    if text_button(ui, ready, words).clicked() {
                        view.send(Command::Models(command));
                    }
                }
                weak(
                    ui,
                    "or drop a model here; its files stay where they are until you copy them",
                );
            });
            ui.add_space(tokens::GAP_PANEL);
            heading(ui, "From Hugging Face");
            hub(ui, view, &view.studio.runtime.model_shelf.hub);
        });
    });
}

fn card(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    Frame::NONE
        .fill(ui.colours().raised)
        .corner_radius(tokens::RADIUS)
        .inner_margin(Margin::same(tokens::GAP_SMALL as i8 + 2))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            // A button's own background has the colour of this card.
            let (rest, hover) = (ui.colours().pressed, ui.colours().outline);
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.weak_bg_fill = rest;
            widgets.hovered.weak_bg_fill = hover;
            contents(ui);
        });
}

fn weak(ui: &mut Ui, words: impl Into<String>) {
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().text_weak));
}

fn model(ui: &mut Ui, view: View<'_>, entry: &ModelEntry) {
    let chosen = view.studio.direction().model == entry.name;
    let source = match &entry.state {
        EntryState::Usable(report) => Some(report.defaults.rules.source),
        _ => None,
    };
    let usable = source == Some(Source::Picture);
    ui.horizontal(|ui| {
        ui.label(&entry.title).on_hover_text(&entry.name);
        if chosen {
            let word = RichText::new("in use").size(tokens::FONT_SMALL);
            ui.label(word.color(ui.colours().accent));
        }
        at_right(ui, &entry.name, |ui| {
            if source == Some(Source::Words) {
                words(ui, view, entry);
            }
            buttons(ui, view, entry, usable && !chosen, usable);
        });
    });
    if let Some(job) = copy_of(view, entry) {
        copying(ui, view, job);
    }
    match &entry.state {
        EntryState::Opening => weak(ui, "Inspecting…"),
        EntryState::Usable(report) => {
            figures(ui, entry, report);
            match report.defaults.rules.source {
                Source::WordsForClip => motion_modules::whole(ui),
                Source::Words | Source::Picture => motion_modules::beside(ui, view, report),
            }
            weak(ui, whereabouts(entry));
        }
        EntryState::Modules(report) => {
            motion_modules::modules(ui, view, report);
            weak(ui, whereabouts(entry));
        }
        EntryState::Broken(reason) => trouble(ui, reason),
        EntryState::Missing => trouble(
            ui,
            &format!(
                "The files of this model are missing; put them back, or remove the model from this list: {}",
                entry.name
            ),
        ),
    }
}

fn trouble(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().trouble));
}

fn buttons(ui: &mut Ui, view: View<'_>, entry: &ModelEntry, offered: bool, usable: bool) {
    let title = &entry.title;
    if offered {
        let button = text_button(ui, true, "Use");
        name(ui, &button, &format!("Use {title}"));
        if button.clicked() {
            view.send(Command::Direct(Choice::Model(entry.name.clone())));
        }
    }
    let default = view.studio.preferences.model.as_deref().unwrap_or(POCKET);
    if default == entry.name {
        weak(ui, "default");
    } else if usable {
        let hint = "Use this model for new projects";
        let button = text_button(ui, true, "Make default").on_hover_text(hint);
        name(ui, &button, &format!("Make {title} the default"));
        if button.clicked() {
            view.send(Command::Prefer(Preference::Model(Some(entry.name.clone()))));
        }
    }
    let whole = matches!(entry.state, EntryState::Usable(_));
    if entry.origin == Origin::Referenced && whole {
        let idle = view.studio.runtime.model_shelf.copying.is_none();
        let hint =
            "Copy the model's files into Kinora's own folder, so that you can delete the originals";
        let copy = text_button(ui, idle, "Copy").on_hover_text(hint);
        name(ui, &copy, &format!("Copy {title} into Kinora"));
        if copy.clicked() {
            view.send(Command::Models(ModelsCommand::Copy(entry.name.clone())));
        }
    }
    let hint = match entry.origin {
        Origin::Referenced => {
            Some("Remove the model from this list; its files stay where they are")
        }
        Origin::Fetched | Origin::Copied => Some(
            "Remove the model from this list. Kinora deletes its copy of the model at the next start; until then, you can restore the model",
        ),
        Origin::Embedded | Origin::Installed => None,
    };
    if let Some(hint) = hint {
        let remove = text_button(ui, true, "Remove").on_hover_text(hint);
        name(ui, &remove, &format!("Remove {title}"));
        if remove.clicked() {
            view.send(Command::Models(ModelsCommand::Remove(entry.name.clone())));
        }
    }
}

/// The button of a model that makes pictures from words.
fn words(ui: &mut Ui, view: View<'_>, entry: &ModelEntry) {
    let button = text_button(ui, true, "Picture from words…");
    name(
        ui,
        &button,
        &format!("Make a picture from words with {}", entry.title),
    );
    if button.clicked() {
        let command = WordsCommand::Model(entry.name.clone());
        view.send(Command::Words(command));
        view.send(Command::Window(WindowCommand::Show(Overlay::Words)));
    }
}

/// Where the model's files are, which also says who owns them.
fn whereabouts(entry: &ModelEntry) -> String {
    match entry.origin {
        Origin::Embedded => "Built into Kinora".to_owned(),
        Origin::Installed => match entry.state {
            EntryState::Modules(_) => "In Kinora's folder of motion modules, where you put it",
            _ => "In Kinora's models folder, where you put it",
        }
        .to_owned(),
        Origin::Fetched => "Downloaded to Kinora's models folder".to_owned(),
        Origin::Copied => "Copied to Kinora's models folder".to_owned(),
        Origin::Referenced => format!("Used from its current location: {}", entry.name),
    }
}

/// The job that is copying this model, if there is one.
fn copy_of<'a>(view: View<'a>, entry: &ModelEntry) -> Option<&'a CopyJob> {
    let job = view.studio.runtime.model_shelf.copying.as_ref();
    job.filter(|job| job.name == entry.name)
}

fn copying(ui: &mut Ui, view: View<'_>, job: &CopyJob) {
    ui.horizontal(|ui| {
        let words = match job.total {
            0 => job.words.clone(),
            total => format!(
                "{} · {} of {}",
                job.words,
                in_bytes(job.done),
                in_bytes(total)
            ),
        };
        weak(ui, words);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let stop = text_button(ui, !job.stopping, "Stop");
            name(ui, &stop, &format!("Stop copying {}", job.title));
            if stop.clicked() {
                view.send(Command::Models(ModelsCommand::StopCopy));
            }
        });
    });
    let fraction = job.done as f64 / job.total.max(1) as f64;
    let width = ui.available_width();
    bar(ui, width, fraction as f32, "Progress of the copy");
}

fn figures(ui: &mut Ui, entry: &ModelEntry, report: &ModelReport) {
    if let Some(licence) = &report.licence {
        let title = format!("Licence of {}", entry.title);
        CollapsingHeader::new(RichText::new(title).size(tokens::FONT_SMALL))
            .id_salt(("licence", &entry.name))
            .show(ui, |ui| terms(ui, &entry.name, licence));
    }
    let (defaults, makes) = (&report.defaults, &report.defaults.rules.source);
    let (width, height) = (defaults.width, defaults.height);
    let parameters = report.parameters as f64 / 1e6;
    let (makes, made, remedy) = match makes {
        Source::Words => (
            format!("pictures of {width} × {height}"),
            "picture",
            "a smaller size needs",
        ),
        Source::Picture | Source::WordsForClip => {
            let frames = defaults.frames;
            (
                format!("takes of {frames} frames at {width} × {height}"),
                "take",
                "a smaller size or fewer frames need",
            )
        }
    };
    let kind = &report.kind;
    let words = format!("{kind} · {parameters:.0} million parameters · made for {makes}");
    weak(ui, words);
    if let Some(peak) = report.peak_bytes {
        let needed = format!(
            "A {made} at the model's training size needs up to {} of memory",
            in_bytes(peak)
        );
        match report.free_bytes {
            Some(free) if free < peak => {
                let words = format!(
                    "{needed}, but only {} is free; {remedy} less",
                    in_bytes(free)
                );
                let words = RichText::new(words).size(tokens::FONT_SMALL);
                ui.label(words.color(ui.colours().caution));
            }
            Some(free) => weak(ui, format!("{needed}; {} is free", in_bytes(free))),
            None => weak(ui, needed),
        }
    }
    for warning in &report.warnings {
        weak(ui, warning);
    }
}

fn terms(ui: &mut Ui, of: &str, text: &str) {
    ScrollArea::vertical()
        .id_salt(("terms", of))
        .max_height(TERMS)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            weak(ui, text);
        });
}

fn hub(ui: &mut Ui, view: View<'_>, hub: &HubState) {
    if let (Some(job), Some(offer)) = (&hub.fetching, &hub.offer) {
        card(ui, |ui| fetching(ui, view, offer, job));
        return;
    }
    if let Some(offer) = &hub.offer {
        card(ui, |ui| offered(ui, view, hub, offer));
        return;
    }
    let idle = hub.asking.is_none();
    let models = OFFERED.into_iter().chain(OFFERED_FOR_PICTURES);
    for (repository, words) in models.chain(OFFERED_MOTION_MODULES) {
        ui.horizontal(|ui| {
            let button = text_button(ui, idle, "Check");
            name(ui, &button, &format!("Check {words}"));
            if button.clicked() {
                view.send(Command::Models(ModelsCommand::Look(repository.to_owned())));
            }
            ui.label(words);
            weak(ui, repository);
        });
    }
    ui.horizontal(|ui| {
        let typed = field(ui, "Repository", "owner/name of another model", false);
        let ready = idle && !typed.trim().is_empty();
        let button = text_button(ui, ready, "Check");
        name(ui, &button, "Check the repository");
        if button.clicked() {
            view.send(Command::Models(ModelsCommand::Look(typed)));
        }
    });
    if let Some(asking) = &hub.asking {
        weak(ui, format!("Checking {asking}…"));
    }
    if let Some((repository, error)) = &hub.trouble {
        card(ui, |ui| refused(ui, view, repository, error));
    }
}

/// A text field whose content stays in the window until it is used.
fn field(ui: &mut Ui, label: &str, hint: &str, secret: bool) -> String {
    let id = Id::unique(("models field", label));
    let mut text: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let field = TextEdit::singleline(&mut text)
        .hint_text(hint)
        .password(secret)
        .desired_width(280.0);
    let response = ui.add(field);
    name(ui, &response, label);
    ui.data_mut(|data| data.insert_temp(id, text.clone()));
    text
}

fn refused(ui: &mut Ui, view: View<'_>, repository: &str, error: &HubError) {
    trouble(ui, &error.in_window());
    if matches!(
        error,
        HubError::TokenNeeded { .. } | HubError::Forbidden { .. }
    ) {
        ui.horizontal(|ui| {
            let typed = field(ui, "Access token", "hf_…", true);
            let token = Token::new(&typed);
            if text_button(ui, token.is_some(), "Use token").clicked() {
                ui.data_mut(|data| {
                    data.insert_temp(Id::unique(("models field", "Access token")), String::new());
                });
                view.send(Command::Models(ModelsCommand::Token(token)));
            }
        });
        weak(ui, "The token is saved in a file that only you can read.");
        return;
    }
    if text_button(ui, true, "Try again").clicked() {
        view.send(Command::Models(ModelsCommand::Look(repository.to_owned())));
    }
}

fn offered(ui: &mut Ui, view: View<'_>, hub: &HubState, offer: &Offer) {
    ui.label(offer.repo.to_string());
    let files = offer.files.len();
    let words = format!(
        "{} in {files} files · licence: {}",
        in_bytes(offer.bytes()),
        offer.licence
    );
    weak(ui, words);
    ui.add_space(tokens::GAP);
    terms(ui, "offer", &offer.terms);
    ui.add_space(tokens::GAP);
    if let Some((_, error)) = &hub.trouble {
        trouble(ui, &error.in_window());
    }
    ui.horizontal(|ui| {
        let words = if hub.arrived > 0 {
            "Resume"
        } else {
            "Accept and download"
        };
        if text_button(ui, true, words).clicked() {
            view.send(Command::Models(ModelsCommand::Fetch));
        }
        if text_button(ui, true, "Not now").clicked() {
            view.send(Command::Models(ModelsCommand::Decline));
        }
        if hub.arrived > 0 {
            weak(ui, format!("{} already downloaded", in_bytes(hub.arrived)));
        }
    });
}

fn fetching(ui: &mut Ui, view: View<'_>, offer: &Offer, job: &FetchJob) {
    let now = view.studio.runtime.now;
    ui.horizontal(|ui| {
        ui.label(format!("Downloading {}", offer.repo));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if text_button(ui, !job.stopping, "Pause").clicked() {
                view.send(Command::Models(ModelsCommand::Pause));
            }
        });
    });
    let fraction = job.done as f64 / job.total.max(1) as f64;
    let width = ui.available_width();
    bar(ui, width, fraction as f32, "Progress of the download");
    let mut words = format!("{} of {}", in_bytes(job.done), in_bytes(job.total));
    if let Some(rate) = job.rate(now) {
        words += &format!(" · {:.1} MB/s", rate / 1e6);
    }
    if let Some(seconds) = job.seconds_left(now) {
        words += &format!(" · {} left", left(seconds));
    }
    weak(ui, words);
    match &job.waiting {
        Some(waiting) => trouble(ui, waiting),
        None => weak(ui, &job.file),
    }
}

fn left(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("about {:.0} s", seconds.max(1.0)),
        ..5400.0 => format!("about {:.0} min", seconds / 60.0),
        _ => format!("about {:.1} h", seconds / 3600.0),
    }
}
