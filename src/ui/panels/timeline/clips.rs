//! The clips of the sequence: drag to reorder, pull the ends to trim, pull the corner to cross-fade.

use egui::{
    Align2, CursorIcon, EventFilter, FontId, Key, Modifiers, Painter, Rect, Response, Role, Sense,
    Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::axis::Axis;
use super::clip_menu::clip_menu;
use super::drop::{drop_zone, is_dragging};
use crate::app::Command;
use crate::app::command::playback::PlaybackCommand;
use crate::app::command::sequence::SequenceCommand;
use crate::app::state::Shown;
use crate::app::state::clip_source::clip_source_of;
use crate::project::sequence::{Clip, Span};
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Grip, context_menu, focus_ring};

/// Width of the handle at an end.
const END: f32 = 9.0;
/// The widest frame of a sequence that is not on the stage.
const WIDEST: f32 = 22.0;

/// Draws the clips along `axis`, or over the whole row without one.
pub(super) fn clips(ui: &mut Ui, row: Rect, view: View<'_>, axis: Option<Axis>) {
    let sequence = view.studio.sequence();
    let Some(timing) = sequence.timing() else {
        empty(ui, row, view);
        drop_zone(ui, row, view, Axis::new(row, 0, WIDEST), &[]);
        return;
    };
    let axis = axis.unwrap_or_else(|| Axis::new(row, timing.frames, WIDEST));
    let spans = sequence.spans();
    for (index, (clip, span)) in sequence.clips().iter().zip(&spans).enumerate() {
        let track = Track {
            row,
            view,
            axis,
            spans: &spans,
        };
        track.clip(ui, index, clip, *span);
    }
    if view.studio.session.shown == Shown::Sequence {
        let x = axis.x(view.studio.playhead()) + axis.pitch / 2.0;
        let line = [pos2(x, row.top()), pos2(x, row.bottom())];
        let stroke = Stroke::new(tokens::STROKE, ui.colours().accent);
        ui.painter().line_segment(line, stroke);
    }
    drop_zone(ui, row, view, axis, &spans);
}

/// Says what this row is for.
fn empty(ui: &Ui, row: Rect, view: View<'_>) {
    let colours = ui.colours();
    let stroke = Stroke::new(tokens::STROKE, colours.line);
    ui.painter()
        .rect_stroke(row, tokens::RADIUS, stroke, StrokeKind::Inside);
    let words = match () {
        () if is_dragging(ui) => "Drop the take here to add it to the sequence",
        () if view.studio.shelf_takes().next().is_none() => {
            "Takes that you add here play one after another"
        }
        () => "Drag takes here, or press A to add the take on the stage",
    };
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = colours.text_weak;
    ui.painter()
        .text(row.center(), Align2::CENTER_CENTER, words, font, ink);
}

/// The row that contains the clips.
struct Track<'a> {
    row: Rect,
    view: View<'a>,
    axis: Axis,
    spans: &'a [Span],
}

impl Track<'_> {
    fn clip(&self, ui: &mut Ui, index: usize, clip: &Clip, span: Span) {
        let left = self.axis.x(span.start);
        let right = self.axis.x(span.end()) - 1.0;
        let rect = Rect::from_min_max(
            pos2(left, self.row.top()),
            pos2(right.max(left + 4.0), self.row.bottom()),
        );
        let number = index + 1;
        let body = self.body(ui, rect, number, clip, span);
        self.paint(ui.painter(), rect, clip, span, &body);
        focus_ring(ui, &body, rect);
        self.ends(ui, rect, number, clip);
        if index > 0 {
            self.fade(ui, rect, number, clip, span);
        }
    }

    /// The clip itself: selected by a click, moved by a drag or the arrow keys.
    fn body(&self, ui: &Ui, rect: Rect, number: usize, clip: &Clip, span: Span) -> Response {
        let view = self.view;
        let id = ui.scope_id().with(("clip", clip.id));
        let response = ui
            .interact(rect, id, Sense::click_and_drag())
            .on_hover_and_drag_cursor(CursorIcon::Grab);
        let selected = view.studio.session.clip == Some(clip.id);
        let spoken = self.spoken(number, clip, span);
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, &spoken));
        let send = |command| view.send(Command::Sequence(command));
        if response.clicked() || response.secondary_clicked() || response.drag_started() {
            send(SequenceCommand::Select(Some(clip.id)));
        }
        if response.double_clicked() {
            send(SequenceCommand::Show);
            view.send(Command::Play(PlaybackCommand::Seek(span.start)));
        }
        if response.dragged()
            && let Some(point) = response.interact_pointer_pos()
        {
            let place = self.place(point.x, number - 1);
            if place + 1 != number {
                send(SequenceCommand::Put(clip.id, place));
            }
        }
        if response.has_focus() {
            self.keys(ui, &response, number, clip);
        }
        context_menu(ui, &response, |ui| clip_menu(ui, view, clip, span));
        response.on_hover_text(spoken)
    }

    /// The new index of the dragged clip: it changes as soon as the pointer passes a neighbour's middle.
    fn place(&self, x: f32, index: usize) -> usize {
        let middle = |span: &Span| f32::midpoint(self.axis.x(span.start), self.axis.x(span.end()));
        let before = self.spans[..index]
            .iter()
            .filter(|span| middle(span) < x)
            .count();
        let behind = self.spans[index + 1..]
            .iter()
            .filter(|span| middle(span) < x)
            .count();
        before + behind
    }

    fn keys(&self, ui: &Ui, response: &Response, number: usize, clip: &Clip) {
        let own = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, own));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let send = |command| self.view.send(Command::Sequence(command));
        if pressed(Key::ArrowLeft) && number > 1 {
            send(SequenceCommand::Put(clip.id, number - 2));
        }
        if pressed(Key::ArrowRight) {
            send(SequenceCommand::Put(clip.id, number));
        }
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            send(SequenceCommand::Remove(clip.id));
        }
    }

    fn spoken(&self, number: usize, clip: &Clip, span: Span) -> String {
        let take = self.view.studio.take_named(clip.source.take);
        let take = take.map_or(0, |take| take.number);
        let fade = match span.fade {
            0 => String::new(),
            1 => ", 1 frame of cross-fade".to_owned(),
            frames => format!(", {frames}-frame cross-fade"),
        };
        let (from, to) = (clip.from + 1, clip.to);
        format!("Clip {number}: take {take}, frames {from} to {to}{fade}")
    }

    /// Both ends, which trim the clip.
    fn ends(&self, ui: &Ui, rect: Rect, number: usize, clip: &Clip) {
        let lead = self.view.studio.sequence().lead();
        // Frames of the take for each frame of the sequence.
        let ratio = lead.map_or(1.0, |lead| {
            (clip.source.rate.as_f64() / lead.rate.as_f64()) as f32
        });
        let pitch = (self.axis.pitch / ratio).max(0.1);
        let width = END.min(rect.width() / 3.0);
        let ends = [
            (format!("Beginning of clip {number}"), true),
            (format!("End of clip {number}"), false),
        ];
        for (name, first) in ends {
            let value = if first { clip.from } else { clip.to };
            let most = clip.source.frames as i64;
            let grip = Grip {
                name: &name,
                value: value as i64,
                range: if first { (0, most - 1) } else { (1, most) },
                cursor: CursorIcon::ResizeHorizontal,
            };
            let x = if first {
                rect.left()
            } else {
                rect.right() - width
            };
            let handle = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
            let id = ui.scope_id().with(("end", clip.id, first));
            let (response, asked) = grip.pull(ui, handle, id, pitch);
            if response.hovered() || response.dragged() || response.has_focus() {
                let bar = handle.shrink2(vec2(width * 0.3, rect.height() * 0.2));
                ui.painter()
                    .rect_filled(bar, tokens::RADIUS_SMALL, ui.colours().text);
            }
            if let Some(frame) = asked.and_then(|frame| usize::try_from(frame).ok()) {
                let (from, to) = if first {
                    (frame, clip.to)
                } else {
                    (clip.from, frame)
                };
                let clip = clip.id;
                self.view
                    .send(Command::Sequence(SequenceCommand::Trim { clip, from, to }));
            }
        }
    }

    /// The corner that is pulled into the clip to fade it in over the previous one.
    fn fade(&self, ui: &Ui, rect: Rect, number: usize, clip: &Clip, span: Span) {
        let name = format!("Cross-fade into clip {number}");
        let grip = Grip {
            name: &name,
            value: span.fade as i64,
            range: (0, span.frames.saturating_sub(1) as i64),
            cursor: CursorIcon::ResizeNorthWest,
        };
        let x = self.axis.x(span.start + span.fade);
        let knob = Rect::from_center_size(
            pos2(x.max(rect.left() + END + 5.0), rect.top() + 7.0),
            vec2(14.0, 14.0),
        );
        let id = ui.scope_id().with(("fade", clip.id));
        let (response, asked) = grip.pull(ui, knob, id, self.axis.pitch);
        let colours = ui.colours();
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let fill = if lit { colours.accent } else { colours.text };
        let outline = Stroke::new(tokens::STROKE, colours.ground);
        ui.painter().circle(knob.center(), 4.0, fill, outline);
        if let Some(frames) = asked.and_then(|frames| usize::try_from(frames).ok()) {
            let command = SequenceCommand::Fade(clip.id, frames);
            self.view.send(Command::Sequence(command));
        }
        response.on_hover_text("Drag to cross-fade with the previous clip");
    }

    fn paint(&self, painter: &Painter, rect: Rect, clip: &Clip, span: Span, body: &Response) {
        let (view, colours) = (self.view, painter.colours());
        let selected = view.studio.session.clip == Some(clip.id);
        let corners = tokens::RADIUS;
        let fill = if selected {
            colours.accent_ground
        } else if body.hovered() {
            colours.hovered
        } else {
            colours.raised
        };
        painter.rect_filled(rect, corners, fill);
        self.pictures(painter, self.alone(rect, span), clip);
        if span.fade > 0 {
            let right = self.axis.x(span.start + span.fade);
            let over = Rect::from_min_max(rect.min, pos2(right, rect.bottom()));
            painter.rect_filled(over, 0, colours.shade);
            let stroke = Stroke::new(tokens::STROKE, colours.text_weak);
            painter.line_segment([over.left_bottom(), over.right_top()], stroke);
            painter.line_segment([over.left_top(), over.right_bottom()], stroke);
        }
        let (width, ink) = if selected {
            (tokens::STROKE_BOLD, colours.accent)
        } else {
            (tokens::STROKE, colours.outline)
        };
        let stroke = Stroke::new(width, ink);
        painter.rect_stroke(rect, corners, stroke, StrokeKind::Inside);
    }

    /// The part of a clip that overlaps no other.
    fn alone(&self, rect: Rect, span: Span) -> Rect {
        let mut alone = rect.shrink(3.0);
        if span.fade > 0 {
            alone.set_left(self.axis.x(span.start + span.fade) + tokens::GAP);
        }
        let next = self.spans.iter().find(|next| next.start > span.start);
        if let Some(next) = next.filter(|next| next.fade > 0) {
            alone.set_right(alone.right().min(self.axis.x(next.start) - tokens::GAP));
        }
        alone
    }

    /// Draws its first and last frame, and its name between them.
    fn pictures(&self, painter: &Painter, inner: Rect, clip: &Clip) {
        let Some(take) = self.view.studio.take_named(clip.source.take) else {
            return;
        };
        let clip_source = clip_source_of(take);
        let (wide, high) = clip.source.size;
        let width = inner.height() * wide as f32 / high.max(1) as f32;
        let (first, last) = (inner.width() >= 1.2 * width, inner.width() >= 3.2 * width);
        let ends = [
            (first, clip.from, inner.left()),
            (last, clip.to - 1, inner.right() - width),
        ];
        for (_, frame, x) in ends.into_iter().filter(|end| end.0) {
            let place = Rect::from_min_size(pos2(x, inner.top()), vec2(width, inner.height()));
            if let Some(pixels) = clip_source.cells.get(frame) {
                let (ctx, content) = (painter.ctx().clone(), Content::Plain(pixels));
                self.view
                    .paint(&ctx, painter, place, content, tokens::RADIUS_SMALL);
            }
        }
        let beside = |there: bool| if there { width + tokens::GAP } else { 0.0 };
        let (left, right) = (
            inner.left() + tokens::GAP + beside(first),
            inner.right() - beside(last),
        );
        let font = FontId::proportional(tokens::FONT_SMALL);
        let ink = painter.colours().text;
        let whole = painter.layout_no_wrap(format!("Take {}", take.number), font.clone(), ink);
        let number = painter.layout_no_wrap(take.number.to_string(), font, ink);
        // Only the number where the words are too long.
        let text = [whole, number]
            .into_iter()
            .find(|text| left + text.size().x <= right);
        if let Some(text) = text {
            let at = pos2(left, inner.center().y - text.size().y / 2.0);
            painter.add(Shape::galley(at, text, ink));
        }
    }
}
