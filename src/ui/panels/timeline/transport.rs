//! Playing and stepping, speed and repetition, the time, and actions on clips.

use egui::{Align, Layout, RichText, Ui};

use super::path::path_bar;
use super::strength::curve_bar;
use crate::app::Command;
use crate::app::command::playback::{PlaybackCommand, Repeat};
use crate::app::state::Shown;
use crate::app::state::playback::SPEEDS;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, action_icon, drop_down, icon_button, name};

/// Room that the actions on clips leave to words.
const CLIPS: f32 = 380.0;
/// Room that the buttons about a curve leave to words.
const CURVE_BAR: f32 = 760.0;
/// Width of the menu of speeds.
const SPEED: f32 = 62.0;

/// Draws the transport.
pub(super) fn transport(ui: &mut Ui, view: View<'_>) {
    let playback = view.studio.session.playback;
    let on = view.studio.timing().is_some();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
        action_icon(ui, view, Action::FirstFrame, false);
        action_icon(ui, view, Action::FrameBack, false);
        play(ui, view, on);
        action_icon(ui, view, Action::FrameForward, false);
        action_icon(ui, view, Action::LastFrame, false);
        ui.add_space(tokens::GAP_SMALL);
        for (repeat, action) in [
            (Repeat::Loop, Action::Loop),
            (Repeat::PingPong, Action::PingPong),
            (Repeat::Once, Action::PlayOnce),
        ] {
            action_icon(ui, view, action, playback.repeat == repeat && on);
        }
        action_icon(ui, view, Action::Onion, playback.onion && on);
        speed(ui, view, on);
        ui.add_space(tokens::GAP_SMALL);
        time(ui, view);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
            let edits = view.studio.edits_time();
            let curve = view.studio.edited_curve().filter(|_| edits);
            match (curve, view.studio.edited_path()) {
                (Some(curve), _) => curve_bar(ui, view, &curve),
                (None, Some(edited)) => path_bar(ui, view, &edited),
                (None, None) => clips(ui, view),
            }
        });
    });
}

fn play(ui: &mut Ui, view: View<'_>, on: bool) {
    let playing = view.studio.session.playback.playing && on;
    let (icon, word) = if playing {
        (Icon::Pause, "Pause")
    } else {
        (Icon::Play, "Play")
    };
    if icon_button(ui, on, on, icon, word).clicked() {
        view.send(Command::Play(PlaybackCommand::PlayPause));
    }
}

/// A factor in as few characters as possible.
fn times(speed: f32) -> String {
    format!("{speed}×")
}

fn speed(ui: &mut Ui, view: View<'_>, on: bool) {
    let playback = view.studio.session.playback;
    ui.add_enabled_ui(on, |ui| {
        let sign = if playback.backwards { "−" } else { "" };
        let menu = drop_down("speed")
            .selected_text(format!("{sign}{}", times(playback.speed)))
            .width(SPEED)
            .show_ui(ui, |ui| {
                for speed in SPEEDS {
                    let chosen = (speed - playback.speed).abs() < 1e-3;
                    if ui.selectable_label(chosen, times(speed)).clicked() {
                        view.send(Command::Play(PlaybackCommand::Speed(speed)));
                    }
                }
            });
        name(ui, &menu.response, "Speed");
        menu.response
            .on_hover_text("Playback speed in this window; exports keep their own frame rate.");
    });
}

/// Time and frame, in figures of equal width.
fn time(ui: &mut Ui, view: View<'_>) {
    let Some(timing) = view.studio.timing() else {
        return;
    };
    let (text, weak) = (ui.colours().text, ui.colours().text_weak);
    let mut figures = |words: String, ink| {
        ui.label(RichText::new(words).monospace().color(ink));
    };
    let playhead = view.studio.playhead();
    figures(timing.time(playhead), text);
    let digits = timing.frames.to_string().len();
    figures(format!("  {:>digits$}", playhead + 1), text);
    figures(format!("/{}", timing.frames), weak);
    let words = format!(
        "{:.2} s at {} frames per second",
        timing.duration().as_secs_f64(),
        timing.rate
    );
    let needed = if view.studio.edits_time() {
        CURVE_BAR
    } else {
        CLIPS
    };
    if ui.available_width() > needed {
        ui.add_space(tokens::GAP_SMALL);
        ui.label(RichText::new(words).small().color(weak));
    }
}

/// Draws from right to left.
fn clips(ui: &mut Ui, view: View<'_>) {
    let on_stage = view.studio.session.shown == Shown::Sequence;
    action_icon(ui, view, Action::StretchTimeline, false);
    action_icon(ui, view, Action::ShrinkTimeline, false);
    ui.add_space(tokens::GAP_SMALL);
    if view.studio.sequence().is_empty() {
        action_icon(ui, view, Action::AddClip, false);
        return;
    }
    action_icon(ui, view, Action::RemoveClip, false);
    action_icon(ui, view, Action::SplitClip, false);
    action_icon(ui, view, Action::AddClip, false);
    action_icon(ui, view, Action::ShowSequence, on_stage);
}
