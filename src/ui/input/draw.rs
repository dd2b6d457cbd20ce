//! Which command each action about drawing over the picture sends, and when it is available.

use super::action::Action;
use crate::app::command::draw::{Depth, DrawCommand, MaskKind, Tool};
use crate::app::{Command, Studio};

/// Factor by which one key changes the size of the brush.
const STEP: f32 = 1.2;

impl Action {
    /// The command about drawing that this action sends; `None` while it is unavailable.
    pub(super) fn drawing(self, studio: &Studio) -> Option<DrawCommand> {
        studio.picture()?;
        let draw = &studio.session.draw;
        let painting = matches!(draw.tool, Tool::Paint(_));
        let clear = |kind| studio.mask(kind).map(|_| DrawCommand::Clear(kind));
        match self {
            Self::SelectTool => Some(DrawCommand::Tool(Tool::Select)),
            Self::LockTool => Some(DrawCommand::Tool(Tool::Paint(MaskKind::Lock))),
            Self::BrushTool => Some(DrawCommand::Tool(Tool::Paint(MaskKind::Brush))),
            Self::CutOutTool => Some(DrawCommand::Tool(Tool::CutOut)),
            Self::BrushCutOut => {
                let other = !draw.brushes_cut_outs;
                (draw.tool == Tool::CutOut).then_some(DrawCommand::BrushCutOuts(other))
            }
            Self::Erase => painting.then_some(DrawCommand::Erase(!draw.erases)),
            Self::BrushSmaller => sized(draw.tool, draw.radius / STEP),
            Self::BrushLarger => sized(draw.tool, draw.radius * STEP),
            Self::LockAll => {
                let mask = studio.mask(MaskKind::Lock);
                let whole = mask.is_some_and(|mask| mask.all && mask.strokes.is_empty());
                (!whole).then_some(DrawCommand::Fill(MaskKind::Lock))
            }
            Self::ClearLock => clear(MaskKind::Lock),
            Self::ClearBrush => clear(MaskKind::Brush),
            Self::RaiseCutOut => {
                let (index, _) = studio.selected_cut_out()?;
                let last = index + 1 == studio.drawing().cut_outs.len();
                (!last).then_some(DrawCommand::Order(index, Depth::Forward))
            }
            Self::LowerCutOut => {
                let (index, _) = studio.selected_cut_out()?;
                (index > 0).then_some(DrawCommand::Order(index, Depth::Backward))
            }
            Self::RemoveCutOut => {
                let (index, _) = studio.selected_cut_out()?;
                Some(DrawCommand::Remove(index))
            }
            Self::PlayMotion => Some(DrawCommand::Play(!draw.plays)),
            _ => None,
        }
    }

    /// The command that ends a preview or puts the tool away.
    pub(super) fn leave_drawing(studio: &Studio) -> Option<Command> {
        let draw = &studio.session.draw;
        let wish = match draw.tool {
            _ if draw.plays => DrawCommand::Play(false),
            Tool::Select => return None,
            Tool::Paint(_) | Tool::CutOut => DrawCommand::Tool(Tool::Select),
        };
        Some(Command::Draw(wish))
    }

    /// Whether its keys are left to others while it is unavailable: the pad has the same keys.
    pub(super) fn shares_keys(self) -> bool {
        matches!(self, Self::BrushSmaller | Self::BrushLarger)
    }
}

fn sized(tool: Tool, radius: f32) -> Option<DrawCommand> {
    (tool != Tool::Select).then_some(DrawCommand::Radius(radius))
}
