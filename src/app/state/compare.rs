//! Two takes beside or over each other. Must not know how they are drawn.

use crate::app::command::takes::CompareMode;
use crate::project::ids::TakeId;

/// The take on the stage is compared with another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compare {
    /// With which.
    pub other: TakeId,
    /// How.
    pub mode: CompareMode,
    /// Where the line of a wipe is, from 0 (left) to 1.
    pub divider: f32,
}
