//! What a panel receives: the state to read, a queue for commands, textures.

use std::time::Duration;

use egui::epaint::RectShape;
use egui::{Color32, Context, CornerRadius, Painter, Pos2, Rect, Shape, Vec2, pos2};

use crate::app::{Command, Commands, Studio};
use crate::media::frame::Frame;
use crate::ui::paint::ghost::GhostPainter;
use crate::ui::paint::textures::{Content, Textures};
use crate::ui::style::tokens::Themed as _;

/// What a panel receives.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The state, to be read.
    pub(super) studio: &'a Studio,
    /// The queue of commands to send.
    pub(super) commands: &'a Commands,
    /// Textures to draw with.
    pub(super) textures: &'a Textures,
    /// Draws previews of camera moves.
    pub(super) ghosts: &'a GhostPainter,
    /// The least time to the next frame that no input asks for.
    pub(super) rest: Duration,
}

impl View<'_> {
    /// Sends a command, which is carried out before the next pass.
    pub(super) fn send(&self, command: Command) {
        self.commands.send(command);
    }

    /// Draws again after a while, for what moves by itself; later if the CPU that draws is needed for a take.
    pub(super) fn repaint_after(&self, ctx: &Context, wait: Duration) {
        ctx.request_repaint_after(wait.max(self.rest));
    }

    /// Draws a frame that cannot wait into `rect`, cropped to its shape.
    pub(super) fn paint_now(&self, painter: &Painter, rect: Rect, content: Content<'_>) {
        // Only the visible part: a picture may extend beyond its panel.
        let seen = rect.intersect(painter.clip_rect());
        if !seen.is_positive() {
            return;
        }
        let size = frame_size(content.frame());
        let uv = part(cover(size, rect.size()), rect, seen);
        let shape = self.textures.picture_now(painter.ctx(), content, seen, uv);
        painter.extend(shape);
    }

    /// Draws a frame that cannot wait over what is already drawn, translucent or tinted by a colour.
    pub(super) fn paint_over(
        &self,
        painter: &Painter,
        rect: Rect,
        content: Content<'_>,
        tint: Color32,
    ) {
        let uv = cover(frame_size(content.frame()), rect.size());
        if let Some(texture) = self.textures.get_now(painter.ctx(), content) {
            painter.add(textured(rect, CornerRadius::ZERO, tint, texture, uv));
        }
    }

    /// Draws a frame into `rect`, cropped to its shape, with round corners.
    pub(super) fn paint(
        &self,
        ctx: &Context,
        painter: &Painter,
        rect: Rect,
        content: Content<'_>,
        radius: u8,
    ) {
        let uv = cover(frame_size(content.frame()), rect.size());
        if radius == 0 {
            // Only the visible part: a picture may extend beyond its panel.
            let seen = rect.intersect(painter.clip_rect());
            let uv = part(uv, rect, seen);
            let shape = self.textures.picture(ctx, content, seen, uv);
            painter
                .add(shape.unwrap_or_else(|| self.textures.fill(seen, painter.colours().raised)));
            return;
        }
        let corners = CornerRadius::same(radius);
        let Some(texture) = self.textures.get(ctx, content) else {
            painter.rect_filled(rect, corners, painter.colours().raised);
            return;
        };
        painter.add(textured(
            rect,
            corners,
            painter.colours().untinted,
            texture,
            uv,
        ));
    }

    /// Draws a frame into `rect`: a frame that is higher than the rectangle's shape is shown whole, on a plain ground;
    /// any other frame fills the rectangle.
    pub(super) fn paint_tall(
        &self,
        ctx: &Context,
        painter: &Painter,
        rect: Rect,
        content: Content<'_>,
        radius: u8,
    ) {
        let size = frame_size(content.frame());
        if size.x * rect.height() >= size.y * rect.width() {
            self.paint(ctx, painter, rect, content, radius);
            return;
        }
        painter.rect_filled(rect, radius, painter.colours().raised);
        self.paint(ctx, painter, contain(size, rect), content, radius);
    }

    /// Draws a whole frame into `rect`, stretched to its shape.
    pub(super) fn paint_pulled(
        &self,
        ctx: &Context,
        painter: &Painter,
        rect: Rect,
        content: Content<'_>,
    ) {
        let corners = CornerRadius::ZERO;
        let Some(texture) = self.textures.get(ctx, content) else {
            painter.rect_filled(rect, corners, painter.colours().raised);
            return;
        };
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        let tint = painter.colours().untinted;
        painter.add(textured(rect, corners, tint, texture, uv));
    }
}

/// The visible part of a texture, where `uv` would fill `rect` and only `seen` shows.
fn part(uv: Rect, rect: Rect, seen: Rect) -> Rect {
    let along = |point: Pos2| {
        let part = (point - rect.min) / rect.size();
        uv.min + part * uv.size()
    };
    Rect::from_min_max(along(seen.min), along(seen.max))
}

fn textured(
    rect: Rect,
    corners: CornerRadius,
    tint: Color32,
    texture: egui::TextureId,
    uv: Rect,
) -> Shape {
    RectShape::filled(rect, corners, tint)
        .with_texture(texture, uv)
        .into()
}

/// Width and height as a vector.
pub(super) fn frame_size(frame: &Frame) -> Vec2 {
    Vec2::new(frame.width as f32, frame.height as f32)
}

/// The centred part of a texture that fills a shape without being stretched.
fn cover(size: Vec2, shape: Vec2) -> Rect {
    let scale = (shape.x / size.x).max(shape.y / size.y);
    let part = shape / (size * scale);
    let inset = (Vec2::splat(1.0) - part) / 2.0;
    Rect::from_min_max(pos2(inset.x, inset.y), pos2(1.0 - inset.x, 1.0 - inset.y))
}

/// The largest rectangle of a shape, centred in `room`.
pub(super) fn contain(size: Vec2, room: Rect) -> Rect {
    let scale = (room.width() / size.x).min(room.height() / size.y);
    let rect = Rect::from_center_size(room.center(), size * scale);
    Rect::from_min_max(snapped(rect.min), snapped(rect.max))
}

fn snapped(point: Pos2) -> Pos2 {
    pos2(point.x.round(), point.y.round())
}

/// The parts of a rectangle outside another.
pub(super) fn beside(whole: Rect, frame: Rect) -> impl Iterator<Item = Rect> {
    let inner = whole.intersect(frame);
    [
        Rect::from_min_max(whole.min, pos2(whole.right(), inner.top())),
        Rect::from_min_max(pos2(whole.left(), inner.bottom()), whole.max),
        Rect::from_min_max(pos2(whole.left(), inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), pos2(whole.right(), inner.bottom())),
    ]
    .into_iter()
    .filter(Rect::is_positive)
}
