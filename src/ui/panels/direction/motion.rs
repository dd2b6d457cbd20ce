//! The Motion section: how much moves, how long the shot is, and how fast it plays.

use egui::Ui;

use super::slider::setting_sliders;
use crate::app::query::setting::Setting;
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::ui::view::View;

/// The value in the header of the section.
pub(super) fn value(settings: &ResolvedDirection) -> String {
    format!("{} · {}", word(settings.motion), length(settings))
}

/// The amount of motion, as a word.
fn word(motion: f32) -> &'static str {
    match motion {
        ..30.0 => "still",
        30.0..80.0 => "calm",
        80.0..150.0 => "moving",
        150.0..220.0 => "lively",
        _ => "wild",
    }
}

/// The length of the shot.
fn length(settings: &ResolvedDirection) -> String {
    let frames = u32::try_from(settings.frames).unwrap_or(u32::MAX);
    let length = settings.fps.duration_of(frames);
    format!("{:.1} s", length.as_secs_f64())
}

/// Draws the settings that are needed first.
pub(super) fn motion(
    ui: &mut Ui,
    view: View<'_>,
    settings: &ResolvedDirection,
    defaults: &Defaults,
) {
    let values = (settings, defaults);
    setting_sliders(ui, view, Setting::Motion, word(settings.motion), values);
    setting_sliders(ui, view, Setting::Frames, &length(settings), values);
    setting_sliders(ui, view, Setting::Fps, "", values);
}

/// Draws the settings that are rarely changed.
pub(super) fn fine(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection, defaults: &Defaults) {
    let word = if settings.fps_id_follows {
        "same as playback"
    } else {
        ""
    };
    setting_sliders(ui, view, Setting::FpsId, word, (settings, defaults));
    setting_sliders(ui, view, Setting::NoiseAug, "", (settings, defaults));
}
