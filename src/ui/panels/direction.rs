//! How the next take is made, and the button that makes it.

use eframe::egui::{DragValue, Frame, Margin, Panel, ScrollArea, TextEdit, Ui};

use super::progress_card::{self, progress_card};
use crate::app::settings::Settings;
use crate::app::{Choice, Command};
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::request::Defaults;
use crate::ui::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, SettingRow, choice, heading, icon_button, line, main_button, name, revert, row_label,
    section,
};

/// Draws it.
pub(in crate::ui) fn direction(ui: &mut Ui, view: View<'_>) {
    let margin = Margin::same(tokens::GAP_PANEL as i8);
    let running = view.studio.running();
    let height = match running {
        Some(_) => progress_card::HEIGHT,
        None => tokens::MAIN_BUTTON,
    };
    Panel::bottom("action")
        .exact_size(height + 2.0 * tokens::GAP_PANEL)
        .resizable(false)
        .frame(Frame::NONE.inner_margin(margin))
        .show(ui, |ui| match running {
            Some(job) => progress_card(ui, view, job),
            None => generate(ui, view),
        });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::NONE.inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match (view.studio.settings(), view.studio.model()) {
                (Some(settings), Some(card)) => rows(ui, view, settings, &card.defaults),
                _ => row_label(ui, "Waiting for the model …"),
            }
        });
    });
}

fn generate(ui: &mut Ui, view: View<'_>) {
    let ready = view.studio.can_generate();
    let button = main_button(ui, ready, "Generate", "Enter");
    let button = if ready {
        button
    } else {
        button.on_hover_text("Choose a picture first")
    };
    if button.clicked() {
        view.send(Command::Generate);
    }
}

fn rows(ui: &mut Ui, view: View<'_>, settings: Settings, defaults: &Defaults) {
    heading(ui, "Motion");
    motion(ui, view, settings, defaults);
    frames_and_rate(ui, view, settings, defaults);
    ui.add_space(tokens::GAP_SMALL);
    heading(ui, "Frame");
    size(ui, view, settings, defaults);
    framing(ui, view);
    ui.add_space(tokens::GAP_GROUP - tokens::GAP_SMALL);
    heading(ui, "Chance");
    seed(ui, view, settings);
    ui.add_space(tokens::GAP_SMALL);
    section(ui, "Fine tuning", false, |ui| {
        fine_tuning(ui, view, settings, defaults);
    });
}

fn motion(ui: &mut Ui, view: View<'_>, settings: Settings, defaults: &Defaults) {
    let word = match settings.motion {
        ..30.0 => "still",
        30.0..80.0 => "calm",
        80.0..150.0 => "moving",
        150.0..220.0 => "lively",
        _ => "wild",
    };
    let row = SettingRow {
        name: "Motion",
        help: "How much happens in the shot",
        word,
        value: f64::from(settings.motion),
        suggested: f64::from(defaults.motion_bucket),
        range: 0.0..=255.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let motion = change.value().map(|value| value as f32);
        view.send(Command::Direct(Choice::Motion(motion)));
    }
}

fn frames_and_rate(ui: &mut Ui, view: View<'_>, settings: Settings, defaults: &Defaults) {
    let longest = defaults.frames.saturating_mul(2).max(settings.frames);
    let length = settings
        .fps
        .duration_of(u32::try_from(settings.frames).unwrap_or(u32::MAX));
    let row = SettingRow {
        name: "Frames",
        help: "How many frames the shot has; the model knows its own number best",
        word: &format!("{:.1} s", length.as_secs_f64()),
        value: settings.frames as f64,
        suggested: defaults.frames as f64,
        range: 1.0..=longest as f64,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let frames = change.value().map(|value| value.round().max(1.0) as usize);
        view.send(Command::Direct(Choice::Frames(frames)));
    }
    let row = SettingRow {
        name: "Frames per second",
        help: "How fast the shot plays; the model is told, and moves things accordingly",
        word: "",
        value: settings.fps.as_f64(),
        suggested: defaults.fps.as_f64(),
        range: 1.0..=30.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let whole = change
            .value()
            .map(|value| value.round().clamp(1.0, 1000.0) as u32);
        let fps = whole.and_then(|fps| Rate::new(fps, 1).ok());
        view.send(Command::Direct(Choice::Fps(fps)));
    }
}

/// A frame shape that is offered by name.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Landscape,
    Portrait,
    Square,
}

impl Shape {
    /// The model's own size in this shape; about as many pixels for all.
    fn size(self, defaults: &Defaults) -> (usize, usize) {
        let (long, short) = (
            defaults.width.max(defaults.height),
            defaults.width.min(defaults.height),
        );
        match self {
            Self::Landscape => (long, short),
            Self::Portrait => (short, long),
            Self::Square => {
                let side = ((long * short) as f64).sqrt() / defaults.size_multiple as f64;
                let side = (side.round() as usize).max(1) * defaults.size_multiple;
                (side, side)
            }
        }
    }
}

fn size(ui: &mut Ui, view: View<'_>, settings: Settings, defaults: &Defaults) {
    let send = |size| view.send(Command::Direct(Choice::Size(size)));
    let shapes = [
        (Shape::Landscape, "Landscape"),
        (Shape::Square, "Square"),
        (Shape::Portrait, "Portrait"),
    ];
    let present = shapes
        .map(|(shape, _)| shape)
        .into_iter()
        .find(|shape| shape.size(defaults) == settings.size);
    if let Some(shape) = choice(ui, "shape", present, &shapes) {
        send(Some(shape.size(defaults)));
    }
    let suggested = (defaults.width, defaults.height);
    let (width, height) = settings.size;
    let multiple = defaults.size_multiple.max(1);
    let (reverted, typed) = line(
        ui,
        |ui| {
            row_label(ui, "Size");
            settings.size != suggested && revert(ui, "Size")
        },
        |ui| {
            let new_height = side(ui, "Height", height, multiple);
            row_label(ui, "×");
            let new_width = side(ui, "Width", width, multiple);
            let changed = new_width.is_some() || new_height.is_some();
            changed.then_some((new_width.unwrap_or(width), new_height.unwrap_or(height)))
        },
    );
    if reverted {
        send(None);
    } else if typed.is_some() {
        send(typed);
    }
}

/// One side of the frame; says what it was changed to.
fn side(ui: &mut Ui, label: &str, value: usize, multiple: usize) -> Option<usize> {
    let mut typed = value;
    let number = DragValue::new(&mut typed)
        .range(multiple..=4096)
        .speed(multiple as f64 / 4.0);
    let response = ui.add_sized([tokens::NUMBER, tokens::CONTROL], number);
    name(ui, &response, label);
    let whole = ((typed + multiple / 2) / multiple * multiple).max(multiple);
    (response.changed() && whole != value).then_some(whole)
}

fn framing(ui: &mut Ui, view: View<'_>) {
    row_label(ui, "Where the shapes differ");
    let words = [
        (Fit::Crop, "Crop"),
        (Fit::Pad, "Pad"),
        (Fit::Stretch, "Stretch"),
    ];
    if let Some(fit) = choice(ui, "fit", Some(view.studio.direction().fit), &words) {
        view.send(Command::Direct(Choice::Fit(fit)));
    }
}

fn seed(ui: &mut Ui, view: View<'_>, settings: Settings) {
    line(
        ui,
        |ui| row_label(ui, "Seed"),
        |ui| seed_controls(ui, view, settings.seed),
    );
}

/// Right to left: the lock, the dice, the number.
fn seed_controls(ui: &mut Ui, view: View<'_>, seed: Option<u64>) {
    ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
    let set = |seed| view.send(Command::Direct(Choice::Seed(seed)));
    let (icon, word) = if seed.is_some() {
        (Icon::Lock, "A new seed for each take")
    } else {
        (Icon::Unlock, "Keep this seed")
    };
    if icon_button(ui, true, seed.is_some(), icon, word).clicked() {
        let shown = view
            .studio
            .shown_take()
            .map(|shelf| shelf.take.recipe.request.seed);
        match (seed, shown) {
            (Some(_), _) => set(None),
            (None, Some(shown)) => set(Some(shown)),
            (None, None) => view.send(Command::RollSeed),
        }
    }
    if icon_button(ui, true, false, Icon::Dice, "Roll the dice").clicked() {
        view.send(Command::RollSeed);
    }
    let mut text = seed.map_or_else(String::new, |seed| seed.to_string());
    let field = TextEdit::singleline(&mut text)
        .hint_text("new for each take")
        .desired_width(ui.available_width() - tokens::GAP_PANEL);
    let response = ui.add(field);
    name(ui, &response, "Seed");
    if response.changed() {
        // What is no number is not taken in; emptied, each take gets a new one.
        let typed = text.trim();
        if typed.is_empty() {
            set(None);
        } else if let Ok(seed) = typed.parse() {
            set(Some(seed));
        }
    }
}

fn fine_tuning(ui: &mut Ui, view: View<'_>, settings: Settings, defaults: &Defaults) {
    let row = SettingRow {
        name: "Steps",
        help: "How often the noise is refined; more takes longer and changes less and less",
        word: "",
        value: settings.steps as f64,
        suggested: defaults.steps as f64,
        range: 1.0..=50.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let steps = change.value().map(|value| value.round().max(1.0) as usize);
        view.send(Command::Direct(Choice::Steps(steps)));
    }
    let row = SettingRow {
        name: "Noise on the picture",
        help: "More lets the shot leave the picture further behind",
        word: "",
        value: f64::from(settings.noise_aug),
        suggested: f64::from(defaults.noise_aug),
        range: 0.0..=1.0,
        decimals: 3,
    };
    if let Some(change) = row.show(ui) {
        let noise = change.value().map(|value| value as f32);
        view.send(Command::Direct(Choice::NoiseAug(noise)));
    }
    let (first, last) = settings.guidance;
    let suggested = (defaults.guidance.min, defaults.guidance.max);
    let ends = [
        ("Guidance, first frame", first, suggested.0),
        ("Guidance, last frame", last, suggested.1),
    ];
    for (index, (label, value, suggested_end)) in ends.into_iter().enumerate() {
        let row = SettingRow {
            name: label,
            help: "How strongly these frames follow the picture",
            word: "",
            value: f64::from(value),
            suggested: f64::from(suggested_end),
            range: 1.0..=8.0,
            decimals: 1,
        };
        if let Some(change) = row.show(ui) {
            let value = change.value().map_or(suggested_end, |value| value as f32);
            let pair = if index == 0 {
                (value, last)
            } else {
                (first, value)
            };
            let pair = (pair != suggested).then_some(pair);
            view.send(Command::Direct(Choice::Guidance(pair)));
        }
    }
}
