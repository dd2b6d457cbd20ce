//! The response to files that hover over the window: what dropping them would do, or why they cannot be used.

use egui::{Color32, Painter, Rect, RichText, Shape, Stroke, Ui};

use crate::app::query::drop_hint::Payload;
use crate::ui::style::tokens::{self, Themed as _};

/// Draws the response in `room` while files hover, and returns whether they do.
pub(in crate::ui::panels) fn drop_zone(ui: &mut Ui, room: Rect) -> bool {
    let hovered = ui.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return false;
    }
    let paths: Vec<_> = hovered
        .iter()
        .filter_map(|file| file.path.as_deref())
        .collect();
    let payload = Payload::of(&paths);
    let zone = room.shrink(tokens::GAP_GROUP);
    // The zone is highlighted only for files that can be used.
    let (line, ink) = match payload {
        Payload::Welcome(_) => (ui.colours().accent, ui.colours().accent),
        Payload::Useless(_) => (ui.colours().outline, ui.colours().caution),
    };
    dashed(ui.painter(), zone, line);
    let words = RichText::new(payload.words())
        .size(tokens::FONT_LARGE)
        .color(ink);
    let label = egui::Label::new(words).wrap();
    ui.put(zone.shrink(tokens::GAP_GROUP), label);
    true
}

/// Draws a dashed outline.
pub(in crate::ui::panels) fn dashed(painter: &Painter, rect: Rect, colour: Color32) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    let stroke = Stroke::new(tokens::STROKE_BOLD * 0.75, colour);
    painter.extend(Shape::dashed_line(&corners, stroke, 7.0, 6.0));
}
