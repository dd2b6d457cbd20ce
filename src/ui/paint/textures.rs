//! Pictures and frames on the GPU, uploaded when they are first drawn.
//!
//! A texture is identified only by the pixels that it was made from, never by a number that another thing
//! could also have, in another project or later in this one. It is dropped as soon as nothing else holds
//! its pixels. A whole take stays on the GPU, so that it plays without a hitch; when there is too much, the
//! textures that were drawn longest ago are dropped. At most a few megabytes are uploaded in each pass; the
//! rest follows in the next passes.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

use egui::{Color32, ColorImage, Context, Rect, Shape, TextureHandle, TextureId, TextureOptions};
use egui_wgpu::RenderState;

use super::canvas::{Canvas, Image};
use crate::media::blend::{difference, onion_skin};
use crate::media::frame::Frame;
use crate::media::lanczos::lanczos;
use crate::media::picture::Picture;
use crate::ui::style::tokens::Themed as _;

/// Bytes uploaded in one pass; copying them takes about 2 ms.
const MOST_UPLOAD: usize = 12 << 20;
/// Bytes uploaded in one pass for frames that are not on the screen yet.
const MOST_AHEAD: usize = 4 << 20;

/// Frames below half of this side, in pixels, are enlarged up to it before they are uploaded.
const SMALL_SIDE: u32 = 512;
/// The most that a frame is enlarged.
const MOST_ENLARGED: u32 = 8;

/// Factor on the difference of two frames, so that small differences become visible.
pub(in crate::ui) const GAIN: u8 = 4;

/// How much the neighbouring frames show through on an onion skin, where they differ.
const ONION: f32 = 0.5;

/// What a texture shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) enum Content<'a> {
    /// A frame at its own size.
    Plain(&'a Frame),
    /// A frame that fills the stage, smoothly enlarged if it is small.
    Large(&'a Frame),
    /// The difference of two frames, multiplied by [`GAIN`], at the size of the first.
    Difference(&'a Frame, &'a Frame),
    /// A frame that fills the stage, with its neighbours showing through.
    Onion(Onion<'a>),
}

/// A frame with its neighbours.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Onion<'a> {
    /// The frame.
    pub(in crate::ui) frame: &'a Frame,
    /// The frames before and after it, if there are any.
    pub(in crate::ui) beside: [Option<&'a Frame>; 2],
    /// The colours that they are drawn in.
    pub(in crate::ui) inks: [[u8; 3]; 2],
}

/// Equal keys mean equal pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Plain(Pixels),
    Enlarged(Pixels),
    Difference(Pixels, Pixels),
    Onion(Pixels, [Option<Pixels>; 2], [[u8; 3]; 2]),
}

/// The address of a frame's pixels in memory, and their shape. Shared pixels never change, and [`Watched`]
/// keeps the address from being reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pixels {
    address: usize,
    width: u32,
    height: u32,
}

/// Weak references to the pixels that a texture was made from.
struct Watched(Vec<Weak<[u8]>>);

/// When the pixels must be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// In this pass.
    Now,
    /// In this pass, unless much else was uploaded in it.
    Soon,
    /// Before they are drawn for the first time.
    Ahead,
}

/// Where the pixels are on the GPU.
#[derive(Clone)]
enum Held {
    /// For egui to draw: small things, round corners.
    ByEgui(TextureHandle),
    /// For the canvas: large things.
    ByCanvas(Image),
}

struct Entry {
    texture: Held,
    /// The pixels that it was made from.
    watched: Watched,
    bytes: usize,
    used: u64,
}

/// All textures of the window.
#[derive(Default)]
pub(in crate::ui) struct Textures {
    /// By pixels, and by who draws them: `true` for the canvas.
    entries: RefCell<HashMap<(Key, bool), Entry>>,
    pass: Cell<u64>,
    uploaded: Cell<usize>,
    /// Bytes above which old textures are dropped.
    most: Cell<usize>,
    /// Bytes held at the beginning of this pass.
    held: Cell<usize>,
    /// `None` until the window's device is known, and where the window has none.
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

    /// Begins a pass in which all textures may have `most` bytes; drops what is no longer needed.
    pub(in crate::ui) fn begin_pass(&self, most: usize) {
        self.most.set(most);
        let pass = self.pass.get() + 1;
        self.pass.set(pass);
        self.uploaded.set(0);
        if let Some(canvas) = &self.canvas {
            canvas.begin_pass();
        }
        let mut entries = self.entries.borrow_mut();
        entries.retain(|(key, _), entry| {
            entry.watched.are_there() && (!key.is_fleeting() || entry.used + 2 >= pass)
        });
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

    /// The texture of `content`; `None` when it is only uploaded in the next pass.
    pub(in crate::ui) fn get(&self, ctx: &Context, content: Content<'_>) -> Option<TextureId> {
        match self.hold(ctx, content, None, When::Soon)? {
            Held::ByEgui(texture) => Some(texture.id()),
            Held::ByCanvas(_) => None,
        }
    }

    /// The texture of content that cannot wait, for egui to draw in colours.
    pub(in crate::ui) fn get_now(&self, ctx: &Context, content: Content<'_>) -> Option<TextureId> {
        match self.hold(ctx, content, None, When::Now)? {
            Held::ByEgui(texture) => Some(texture.id()),
            Held::ByCanvas(_) => None,
        }
    }

    /// Bytes of frames that can be uploaded before they play; the rest is for pictures and small copies.
    pub(in crate::ui) fn room_to_prepare(&self) -> usize {
        self.most.get() / 4 * 3
    }

    /// Bytes of all textures at the beginning of this pass.
    pub(in crate::ui) fn held(&self) -> usize {
        self.held.get()
    }

    /// Uploads something that is not on the screen yet, if there is time in this pass; `tinted` where
    /// [`get_now`](Self::get_now) will draw it.
    pub(in crate::ui) fn prepare(&self, ctx: &Context, content: Content<'_>, tinted: bool) {
        let canvas = self.canvas.as_ref().filter(|_| !tinted);
        self.hold(ctx, content, canvas, When::Ahead);
    }

    /// Content without round corners, of which `uv` fills `rect`; `None` when it is only uploaded in the
    /// next pass.
    pub(in crate::ui) fn picture(
        &self,
        ctx: &Context,
        content: Content<'_>,
        rect: Rect,
        uv: Rect,
    ) -> Option<Shape> {
        self.shape(ctx, content, (rect, uv), When::Soon)
    }

    /// Content that cannot wait, of which `uv` fills `rect`; `None` when it has no pixels.
    pub(in crate::ui) fn picture_now(
        &self,
        ctx: &Context,
        content: Content<'_>,
        rect: Rect,
        uv: Rect,
    ) -> Option<Shape> {
        self.shape(ctx, content, (rect, uv), When::Now)
    }

    fn shape(
        &self,
        ctx: &Context,
        content: Content<'_>,
        (rect, uv): (Rect, Rect),
        when: When,
    ) -> Option<Shape> {
        let canvas = self.canvas.as_ref();
        match self.hold(ctx, content, canvas, when)? {
            Held::ByEgui(texture) => {
                Some(Shape::image(texture.id(), rect, uv, ctx.colours().untinted))
            }
            Held::ByCanvas(image) => canvas?.picture(rect, uv, &image),
        }
    }

    fn hold(
        &self,
        ctx: &Context,
        content: Content<'_>,
        canvas: Option<&Canvas>,
        when: When,
    ) -> Option<Held> {
        let key = content.key();
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
        // Checked first, because enlarging a frame or taking a difference takes longer than the upload.
        if self.uploaded.get() >= most {
            ctx.request_repaint();
            return None;
        }
        let frame = content.pixels();
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
            Some(canvas) => Held::ByCanvas(canvas.upload(&frame)),
            None => {
                let image = ColorImage::from_rgb([width, height], &frame.rgb);
                Held::ByEgui(ctx.load_texture(format!("{key:?}"), image, TextureOptions::LINEAR))
            }
        };
        let used = self.pass.get();
        let entry = Entry {
            texture: texture.clone(),
            watched: content.watched(),
            bytes,
            used,
        };
        entries.insert(name, entry);
        Some(texture)
    }
}

/// A frame fitted into the size of another one, in its own shape, on black.
fn as_large(frame: &Frame, other: &Frame) -> Frame {
    let (width, height) = (other.width, other.height);
    if (frame.width, frame.height) == (width, height) {
        return frame.clone();
    }
    let picture = Picture {
        width: frame.width,
        height: frame.height,
        rgb: frame.rgb.to_vec(),
    };
    let scale = (f64::from(width) / f64::from(frame.width.max(1)))
        .min(f64::from(height) / f64::from(frame.height.max(1)));
    let side = |side: u32, most: u32| ((f64::from(side) * scale).round() as u32).clamp(1, most);
    let (wide, high) = (side(frame.width, width), side(frame.height, height));
    let inner: Frame = lanczos(&picture, wide, high).into();
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

/// Factor by which a frame is enlarged for the stage; 1 where it is large enough.
fn enlargement(frame: &Frame) -> u32 {
    match frame.width.max(frame.height) {
        longest @ 1.. if longest <= SMALL_SIDE / 2 => (SMALL_SIDE / longest).min(MOST_ENLARGED),
        _ => 1,
    }
}

/// A small frame, smoothly enlarged: the GPU's own filter would show the grid of its pixels.
fn large(frame: Cow<'_, Frame>) -> Cow<'_, Frame> {
    let factor = enlargement(&frame);
    if factor == 1 {
        return frame;
    }
    let picture = Picture {
        width: frame.width,
        height: frame.height,
        rgb: frame.rgb.to_vec(),
    };
    let enlarged = lanczos(&picture, frame.width * factor, frame.height * factor);
    Cow::Owned(enlarged.into())
}

impl<'a> Content<'a> {
    /// The frame that gives the content its shape.
    pub(in crate::ui) fn frame(self) -> &'a Frame {
        match self {
            Self::Plain(frame) | Self::Large(frame) | Self::Difference(frame, _) => frame,
            Self::Onion(onion) => onion.frame,
        }
    }

    fn key(self) -> Key {
        match self {
            Self::Large(frame) if enlargement(frame) > 1 => Key::Enlarged(Pixels::of(frame)),
            Self::Plain(frame) | Self::Large(frame) => Key::Plain(Pixels::of(frame)),
            Self::Difference(one, two) => Key::Difference(Pixels::of(one), Pixels::of(two)),
            Self::Onion(Onion {
                frame,
                beside,
                inks,
            }) => {
                let beside = beside.map(|frame| frame.map(Pixels::of));
                Key::Onion(Pixels::of(frame), beside, inks)
            }
        }
    }

    fn pixels(self) -> Cow<'a, Frame> {
        match self {
            Self::Plain(frame) => Cow::Borrowed(frame),
            Self::Large(frame) => large(Cow::Borrowed(frame)),
            Self::Difference(one, two) => Cow::Owned(difference(one, &as_large(two, one), GAIN)),
            Self::Onion(Onion {
                frame,
                beside,
                inks,
            }) => {
                let beside = beside.into_iter().zip(inks);
                let beside: Vec<_> = beside
                    .filter_map(|(frame, ink)| Some((frame?, ink)))
                    .collect();
                large(Cow::Owned(onion_skin(frame, &beside, ONION)))
            }
        }
    }

    fn watched(self) -> Watched {
        let weak = |frame: &Frame| Arc::downgrade(&frame.rgb);
        Watched(match self {
            Self::Plain(frame) | Self::Large(frame) => vec![weak(frame)],
            Self::Difference(one, two) => vec![weak(one), weak(two)],
            Self::Onion(Onion { frame, beside, .. }) => {
                let beside = beside.into_iter().flatten();
                std::iter::once(frame).chain(beside).map(weak).collect()
            }
        })
    }
}

impl Pixels {
    fn of(frame: &Frame) -> Self {
        Self {
            address: frame.rgb.as_ptr().addr(),
            width: frame.width,
            height: frame.height,
        }
    }
}

impl Watched {
    /// Whether all of the pixels are still in use.
    fn are_there(&self) -> bool {
        self.0.iter().all(|pixels| pixels.strong_count() > 0)
    }
}

impl Key {
    /// Whether the texture can be dropped as soon as it is no longer drawn.
    fn is_fleeting(self) -> bool {
        matches!(self, Self::Difference(..) | Self::Onion(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: u32, height: u32, value: u8) -> Frame {
        Frame {
            width,
            height,
            rgb: vec![value; (width * height * 3) as usize].into(),
        }
    }

    #[test]
    fn a_texture_is_found_by_its_pixels_and_leaves_with_them() {
        let (ctx, textures) = (Context::default(), Textures::default());
        let texture = |frame: &Frame| textures.get(&ctx, Content::Plain(frame));
        textures.begin_pass(1 << 20);
        let frame = plain(4, 4, 10);
        let first = texture(&frame);
        assert!(first.is_some());
        assert_eq!(texture(&frame.clone()), first, "clones share their pixels");
        let flat = Frame {
            width: 8,
            height: 2,
            rgb: Arc::clone(&frame.rgb),
        };
        assert_ne!(
            texture(&flat),
            first,
            "in another shape they are not the same"
        );
        drop((frame, flat));
        // The allocator reuses freed memory for the next allocation of the same size.
        for value in 0..100 {
            let next = plain(4, 4, value);
            assert_ne!(texture(&next), first, "nobody has the first one any more");
        }
        let kept = plain(4, 4, 200);
        assert!(texture(&kept).is_some());
        textures.begin_pass(1 << 20);
        assert_eq!(textures.held(), 4 * 4 * 4, "of the one that is left");
    }

    #[test]
    fn a_small_frame_is_enlarged_for_the_stage_alone() {
        let (ctx, textures) = (Context::default(), Textures::default());
        textures.begin_pass(1 << 30);
        let (small, large) = (plain(16, 8, 50), plain(600, 400, 50));
        let texture = |content| textures.get(&ctx, content);
        assert_ne!(
            texture(Content::Plain(&small)),
            texture(Content::Large(&small))
        );
        assert_eq!(
            texture(Content::Plain(&large)),
            texture(Content::Large(&large))
        );
        let enlarged = Content::Large(&small).pixels();
        assert_eq!((enlarged.width, enlarged.height), (128, 64));
        let apart = Content::Difference(&small, &large).pixels();
        let middle = (4 * 16 + 8) * 3;
        assert_eq!(apart.rgb[middle], 0, "both have the same colour there");
    }

    #[test]
    fn another_shape_is_fitted_on_black() {
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
