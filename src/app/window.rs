//! How the window is laid out: which panels are unfolded and how large, and what lies over them.
//!
//! Saved with the preferences, never undone. Must not know how any of it is drawn.

use serde::{Deserialize, Serialize};

/// A panel that folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Pictures and takes, on the left.
    Shelf,
    /// How the next take is made, on the right.
    Direction,
    /// Frames and clips, below.
    Timeline,
}

/// Something over the panels; there is one at a time and Escape closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlay {
    /// Every action, found by typing.
    Palette,
    /// Every key.
    Shortcuts,
    /// Preferences.
    Settings,
    /// The models at hand, and the hub.
    Models,
    /// How what is on the stage is written to a file.
    Export,
    /// Whether to quit while a take is being made.
    Quit,
}

/// The window is to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// At once.
    Now,
    /// As soon as no job runs.
    WhenIdle,
}

/// A panel's place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pane {
    /// Out of sight.
    pub folded: bool,
    /// Width, or height for the timeline, in points.
    pub size: f32,
}

/// All panels' places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Pictures and takes.
    pub shelf: Pane,
    /// How the next take is made.
    pub direction: Pane,
    /// Frames and clips.
    pub timeline: Pane,
    /// Width and height of the whole window, in the system's points.
    pub window: Option<[f32; 2]>,
}

impl Default for Layout {
    fn default() -> Self {
        let open = |size| Pane {
            folded: false,
            size,
        };
        Self {
            shelf: open(232.0),
            direction: open(304.0),
            timeline: open(224.0),
            window: None,
        }
    }
}

impl Layout {
    /// A panel's place.
    #[must_use]
    pub fn of(&self, part: Part) -> Pane {
        match part {
            Part::Shelf => self.shelf,
            Part::Direction => self.direction,
            Part::Timeline => self.timeline,
        }
    }

    pub(super) fn of_mut(&mut self, part: Part) -> &mut Pane {
        match part {
            Part::Shelf => &mut self.shelf,
            Part::Direction => &mut self.direction,
            Part::Timeline => &mut self.timeline,
        }
    }
}

/// A wish about the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowCommand {
    /// Fold a panel away, or unfold it.
    Fold(Part),
    /// Fold all panels away, or unfold them.
    FoldAll,
    /// Give a panel this width, or height for the timeline, in points.
    Resize(Part, f32),
    /// Put something over the panels, or take it away where it is there already.
    Show(Overlay),
    /// Take away what lies over the panels.
    Close,
    /// The whole window has this width and height, in the system's points.
    Measured([f32; 2]),
    /// Close the window at once.
    Leave,
    /// Stop what runs, keep what there is of it, and close the window then.
    KeepAndLeave,
    /// A pointer went down (`true`) or came up: what it drags is one edit.
    Hold(bool),
    /// A key went down, or a control was spoken to: what it does is an edit of its own.
    Part,
}
