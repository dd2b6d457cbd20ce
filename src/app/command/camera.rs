//! Commands about the camera.

use crate::media::camera::{CameraPath, Pose};
use crate::media::curve::StrengthCurve;
use crate::project::direction::CameraMove;
use crate::project::history::Edit;

/// Commands about the camera.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraCommand {
    /// Adds a move to the stack, or removes it.
    Click(String),
    /// The next state of the axis at this place, counted from zero: its move, the opposite, nothing.
    ClickNth(usize),
    /// Sets a move's strength; a negative one means its opposite.
    Strength {
        /// The move.
        name: String,
        /// The new strength.
        strength: f32,
    },
    /// Sets a move's strength over the frames; the opposite of the move is below zero.
    Curve {
        /// The move.
        name: String,
        /// The new curve; `None` makes the strength the same at all frames.
        curve: Option<StrengthCurve>,
    },
    /// Shows the curve of a move in the timeline, or closes it if it is shown already; `None` closes any.
    EditCurve(Option<String>),
    /// Removes a move and its opposite from the stack.
    Remove(String),
    /// Removes all moves from the stack.
    Clear,
    /// Removes all moves, so that one that suits the picture is suggested.
    Suggest,
    /// Replaces the camera of the next take.
    Stack {
        /// The moves of the stack.
        moves: Vec<CameraMove>,
        /// The path that is drawn on the stage.
        path: Option<CameraPath>,
    },
    /// Draws a path on the stage, which begins with the movement of the stack and replaces it, or shows the path that is
    /// drawn already.
    DrawPath,
    /// Changes the path that is drawn on the stage, or removes it.
    Path(Option<CameraPath>),
    /// Sets the movement along an axis, using whichever moves provide it.
    Aim {
        /// The axis.
        axis: Axis,
        /// How far; see [`Axis::component`].
        far: f32,
    },
    /// Whether the next drag on the pad performs the whole path, instead of setting a keyframe.
    Perform(bool),
    /// Shows a preview of camera moves on the stage, or none.
    Preview(Option<GhostOf>),
    /// Shows or hides the pad on the stage.
    ShowPad(bool),
    /// Asks for a LoRA file to install.
    Choose,
    /// Installs the inspected file.
    Install,
    /// Dismisses the inspected file.
    Decline,
    /// Asks whether to delete an installed move; `None` withdraws the question.
    AskRemoval(Option<String>),
    /// Deletes an installed move.
    Uninstall(String),
}

impl CameraCommand {
    /// The label in "Undo" for the change that this makes to the stack, if any.
    pub(in crate::app) fn edit(&self) -> Edit {
        match self {
            Self::Strength { .. } => Edit::dragged("change camera strength"),
            Self::Curve { .. } => Edit::dragged("change strength over the frames"),
            Self::DrawPath => Edit::once("draw camera path"),
            Self::Path(None) => Edit::once("remove camera path"),
            Self::Path(Some(_)) => Edit::dragged("change camera path"),
            Self::Aim { .. } => Edit::dragged("aim camera"),
            Self::Remove(_) => Edit::once("remove camera move"),
            Self::Clear => Edit::once("clear camera"),
            Self::Suggest => Edit::once("suggest camera move"),
            _ => Edit::once("change camera"),
        }
    }
}

/// The camera moves that a preview shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GhostOf {
    /// One move at strength 1.
    Move(String),
    /// The whole stack, as in the take.
    #[default]
    Stack,
}

/// A direction of camera movement that can be set by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Positive moves the content right.
    Pan,
    /// Positive moves the content down.
    Tilt,
    /// Positive enlarges the content.
    Zoom,
    /// Positive turns the content clockwise.
    Roll,
}

impl Axis {
    /// All axes.
    pub const ALL: [Self; 4] = [Self::Pan, Self::Tilt, Self::Zoom, Self::Roll];

    /// The name of the camera move in the interface.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pan => "Pan",
            Self::Tilt => "Tilt",
            Self::Zoom => "Zoom",
            Self::Roll => "Roll",
        }
    }

    /// The component of `pose` along this axis: a fraction of the frame for pan and tilt, the logarithm of
    /// the magnification for zoom, degrees for roll.
    #[must_use]
    pub fn component(self, pose: Pose) -> f32 {
        match self {
            Self::Pan => pose.x,
            Self::Tilt => pose.y,
            Self::Zoom => pose.scale.ln(),
            Self::Roll => pose.roll,
        }
    }

    /// The distance along this axis that looks like as much movement as one unit of any other.
    #[must_use]
    pub(in crate::app) fn unit(self) -> f32 {
        match self {
            Self::Pan | Self::Tilt => 0.2,
            Self::Zoom => 0.25,
            Self::Roll => 15.0,
        }
    }
}
