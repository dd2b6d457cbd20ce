//! A take that is dragged from the shelf into the sequence: the place between the clips where it would be inserted.

use egui::{
    DragAndDrop, Id, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::axis::Axis;
use crate::app::Command;
use crate::app::command::sequence::SequenceCommand;
use crate::project::ids::TakeId;
use crate::project::sequence::Span;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;

/// Whether a take is being dragged.
pub(super) fn is_dragging(ui: &Ui) -> bool {
    DragAndDrop::has_payload_of_type::<TakeId>(ui.ctx())
}

/// Lets a dragged take be dropped in `row` between the clips, which are along `axis`; draws the place while the pointer is
/// over it.
pub(super) fn drop_zone(ui: &Ui, row: Rect, view: View<'_>, axis: Axis, spans: &[Span]) {
    if !is_dragging(ui) {
        return;
    }
    let id = Id::unique("place for a dragged take");
    let response = ui.interact(row, id, Sense::hover());
    let hovers = response.dnd_hover_payload::<TakeId>();
    let (Some(take), Some(at)) = (hovers, ui.ctx().pointer_latest_pos()) else {
        return;
    };
    let middle = |span: &&Span| f32::midpoint(axis.x(span.start), axis.x(span.end()));
    let index = spans.iter().filter(|span| middle(span) < at.x).count();
    let number = view.studio.take_named(*take).map_or(0, |take| take.number);
    let spoken = format!("Take {number} becomes clip {}", index + 1);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let x = match (spans.get(index), spans.last()) {
        (Some(next), _) => axis.x(next.start),
        (None, Some(last)) => axis.x(last.end()),
        (None, None) => row.left(),
    };
    mark(ui, row, x);
    if let Some(take) = response.dnd_release_payload::<TakeId>() {
        let command = SequenceCommand::Insert(*take, index);
        view.send(Command::Sequence(command));
    }
}

/// Draws a line between two clips, with a point at each end.
fn mark(ui: &Ui, row: Rect, x: f32) {
    let ink = ui.colours().accent;
    let painter = ui.painter();
    let stroke = Stroke::new(tokens::STROKE, ink);
    painter.rect_stroke(row, tokens::RADIUS, stroke, StrokeKind::Inside);
    let x = x.clamp(row.left() + POINT, row.right() - POINT);
    painter.vline(x, row.y_range(), Stroke::new(3.0, ink));
    for (y, way) in [(row.top(), 1.0), (row.bottom(), -1.0)] {
        let corners = [vec2(-POINT, 0.0), vec2(POINT, 0.0), vec2(0.0, way * POINT)];
        let corners = corners.map(|corner| pos2(x, y) + corner).to_vec();
        painter.add(Shape::convex_polygon(corners, ink, Stroke::NONE));
    }
}

/// Half the width of a point.
const POINT: f32 = 6.0;
