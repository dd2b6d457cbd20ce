//! What plays on the stage: a take, the sequence, or what a job has made so far; closer or as a
//! whole, beside another take, with its neighbours shining through.

use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Painter, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use crate::app::compare::{Compare, CompareCommand, Way};
use crate::app::sequence::Mix;
use crate::app::sight::SightCommand;
use crate::app::state::{ShelfTake, Shown};
use crate::app::{Command, Footage, FootageKey, footage_of};
use crate::media::blend::difference;
use crate::media::frame::Frame;
use crate::ui::textures::{TextureKey, as_large};
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::{View, contain, frame_size};
use crate::ui::widgets::Grip;

/// Weight of the frames beside the playhead.
const ONION: f32 = 0.32;
/// Factor on the difference of two takes: what is barely different is seen.
const GAIN: u8 = 4;
/// Parts that the line of a wipe goes by with the arrow keys.
const PARTS: f32 = 100.0;
/// Side of what takes hold of the line of a wipe.
const KNOB: f32 = 26.0;

/// A picture that plays, and where it is drawn.
struct Screen<'a> {
    view: View<'a>,
    /// All of the stage that it may cover.
    room: Rect,
    /// Where all of its picture is.
    rect: Rect,
}

/// Draws what plays into `room`; gives where, or `None` when nothing does.
pub(super) fn screen(ui: &mut Ui, room: Rect, view: View<'_>) -> Option<Rect> {
    let studio = view.studio;
    let index = studio.playhead();
    if studio.session.shown == Shown::Sequence {
        let mix = studio.sequence().mix_at(index)?;
        let (width, height) = studio.sequence().lead()?.size;
        let screen = Screen::new(ui, room, view, vec2(width as f32, height as f32));
        screen.mix(ui, mix);
        screen.prepare_sequence(ui, index);
        screen.speak(ui, &format!("Sequence, frame {}", index + 1));
        return Some(screen.rect);
    }
    let footage = studio.footage()?;
    let frame = footage.frames.get(index)?;
    if let Some((other, compare)) = studio.compared()
        && let Some(shown) = studio.shown_take()
    {
        return Some(compared(ui, room, view, shown, other, compare));
    }
    let screen = Screen::new(ui, room, view, frame_size(frame));
    screen.frame(ui, &footage, index);
    if studio.session.playback.onion && !studio.session.playback.playing {
        screen.onion(ui, &footage, index);
    }
    screen.prepare(ui, &footage, index, &mut view.textures.room_to_prepare());
    let what = match studio.shown_take() {
        Some(take) => format!("Take {}", take.number),
        None => "Preview".to_owned(),
    };
    screen.speak(ui, &format!("{what}, frame {}", index + 1));
    Some(screen.rect)
}

impl<'a> Screen<'a> {
    /// A place for a picture of `size` pixels, as closely as the artist looks.
    fn new(ui: &Ui, room: Rect, view: View<'a>, size: Vec2) -> Self {
        let sight = view.studio.session.sight;
        let rect = match sight.zoom {
            None => contain(size, room),
            Some(zoom) => {
                let size = size * zoom / ui.pixels_per_point();
                let (x, y) = sight.centre;
                Rect::from_min_size(room.center() - vec2(x, y) * size, size)
            }
        };
        Self { view, room, rect }
    }

    fn painter(&self, ui: &Ui) -> Painter {
        ui.painter()
            .with_clip_rect(self.room.intersect(ui.clip_rect()))
    }

    /// One frame of footage, at once.
    fn frame(&self, ui: &Ui, footage: &Footage<'_>, index: usize) {
        if let Some(frame) = footage.frames.get(index) {
            let key = TextureKey::Frame(footage.key, index);
            self.view
                .paint_now(&self.painter(ui), self.rect, key, frame);
        }
    }

    /// One frame of footage over what is there.
    fn layer(&self, ui: &Ui, footage: &Footage<'_>, index: usize, tint: Color32) {
        if let Some(frame) = footage.frames.get(index) {
            let key = TextureKey::Frame(footage.key, index);
            self.view
                .paint_over(&self.painter(ui), self.rect, key, frame, tint);
        }
    }

    /// A frame of the sequence: what comes lies over what goes.
    fn mix(&self, ui: &Ui, mix: Mix) {
        let studio = self.view.studio;
        if let Some(take) = studio.take_named(mix.under.take) {
            self.frame(ui, &footage_of(take), mix.under.frame);
        }
        let over = mix
            .over
            .and_then(|over| Some((over, studio.take_named(over.take)?)));
        if let Some((over, take)) = over {
            let tint = ui.colours().untinted.gamma_multiply(over.weight);
            self.layer(ui, &footage_of(take), over.frame, tint);
        }
    }

    /// The frames before and behind shine through, in two colours.
    fn onion(&self, ui: &Ui, footage: &Footage<'_>, index: usize) {
        let colours = ui.colours();
        let before = index.checked_sub(1).map(|index| (index, colours.caution));
        let behind = Some((index + 1, colours.good));
        for (index, ink) in [before, behind].into_iter().flatten() {
            self.layer(ui, footage, index, ink.gamma_multiply(ONION));
        }
    }

    /// Makes the other frames ready, as many as fit, those that come next first.
    fn prepare(&self, ui: &Ui, footage: &Footage<'_>, index: usize, room: &mut usize) {
        // A preview is out of date before it would be ready.
        if matches!(footage.key, FootageKey::Preview(..)) {
            return;
        }
        let (before, behind) = footage.frames.split_at(index.min(footage.frames.len()));
        let behind = (index..).zip(behind);
        for (index, frame) in behind.chain((0..).zip(before)) {
            let bytes = bytes_of(frame);
            if bytes > *room {
                return;
            }
            *room -= bytes;
            let key = TextureKey::Frame(footage.key, index);
            self.view.textures.prepare(ui.ctx(), key, frame, false);
        }
    }

    /// Makes the frames of the sequence ready: all of them, or as many as fit, those that come next
    /// first.
    fn prepare_sequence(&self, ui: &Ui, index: usize) {
        let studio = self.view.studio;
        let sequence = studio.sequence();
        let count = sequence.timing().map_or(0, |timing| timing.frames);
        let mut room = self.view.textures.room_to_prepare();
        for step in 0..count {
            let Some(mix) = sequence.mix_at((index + step) % count) else {
                return;
            };
            let under = std::iter::once((mix.under, false));
            for (layer, tinted) in under.chain(mix.over.map(|over| (over, true))) {
                let Some(take) = studio.take_named(layer.take) else {
                    continue;
                };
                let footage = footage_of(take);
                let Some(frame) = footage.frames.get(layer.frame) else {
                    continue;
                };
                let bytes = bytes_of(frame);
                if bytes > room {
                    return;
                }
                room -= bytes;
                let key = TextureKey::Frame(footage.key, layer.frame);
                self.view.textures.prepare(ui.ctx(), key, frame, tinted);
            }
        }
    }

    /// Says what is seen, and lets the artist look closer.
    fn speak(&self, ui: &Ui, words: &str) {
        let id = ui.scope_id().with("screen");
        // Keys look closer too, from wherever the keyboard is: no stop for Tab.
        let response = ui.interact(self.room, id, Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
        let sight = self.view.studio.session.sight;
        let send = |command| self.view.send(Command::Sight(command));
        if response.double_clicked() {
            send(match sight.zoom {
                None => SightCommand::Actual,
                Some(_) => SightCommand::Fit,
            });
            return;
        }
        let here = self.rect.size().x.max(1.0);
        let pixels = self.pixels();
        let zoom = here * ui.pixels_per_point() / pixels.max(1.0);
        if sight.zoom.is_some() && response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            let centre = self.part_at(self.room.center() - response.drag_delta());
            send(SightCommand::At { zoom, centre });
        }
        let Some(pointer) = response.hover_pos() else {
            return;
        };
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (wheel / 200.0).exp() * pinch;
        if (factor - 1.0).abs() > 1e-3 {
            // What is under the pointer stays there.
            let (x, y) = self.part_at(pointer);
            let size = self.rect.size() * factor;
            let from = (self.room.center() - pointer) / size;
            let centre = (x + from.x, y + from.y);
            let zoom = zoom * factor;
            send(SightCommand::At { zoom, centre });
        }
    }

    /// Pixels of the picture from left to right.
    fn pixels(&self) -> f32 {
        let studio = self.view.studio;
        let width = match studio.session.shown {
            Shown::Sequence => studio.sequence().lead().map(|lead| lead.size.0),
            _ => studio
                .footage()
                .and_then(|footage| footage.frames.first().map(|frame| frame.width)),
        };
        width.unwrap_or(1) as f32
    }

    /// A place as a part of the picture, from 0 to 1.
    fn part_at(&self, place: eframe::egui::Pos2) -> (f32, f32) {
        let part = (place - self.rect.min) / self.rect.size();
        (part.x, part.y)
    }
}

/// Two takes at the same time; gives where the picture is.
fn compared(
    ui: &mut Ui,
    room: Rect,
    view: View<'_>,
    shown: &ShelfTake,
    other: &ShelfTake,
    compare: Compare,
) -> Rect {
    let (a, b) = (footage_of(shown), footage_of(other));
    let index = view.studio.playhead();
    // In step by time: takes may have different rates.
    let beside = b.timing().frame_at(view.studio.session.playback.position);
    let size = a.frames.first().map_or(vec2(1.0, 1.0), frame_size);
    let words = format!(
        "Take {} and take {}, frame {}",
        shown.number,
        other.number,
        index + 1
    );
    let mut ready = view.textures.room_to_prepare();
    match compare.way {
        Way::Side => {
            let middle = room.center().x;
            let gap = tokens::GAP / 2.0;
            let (mut left, mut right) = room.split_left_right_at_x(middle);
            left.set_right(middle - gap);
            right.set_left(middle + gap);
            let first = Screen::new(ui, left, view, size);
            first.frame(ui, &a, index);
            let second = Screen::new(ui, right, view, size);
            second.frame(ui, &b, beside);
            tag(ui, first.rect.intersect(left), Align2::LEFT_TOP, shown);
            tag(ui, second.rect.intersect(right), Align2::LEFT_TOP, other);
            first.speak(ui, &words);
            first.prepare(ui, &a, index, &mut ready);
            second.prepare(ui, &b, beside, &mut ready);
            first.rect.union(second.rect)
        }
        Way::Wipe => {
            let screen = Screen::new(ui, room, view, size);
            screen.speak(ui, &words);
            wipe(ui, &screen, (&a, index), (&b, beside), compare.divider);
            let seen = screen.rect.intersect(room);
            tag(ui, seen, Align2::LEFT_TOP, shown);
            tag(ui, seen, Align2::RIGHT_TOP, other);
            screen.prepare(ui, &a, index, &mut ready);
            screen.prepare(ui, &b, beside, &mut ready);
            screen.rect
        }
        Way::Difference => {
            let screen = Screen::new(ui, room, view, size);
            screen.speak(ui, &words);
            if let (Some(one), Some(two)) = (a.frames.get(index), b.frames.get(beside)) {
                apart(ui, &screen, (&a, index, one), (&b, beside, two));
            }
            screen.rect
        }
    }
}

/// Bytes of a frame on the GPU.
fn bytes_of(frame: &Frame) -> usize {
    frame.width as usize * frame.height as usize * 4
}

/// One take left of a line, the other right of it.
fn wipe(
    ui: &mut Ui,
    screen: &Screen<'_>,
    (a, index): (&Footage<'_>, usize),
    (b, beside): (&Footage<'_>, usize),
    divider: f32,
) {
    let seen = screen.rect.intersect(screen.room);
    let x = seen.left() + seen.width() * divider;
    screen.frame(ui, a, index);
    let mut right = seen;
    right.set_left(x);
    if let Some(frame) = b.frames.get(beside) {
        let painter = screen.painter(ui).with_clip_rect(right);
        let key = TextureKey::Frame(b.key, beside);
        screen.view.paint_now(&painter, screen.rect, key, frame);
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

/// How far two frames are apart.
fn apart(
    ui: &Ui,
    screen: &Screen<'_>,
    (a, index, one): (&Footage<'_>, usize, &Frame),
    (b, beside, two): (&Footage<'_>, usize, &Frame),
) {
    let key = TextureKey::Difference(a.key, index, b.key, beside);
    let painter = screen.painter(ui);
    let apart = if screen.view.textures.is_there(key) {
        one.clone()
    } else {
        difference(one, &as_large(two, one), GAIN)
    };
    screen.view.paint_now(&painter, screen.rect, key, &apart);
    let words = format!("Difference × {GAIN}");
    tag_words(
        ui,
        screen.rect.intersect(screen.room),
        Align2::LEFT_TOP,
        &words,
    );
}

/// Names a take in a corner of its picture.
fn tag(ui: &Ui, rect: Rect, corner: Align2, take: &ShelfTake) {
    tag_words(ui, rect, corner, &format!("Take {}", take.number));
}

fn tag_words(ui: &Ui, rect: Rect, corner: Align2, words: &str) {
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
