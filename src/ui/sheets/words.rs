//! Pictures from words: a prompt, and four pictures to choose from. Everything else stays usable meanwhile.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Context, Galley, Id, Key, KeyboardShortcut, Modifiers, RichText, ScrollArea, Stroke,
    TextBuffer, TextEdit, TextStyle, Ui,
};

use super::candidates::candidates;
use crate::app::Command;
use crate::app::command::models::ModelsCommand;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::command::words::{WordsCommand, WordsQuality, WordsShape};
use crate::app::query::words::steps_of;
use crate::app::state::models::{EntryState, ModelEntry, ModelReport};
use crate::app::state::words::TokenCount;
use crate::hub::OFFERED_FOR_PICTURES;
use crate::ui::focus;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Sheet, bar, choice, drop_down, duration, in_bytes, line, main_button, name, row_label,
    text_button,
};

/// Width of the sheet.
const WIDTH: f32 = 680.0;
/// Rows of the prompt.
const ROWS: usize = 3;
/// What is offered to an artist without a model for pictures.
const DOWNLOAD: &str = "Download a model that does. Kinora shows its licence first, and your takes keep their own model.";
/// What can be added instead.
const OWN: &str = "Or add a model that you have: Stable Diffusion 1, Stable Diffusion 2 or SD-Turbo, as a folder in the diffusers layout or as a .safetensors file.";

/// Draws the sheet.
pub(in crate::ui) fn words(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Picture from words",
        width: WIDTH,
        alone: false,
    };
    sheet.show(ctx, view, |ui| match view.studio.words_model() {
        Some((entry, report)) => form(ui, view, entry, report),
        None => missing(ui, view),
    });
}

fn send(view: View<'_>, command: WordsCommand) {
    view.send(Command::Words(command));
}

fn weak(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().text_weak));
}

fn caution(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().caution));
}

/// No model makes pictures: what is needed, and the ways to get it.
fn missing(ui: &mut Ui, view: View<'_>) {
    let models = &view.studio.runtime.model_shelf;
    let inspecting = models
        .entries
        .iter()
        .any(|entry| matches!(entry.state, EntryState::Opening));
    if inspecting {
        row_label(ui, "Inspecting your models…");
        return;
    }
    ui.label("None of your models makes pictures from words.");
    for entry in &models.entries {
        if let EntryState::Broken(reason) = &entry.state {
            caution(ui, &format!("{}: {reason}", entry.title));
        }
    }
    ui.add_space(tokens::GAP);
    weak(ui, DOWNLOAD);
    for (repository, words) in OFFERED_FOR_PICTURES {
        let button = text_button(ui, models.hub.asking.is_none(), words);
        if button.on_hover_text(repository).clicked() {
            view.send(Command::Models(ModelsCommand::Look(repository.to_owned())));
            view.send(Command::Window(WindowCommand::Show(Overlay::Models)));
        }
    }
    ui.add_space(tokens::GAP_SMALL);
    weak(ui, OWN);
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
    });
}

fn form(ui: &mut Ui, view: View<'_>, entry: &ModelEntry, report: &ModelReport) {
    ui.spacing_mut().item_spacing.y = tokens::GAP;
    let entered = prompt(ui, view);
    if report.defaults.guidance.is_active() {
        negative(ui, view);
    }
    model(ui, view, entry, report);
    settings(ui, view, report);
    action(ui, view, entered);
    if view.studio.runtime.words.slots.is_empty() {
        return;
    }
    ui.add_space(tokens::GAP);
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| candidates(ui, view));
}

/// Draws the prompt and the number of its tokens; returns whether Enter was pressed in it.
fn prompt(ui: &mut Ui, view: View<'_>) -> bool {
    let studio = view.studio;
    let mut text = studio.session.words.prompt.text.clone();
    let read = studio.runtime.words.tokens.read(&text);
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| cut(ui, text, width, read);
    let field = TextEdit::multiline(&mut text)
        .hint_text(
            "What the picture shows, for example: a lighthouse on a cliff in a storm, oil painting",
        )
        // Enter makes the pictures.
        .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
        .desired_rows(ROWS)
        .desired_width(f32::INFINITY)
        .layouter(&mut layouter);
    let response = ui.add(field);
    name(ui, &response, "Prompt");
    focus::note_first(ui.ctx(), response.id);
    if just_opened(ui) {
        response.request_focus();
    }
    if response.changed() {
        send(view, WordsCommand::Text(text));
    }
    let counts = studio.runtime.words.tokens.latest();
    count(ui, counts.map(|[count, _]| count));
    let enter = |ui: &Ui| ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let with_command =
        |ui: &Ui| ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    with_command(ui) || (response.has_focus() && enter(ui))
}

/// Whether the sheet was not drawn in the last passes.
fn just_opened(ui: &Ui) -> bool {
    let (id, pass) = (Id::unique("words pass"), ui.ctx().cumulative_pass_nr());
    let before = ui.data_mut(|data| {
        let before = data.get_temp::<u64>(id);
        data.insert_temp(id, pass);
        before
    });
    before.is_none_or(|before| before + 2 < pass)
}

/// The text with what the model does not read struck out; `read` is in bytes.
fn cut(ui: &Ui, text: &dyn TextBuffer, width: f32, read: usize) -> Arc<Galley> {
    let text = text.as_str();
    let (read, rest) = text.split_at_checked(read).unwrap_or((text, ""));
    let (ink, off) = (ui.colours().text, ui.colours().text_weak);
    let font_id = TextStyle::Body.resolve(ui.style());
    let format = |color, strikethrough| TextFormat {
        font_id: font_id.clone(),
        color,
        strikethrough,
        ..TextFormat::default()
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    job.append(read, 0.0, format(ink, Stroke::NONE));
    if !rest.is_empty() {
        job.append(rest, 0.0, format(off, Stroke::new(tokens::STROKE, off)));
    }
    ui.painter().layout_job(job)
}

/// Draws the number of tokens; always one line, so that nothing below moves.
fn count(ui: &mut Ui, count: Option<&TokenCount>) {
    match count {
        None => weak(ui, " "),
        Some(count) if count.tokens > count.most => {
            let words = format!(
                "{} tokens, but the model reads only {}; the struck-out text has no effect",
                count.tokens, count.most
            );
            caution(ui, &words);
        }
        Some(count) => weak(ui, &format!("{} of {} tokens", count.tokens, count.most)),
    }
}

fn negative(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let mut text = studio.session.words.prompt.negative.clone();
    let field = TextEdit::singleline(&mut text)
        .hint_text("What the picture should not show (optional)")
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    name(ui, &response, "Negative prompt");
    if response.changed() {
        send(view, WordsCommand::Negative(text));
    }
    let counts = studio.runtime.words.tokens.latest();
    if let Some([_, of_negative]) = counts
        && of_negative.tokens > of_negative.most
    {
        count(ui, Some(of_negative));
    }
}

fn model(ui: &mut Ui, view: View<'_>, entry: &ModelEntry, report: &ModelReport) {
    line(
        ui,
        |ui| {
            row_label(ui, "Model");
            let menu = drop_down("words model")
                .selected_text(&entry.title)
                .width(220.0)
                .show_ui(ui, |ui| {
                    for (other, _) in view.studio.words_models() {
                        let row = ui.selectable_label(other.name == entry.name, &other.title);
                        if row.on_hover_text(&other.name).clicked() {
                            send(view, WordsCommand::Model(other.name.clone()));
                        }
                    }
                });
            name(ui, &menu.response, "Model for pictures");
            if !report.defaults.guidance.is_active() {
                weak(ui, "does not use a negative prompt");
            }
        },
        |ui| {
            if text_button(ui, true, "Models…").clicked() {
                view.send(Command::Window(WindowCommand::Show(Overlay::Models)));
            }
        },
    );
}

fn settings(ui: &mut Ui, view: View<'_>, report: &ModelReport) {
    let studio = view.studio;
    let form = &studio.session.words;
    let shapes = [
        (WordsShape::Frame, "As the take"),
        (WordsShape::Wide, "16:9"),
        (WordsShape::Square, "1:1"),
        (WordsShape::Tall, "9:16"),
    ];
    let qualities = [
        (WordsQuality::Draft, "Draft"),
        (WordsQuality::Standard, "Standard"),
        (WordsQuality::Fine, "Fine"),
    ];
    ui.columns_const(|[left, right]| {
        row_label(left, "Shape");
        if let Some(shape) = choice(left, "Shape of the pictures", Some(form.shape), &shapes) {
            send(view, WordsCommand::Shape(shape));
        }
        row_label(right, "Quality");
        let present = Some(form.quality);
        if let Some(quality) = choice(right, "Quality of the pictures", present, &qualities) {
            send(view, WordsCommand::Quality(quality));
        }
    });
    let (width, height) = studio.words_size(&report.defaults);
    let steps = steps_of(form.quality, &report.defaults).unwrap_or(report.defaults.steps);
    let mut words = match steps {
        1 => format!("{width} × {height}, 1 step"),
        steps => format!("{width} × {height}, {steps} steps"),
    };
    let forecast = studio.runtime.words.forecast.latest.as_ref();
    if let Some(forecast) = forecast {
        words += &format!(" · up to {} of memory", in_bytes(forecast.peak_bytes()));
    }
    let idle = !studio.runtime.words.is_busy();
    if let Some(seconds) = studio.words_seconds().filter(|_| idle) {
        words += &format!(" · ≈ {} for four pictures", duration(seconds));
    }
    weak(ui, &words);
    if let Some(instead) = forecast.and_then(|forecast| forecast.instead) {
        caution(
            ui,
            &format!("The pictures need more memory than is free; {instead}"),
        );
    }
}

/// The button that makes the pictures, or the progress of those that are being made.
fn action(ui: &mut Ui, view: View<'_>, entered: bool) {
    let studio = view.studio;
    if let Some(progress) = studio.words_progress() {
        let left = studio.words_seconds().filter(|left| *left >= 1.0);
        let left = left.map_or_else(String::new, |left| format!(" · ≈ {} left", duration(left)));
        let stopping = studio.runtime.words.job.as_ref();
        let stopping = stopping.is_some_and(|job| job.stopping);
        line(
            ui,
            |ui| row_label(ui, &format!("{progress}{left}")),
            |ui| {
                let cancel = text_button(ui, !stopping, "Cancel");
                name(ui, &cancel, "Cancel pictures");
                if cancel.clicked() {
                    send(view, WordsCommand::Cancel);
                }
            },
        );
        let width = ui.available_width();
        bar(
            ui,
            width,
            studio.words_fraction(),
            "Progress of the pictures",
        );
        return;
    }
    let ready = studio.can_make_pictures();
    let button = main_button(ui, ready, "Make four pictures", "Enter");
    if button.clicked() || (entered && ready) {
        send(view, WordsCommand::Make);
    }
    if let Some(reason) = studio.words_obstacle() {
        if studio.session.words.prompt.text.trim().is_empty() {
            weak(ui, &reason);
        } else {
            caution(ui, &reason);
        }
    }
}
