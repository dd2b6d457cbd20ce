//! The layout of the window: which panels are collapsed, their sizes, and the open sheet. Saved with the
//! preferences, never undone.

use serde::{Deserialize, Serialize};

use crate::app::command::window::Panel;
use crate::sampler::finite;

/// When the window closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// Immediately.
    Now,
    /// As soon as no job is running and no export is in progress.
    WhenIdle,
}

/// The state of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelState {
    /// Whether it is collapsed.
    pub folded: bool,
    /// Width, or height for the timeline, in points.
    #[serde(deserialize_with = "finite::number")]
    pub size: f32,
}

/// The state of all panels, and the window's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Pictures and takes.
    pub shelf: PanelState,
    /// The settings of the next take.
    pub direction: PanelState,
    /// Frames and clips.
    pub timeline: PanelState,
    /// Width and height of the whole window, in the system's points.
    #[serde(deserialize_with = "finite::optional_pair")]
    pub window: Option<[f32; 2]>,
}

impl Default for Layout {
    fn default() -> Self {
        let open = |size| PanelState {
            folded: false,
            size,
        };
        Self {
            shelf: open(232.0),
            direction: open(304.0),
            timeline: open(204.0),
            window: None,
        }
    }
}

/// Larger than any real window, in the system's points.
const MOST_POINTS: f32 = 32_768.0;

impl Layout {
    /// The size of the whole window, if it is plausible.
    #[must_use]
    pub fn window_size(&self) -> Option<[f32; 2]> {
        let possible = |side: &f32| (1.0..=MOST_POINTS).contains(side);
        self.window.filter(|window| window.iter().all(possible))
    }

    /// The state of a panel.
    #[must_use]
    pub fn of(&self, panel: Panel) -> PanelState {
        match panel {
            Panel::Shelf => self.shelf,
            Panel::Direction => self.direction,
            Panel::Timeline => self.timeline,
        }
    }

    pub(in crate::app) fn of_mut(&mut self, panel: Panel) -> &mut PanelState {
        match panel {
            Panel::Shelf => &mut self.shelf,
            Panel::Direction => &mut self.direction,
            Panel::Timeline => &mut self.timeline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_starts_with_a_plausible_size() {
        let left = |window| Layout {
            window: Some(window),
            ..Layout::default()
        };
        assert_eq!(left([1440.0, 900.0]).window_size(), Some([1440.0, 900.0]));
        for none in [[0.0, 900.0], [1440.0, -1.0], [3e38, 3e38]] {
            assert_eq!(left(none).window_size(), None);
        }
    }
}
