//! Pictures with transparency that are drawn over others: masks, and the layers of a preview.
//!
//! Their textures stay in egui's memory while their content is unchanged. Must not know what they show.

use std::any::Any;
use std::sync::Arc;

use egui::{
    Color32, ColorImage, Context, Id, Mesh, Painter, Pos2, Rect, TextureHandle, TextureOptions,
    pos2,
};

/// Something made from a key, which is made again only if `is_same` denies the key that it was made from.
///
/// The key is compared where it is: drawings have thousands of points, too many to copy for each frame of the window.
pub(in crate::ui) fn kept<K, V>(
    ctx: &Context,
    id: Id,
    is_same: impl FnOnce(&K) -> bool,
    make: impl FnOnce(&Context) -> (K, V),
) -> V
where
    K: Any + Send + Sync,
    V: Any + Clone + Send + Sync,
{
    let before: Option<Arc<(K, V)>> = ctx.data(|data| data.get_temp(id));
    if let Some(known) = before
        && is_same(&known.0)
    {
        return known.1.clone();
    }
    let made = make(ctx);
    let value = made.1.clone();
    ctx.data_mut(|data| data.insert_temp(id, Arc::new(made)));
    value
}

/// A texture of pixels with opacity, `[h, w, 4]`.
pub(in crate::ui) fn texture(ctx: &Context, size: [usize; 2], rgba: &[u8]) -> TextureHandle {
    let image = ColorImage::from_rgba_unmultiplied(size, rgba);
    ctx.load_texture("overlay", image, TextureOptions::LINEAR)
}

/// A texture of a mask `[h, w]` in one colour.
pub(in crate::ui) fn tint(
    ctx: &Context,
    size: [usize; 2],
    mask: &[bool],
    colour: Color32,
) -> TextureHandle {
    let pixels = mask.iter();
    let pixels = pixels.map(|inside| {
        if *inside {
            colour
        } else {
            Color32::TRANSPARENT
        }
    });
    let image = ColorImage::new(size, pixels.collect());
    ctx.load_texture("overlay", image, TextureOptions::LINEAR)
}

/// Draws a texture as a grid of `cells` × `cells`, whose corners `place` maps from fractions of the texture to the
/// screen.
pub(in crate::ui) fn warped(
    painter: &Painter,
    texture: &TextureHandle,
    cells: u32,
    place: impl Fn([f32; 2]) -> Pos2,
) {
    let mut mesh = Mesh::with_texture(texture.id());
    let along = |index: u32| index as f32 / cells as f32;
    for row in 0..=cells {
        for column in 0..=cells {
            let [x, y] = [along(column), along(row)];
            mesh.vertices.push(egui::epaint::Vertex {
                pos: place([x, y]),
                uv: pos2(x, y),
                color: Color32::WHITE,
            });
        }
    }
    let line = cells + 1;
    for row in 0..cells {
        for column in 0..cells {
            let first = row * line + column;
            mesh.add_triangle(first, first + 1, first + line);
            mesh.add_triangle(first + 1, first + line + 1, first + line);
        }
    }
    painter.add(mesh);
}

/// Draws a whole texture into a rectangle.
pub(in crate::ui) fn flat(painter: &Painter, texture: &TextureHandle, rect: Rect) {
    let place = |[x, y]: [f32; 2]| rect.min + egui::vec2(x, y) * rect.size();
    warped(painter, texture, 1, place);
}
