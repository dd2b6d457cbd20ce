//! A tiny curve: one value for each frame.

use egui::{Pos2, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::ui::style::tokens::{self, Themed as _};

/// Height of the curve.
const HEIGHT: f32 = 28.0;
/// The span of values below which a curve stays flat instead of showing noise.
const FLAT: f32 = 0.5;

/// Draws `values` over the frames; `words` say what they are.
pub(in crate::ui) fn ramp(ui: &mut Ui, values: &[f32], words: &str) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
    ui.painter()
        .rect_filled(rect, tokens::RADIUS, ui.colours().sunken);
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let inner = rect.shrink2(vec2(tokens::GAP_SMALL, tokens::GAP + 2.0));
    let last = values.len().saturating_sub(1).max(1) as f32;
    let middle = f32::midpoint(low, high);
    let span = (high - low).max(FLAT);
    let points: Vec<Pos2> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let along = inner.left() + inner.width() * index as f32 / last;
            let up = (value - middle) / span;
            pos2(along, inner.center().y - up * inner.height())
        })
        .collect();
    let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
    for point in &points {
        ui.painter().circle_filled(*point, 1.5, stroke.color);
    }
    ui.painter().add(Shape::line(points, stroke));
    response.on_hover_text(words);
}
