//! Masks over the picture: painted with the pointer, or with a cursor that the arrow keys move, and shown as tints.

use std::borrow::Cow;

use egui::{
    Color32, CursorIcon, Id, Modifiers, Painter, PointerButton, Pos2, Rect, Role, Sense,
    Stroke as Line, Ui, WidgetInfo,
};

use super::canvas::{Cursor, extend, in_picture};
use super::motion_layers::on;
use crate::app::Command;
use crate::app::command::draw::{DrawCommand, MaskKind};
use crate::app::query::drawing::mask_words;
use crate::motion::{Painted, Stroke};
use crate::ui::paint::overlay::{flat, kept, tint};
use crate::ui::style::tokens::Themed as _;
use crate::ui::view::View;
use crate::ui::widgets::focus_ring;

/// Columns of the mask that is shown; the picture below it is sharper.
const COLUMNS: usize = 1024;
/// Opacity of a tint.
const OPACITY: f32 = 0.5;

/// Draws the masks over the picture in `rect`; an unfinished stroke is part of its mask.
pub(super) fn tints(ui: &Ui, rect: Rect, view: View<'_>, unfinished: Option<(MaskKind, Stroke)>) {
    let colours = ui.colours();
    let inks = [colours.accent, colours.good];
    for (kind, ink) in MaskKind::ALL.into_iter().zip(inks) {
        let stroke = unfinished.as_ref().filter(|(other, _)| *other == kind);
        let mut mask = view
            .studio
            .mask(kind)
            .map_or_else(|| Cow::Owned(Painted::default()), Cow::Borrowed);
        if let Some((_, stroke)) = stroke {
            mask.to_mut().strokes.push(stroke.clone());
        }
        if !mask.is_empty() {
            let opacity = if mask.all { OPACITY * 0.7 } else { OPACITY };
            tinted(ui, rect, &mask, kind.title(), ink.gamma_multiply(opacity));
        }
    }
}

/// Draws a mask over the picture in one colour; `name` is unique among the masks on the stage.
pub(super) fn tinted(ui: &Ui, rect: Rect, mask: &Painted, name: &str, ink: Color32) {
    let rows = COLUMNS as f32 * rect.height() / rect.width().max(1.0);
    let size = [COLUMNS, (rows.round().max(1.0) as usize).min(4 * COLUMNS)];
    let id = Id::unique(("mask tint", name));
    let is_same = |known: &(Painted, [usize; 2], Color32)| {
        known.1 == size && known.2 == ink && known.0 == *mask
    };
    let texture = kept(ui.ctx(), id, is_same, |ctx| {
        let texture = tint(ctx, size, &mask.mask(size), ink);
        ((mask.clone(), size, ink), texture)
    });
    flat(ui.painter(), &texture, rect);
}

/// Lets the artist paint on a mask over the picture in `rect`, and draws all masks.
pub(super) fn paint_area(ui: &Ui, rect: Rect, view: View<'_>, kind: MaskKind) {
    let id = Id::unique("paint area");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let draw = &view.studio.session.draw;
    let erases = draw.erases ^ ui.input(|input| input.modifiers.contains(Modifiers::ALT));
    let name = match kind {
        MaskKind::Lock => "Lock brush on the picture",
        MaskKind::Brush => "Move brush on the picture",
    };
    let covered = mask_words(view.studio.mask(kind));
    let cursor = Cursor::of(ui, id);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, true, name);
        info.current_text_value = Some(format!("painted: {covered}; {}", cursor.words()));
        info
    });
    focus_ring(ui, &response, rect.shrink(2.0));
    let line_id = id.with("line");
    let mut line: Vec<[f32; 2]> = ui.data(|data| data.get_temp(line_id)).unwrap_or_default();
    let stroke = |points: &[[f32; 2]]| Stroke::along(points, draw.radius, erases);
    let send = |stroke| view.send(Command::Draw(DrawCommand::Paint(kind, stroke)));
    if response.drag_started_by(PointerButton::Primary) {
        let from = ui.input(|input| input.pointer.press_origin());
        line = from
            .map(|from| in_picture(rect, from))
            .into_iter()
            .collect();
    }
    if response.dragged_by(PointerButton::Primary) {
        extend(ui, rect, &response, &mut line);
    }
    // A pass may be drawn twice, so a finished line is only forgotten in the next frame.
    if response.drag_stopped() && !line.is_empty() {
        send(stroke(&line));
    } else if !response.dragged() {
        line.clear();
    }
    if response.clicked() {
        let at = response.interact_pointer_pos();
        let at = at.map_or(cursor.at, |at| in_picture(rect, at));
        send(stroke(&[at]));
        response.request_focus();
    }
    if response.has_focus() {
        cursor.keys(ui, &response);
    }
    let unfinished = (!line.is_empty()).then(|| (kind, stroke(&line)));
    ui.data_mut(|data| data.insert_temp(line_id, line));
    tints(ui, rect, view, unfinished);
    let radius = draw.radius * rect.width();
    if response.has_focus() && ui.input(|input| !input.pointer.has_pointer()) {
        ring(ui.painter(), on(rect, cursor.at), radius, erases);
    }
    if let Some(at) = response.hover_pos().or(response.interact_pointer_pos()) {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        ring(&ui.painter_at(rect), at, radius, erases);
    }
}

/// Draws the brush; one that erases is drawn in another colour.
fn ring(painter: &Painter, at: Pos2, radius: f32, erases: bool) {
    let colours = painter.colours();
    let ink = if erases {
        colours.trouble
    } else {
        colours.untinted
    };
    painter.circle_stroke(at, radius, Line::new(3.0, colours.shade));
    painter.circle_stroke(at, radius, Line::new(1.5, ink));
}
