//! Pictures and frames on the GPU, uploaded when they are first drawn.
//!
//! A take stays there whole, so that it plays without a hitch; what has not been drawn for longest
//! leaves when there is too much. At most a few megabytes are uploaded per pass: what does not fit
//! comes with the next one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use egui::{Color32, ColorImage, Context, Rect, Shape, TextureHandle, TextureId, TextureOptions};
use egui_wgpu::RenderState;

use super::canvas::{Canvas, Image};
use crate::app::state::clip_source::FootageKey;
use crate::media::frame::Frame;
use crate::project::ids::PictureId;
use crate::ui::style::tokens::Themed as _;

/// Bytes uploaded in one pass; about two milliseconds of copying.
const MOST_UPLOAD: usize = 12 << 20;
/// Bytes uploaded in one pass for frames that are not on the screen yet.
const MOST_AHEAD: usize = 4 << 20;

/// Frames below half of this side, in pixels, are enlarged up to it before they are uploaded.
const SMALL_SIDE: u32 = 512;
/// The most that a frame is enlarged.
const MOST_ENLARGED: u32 = 8;

/// Which pixels; equal keys mean equal pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::ui) enum TextureKey {
    /// A picture for the stage.
    View(PictureId),
    /// A picture for the shelf.
    Thumb(PictureId),
    /// A frame at its own size.
    Frame(FootageKey, usize),
    /// A small copy of a frame.
    Cell(FootageKey, usize),
    /// How far two frames are apart.
    Difference(FootageKey, usize, FootageKey, usize),
}

/// When pixels have to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// In this pass.
    Now,
    /// In this pass, unless much else was uploaded in it.
    Soon,
    /// Before they are drawn for the first time.
    Ahead,
}

/// Where pixels lie on the GPU.
#[derive(Clone)]
enum Held {
    /// For egui to draw: small things, round corners.
    ByEgui(TextureHandle),
    /// For the canvas: large things.
    ByCanvas(Image),
}

struct Entry {
    texture: Held,
    bytes: usize,
    used: u64,
}

/// All textures of the window.
#[derive(Default)]
pub(in crate::ui) struct Textures {
    /// By pixels, and by who draws them: `true` for the canvas.
    entries: RefCell<HashMap<(TextureKey, bool), Entry>>,
    pass: Cell<u64>,
    uploaded: Cell<usize>,
    /// Bytes beyond which old textures leave.
    most: Cell<usize>,
    /// Bytes at the beginning of this pass.
    held: Cell<usize>,
    /// `None` until the window's device is known, and where it has none.
    canvas: Option<Canvas>,
}

impl Textures {
    /// Draws large areas on the window's device from now on, where it has one.
    pub(in crate::ui) fn draw_on(&mut self, device: Option<&RenderState>) {
        if self.canvas.is_none() {
            self.canvas = device.map(Canvas::new);
        }
    }

    /// A plain area that costs next to nothing even without a GPU.
    pub(in crate::ui) fn fill(&self, rect: Rect, colour: Color32) -> Shape {
        let plain = || Shape::rect_filled(rect, 0, colour);
        let drawn = self.canvas.as_ref();
        drawn
            .and_then(|canvas| canvas.fill(rect, colour))
            .unwrap_or_else(plain)
    }

    /// Begins a pass in which all textures may have `most` bytes; drops what is not needed any more.
    pub(in crate::ui) fn begin_pass(&self, most: usize) {
        self.most.set(most);
        let pass = self.pass.get() + 1;
        self.pass.set(pass);
        self.uploaded.set(0);
        if let Some(canvas) = &self.canvas {
            canvas.begin_pass();
        }
        let mut entries = self.entries.borrow_mut();
        // A preview is out of date as soon as it is not drawn.
        entries.retain(|(key, _), entry| !key.is_preview() || entry.used + 2 >= pass);
        let mut bytes: usize = entries.values().map(|entry| entry.bytes).sum();
        self.held.set(bytes);
        if bytes <= most {
            return;
        }
        let mut by_age: Vec<_> = entries
            .iter()
            .map(|(key, entry)| (entry.used, *key))
            .collect();
        by_age.sort_by_key(|&(used, _)| used);
        for (used, key) in by_age {
            if bytes <= most || used + 2 >= pass {
                break;
            }
            bytes -= entries.remove(&key).map_or(0, |entry| entry.bytes);
        }
    }

    /// The texture of a frame; `None` when it comes with the next pass.
    pub(in crate::ui) fn get(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
    ) -> Option<TextureId> {
        match self.hold(ctx, key, frame, None, When::Soon)? {
            Held::ByEgui(texture) => Some(texture.id()),
            Held::ByCanvas(_) => None,
        }
    }

    /// The texture of a frame that cannot wait, for egui to draw in colours.
    pub(in crate::ui) fn get_now(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
    ) -> Option<TextureId> {
        match self.hold(ctx, key, frame, None, When::Now)? {
            Held::ByEgui(texture) => Some(texture.id()),
            Held::ByCanvas(_) => None,
        }
    }

    /// Bytes of frames that can be kept ready to play; the rest is for pictures and small copies.
    pub(in crate::ui) fn room_to_prepare(&self) -> usize {
        self.most.get() / 4 * 3
    }

    /// Bytes of all textures that were held when this pass began.
    pub(in crate::ui) fn held(&self) -> usize {
        self.held.get()
    }

    /// Makes a frame ready that is not on the screen yet, if there is time for it in this pass;
    /// `tinted` where it will be drawn by [`get_now`](Self::get_now).
    pub(in crate::ui) fn prepare(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
        tinted: bool,
    ) {
        let canvas = self.canvas.as_ref().filter(|_| !tinted);
        self.hold(ctx, key, frame, canvas, When::Ahead);
    }

    /// Whether a frame is there to be drawn by [`picture_now`](Self::picture_now).
    pub(in crate::ui) fn is_there(&self, key: TextureKey) -> bool {
        let name = (key, self.canvas.is_some());
        self.entries.borrow().contains_key(&name)
    }

    /// A frame without round corners, of which `uv` fills `rect`; `None` when it comes with the
    /// next pass.
    pub(in crate::ui) fn picture(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
        rect: Rect,
        uv: Rect,
    ) -> Option<Shape> {
        self.shape(ctx, (key, frame), (rect, uv), When::Soon)
    }

    /// A frame that cannot wait, of which `uv` fills `rect`; `None` when it has no pixels.
    pub(in crate::ui) fn picture_now(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
        rect: Rect,
        uv: Rect,
    ) -> Option<Shape> {
        self.shape(ctx, (key, frame), (rect, uv), When::Now)
    }

    fn shape(
        &self,
        ctx: &Context,
        (key, frame): (TextureKey, &Frame),
        (rect, uv): (Rect, Rect),
        when: When,
    ) -> Option<Shape> {
        let canvas = self.canvas.as_ref();
        match self.hold(ctx, key, frame, canvas, when)? {
            Held::ByEgui(texture) => {
                Some(Shape::image(texture.id(), rect, uv, ctx.colours().untinted))
            }
            Held::ByCanvas(image) => canvas?.picture(rect, uv, &image),
        }
    }

    fn hold(
        &self,
        ctx: &Context,
        key: TextureKey,
        frame: &Frame,
        canvas: Option<&Canvas>,
        when: When,
    ) -> Option<Held> {
        let name = (key, canvas.is_some());
        let mut entries = self.entries.borrow_mut();
        if let Some(entry) = entries.get_mut(&name) {
            entry.used = self.pass.get();
            return Some(entry.texture.clone());
        }
        let most = match when {
            When::Now => usize::MAX,
            When::Soon => MOST_UPLOAD,
            When::Ahead => MOST_AHEAD,
        };
        // Before a small frame is enlarged, which takes longer than the upload.
        if self.uploaded.get() >= most {
            ctx.request_repaint();
            return None;
        }
        let enlarged = enlarged(key, frame);
        let frame = enlarged.as_ref().unwrap_or(frame);
        let (width, height) = (frame.width as usize, frame.height as usize);
        let bytes = width * height * 4;
        if bytes == 0 {
            return None;
        }
        if self.uploaded.get() > 0 && self.uploaded.get().saturating_add(bytes) > most {
            ctx.request_repaint();
            return None;
        }
        self.uploaded.set(self.uploaded.get() + bytes);
        let texture = match canvas {
            Some(canvas) => Held::ByCanvas(canvas.upload(frame)),
            None => {
                let image = ColorImage::from_rgb([width, height], &frame.rgb);
                Held::ByEgui(ctx.load_texture(format!("{key:?}"), image, TextureOptions::LINEAR))
            }
        };
        let used = self.pass.get();
        let entry = Entry {
            texture: texture.clone(),
            bytes,
            used,
        };
        entries.insert(name, entry);
        Some(texture)
    }
}

/// A frame at the size of another one: as large as it fits there, in its own shape, on black.
pub(in crate::ui) fn as_large(frame: &Frame, other: &Frame) -> Frame {
    let (width, height) = (other.width, other.height);
    if (frame.width, frame.height) == (width, height) {
        return frame.clone();
    }
    let scale = (f64::from(width) / f64::from(frame.width.max(1)))
        .min(f64::from(height) / f64::from(frame.height.max(1)));
    let side = |side: u32, most: u32| ((f64::from(side) * scale).round() as u32).clamp(1, most);
    let (wide, high) = (side(frame.width, width), side(frame.height, height));
    let inner = frame.resized(wide, high);
    let mut rgb = vec![0; width as usize * height as usize * 3];
    let (left, top) = ((width - wide) / 2, (height - high) / 2);
    let row = wide as usize * 3;
    for (line, pixels) in inner.rgb.chunks_exact(row).enumerate() {
        let at = ((top as usize + line) * width as usize + left as usize) * 3;
        rgb[at..at + row].copy_from_slice(pixels);
    }
    Frame {
        width,
        height,
        rgb: rgb.into(),
    }
}

/// A small frame, smoothly enlarged: the GPU's own way to enlarge shows the grid of its pixels.
fn enlarged(key: TextureKey, frame: &Frame) -> Option<Frame> {
    let longest = frame.width.max(frame.height);
    if !matches!(key, TextureKey::Frame(..)) || longest == 0 || longest > SMALL_SIDE / 2 {
        return None;
    }
    let factor = (SMALL_SIDE / longest).min(MOST_ENLARGED);
    Some(frame.resized(frame.width * factor, frame.height * factor))
}

impl TextureKey {
    /// Whether it is out of date, or worth little, as soon as it is not drawn.
    fn is_preview(self) -> bool {
        matches!(
            self,
            Self::Frame(FootageKey::Preview(..), _)
                | Self::Cell(FootageKey::Preview(..), _)
                | Self::Difference(..)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_shape_is_fitted_on_black() {
        let plain = |width: u32, height: u32, value: u8| Frame {
            width,
            height,
            rgb: vec![value; (width * height * 3) as usize].into(),
        };
        let fitted = as_large(&plain(4, 8, 200), &plain(16, 8, 0));
        assert_eq!((fitted.width, fitted.height), (16, 8));
        let at = |x: usize, y: usize| fitted.rgb[(y * 16 + x) * 3];
        for y in [0, 7] {
            assert_eq!((at(5, y), at(6, y), at(9, y), at(10, y)), (0, 200, 200, 0));
        }
        let low = as_large(&plain(8, 2, 90), &plain(16, 8, 0));
        assert_eq!((low.rgb[16 * 3], low.rgb[2 * 16 * 3]), (0, 90));
    }
}
