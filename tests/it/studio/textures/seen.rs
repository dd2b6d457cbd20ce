//! What is on the screen and what should be there: textures as they were uploaded, and the label around each.
//!
//! Pictures in these tests have one colour each, which is in their file names; the colours of a take's frames follow
//! from its picture and its seed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use egui::epaint::Shape;
use egui::{
    Color32, ColorImage, Context, FullOutput, ImageData, Rect, Role, TextureId, TexturesDelta, pos2,
};
use egui_kittest::TestRenderer;
use egui_kittest::kittest::{AccessKitNode, NodeT as _};
use kinora::app::command::takes::CompareMode;
use kinora::app::state::{Shown, Studio};
use kinora::engine::protocol::Order;
use kinora::media::frame::Frame;
use kinora::request::GenerateRequest;

use crate::studio::Window;

/// Draws nothing and records what is uploaded.
#[derive(Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    images: HashMap<TextureId, Uploaded>,
    /// Textures to free once nothing drawn with them is on the screen.
    leaving: Vec<TextureId>,
}

/// The pixels of a texture.
struct Uploaded {
    size: [usize; 2],
    rgb: Vec<u8>,
    /// Its colour, if all pixels have the same one apart from rounding.
    plain: Option<[u8; 3]>,
}

impl Uploaded {
    fn of(image: &ColorImage) -> Self {
        let rgb = |pixel: &Color32| [pixel.r(), pixel.g(), pixel.b()];
        let near = |a: [u8; 3], b: [u8; 3]| a.into_iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1);
        let first = image.pixels.first().map(rgb);
        let plain = first.filter(|&first| image.pixels.iter().all(|one| near(rgb(one), first)));
        Self {
            size: image.size,
            rgb: image.pixels.iter().flat_map(rgb).collect(),
            plain,
        }
    }

    /// Whether it shows this frame: the frame itself, or an enlargement if it has a single colour. In a plain area, the
    /// weights add up to one except for rounding.
    fn shows(&self, frame: &Frame) -> bool {
        if self.size == [frame.width as usize, frame.height as usize] {
            return self.rgb == frame.rgb[..];
        }
        let (first, rest) = frame.rgb.split_at(frame.rgb.len().min(3));
        let plain = rest.chunks_exact(3).all(|pixel| pixel == first);
        let near = |ink: [u8; 3]| ink.iter().zip(first).all(|(a, b)| a.abs_diff(*b) <= 1);
        plain && self.plain.is_some_and(near)
    }
}

impl TestRenderer for Uploads {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut held = self.0.lock().unwrap();
        for id in std::mem::take(&mut held.leaving) {
            held.images.remove(&id);
        }
        for (id, images) in delta.set.drain() {
            for image in images {
                // Only the font's texture is uploaded in parts.
                if image.pos.is_none() {
                    let ImageData::Color(pixels) = image.image;
                    held.images.insert(id, Uploaded::of(&pixels));
                }
            }
        }
        held.leaving.extend(delta.free.drain());
    }

    fn render(&mut self, _: &Context, _: &FullOutput) -> Result<image::RgbaImage, String> {
        Err("nothing is drawn".to_owned())
    }
}

/// A texture on the screen.
struct Seen {
    rect: Rect,
    id: TextureId,
}

fn textured(shapes: impl Iterator<Item = (Rect, Shape)>) -> Vec<Seen> {
    fn of(clip: Rect, shape: &Shape, found: &mut Vec<Seen>) {
        match shape {
            Shape::Vec(shapes) => {
                for shape in shapes {
                    of(clip, shape, found);
                }
            }
            Shape::Rect(rect) => {
                let id = rect.fill_texture_id();
                let rect = rect.rect.intersect(clip);
                if id != TextureId::default() && rect.is_positive() {
                    found.push(Seen { rect, id });
                }
            }
            Shape::Mesh(mesh) if mesh.texture_id != TextureId::default() => {
                let rect = mesh.calc_bounds().intersect(clip);
                if rect.is_positive() {
                    let id = mesh.texture_id;
                    found.push(Seen { rect, id });
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (clip, shape) in shapes {
        of(clip, &shape, &mut found);
    }
    found
}

/// The visible part of a node's rectangle.
fn visible(node: &AccessKitNode<'_>) -> Option<Rect> {
    let place = |node: &AccessKitNode<'_>| {
        let place = node.bounding_box()?;
        let [x0, y0, x1, y1] = [place.x0, place.y0, place.x1, place.y1].map(|side| side as f32);
        Some(Rect::from_min_max(pos2(x0, y0), pos2(x1, y1)))
    };
    let mut seen = place(node)?;
    let mut above = node.parent();
    while let Some(outer) = above {
        match outer.role() {
            Role::Region => seen = seen.intersect(place(&outer)?),
            // The parts of the shelf, which scroll.
            Role::Group => seen = seen.intersect(place(&outer).unwrap_or(Rect::EVERYTHING)),
            _ => {}
        }
        above = outer.parent();
    }
    Some(seen)
}

/// Beginnings of the labels that promise a picture.
const SAYING: [&str; 10] = [
    "Take ",
    "Preview, ",
    "Sequence, ",
    "Frame ",
    "Clip ",
    "Picture ",
    "Begin with ",
    "Waiting take ",
    "Running take",
    "Stage",
];

/// What a label promises inside its rectangle.
fn promised(studio: &Studio, label: &str) -> Option<Vec<Frame>> {
    let take = |words: &str| {
        let number: usize = words.split([',', ' ']).next()?.parse().ok()?;
        let takes = &studio.project.takes;
        takes.iter().find(|take| take.number == number)
    };
    let picture = |words: &str| {
        let (name, place) = match words.rsplit_once(", ") {
            Some((name, place)) if place.contains(" of ") => {
                (name, place.split(' ').next()?.parse().ok()?)
            }
            _ => (words, 1),
        };
        let all = studio.project.pictures.iter();
        all.filter(|one| one.name == name).nth(place - 1)
    };
    let place = |words: &str| -> Option<usize> {
        let (_, number) = words.rsplit_once("frame ")?;
        Some(number.parse::<usize>().ok()? - 1)
    };
    if let Some(words) = label.strip_prefix("Take ") {
        let first = take(words)?;
        let Some(index) = place(words) else {
            // On the shelf: the take's middle frame, or another one while it plays under the pointer.
            return Some(first.cells.clone());
        };
        let mut frames = vec![first.take.frames.get(index)?.clone()];
        if let Some((_, words)) = words.split_once("take ") {
            let (second, compare) = (take(words)?, studio.session.compare?);
            // Two takes with the same rate and length play in step.
            let beside = second.take.frames.get(index)?.clone();
            if compare.mode == CompareMode::Difference {
                let apart = |(one, two): (&u8, &u8)| one.abs_diff(*two).saturating_mul(4);
                let rgb = frames[0].rgb.iter().zip(beside.rgb.iter()).map(apart);
                frames[0].rgb = rgb.collect();
            } else {
                frames.push(beside);
            }
        }
        return Some(frames);
    }
    if let Some(words) = label.strip_prefix("Preview, frame ") {
        let index: usize = words.parse().ok()?;
        return Some(vec![studio.clip_source()?.frames.get(index - 1)?.clone()]);
    }
    let mixed = |index: usize, small: bool| {
        let mix = studio.sequence().mix_at(index)?;
        let layers = std::iter::once(mix.under).chain(mix.over);
        let frames = layers.filter_map(|layer| {
            let take = studio.take_named(layer.take)?;
            let frames = if small {
                &take.cells
            } else {
                &take.take.frames
            };
            frames.get(layer.frame).cloned()
        });
        Some(frames.collect())
    };
    if label.starts_with("Sequence, frame ") {
        return mixed(place(label)?, false);
    }
    if let Some(words) = label.strip_prefix("Frame ") {
        let index: usize = words.parse().ok()?;
        if studio.session.shown == Shown::Sequence {
            return mixed(index - 1, true);
        }
        return Some(vec![studio.clip_source()?.cells.get(index - 1)?.clone()]);
    }
    if let Some(words) = label.strip_prefix("Clip ") {
        // "Clip 1: take 2, frames 1 to 4"
        let (_, words) = words.split_once("take ")?;
        return Some(take(words)?.cells.clone());
    }
    if let Some(words) = label.strip_prefix("Picture ") {
        return Some(vec![picture(words)?.thumb.clone()]);
    }
    if let Some(words) = label.strip_prefix("Begin with ") {
        return Some(vec![picture(words)?.thumb.clone()]);
    }
    if let Some(words) = label.strip_prefix("Waiting take ") {
        let place: usize = words.split(' ').next()?.parse().ok()?;
        let request = &studio.runtime.queue.waiting.get(place - 1)?.request;
        return Some(vec![studio.picture_named(request.picture)?.thumb.clone()]);
    }
    if label.starts_with("Running take") {
        let request = &studio.running()?.request;
        return Some(vec![studio.picture_named(request.picture)?.thumb.clone()]);
    }
    // A picture on the stage has a label below it but none around it, and so does the second of two takes side by
    // side.
    (label == "Stage").then(|| {
        let other = studio.compared().into_iter();
        let other = other.flat_map(|(take, _)| take.take.frames.iter().cloned());
        let job = studio.shown_job();
        let job = job.and_then(|job| studio.picture_named(job.request.picture));
        let pictures = studio.picture().into_iter().chain(job);
        let pictures = pictures.map(|one| one.view.clone());
        pictures.chain(other).collect()
    })
}

impl Window {
    /// Compares every texture on the screen with what the label around it promises. Returns how many there were, and a
    /// line about each one whose label does not say what it shows, such as a frame that has no small copy yet.
    pub(super) fn compare(&self, uploads: &Uploads) -> Result<(usize, Vec<String>), String> {
        let studio = self.studio();
        let nodes = self.window.root().children_recursive();
        let labelled: Vec<(Rect, String)> = nodes
            .filter_map(|node| {
                let node = node.accesskit_node();
                let label = node.label()?;
                let says = SAYING.iter().any(|words| label.starts_with(words));
                Some((says.then(|| visible(&node))??, label))
            })
            .collect();
        let shapes = self.window.output().shapes.iter();
        let seen = textured(shapes.map(|one| (one.clip_rect, one.shape.clone())));
        let held = uploads.0.lock().unwrap();
        let mut unnamed = Vec::new();
        for Seen { rect, id } in &seen {
            let around = labelled
                .iter()
                // A tile's text and its star are next to the picture or in it.
                .filter(|(outer, _)| outer.expand(1.0).contains_rect(*rect))
                .filter_map(|(outer, label)| Some((outer, label, promised(studio, label)?)));
            let nearest = around.min_by(|a, b| a.0.area().total_cmp(&b.0.area()));
            let Some((_, label, frames)) = nearest else {
                let around = labelled.iter().filter(|(outer, _)| outer.intersects(*rect));
                let labels: Vec<&String> = around.map(|(_, label)| label).collect();
                unnamed.push(format!("{rect:?} near {labels:?}"));
                continue;
            };
            let image = held.images.get(id).ok_or("a texture that is gone")?;
            if !frames.iter().any(|frame| image.shows(frame)) {
                let home = studio.project.home.as_ref();
                return Err(format!(
                    "“{label}” of {home:?} at {rect:?} shows {:?} of {:?}, and not {:?}",
                    image.rgb.get(..3),
                    image.size,
                    frames
                        .iter()
                        .map(|frame| frame.rgb.get(..3).map(<[u8]>::to_vec))
                        .collect::<Vec<_>>(),
                ));
            }
        }
        Ok((seen.len() - unnamed.len(), unnamed))
    }

    /// The state itself: pictures as in their files, takes as in their recipes, small copies of their own frames.
    pub(super) fn compare_state(&self) -> Result<(), String> {
        let studio = self.studio();
        for picture in &studio.project.pictures {
            let Some(ink) = picture.path.as_deref().and_then(ink_of) else {
                continue;
            };
            for pixels in [
                &picture.picture.rgb[..],
                &picture.view.rgb,
                &picture.thumb.rgb,
            ] {
                if pixels.get(..3) != Some(&ink[..]) {
                    return Err(format!("{} is {:?}", picture.name, &pixels[..3]));
                }
            }
        }
        for take in &studio.project.takes {
            let recipe = &take.take.recipe;
            let named = recipe
                .picture
                .as_ref()
                .map(|picture| picture.named.name.as_str());
            let from = named.and_then(|name| ink_of(Path::new(name)));
            for (index, frame) in take.take.frames.iter().enumerate() {
                let ink = from.map(|from| mixed(from, recipe.request.seed, index));
                if ink.is_some_and(|ink| frame.rgb[..3] != ink) {
                    return Err(format!("take {} is {:?}", take.number, &frame.rgb[..3]));
                }
                if take.cells.get(index).is_some_and(|cell| cell != frame) {
                    return Err(format!("take {} has others' small copies", take.number));
                }
            }
            let picture = take.picture.and_then(|id| studio.picture_named(id));
            let path = picture.and_then(|picture| picture.path.as_ref());
            let name = picture.filter(|_| path.is_some());
            let name = name.map(|picture| picture.name.as_str());
            if name.is_some() && name != named {
                return Err(format!("take {} is of {path:?}: {recipe:?}", take.number));
            }
        }
        Ok(())
    }
}

/// The colour of the picture in a file, from the file's name.
fn ink_of(path: &Path) -> Option<[u8; 3]> {
    let name = path.file_stem()?.to_str()?.strip_prefix("ink-")?;
    // The project's copy has the fingerprint after its name.
    let name = name.split(' ').next()?;
    let number = u32::from_str_radix(name, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// The colour of a frame of a take.
fn mixed(from: [u8; 3], seed: u64, frame: usize) -> [u8; 3] {
    let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    [
        from[0] ^ seed[5],
        from[1] ^ seed[6],
        (from[2] ^ seed[7]).wrapping_add(frame as u8 * 29),
    ]
}

pub(super) fn ink(order: &Order, request: &GenerateRequest, frame: usize) -> [u8; 3] {
    let from = &order.picture.as_ref().unwrap().rgb;
    mixed([from[0], from[1], from[2]], request.seed, frame)
}

/// Writes a picture of one colour, which is in its name.
pub(super) fn inked(folder: &Path, [red, green, blue]: [u8; 3]) -> PathBuf {
    let path = folder.join(format!("ink-{red:02x}{green:02x}{blue:02x}.png"));
    if !path.exists() {
        image::RgbImage::from_pixel(96, 40, image::Rgb([red, green, blue]))
            .save(&path)
            .expect("a picture in the test's folder");
    }
    path
}
