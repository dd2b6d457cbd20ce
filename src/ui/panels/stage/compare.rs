//! Two takes at the same time: one left and one right of a line, side by side, or their difference. Each
//! keeps its own shape.

use egui::{Align2, CursorIcon, FontId, Rect, Stroke, Ui, pos2, vec2};

use super::layers::Screen;
use crate::app::Command;
use crate::app::command::takes::{CompareCommand, CompareMode};
use crate::app::state::clip_source::{ClipSource, clip_source_of};
use crate::app::state::compare::Compare;
use crate::app::state::shelf::ShelfTake;
use crate::media::frame::Frame;
use crate::ui::paint::textures::{Content, GAIN};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, frame_size};
use crate::ui::widgets::Grip;

/// Number of arrow-key steps that move the wipe line across the whole picture.
const PARTS: f32 = 100.0;
/// Side of the handle of the wipe line.
const KNOB: f32 = 26.0;

/// Draws two takes at the same time; returns where the picture is.
pub(in crate::ui::panels) fn compared(
    ui: &mut Ui,
    room: Rect,
    view: View<'_>,
    shown: &ShelfTake,
    other: &ShelfTake,
    compare: Compare,
) -> Rect {
    let (a, b) = (clip_source_of(shown), clip_source_of(other));
    let index = view.studio.playhead();
    // Frames are matched by time, because takes may have different frame rates.
    let beside = b.timing().frame_at(view.studio.session.playback.position);
    let shape = |clip_source: &ClipSource<'_>| {
        clip_source
            .frames
            .first()
            .map_or(vec2(1.0, 1.0), frame_size)
    };
    let (size, other_size) = (shape(&a), shape(&b));
    let words = format!(
        "Take {} and take {}, frame {}",
        shown.number,
        other.number,
        index + 1
    );
    // The letters are those on the cards.
    let (a_tag, b_tag) = (take_tag("A", shown), take_tag("B", other));
    let mut ready = view.textures.room_to_prepare();
    match compare.mode {
        CompareMode::Side => {
            let middle = room.center().x;
            let gap = tokens::GAP / 2.0;
            let (mut left, mut right) = room.split_left_right_at_x(middle);
            left.set_right(middle - gap);
            right.set_left(middle + gap);
            let first = Screen::new(ui, left, view, size);
            first.frame(ui, &a, index);
            let second = first.beside(right, (size, other_size));
            second.frame(ui, &b, beside);
            tag(ui, first.rect.intersect(left), Align2::LEFT_TOP, &a_tag);
            tag(ui, second.rect.intersect(right), Align2::LEFT_TOP, &b_tag);
            first.speak(ui, &words);
            first.prepare(ui, &a, index, &mut ready);
            second.prepare(ui, &b, beside, &mut ready);
            first.rect.union(second.rect)
        }
        CompareMode::Wipe => {
            let first = Screen::new(ui, room, view, size);
            let second = first.beside(room, (size, other_size));
            first.speak(ui, &words);
            wipe(
                ui,
                (&first, &a, index),
                (&second, &b, beside),
                compare.divider,
            );
            tag(ui, first.rect.intersect(room), Align2::LEFT_TOP, &a_tag);
            tag(ui, second.rect.intersect(room), Align2::RIGHT_TOP, &b_tag);
            first.prepare(ui, &a, index, &mut ready);
            second.prepare(ui, &b, beside, &mut ready);
            first.rect.union(second.rect)
        }
        CompareMode::Difference => {
            let screen = Screen::new(ui, room, view, size);
            screen.speak(ui, &words);
            if let (Some(one), Some(two)) = (a.frames.get(index), b.frames.get(beside)) {
                apart(ui, &screen, one, two);
            }
            screen.rect
        }
    }
}

/// Draws one take left of a line and the other right of it, each in its own shape.
fn wipe(
    ui: &mut Ui,
    (first, a, index): (&Screen<'_>, &ClipSource<'_>, usize),
    (second, b, beside): (&Screen<'_>, &ClipSource<'_>, usize),
    divider: f32,
) {
    let screen = first;
    let seen = first.rect.union(second.rect).intersect(first.room);
    let x = seen.left() + seen.width() * divider;
    let (left, right) = seen.split_left_right_at_x(x);
    for (screen, part, clip_source, index) in [(first, left, a, index), (second, right, b, beside)]
    {
        if let Some(frame) = clip_source.frames.get(index) {
            let painter = screen.painter(ui).with_clip_rect(part);
            let content = Content::Large(frame);
            screen.view.paint_now(&painter, screen.rect, content);
        }
    }
    let colours = ui.colours();
    let line = [pos2(x, seen.top()), pos2(x, seen.bottom())];
    let painter = screen.painter(ui);
    painter.line_segment(line, Stroke::new(3.0, colours.ground));
    painter.line_segment(line, Stroke::new(1.5, colours.text));
    let centre = pos2(x, seen.center().y);
    let grip = Grip {
        name: "Divider",
        value: (divider * PARTS).round() as i64,
        range: (0, PARTS as i64),
        cursor: CursorIcon::ResizeHorizontal,
    };
    let handle = Rect::from_center_size(centre, vec2(KNOB, seen.height()));
    let id = ui.scope_id().with("divider");
    let (response, asked) = grip.show(ui, handle, id, |x| {
        ((x - seen.left()) / seen.width().max(1.0) * PARTS).round() as i64
    });
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let fill = if lit { colours.accent } else { colours.text };
    let outline = Stroke::new(tokens::STROKE_BOLD, colours.ground);
    ui.painter().circle(centre, KNOB / 3.0, fill, outline);
    if let Some(part) = asked {
        let divider = part as f32 / PARTS;
        screen
            .view
            .send(Command::Compare(CompareCommand::Divider(divider)));
    }
}

/// Draws the difference of two frames.
fn apart(ui: &Ui, screen: &Screen<'_>, one: &Frame, two: &Frame) {
    let content = Content::Difference(one, two);
    screen
        .view
        .paint_now(&screen.painter(ui), screen.rect, content);
    let words = format!("Difference × {GAIN}");
    tag(
        ui,
        screen.rect.intersect(screen.room),
        Align2::LEFT_TOP,
        &words,
    );
}

/// The words in the corner of a take's picture.
fn take_tag(letter: &str, take: &ShelfTake) -> String {
    format!("{letter} · Take {}", take.number)
}

/// Draws words in a corner of a picture.
fn tag(ui: &Ui, rect: Rect, corner: Align2, words: &str) {
    let colours = ui.colours();
    let font = FontId::proportional(tokens::FONT_SMALL);
    let text = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, colours.text);
    let size = text.size() + vec2(2.0 * tokens::GAP_SMALL, tokens::GAP);
    let inner = rect.shrink(tokens::GAP_SMALL);
    let place = corner.align_size_within_rect(size, inner);
    ui.painter()
        .rect_filled(place, tokens::RADIUS_SMALL, colours.floating);
    let at = place.center() - text.size() / 2.0;
    ui.painter().galley(at, text, colours.text);
}
