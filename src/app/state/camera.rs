//! Available camera moves, their preview and the pad.

use std::time::Duration;

use crate::app::command::camera::GhostOf;
use crate::library::camera_moves::{MoveCard, MoveInspection};

/// A preview of camera moves on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ghost {
    /// What it shows.
    pub of: GhostOf,
    /// When it started, as time since the start of the studio.
    pub since: Duration,
}

/// The camera previews shown on the stage.
#[derive(Clone, Debug, Default)]
pub struct CameraView {
    /// The preview on the stage.
    pub ghost: Option<Ghost>,
    /// Whether the pad is shown on the stage.
    pub pad: bool,
    /// Whether the next drag on the pad performs the whole path, instead of setting a keyframe.
    pub performs: bool,
    /// The move whose strength over the frames is edited in the timeline.
    pub curve: Option<String>,
}

/// Available moves, and files being installed or removed.
#[derive(Clone, Debug, Default)]
pub struct CameraLibrary {
    /// All moves, in the order of the grid.
    pub cards: Vec<MoveCard>,
    /// Whether they have been listed yet.
    pub listed: bool,
    /// The model that they were compared with.
    pub compared_with: String,
    /// LoRA files that are being inspected or copied.
    pub busy: usize,
    /// Inspected files waiting for the user's decision, oldest first.
    pub arrivals: Vec<MoveInspection>,
    /// The installed move that the user is asked about deleting.
    pub removing: Option<String>,
}
