//! The latest measurement of memory, and when to measure again.

use std::time::Duration;

use crate::system::memory::Residency;

/// Interval while a take is being made.
const BUSY: Duration = Duration::from_secs(1);

/// Interval while the window is drawn and no take is being made.
const QUIET: Duration = Duration::from_secs(5);

/// The latest measurement, and when it was requested.
#[derive(Debug, Default)]
pub struct MemoryWatch {
    /// The latest measurement.
    pub latest: Option<Residency>,
    asked_at: Option<Duration>,
    waiting: bool,
}

impl MemoryWatch {
    /// Whether to measure now; if so, records that it was requested.
    pub(in crate::app) fn due(&mut self, now: Duration, busy: bool) -> bool {
        let every = if busy { BUSY } else { QUIET };
        let due = self
            .asked_at
            .is_none_or(|asked| now.saturating_sub(asked) >= every);
        let ask = due && !self.waiting;
        if ask {
            self.asked_at = Some(now);
            self.waiting = true;
        }
        ask
    }

    /// Records the answer; `None` if the workers were too busy.
    pub(in crate::app) fn answered(&mut self, found: Option<Residency>) {
        self.waiting = false;
        self.latest = found.or(self.latest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_measured_at_intervals_and_one_request_at_a_time() {
        let mut watch = MemoryWatch::default();
        let at = Duration::from_secs_f32;
        assert!(watch.due(at(0.0), false));
        assert!(!watch.due(at(60.0), true), "no answer yet");
        watch.answered(None);
        assert!(!watch.due(at(0.5), true));
        assert!(watch.due(at(1.0), true));
        watch.answered(None);
        assert!(!watch.due(at(3.0), false));
        assert!(watch.due(at(6.0), false));
    }
}
