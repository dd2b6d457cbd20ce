//! Pictures from words to choose from: the newest first, with those that are not finished in their places.

use egui::{
    Align2, FontId, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app::Command;
use crate::app::command::words::WordsCommand;
use crate::app::state::words::{Slot, SlotState};
use crate::engine::protocol::Still;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, contain, frame_size};
use crate::ui::widgets::focus_ring;

/// Pictures of at least this shape, width to height, are shown two in a row, others four.
const WIDE: f32 = 1.2;

/// Draws all pictures.
pub(super) fn candidates(ui: &mut Ui, view: View<'_>) {
    let slots = &view.studio.runtime.words.slots;
    let Some(first) = slots.first() else {
        return;
    };
    let shape = size_of(first);
    let columns = if shape.x >= shape.y * WIDE { 2 } else { 4 };
    let gap = tokens::GAP_SMALL;
    let width = (ui.available_width() - gap * (columns - 1) as f32) / columns as f32;
    let size = vec2(width, width * shape.y / shape.x).floor();
    for (row, slots_in_row) in slots.chunks(columns).enumerate() {
        let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), size.y), Sense::hover());
        for (column, slot) in slots_in_row.iter().enumerate() {
            let left = area.left() + (width + gap) * column as f32;
            let rect = Rect::from_min_size(pos2(left.round(), area.top()), size);
            let number = row * columns + column + 1;
            candidate(ui, view, rect, slot, (number, slots.len()));
        }
        ui.add_space(tokens::GAP);
    }
}

/// Width and height of a picture.
fn size_of(slot: &Slot) -> Vec2 {
    let draft = &slot.request.draft;
    let side = |side: Option<usize>| side.unwrap_or(1) as f32;
    match &slot.state {
        SlotState::Done(still) => frame_size(&still.frame),
        SlotState::Waiting | SlotState::Making => vec2(side(draft.width), side(draft.height)),
    }
}

fn candidate(ui: &Ui, view: View<'_>, rect: Rect, slot: &Slot, (number, count): (usize, usize)) {
    ui.painter()
        .rect_filled(rect, tokens::RADIUS, ui.colours().sunken);
    let words = match &slot.state {
        SlotState::Done(still) => {
            return finished(ui, view, rect, slot, still, (number, count));
        }
        SlotState::Waiting => "Waiting",
        SlotState::Making => "Being made…",
    };
    let response = ui.interact(rect, ui.scope_id().with(slot.id), Sense::hover());
    let spoken = format!("Picture {number} of {count}: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text_weak;
    ui.painter()
        .text(rect.center(), Align2::CENTER_CENTER, words, font, ink);
}

fn finished(
    ui: &Ui,
    view: View<'_>,
    rect: Rect,
    slot: &Slot,
    still: &Still,
    (number, count): (usize, usize),
) {
    let response = ui.interact(rect, ui.scope_id().with(slot.id), Sense::click());
    let mark = if slot.used {
        ", already on the shelf"
    } else {
        ""
    };
    let spoken = format!("Use picture {number} of {count}{mark}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let inner = contain(frame_size(&still.frame), rect);
    let content = Content::Plain(&still.frame);
    view.paint(ui.ctx(), ui.painter(), inner, content, tokens::RADIUS);
    let stroke = match (response.hovered(), slot.used) {
        (true, _) => Some(ui.colours().accent),
        (false, true) => Some(ui.colours().accent_dim),
        (false, false) => None,
    };
    if let Some(ink) = stroke {
        let stroke = Stroke::new(tokens::STROKE_BOLD, ink);
        ui.painter()
            .rect_stroke(inner, tokens::RADIUS, stroke, StrokeKind::Inside);
    }
    focus_ring(ui, &response, inner);
    let made = &still.made;
    let hint = format!(
        "Use this picture for the next take\nSeed {} · {}\n{}",
        made.request.seed, made.model.name, made.prompt.text
    );
    if response.on_hover_text(hint).clicked() {
        view.send(Command::Words(WordsCommand::Use(slot.id)));
    }
}
