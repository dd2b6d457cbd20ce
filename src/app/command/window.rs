//! Commands about the window itself: panels, sheets, notices, preferences.

use crate::request::{DevicePreference, Precision};
use serde::{Deserialize, Serialize};

/// A panel that can be collapsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Panel {
    /// Pictures and takes, on the left.
    Shelf,
    /// The settings of the next take, on the right.
    Direction,
    /// Frames and clips, at the bottom.
    Timeline,
}

impl Panel {
    /// All panels.
    pub const ALL: [Self; 3] = [Self::Shelf, Self::Direction, Self::Timeline];
}

/// A sheet over the panels; one can be open at a time, and Escape closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlay {
    /// The command palette.
    Palette,
    /// The list of keyboard shortcuts.
    Shortcuts,
    /// Preferences.
    Settings,
    /// The available models, and the hub.
    Models,
    /// Pictures from words.
    Words,
    /// Settings of the export.
    Export,
    /// Confirmation before quitting would lose something.
    Quit,
}

/// Commands about the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowCommand {
    /// Collapses or expands a panel.
    Fold(Panel),
    /// Collapses or expands all panels.
    FoldAll,
    /// Sets a panel's width (height for the timeline), in points.
    Resize(Panel, f32),
    /// Opens a sheet, or closes it if it is open already.
    Show(Overlay),
    /// Closes the open sheet.
    Close,
    /// The size of the whole window changed to this width and height, in the system's points.
    Measured([f32; 2]),
    /// Closes the window immediately.
    Leave,
    /// Stops the running take early, keeps its frames, then closes the window.
    KeepAndLeave,
    /// A pointer was pressed (`true`) or released: everything that it drags is one edit.
    Dragging(bool),
    /// A key was pressed, or a control activated by accessibility: what follows is a new edit.
    NewEdit,
}

/// Light or dark theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light, for bright rooms.
    Light,
    /// The system's theme.
    System,
}

/// What happens to a seed that was drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seeds {
    /// Each take draws a new seed.
    #[default]
    Fresh,
    /// The drawn seed stays in the direction, so that the next take differs only by its settings.
    Keep,
}

/// One preference, with its new value.
#[derive(Clone, Debug, PartialEq)]
pub enum Preference {
    /// Light or dark theme.
    Theme(Theme),
    /// Size of the interface, in percent.
    Scale(u16),
    /// Where to compute.
    Device(DevicePreference),
    /// Whether to stop the animation of icons and camera previews.
    ReduceMotion(bool),
    /// The number format to compute in.
    Precision(Precision),
    /// sRGB colour under transparent parts and around padded pictures.
    Matte([u8; 3]),
    /// The model of new projects.
    Model(Option<String>),
    /// What happens to a seed that was drawn.
    Seeds(Seeds),
    /// Memory for frames that are ready to play, in MiB.
    Ready(u16),
    /// Puts new projects in the data folder again.
    UsualProjects,
}

/// ID of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub u64);
