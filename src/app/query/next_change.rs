//! When the window has to be drawn again although nobody touched it.

use std::time::Duration;

use crate::app::state::Studio;

/// The project is saved this long after an edit.
pub(in crate::app) const AUTOSAVE: Duration = Duration::from_secs(2);
/// Preferences are saved this long after a change.
pub(in crate::app) const SAVE_PREFERENCES: Duration = Duration::from_secs(1);

impl Studio {
    /// How long until the stage looks different by itself.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        let mut waits = Vec::new();
        if self.ghost().is_some() && !self.preferences.reduce_motion {
            // At the display's own rate.
            waits.push(Duration::ZERO);
        }
        if self.session.playback.playing
            && let Some(timing) = self.timing()
        {
            waits.push(self.session.playback.time_to_next(timing));
        }
        if !self.runtime.jobs.is_empty() {
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

/// How long until something is saved by itself.
fn next_save(studio: &Studio) -> Option<Duration> {
    let runtime = &studio.runtime;
    let project = runtime.edited_at.map(|at| at + AUTOSAVE);
    let preferences = runtime.preferred_at.map(|at| at + SAVE_PREFERENCES);
    let next = project.into_iter().chain(preferences).min()?;
    Some(next.saturating_sub(runtime.now))
}
