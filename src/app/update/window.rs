//! The window's layout, the open sheet, and preferences.

use super::{job, models};
use crate::app::command::window::{Overlay, Panel, Preference, WindowCommand};
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::layout::Leaving;
use crate::engine::protocol::StopMode;

pub(super) fn command(studio: &mut Studio, command: WindowCommand) -> Vec<Effect> {
    let session = &mut studio.session;
    let layout = &mut session.layout;
    match command {
        WindowCommand::Fold(panel) => {
            let pane = layout.of_mut(panel);
            pane.folded = !pane.folded;
        }
        WindowCommand::FoldAll => {
            let any_open = Panel::ALL.iter().any(|&panel| !layout.of(panel).folded);
            for panel in Panel::ALL {
                layout.of_mut(panel).folded = any_open;
            }
        }
        WindowCommand::Resize(panel, size) => layout.of_mut(panel).size = size,
        WindowCommand::Show(overlay) => {
            session.overlay = (session.overlay != Some(overlay)).then_some(overlay);
            if let Some(Overlay::Models | Overlay::Words) = session.overlay {
                // The files on the disk may have changed.
                return vec![models::list(studio)];
            }
        }
        WindowCommand::Close => session.overlay = None,
        WindowCommand::Measured(size) => layout.window = Some(size),
        WindowCommand::Leave => {
            session.leaving = Some(Leaving::Now);
            // It was discarded, and is not queued at the next start.
            return job::stop(studio, StopMode::Now);
        }
        WindowCommand::KeepAndLeave => {
            session.leaving = Some(Leaving::WhenIdle);
            session.overlay = None;
            return job::stop(studio, StopMode::Keep);
        }
        WindowCommand::Dragging(dragging) => studio.history.set_dragging(dragging),
        WindowCommand::NewEdit => studio.history.start_new_edit(),
    }
    Vec::new()
}

pub(super) fn prefer(studio: &mut Studio, preference: Preference) -> Vec<Effect> {
    let preferences = &mut studio.preferences;
    match preference {
        Preference::Theme(theme) => preferences.theme = theme,
        Preference::Scale(scale) => preferences.scale = scale,
        Preference::Device(device) => preferences.device = device,
        Preference::ReduceMotion(reduce_motion) => preferences.reduce_motion = reduce_motion,
        Preference::Precision(precision) => preferences.precision = precision,
        Preference::Matte(matte) => preferences.matte = matte,
        Preference::Model(model) => preferences.model = model,
        Preference::Seeds(seeds) => preferences.seeds = seeds,
        Preference::Ready(megabytes) => preferences.ready = megabytes,
        Preference::UsualProjects => preferences.projects = None,
    }
    Vec::new()
}
