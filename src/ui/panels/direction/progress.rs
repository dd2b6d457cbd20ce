//! The running take, above the main button: its progress, and buttons to pause or end it.

use egui::{Button, RichText, Ui, vec2};

use crate::app::Command;
use crate::app::command::queue::QueueCommand;
use crate::app::state::Shown;
use crate::app::state::job::{Job, PauseState, Phase};
use crate::engine::protocol::StopMode;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, hint, icon_button, line, phases, quiet_button};

/// Height of the buttons.
const BUTTON: f32 = 32.0;

/// Height of the card, so that the panel above can leave room.
pub(in crate::ui::panels) fn height() -> f32 {
    let show = tokens::CONTROL + tokens::GAP;
    let gaps = 2.0 * tokens::GAP_SMALL + tokens::GAP_PANEL;
    tokens::CONTROL + tokens::BAR + BUTTON + gaps + show
}

/// Draws the running job.
pub(in crate::ui::panels) fn progress_card(ui: &mut Ui, view: View<'_>, job: &Job) {
    line(
        ui,
        |ui| ui.label(job.words()),
        |ui| {
            if let Some(left) = time_left(view, job) {
                ui.label(RichText::new(left).color(ui.colours().text_weak));
            }
        },
    );
    ui.add_space(tokens::GAP_SMALL);
    phases(ui, view, job);
    ui.add_space(tokens::GAP_SMALL);
    controls(ui, view, job);
    // Always there, so that the buttons above stay where they are when a take comes to the stage.
    ui.add_space(tokens::GAP);
    let away = view.studio.session.shown != Shown::Job(job.id);
    let show = ui.add_enabled_ui(away, |ui| quiet_button(ui, "Show progress"));
    let show = show.inner.on_hover_text(hint(ui, Action::ShowProgress));
    if show.clicked() {
        view.send(Command::ShowJob);
    }
    ui.add_space(tokens::GAP_PANEL);
}

/// Pause, and the two buttons that end a take. Nothing else ends one, least of all a key that closes something.
fn controls(ui: &mut Ui, view: View<'_>, job: &Job) {
    ui.horizontal(|ui| {
        let (icon, word, command) = match job.pause {
            PauseState::Running => (Icon::Pause, "Pause after this step", QueueCommand::Pause),
            PauseState::Requested | PauseState::Paused => {
                (Icon::Play, "Resume", QueueCommand::Resume)
            }
        };
        let held = job.pause != PauseState::Running;
        if icon_button(ui, job.stopping.is_none(), held, icon, word).clicked() {
            view.send(Command::Queue(command));
        }
        // Rounded down to whole points, so that two halves are no wider than the card.
        let half = ((ui.available_width() - ui.spacing().item_spacing.x) / 2.0).floor() - 2.0;
        let size = vec2(half, BUTTON);
        let keep = Button::new("Stop and keep").min_size(size);
        let about = hint(ui, Action::StopAndKeep);
        let may_keep = job.stopping.is_none() && job.phase < Phase::Decode;
        if ui
            .add_enabled(may_keep, keep)
            .on_hover_text(about)
            .clicked()
        {
            view.send(Command::Stop(StopMode::Keep));
        }
        let discard = Button::new("Discard").min_size(size);
        let may_discard = job.stopping != Some(StopMode::Now);
        let about = hint(ui, Action::Discard);
        if ui
            .add_enabled(may_discard, discard)
            .on_hover_text(about)
            .clicked()
        {
            view.send(Command::Stop(StopMode::Now));
        }
    });
}

/// The time left until the last frame, in whole seconds.
fn time_left(view: View<'_>, job: &Job) -> Option<String> {
    if job.stopping.is_some() || job.pause == PauseState::Paused {
        return None;
    }
    let left = job
        .ends_at?
        .saturating_sub(view.studio.runtime.now)
        .as_secs_f64()
        .ceil() as u64;
    Some(match left {
        0..=1 => "almost done".to_owned(),
        2..60 => format!("about {left} s left"),
        60..3600 => format!("about {}:{:02} min left", left / 60, left % 60),
        _ => format!("about {} h {} min left", left / 3600, left % 3600 / 60),
    })
}
