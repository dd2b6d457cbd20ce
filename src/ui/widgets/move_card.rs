//! A camera move to click: its moving picture, its name, its number key.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Align2, Color32, FontId, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::focus_ring;
use super::move_glyph::{GlyphInk, move_glyph, unknown_glyph};
use crate::media::camera::Pose;
use crate::ui::style::tokens::{self, Themed as _};

/// Height of the picture over its width.
const SHAPE: f32 = 0.52;
/// Lines that a name may have; a longer one ends in an ellipsis.
const LINES: usize = 3;
/// How far a name may reach over both edges of its card together: cards stand apart.
const OVER: f32 = tokens::GAP_SMALL - 2.0;
/// Cards beside each other at the most.
const MOST_COLUMNS: usize = 6;
/// Cards beside each other at the least, however long a word is.
const FEWEST_COLUMNS: usize = 2;

/// What a card shows.
pub(in crate::ui) struct MoveFace<'a> {
    /// Its name for people.
    pub(in crate::ui) title: &'a str,
    /// What it says to the pointer.
    pub(in crate::ui) hint: &'a str,
    /// Where its content is; `None` where this is unknown.
    pub(in crate::ui) pose: Option<Pose>,
    /// Whether it is on the stack.
    pub(in crate::ui) chosen: bool,
    /// Whether the chosen model can use it.
    pub(in crate::ui) usable: bool,
    /// The number key that does the same, if there is one.
    pub(in crate::ui) key: Option<usize>,
}

/// How cards stand in a panel: so many beside each other that no word of a name is cut.
pub(in crate::ui) struct MoveGrid {
    /// Cards beside each other.
    pub(in crate::ui) columns: usize,
    /// Width of a card.
    pub(in crate::ui) width: f32,
}

impl MoveGrid {
    /// Cards of these names in `room` points of width, `gap` apart.
    pub(in crate::ui) fn of<'a>(
        ui: &Ui,
        room: f32,
        gap: f32,
        titles: impl Iterator<Item = &'a str>,
    ) -> Self {
        let words = titles.flat_map(str::split_whitespace);
        let widest = words
            .map(|word| line_of(ui, word).size().x)
            .fold(0.0, f32::max);
        let least = (widest - OVER).max(40.0) + gap;
        let columns = ((room + gap) / least) as usize;
        let columns = columns.clamp(FEWEST_COLUMNS, MOST_COLUMNS);
        let width = ((room + gap) / columns as f32 - gap).floor();
        Self { columns, width }
    }

    /// Height of a row of cards of these names.
    pub(in crate::ui) fn height<'a>(&self, ui: &Ui, titles: impl Iterator<Item = &'a str>) -> f32 {
        let names = titles.map(|title| {
            name_of(ui, title, self.width, Color32::PLACEHOLDER)
                .size()
                .y
        });
        (self.width * SHAPE).round() + tokens::GAP + names.fold(0.0, f32::max).ceil()
    }
}

fn font() -> FontId {
    FontId::proportional(tokens::FONT_SMALL)
}

fn line_of(ui: &Ui, word: &str) -> Arc<Galley> {
    ui.painter()
        .layout_no_wrap(word.to_owned(), font(), Color32::PLACEHOLDER)
}

/// A name in as many lines as it takes, each in the middle.
fn name_of(ui: &Ui, title: &str, width: f32, ink: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(title.to_owned(), font(), ink, width + OVER);
    job.wrap = TextWrapping {
        max_rows: LINES,
        ..job.wrap
    };
    job.halign = Align::Center;
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Draws a card into `rect`.
pub(in crate::ui) fn move_card(ui: &Ui, rect: Rect, name: &str, face: &MoveFace<'_>) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("move", name)), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, face.usable, face.chosen, face.title));
    let colours = ui.colours();
    let lit = response.hovered() || response.has_focus();
    let frame = match () {
        () if face.chosen => colours.accent,
        () if lit => colours.text_weak,
        () => colours.outline,
    };
    let ink = GlyphInk {
        frame,
        far: if face.usable {
            colours.text_weak
        } else {
            colours.outline
        },
        near: match () {
            () if !face.usable => colours.text_off,
            () if face.chosen || lit => colours.accent,
            () => colours.text,
        },
    };
    let mut picture = rect;
    picture.set_height((rect.width() * SHAPE).round());
    match face.pose {
        Some(pose) => move_glyph(ui.painter(), picture, pose, ink),
        None => unknown_glyph(ui.painter(), picture, ink),
    }
    if face.chosen {
        let bold = Stroke::new(tokens::STROKE_BOLD, colours.accent);
        ui.painter()
            .rect_stroke(picture, tokens::RADIUS_SMALL, bold, StrokeKind::Inside);
    }
    focus_ring(ui, &response, picture);
    if let Some(key) = face.key {
        let at = picture.left_top() + vec2(tokens::GAP, 0.5 * tokens::GAP);
        let small = FontId::proportional(tokens::FONT_SMALL - 2.0);
        let words = key.to_string();
        ui.painter()
            .text(at, Align2::LEFT_TOP, words, small, colours.text_weak);
    }
    let words = match () {
        () if !face.usable => colours.text_off,
        () if face.chosen => colours.accent,
        () if lit => colours.text,
        () => colours.text_weak,
    };
    // A name in the middle is laid out around its own origin.
    let at = pos2(rect.center().x, picture.bottom() + 0.75 * tokens::GAP);
    let galley = name_of(ui, face.title, rect.width(), words);
    ui.painter().galley(at, galley, words);
    response.on_hover_text(face.hint)
}
