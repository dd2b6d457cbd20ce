//! A camera move to click: its moving picture, its name, its number key.

use eframe::egui::{
    Align2, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use super::focus_ring;
use super::move_glyph::{GlyphInk, move_glyph, unknown_glyph};
use crate::media::camera::Pose;
use crate::ui::tokens::{self, Themed as _};

/// Height of the picture over its width.
const SHAPE: f32 = 0.66;
/// Room for the name.
const NAME: f32 = 20.0;

/// What a card shows.
pub(in crate::ui) struct MoveFace<'a> {
    /// Its name for people.
    pub(in crate::ui) title: &'a str,
    /// What it says to the pointer.
    pub(in crate::ui) hint: &'a str,
    /// Where its content is; `None` where nobody knows.
    pub(in crate::ui) pose: Option<Pose>,
    /// Whether it is on the stack.
    pub(in crate::ui) chosen: bool,
    /// Whether the chosen model can use it.
    pub(in crate::ui) usable: bool,
    /// The number key that does the same, if there is one.
    pub(in crate::ui) key: Option<usize>,
}

/// Height of a card of this width.
pub(in crate::ui) fn move_card_height(width: f32) -> f32 {
    (width * SHAPE).round() + NAME
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
    picture.set_bottom(rect.bottom() - NAME);
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
    // A name that is too long ends in an ellipsis; the whole of it is what the pointer is told.
    let font = FontId::proportional(tokens::FONT_SMALL);
    let mut job = LayoutJob::simple_singleline(face.title.to_owned(), font, words);
    job.wrap = TextWrapping::truncate_at_width(rect.width());
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = pos2(
        rect.center().x - galley.size().x / 2.0,
        picture.bottom() + 0.5 * tokens::GAP,
    );
    ui.painter().galley(at, galley, words);
    response.on_hover_text(face.hint)
}
