//! The comparison of two takes.

use crate::app::command::takes::CompareMode;
use crate::project::ids::TakeId;

/// A comparison of the take on the stage with another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compare {
    /// The other take.
    pub other: TakeId,
    /// How they are compared.
    pub mode: CompareMode,
    /// Position of the line of a wipe, from 0 (left) to 1.
    pub divider: f32,
}
