//! What stands in place of the main button while a take is being made.

use eframe::egui::{Align, Layout, RichText, Ui, vec2};

use crate::app::Command;
use crate::app::job::{Job, Phase};
use crate::app::state::Shown;
use crate::engine::protocol::StopMode;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{phases, quiet_button, text_button};

/// Height of the card, so that the panel above can leave room.
pub(super) const HEIGHT: f32 = 132.0;

/// Draws the running job.
pub(super) fn progress_card(ui: &mut Ui, view: View<'_>, job: &Job) {
    ui.horizontal(|ui| {
        ui.label(job.words());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(left) = time_left(view, job) {
                ui.label(RichText::new(left).color(ui.colours().text_weak));
            }
        });
    });
    phases(ui, job);
    ui.add_space(tokens::GAP);
    let half = (ui.available_width() - tokens::GAP_SMALL) / 2.0;
    ui.horizontal(|ui| {
        let size = vec2(half, 32.0);
        let keep = eframe::egui::Button::new("Stop and keep").min_size(size);
        let hint = "End after this step and keep what there is (Esc)";
        let may_keep = job.stopping.is_none() && job.phase < Phase::Decode;
        if ui.add_enabled(may_keep, keep).on_hover_text(hint).clicked() {
            view.send(Command::Stop(StopMode::Keep));
        }
        let discard = eframe::egui::Button::new("Discard").min_size(size);
        let may_discard = job.stopping != Some(StopMode::Now);
        let hint = "End at once; nothing is kept";
        if ui
            .add_enabled(may_discard, discard)
            .on_hover_text(hint)
            .clicked()
        {
            view.send(Command::Stop(StopMode::Now));
        }
    });
    ui.horizontal(|ui| {
        let waiting = view.studio.runtime.jobs.len() - 1;
        if waiting > 0 {
            let words = RichText::new(format!("{waiting} waiting")).color(ui.colours().text_weak);
            ui.label(words);
        }
        if view.studio.session.shown != Shown::Job(job.id)
            && text_button(ui, true, "Watch").clicked()
        {
            view.send(Command::ShowJob);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if quiet_button(ui, "Queue another").clicked() {
                view.send(Command::Generate);
            }
        });
    });
}

/// How long the steps will still take, in whole seconds.
fn time_left(view: View<'_>, job: &Job) -> Option<String> {
    if job.phase != Phase::Denoise || job.stopping.is_some() {
        return None;
    }
    let left = job
        .steps_end?
        .saturating_sub(view.studio.runtime.now)
        .as_secs_f64()
        .ceil() as u64;
    Some(match left {
        0..=1 => "a moment left".to_owned(),
        2..60 => format!("about {left} s left"),
        60..3600 => format!("about {}:{:02} min left", left / 60, left % 60),
        _ => format!("about {} h {} min left", left / 3600, left % 3600 / 60),
    })
}
