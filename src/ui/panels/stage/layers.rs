//! Footage that plays, and the layers that draw it: frames, cross-fades, and neighbours that show through.

use egui::{CursorIcon, Painter, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::app::Command;
use crate::app::command::takes::ZoomCommand;
use crate::app::state::Shown;
use crate::app::state::clip_source::{ClipSource, clip_source_of};
use crate::media::frame::Frame;
use crate::project::sequence::{ClipFit, Layer, Mix};
use crate::ui::paint::textures::{Content, Onion};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, beside, contain, frame_size};

/// Footage that plays, and where it is drawn.
pub(in crate::ui::panels) struct Screen<'a> {
    pub(in crate::ui::panels) view: View<'a>,
    /// The part of the stage that it may cover.
    pub(in crate::ui::panels) room: Rect,
    /// Where the whole frame is, even beyond `room`.
    pub(in crate::ui::panels) rect: Rect,
}

impl<'a> Screen<'a> {
    /// Places a frame of `size` pixels at the artist's zoom.
    pub(in crate::ui::panels) fn new(ui: &Ui, room: Rect, view: View<'a>, size: Vec2) -> Self {
        let sight = view.studio.session.zoom;
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

    /// Places other footage in `room`, in its own shape, at the same zoom as this one.
    pub(in crate::ui::panels) fn beside(&self, room: Rect, shape: (Vec2, Vec2)) -> Self {
        let (size, other) = shape;
        let whole = contain(size, self.room);
        let closer = self.rect.width() / whole.width().max(1.0);
        let away = self.rect.center() - whole.center();
        let fitted = contain(other, room);
        let rect = Rect::from_center_size(fitted.center() + away, fitted.size() * closer);
        Self {
            view: self.view,
            room,
            rect,
        }
    }

    pub(in crate::ui::panels) fn painter(&self, ui: &Ui) -> Painter {
        ui.painter()
            .with_clip_rect(self.room.intersect(ui.clip_rect()))
    }

    /// Draws one frame of footage, uploaded at once if necessary.
    pub(in crate::ui::panels) fn frame(&self, ui: &Ui, clip_source: &ClipSource<'_>, index: usize) {
        if let Some(frame) = clip_source.frames.get(index) {
            let content = Content::Large(frame);
            self.view.paint_now(&self.painter(ui), self.rect, content);
        }
    }

    /// Draws a frame of the sequence: in a cross-fade, the incoming clip is above the outgoing one.
    pub(super) fn mix(&self, ui: &Ui, mix: Mix) {
        let painter = self.painter(ui);
        let frame = |layer: Layer| {
            let take = self.view.studio.take_named(layer.take)?;
            clip_source_of(take).frames.get(layer.frame)
        };
        if let Some(shown) = frame(mix.under) {
            let rect = self.rect_of(shown, mix.under.fit);
            self.black(&painter, rect, 1.0);
            let content = Content::Large(shown);
            self.view.paint_now(&painter, rect, content);
        }
        if let Some((over, shown)) = mix.over.and_then(|over| Some((over, frame(over)?))) {
            let rect = self.rect_of(shown, over.fit);
            self.black(&painter, rect, over.weight);
            let tint = ui.colours().untinted.gamma_multiply(over.weight);
            let content = Content::Large(shown);
            self.view.paint_over(&painter, rect, content, tint);
        }
    }

    /// Where a frame is in the film: everywhere, or only where it fits as a whole.
    fn rect_of(&self, frame: &Frame, fit: ClipFit) -> Rect {
        match fit {
            ClipFit::Fill => self.rect,
            ClipFit::Fit => contain(frame_size(frame), self.rect),
        }
    }

    /// Draws the film's black beside a frame.
    fn black(&self, painter: &Painter, frame: Rect, weight: f32) {
        for part in beside(self.rect, frame) {
            let black = tokens::opaque([0; 3]).gamma_multiply(weight);
            painter.rect_filled(part, 0, black);
        }
    }

    /// Draws one frame of footage; its neighbours show through where they differ, in two colours.
    pub(super) fn onion(&self, ui: &Ui, clip_source: &ClipSource<'_>, index: usize) {
        let Some(frame) = clip_source.frames.get(index) else {
            return;
        };
        let beside = [index.checked_sub(1), index.checked_add(1)];
        let beside = beside.map(|index| index.and_then(|index| clip_source.frames.get(index)));
        let colours = ui.colours();
        let inks = [colours.caution, colours.good].map(|ink| [ink.r(), ink.g(), ink.b()]);
        let content = Content::Onion(Onion {
            frame,
            beside,
            inks,
        });
        self.view.paint_now(&self.painter(ui), self.rect, content);
    }

    /// Uploads the other frames, as many as fit, beginning with those that play next.
    pub(in crate::ui::panels) fn prepare(
        &self,
        ui: &Ui,
        clip_source: &ClipSource<'_>,
        index: usize,
        room: &mut usize,
    ) {
        let (before, behind) = clip_source
            .frames
            .split_at(index.min(clip_source.frames.len()));
        for frame in behind.iter().chain(before) {
            let bytes = bytes_of(frame);
            if bytes > *room {
                return;
            }
            *room -= bytes;
            let content = Content::Large(frame);
            self.view.textures.prepare(ui.ctx(), content, false);
        }
    }

    /// Uploads the frames of the sequence: all of them, or as many as fit, beginning with those that play next.
    pub(super) fn prepare_sequence(&self, ui: &Ui, index: usize) {
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
                let clip_source = clip_source_of(take);
                let Some(frame) = clip_source.frames.get(layer.frame) else {
                    continue;
                };
                let bytes = bytes_of(frame);
                if bytes > room {
                    return;
                }
                room -= bytes;
                let content = Content::Large(frame);
                self.view.textures.prepare(ui.ctx(), content, tinted);
            }
        }
    }

    /// Names the content for screen readers, and handles zooming.
    pub(in crate::ui::panels) fn speak(&self, ui: &Ui, words: &str) {
        let id = ui.scope_id().with("screen");
        // Keys zoom too, wherever the focus is, so Tab need not stop here.
        let response = ui.interact(self.room, id, Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
        let sight = self.view.studio.session.zoom;
        let send = |command| self.view.send(Command::Zoom(command));
        if response.double_clicked() {
            send(match sight.zoom {
                None => ZoomCommand::Actual,
                Some(_) => ZoomCommand::Fit,
            });
            return;
        }
        let here = self.rect.size().x.max(1.0);
        let pixels = self.pixels();
        let zoom = here * ui.pixels_per_point() / pixels.max(1.0);
        if sight.zoom.is_some() && response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            let centre = self.part_at(self.room.center() - response.drag_delta());
            send(ZoomCommand::At { zoom, centre });
        }
        let Some(pointer) = response.hover_pos() else {
            return;
        };
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (wheel / 200.0).exp() * pinch;
        if (factor - 1.0).abs() > 1e-3 {
            // The point under the pointer stays in place.
            let (x, y) = self.part_at(pointer);
            let size = self.rect.size() * factor;
            let from = (self.room.center() - pointer) / size;
            let centre = (x + from.x, y + from.y);
            let zoom = zoom * factor;
            send(ZoomCommand::At { zoom, centre });
        }
    }

    /// Width of the footage, in pixels.
    fn pixels(&self) -> f32 {
        let studio = self.view.studio;
        let width = match studio.session.shown {
            Shown::Sequence => studio.sequence().size().map(|size| size.0),
            _ => studio
                .clip_source()
                .and_then(|clip_source| clip_source.frames.first().map(|frame| frame.width)),
        };
        width.unwrap_or(1) as f32
    }

    /// A position as a part of the picture, from 0 to 1.
    fn part_at(&self, place: egui::Pos2) -> (f32, f32) {
        let part = (place - self.rect.min) / self.rect.size();
        (part.x, part.y)
    }
}

/// Bytes of a frame on the GPU.
fn bytes_of(frame: &Frame) -> usize {
    frame.width as usize * frame.height as usize * 4
}
