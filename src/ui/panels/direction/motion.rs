//! The Motion section: how much happens, how long the shot is, and how fast it plays.

use egui::Ui;

use crate::app::{Choice, Command};
use crate::media::rate::Rate;
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::ui::view::View;
use crate::ui::widgets::{Change, SettingRow};

/// What the header of the section says.
pub(super) fn value(settings: &Settings) -> String {
    format!("{} · {}", word(settings.motion), length(settings))
}

/// How much happens, as a word.
fn word(motion: f32) -> &'static str {
    match motion {
        ..30.0 => "still",
        30.0..80.0 => "calm",
        80.0..150.0 => "moving",
        150.0..220.0 => "lively",
        _ => "wild",
    }
}

/// How long the shot is.
fn length(settings: &Settings) -> String {
    let frames = u32::try_from(settings.frames).unwrap_or(u32::MAX);
    let length = settings.fps.duration_of(frames);
    format!("{:.1} s", length.as_secs_f64())
}

/// Draws what an artist needs first.
pub(super) fn motion(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    let row = SettingRow {
        name: "Motion",
        help: "How much happens in the shot, from calm to lively",
        word: word(settings.motion),
        value: f64::from(settings.motion),
        suggested: f64::from(defaults.motion_bucket),
        range: 0.0..=255.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let motion = change.value().map(|value| value as f32);
        view.send(Command::Direct(Choice::Motion(motion)));
    }
    let longest = defaults.frames.saturating_mul(2).max(settings.frames);
    let row = SettingRow {
        name: "Frames",
        help: "How many frames the shot has; the model knows its own number best",
        word: &length(settings),
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
        help: "How fast the finished shot plays",
        word: "",
        value: settings.fps.as_f64(),
        suggested: defaults.fps.as_f64(),
        range: 1.0..=30.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        view.send(Command::Direct(Choice::Fps(rate(change))));
    }
}

/// Draws what rarely needs a hand.
pub(super) fn fine(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    let linked = settings.fps_id_follows;
    let row = SettingRow {
        name: "Frame-rate hint",
        help: "A lower rate than it plays at makes things move further from frame to frame",
        word: if linked { "as it plays" } else { "" },
        // The id is one less than the rate that the model was trained with.
        value: f64::from(settings.fps_id) + 1.0,
        suggested: settings.fps.as_f64(),
        range: 1.0..=30.0,
        decimals: 0,
    };
    if let Some(change) = row.show(ui) {
        let id = change.value().map(|rate| (rate - 1.0) as f32);
        view.send(Command::Direct(Choice::FpsId(id)));
    }
    let row = SettingRow {
        name: "Freedom from the picture",
        help: "More lets the shot leave the picture further behind",
        word: "",
        value: f64::from(settings.noise_aug),
        suggested: f64::from(defaults.noise_aug),
        range: 0.0..=1.0,
        decimals: 2,
    };
    if let Some(change) = row.show(ui) {
        let noise = change.value().map(|value| value as f32);
        view.send(Command::Direct(Choice::NoiseAug(noise)));
    }
}

fn rate(change: Change) -> Option<Rate> {
    let whole = change
        .value()
        .map(|value| value.round().clamp(1.0, 1000.0) as u32)?;
    Rate::new(whole, 1).ok()
}
