//! Commands about the camera.

use crate::media::camera::Pose;
use crate::project::direction::CameraMove;
use crate::project::history::Edit;

/// Commands about the camera.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraCommand {
    /// Put a move on the stack, or take it off again.
    Click(String),
    /// The same with the move at this place of the grid, counted from zero.
    ClickNth(usize),
    /// Set a move's strength; negative for its opposite.
    Strength {
        /// The move.
        name: String,
        /// How strong.
        strength: f32,
    },
    /// Take a move and its opposite off the stack.
    Remove(String),
    /// Take all moves off the stack.
    Clear,
    /// Put exactly these moves on the stack.
    Stack(Vec<CameraMove>),
    /// Go so far along an axis, by whichever moves do that.
    Aim {
        /// Which way.
        axis: Axis,
        /// How far; see [`Axis::of`].
        far: f32,
    },
    /// Show a ghost on the stage, or none.
    Preview(Option<GhostOf>),
    /// Show the pad on the stage, or put it away.
    ShowPad(bool),
    /// Ask for a LoRA file to install.
    Choose,
    /// Install the file that was inspected.
    Install,
    /// Dismiss the file that was inspected.
    Decline,
    /// Ask whether an installed move should go; `None` takes the question back.
    AskRemoval(Option<String>),
    /// Delete an installed move.
    Uninstall(String),
}

impl CameraCommand {
    /// What "Undo" calls the change that this makes to the stack, if it makes one.
    pub(in crate::app) fn edit(&self) -> Edit {
        match self {
            Self::Strength { .. } => Edit::dragged("change camera strength"),
            Self::Aim { .. } => Edit::dragged("aim camera"),
            Self::Remove(_) => Edit::once("remove camera move"),
            Self::Clear => Edit::once("clear camera"),
            _ => Edit::once("change camera"),
        }
    }
}

/// What a ghost shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GhostOf {
    /// One move at strength 1, as its card promises.
    Move(String),
    /// The whole stack, as the take will have it.
    #[default]
    Stack,
}

/// What can be done to the picture by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Content to the right.
    Pan,
    /// Content down.
    Tilt,
    /// Content enlarged.
    Zoom,
    /// Content turned clockwise.
    Roll,
}

impl Axis {
    /// Every axis.
    pub const ALL: [Self; 4] = [Self::Pan, Self::Tilt, Self::Zoom, Self::Roll];

    /// Its name for people, as the camera has it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pan => "Pan",
            Self::Tilt => "Tilt",
            Self::Zoom => "Zoom",
            Self::Roll => "Roll",
        }
    }

    /// How far a pose goes along it: fractions of the frame for shifts, the logarithm of the
    /// magnification, degrees.
    #[must_use]
    pub fn of(self, pose: Pose) -> f32 {
        match self {
            Self::Pan => pose.x,
            Self::Tilt => pose.y,
            Self::Zoom => pose.scale.ln(),
            Self::Roll => pose.roll,
        }
    }

    /// A distance along it that looks like as much movement as that of every other axis.
    #[must_use]
    pub(in crate::app) fn unit(self) -> f32 {
        match self {
            Self::Pan | Self::Tilt => 0.2,
            Self::Zoom => 0.25,
            Self::Roll => 15.0,
        }
    }
}
