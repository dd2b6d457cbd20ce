//! Commands about what is drawn over the picture: what holds still, what may move, and cut-outs.

use crate::media::camera::{CameraPath, Pose};
use crate::motion::{Pace, Stroke};
use crate::project::history::Edit;

/// What the pointer does on the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Moves the crop window.
    #[default]
    Select,
    /// Paints on a mask.
    Paint(MaskKind),
    /// Draws and drags cut-outs.
    CutOut,
}

/// A mask over the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskKind {
    /// What must hold still.
    Lock,
    /// What may move.
    Brush,
}

impl MaskKind {
    /// Both, in display order.
    pub const ALL: [Self; 2] = [Self::Lock, Self::Brush];

    /// Its name in the interface.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::Brush => "Move brush",
        }
    }
}

/// Where a cut-out goes in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One place towards the front.
    Forward,
    /// One place towards the back.
    Backward,
}

/// Commands about what is drawn over the picture. Cut-outs are counted from the back, from zero.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawCommand {
    /// Selects a tool, and shows the picture.
    Tool(Tool),
    /// Sets the radius of the brush, as a fraction of the picture's width.
    Radius(f32),
    /// Whether the brush erases.
    Erase(bool),
    /// Whether cut-outs are painted over instead of drawn around.
    BrushCutOuts(bool),
    /// Selects a cut-out, or none.
    Select(Option<usize>),
    /// Whether the preview of everything that moves is shown on the picture.
    Play(bool),
    /// Adds a stroke to a mask.
    Paint(MaskKind, Stroke),
    /// Makes a mask cover everything.
    Fill(MaskKind),
    /// Removes a mask.
    Clear(MaskKind),
    /// Adds a cut-out with this outline in front of the others, and selects it.
    CutOut(Vec<[f32; 2]>),
    /// Gives a cut-out another track.
    Track(usize, CameraPath),
    /// Changes where a cut-out ends.
    End(usize, Pose),
    /// Changes the pace of a cut-out.
    Pace(usize, Pace),
    /// Changes the place of a cut-out in the order.
    Order(usize, Depth),
    /// Removes a cut-out.
    Remove(usize),
}

impl DrawCommand {
    /// The label in "Undo" for the change that this makes to the drawing, if any.
    pub(in crate::app) fn edit(&self) -> Edit {
        let of = |kind: &MaskKind, lock, brush| match kind {
            MaskKind::Lock => Edit::once(lock),
            MaskKind::Brush => Edit::once(brush),
        };
        match self {
            Self::Paint(kind, stroke) if stroke.erases => {
                of(kind, "erase lock", "erase move brush")
            }
            Self::Paint(kind, _) => of(kind, "paint lock", "paint move brush"),
            Self::Fill(kind) => of(kind, "lock everything", "free everything"),
            Self::Clear(kind) => of(kind, "clear lock", "clear move brush"),
            Self::CutOut(_) => Edit::once("cut out"),
            Self::Track(..) => Edit::once("drag cut-out"),
            Self::End(..) => Edit::dragged("change end of cut-out"),
            Self::Pace(..) => Edit::once("change pace of cut-out"),
            Self::Order(..) => Edit::once("reorder cut-outs"),
            Self::Remove(_) => Edit::once("remove cut-out"),
            Self::Tool(_)
            | Self::Radius(_)
            | Self::Erase(_)
            | Self::BrushCutOuts(_)
            | Self::Select(_)
            | Self::Play(_) => Edit::once("draw"),
        }
    }
}
