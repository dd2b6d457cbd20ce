//! When the window must be redrawn without any input.

use std::time::Duration;

use crate::app::state::Studio;

/// Delay from an edit to the autosave.
pub(in crate::app) const AUTOSAVE: Duration = Duration::from_secs(2);
/// Delay from a change of the preferences to saving them.
pub(in crate::app) const SAVE_PREFERENCES: Duration = Duration::from_secs(1);

impl Studio {
    /// Time until the stage changes by itself.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        let mut waits = Vec::new();
        let moving = if self.ghost_follows_playhead() {
            self.session.playback.playing
        } else {
            self.ghost().is_some() && !self.preferences.reduce_motion
        };
        if moving {
            // At the display's frame rate.
            waits.push(Duration::ZERO);
        }
        if self.session.playback.playing
            && let Some(timing) = self.timing()
        {
            waits.push(self.session.playback.time_to_next(timing));
        }
        if self.is_engine_busy() {
            // The remaining time is shown in whole seconds.
            waits.push(Duration::from_millis(500));
        }
        waits.extend(
            self.runtime
                .notices
                .iter()
                .filter_map(|notice| notice.leaves_at?.checked_sub(self.runtime.now)),
        );
        waits.extend(next_save(self));
        waits.into_iter().min()
    }
}

/// Time until something is saved automatically.
fn next_save(studio: &Studio) -> Option<Duration> {
    let runtime = &studio.runtime;
    let project = runtime.edited_at.map(|at| at + AUTOSAVE);
    let preferences = runtime
        .preferences_changed_at
        .map(|at| at + SAVE_PREFERENCES);
    let next = project.into_iter().chain(preferences).min()?;
    Some(next.saturating_sub(runtime.now))
}
