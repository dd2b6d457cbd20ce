//! Commands about the window itself: panels, sheets, notices, preferences.

use serde::{Deserialize, Serialize};

use crate::engine::device::{DevicePreference, Precision};

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
    /// The available models, and the hub.
    Models,
    /// How what is on the stage is written to a file.
    Export,
    /// Whether to quit while something would be lost.
    Quit,
}

/// Commands about the window.
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
    /// Close the open sheet.
    Close,
    /// The whole window has this width and height, in the system's points.
    Measured([f32; 2]),
    /// Close the window at once.
    Leave,
    /// Stop the running take early, keep its frames, then close the window.
    KeepAndLeave,
    /// A pointer went down (`true`) or came up: what it drags is one edit.
    Hold(bool),
    /// A key went down, or a control was spoken to: what it does is an edit of its own.
    Part,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light on dark: the pictures shine.
    #[default]
    Dark,
    /// Dark on light, for bright rooms.
    Light,
    /// As the system has it.
    System,
}

/// What becomes of a seed that nobody chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seeds {
    /// Each take draws another one.
    #[default]
    Fresh,
    /// The one that was drawn stays in the direction, so that the next take differs by its settings
    /// alone.
    Keep,
}

/// One of them, changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Preference {
    /// Light or dark.
    Theme(Theme),
    /// Size of everything in the window, in percent.
    Scale(u16),
    /// Where to compute.
    Device(DevicePreference),
    /// Whether icons and ghosts rest.
    ReduceMotion(bool),
    /// In what number format.
    Precision(Precision),
    /// sRGB colour under transparent parts and around padded pictures.
    Matte([u8; 3]),
    /// The model that new projects begin with.
    Model(Option<String>),
    /// What becomes of a seed that nobody chose.
    Seeds(Seeds),
    /// Frames that are kept ready to play, in megabytes.
    Ready(u16),
    /// New projects lie in the data folder again.
    UsualProjects,
}

/// Names a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub u64);
