//! The middle of the window: the picture, the take, or the progress of a job.

mod camera_pad;
mod canvas;
mod compare;
mod crop;
mod cut_outs;
mod drop_zone;
mod empty;
mod film_bar;
pub(super) mod frame_shape;
pub(super) mod ghost;
mod layers;
mod masks;
mod motion_layers;
mod path_handles;
mod picture;
mod screen;
mod take_bar;
mod take_line;
mod tools;

use egui::{Label, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::Command;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{bar, name, text_button};
use drop_zone::drop_zone;
use empty::empty_stage;
use ghost::{ghost, waiting};
use picture::{picture_layer, tool_words, words as picture_words};

/// Height of the line below the picture.
const CAPTION: f32 = 28.0;
/// Width of the row of frame shapes.
const SHAPES: f32 = 380.0;
/// Height of that row.
const SHAPES_HEIGHT: f32 = tokens::CONTROL;
/// A stage narrower or lower than this has smaller margins.
const NARROW: f32 = 320.0;
/// Width of the card about files that are being opened.
const OPENING: f32 = 300.0;
/// Height of that card.
const OPENING_HEIGHT: f32 = 56.0;

/// Draws the stage.
pub(in crate::ui) fn stage(ui: &mut Ui, view: View<'_>) {
    let room = ui.max_rect();
    // Only the drop zone is drawn, so that nothing else under the pointer reacts.
    if drop_zone(ui, room) {
        return;
    }
    let mut inner = room.shrink(tokens::GAP_GROUP);
    inner.max.y -= CAPTION - tokens::GAP_SMALL;
    let studio = view.studio;
    let edits_time = studio.edits_time();
    let plays = studio.timing().is_some() && !edits_time;
    if !plays && !edits_time && studio.picture().is_some() && studio.shown_job().is_none() {
        inner.max.y -= SHAPES_HEIGHT + tokens::GAP_SMALL;
        shapes(ui, room, view);
        let (bar, rest) = inner.split_top_bottom_at_y(inner.top() + tools::HEIGHT);
        inner = rest;
        tools::tool_bar(ui, bar, view);
    }
    if let Some((rect, words)) = ghost(ui, inner, view) {
        caption(ui, rect, &[words]);
    } else if let Some((rect, words)) = waiting(ui, inner, view) {
        caption(ui, rect, &[words]);
    } else if plays {
        let lower = room.bottom() - take_bar::HEIGHT - tokens::GAP;
        let (mut screen, mut below) = room.split_top_bottom_at_y(lower);
        below.max.y -= tokens::GAP;
        screen = screen.shrink2(vec2(tokens::GAP_SMALL, 0.0));
        screen.set_top(room.top() + tokens::GAP_SMALL);
        screen.set_bottom(below.top() - tokens::GAP_SMALL);
        below = below.shrink2(vec2(tokens::GAP_PANEL, 0.0));
        screen::screen(ui, screen, view);
        take_bar::take_bar(ui, below, view);
    } else if let Some(picture) = studio.picture() {
        let rect = picture_layer(ui, inner, view, picture);
        let words = tool_words(view).unwrap_or_else(|| picture_words(view, picture));
        caption(ui, rect, &words);
    } else {
        let narrow = room.size().min_elem() < NARROW;
        let margin = if narrow {
            tokens::GAP_PANEL
        } else {
            tokens::GAP_GROUP * 2.0
        };
        empty_stage(ui, room.shrink(margin), view);
    }
    opening(ui, room, view);
}

/// The shapes that the frame can have, along the lower edge of the stage.
fn shapes(ui: &mut Ui, room: Rect, view: View<'_>) {
    let width = SHAPES.min(room.width() - 2.0 * tokens::GAP_PANEL);
    let at = pos2(
        (room.center().x - width / 2.0).round(),
        room.bottom() - SHAPES_HEIGHT - tokens::GAP_PANEL,
    );
    let rect = Rect::from_min_size(at, vec2(width, SHAPES_HEIGHT));
    frame_shape::frame_shapes(&mut ui.new_child(UiBuilder::new().max_rect(rect)), view);
}

/// Draws one line below the content, in its longest form that fits.
fn caption(ui: &mut Ui, shown: Rect, forms: &[String]) {
    let line = Rect::from_min_size(
        pos2(ui.max_rect().left(), shown.bottom()),
        vec2(ui.max_rect().width(), CAPTION),
    );
    take_bar::words(ui, line.shrink2(vec2(tokens::GAP_SMALL, 0.0)), forms);
}

/// Lists the files that are being opened, over the upper left corner.
fn opening(ui: &mut Ui, room: Rect, view: View<'_>) {
    let runtime = &view.studio.runtime;
    let Some(file) = runtime
        .opening_name
        .as_ref()
        .filter(|_| runtime.opening > 0)
    else {
        return;
    };
    let total = runtime.opening_total.max(runtime.opening);
    let done = total - runtime.opening;
    let words = if total > 1 {
        format!("Opening {file}, {} of {total}", done + 1)
    } else {
        format!("Opening {file}")
    };
    let at = room.min + vec2(tokens::GAP_PANEL, tokens::GAP_PANEL);
    let width = OPENING.min(room.width() - 2.0 * tokens::GAP_PANEL);
    let area = Rect::from_min_size(at, vec2(width, OPENING_HEIGHT));
    ui.painter()
        .rect_filled(area, tokens::RADIUS, ui.colours().floating);
    let inner = area.shrink2(vec2(tokens::GAP_PANEL * 0.75, tokens::GAP_SMALL));
    let mut card = ui.new_child(UiBuilder::new().max_rect(inner));
    card.spacing_mut().item_spacing.y = tokens::GAP;
    let words = RichText::new(words).size(tokens::FONT_SMALL);
    card.horizontal(|ui| {
        let layout = Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| {
            let ready = !runtime.opening_stopping;
            let stop = text_button(ui, ready, if ready { "Stop" } else { "Stopping…" });
            name(ui, &stop, "Stop opening");
            if stop.clicked() {
                view.send(Command::StopOpening);
            }
            ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(Label::new(words).truncate());
            });
        });
    });
    let width = card.available_width();
    bar(
        &mut card,
        width,
        (done as f32 + runtime.opening_part) / total as f32,
        "Pictures opened",
    );
}
