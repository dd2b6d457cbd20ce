//! Two takes beside or over each other. Must not know how they are drawn.

use super::state::TakeId;

/// How two takes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// One left of a line, the other right of it.
    #[default]
    Wipe,
    /// Beside each other.
    Side,
    /// How far their pixels are apart.
    Difference,
}

/// The take on the stage is compared with another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compare {
    /// With which.
    pub other: TakeId,
    /// How.
    pub way: Way,
    /// Where the line of a wipe is, from 0 (left) to 1.
    pub divider: f32,
}

/// A wish about comparing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareCommand {
    /// Compare the take on the stage with the one that was there before, or end it.
    Toggle,
    /// Compare the take on the stage with this one.
    With(TakeId),
    /// How.
    Way(Way),
    /// Put the line of a wipe here, from 0 (left) to 1.
    Divider(f32),
    /// Exchange the two takes.
    Swap,
}
