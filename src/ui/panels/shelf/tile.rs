//! Tiles in rows: a picture with its name below.

use std::time::Duration;

use egui::{
    Align2, FontId, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, contain, frame_size};
use crate::ui::widgets::{elided, elided_end, focus_ring};

/// The least width of a tile, so that names can be read.
const LEAST: f32 = 78.0;

/// The most tiles in a row.
const MOST_COLUMNS: usize = 3;

/// Height of a tile's picture divided by its width, for pictures of any shape.
pub(super) const LANDSCAPE: f32 = 0.625;

/// A picture that, cropped to the tile, would lose more than the rest is shown whole.
const SHOWN: f32 = 0.75;

/// Height of a tile's name.
const NAME: f32 = 20.0;

/// Lays things out in rows of tiles; `shape` is the height of their pictures divided by the width.
pub(super) fn grid<T>(
    ui: &mut Ui,
    things: &[&T],
    shape: f32,
    mut tile: impl FnMut(&mut Ui, Rect, &T),
) {
    let gap = tokens::GAP_SMALL;
    let room = ui.available_width() + gap;
    let columns = ((room / (LEAST + gap)) as usize).clamp(1, MOST_COLUMNS);
    let width = room / columns as f32 - gap;
    let height = (width * shape).round() + NAME;
    for row in things.chunks(columns) {
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        for (column, thing) in row.iter().enumerate() {
            let left = line.left() + (width + gap) * column as f32;
            let rect = Rect::from_min_size(pos2(left.round(), line.top()), vec2(width, height));
            tile(ui, rect, thing);
        }
    }
}

/// The part of a tile above its name.
pub(super) fn image_of(tile: Rect) -> Rect {
    let mut image = tile;
    image.set_height(tile.height() - NAME);
    image
}

/// The part of a tile with its name.
pub(super) fn name_of(tile: Rect) -> Rect {
    let mut name = tile;
    name.set_top(tile.bottom() - NAME);
    name
}

/// A picture with its name below.
pub(super) struct Tile<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Whether this is the name of a file, whose extension stays visible.
    pub(super) is_file: bool,
    /// Its name for screen readers.
    pub(super) spoken: String,
    /// Whether it is on the stage.
    pub(super) selected: bool,
    /// Whether the take on the stage was made from it.
    pub(super) marked: bool,
    /// Whether it can be dragged elsewhere.
    pub(super) draggable: bool,
}

impl Tile<'_> {
    /// Draws the frame that `pixels` returns for how long the pointer has been on the tile.
    pub(super) fn show<'p>(
        self,
        ui: &mut Ui,
        rect: Rect,
        view: View<'_>,
        pixels: impl FnOnce(Option<Duration>) -> Option<Content<'p>>,
    ) -> Response {
        let sense = if self.draggable {
            Sense::click_and_drag()
        } else {
            Sense::click()
        };
        let response = ui.interact(rect, ui.scope_id().with(&self.spoken), sense);
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, true, self.selected, &self.spoken));
        if self.selected {
            self.come_into_sight(ui, view, &response);
        }
        let time = response.hovered().then(|| {
            view.repaint_after(ui.ctx(), Duration::ZERO);
            Duration::from_secs_f64(ui.input(|input| input.time).max(0.0))
        });
        let image = image_of(rect);
        match pixels(time) {
            Some(content) => {
                // Cropped to a very different shape, a picture could not be recognised.
                let whole = contain(frame_size(content.frame()), image);
                let shown = whole.size() / image.size();
                let other = shown.min_elem() < SHOWN;
                if other {
                    ui.painter()
                        .rect_filled(image, tokens::RADIUS, ui.colours().raised);
                }
                let rect = if other { whole } else { image };
                view.paint(ui.ctx(), ui.painter(), rect, content, tokens::RADIUS);
            }
            None => {
                ui.painter()
                    .rect_filled(image, tokens::RADIUS, ui.colours().raised);
            }
        }
        let outline = match () {
            () if self.selected => Some((tokens::STROKE_BOLD, ui.colours().accent)),
            () if response.hovered() => Some((tokens::STROKE_BOLD, ui.colours().outline)),
            () if self.marked => Some((tokens::STROKE, ui.colours().accent)),
            () => None,
        };
        if let Some((width, colour)) = outline {
            let stroke = Stroke::new(width, colour);
            ui.painter()
                .rect_stroke(image, tokens::RADIUS, stroke, StrokeKind::Outside);
        }
        focus_ring(ui, &response, image);
        let ink = if self.selected {
            ui.colours().text
        } else {
            ui.colours().text_weak
        };
        let font = FontId::proportional(tokens::FONT_SMALL);
        let clip = Rect::from_min_max(pos2(rect.left(), image.bottom()), rect.max);
        let elide = if self.is_file { elided } else { elided_end };
        let words = elide(ui, self.name, &font, clip.width());
        let cut = words != self.name;
        ui.painter()
            .with_clip_rect(clip.intersect(ui.clip_rect()))
            .text(clip.left_center(), Align2::LEFT_CENTER, words, font, ink);
        if self.is_file && cut {
            return response.on_hover_text(self.name);
        }
        response
    }
}

impl Tile<'_> {
    /// Scrolls to the tile when it has just been chosen, by whatever means.
    fn come_into_sight(&self, ui: &Ui, view: View<'_>, response: &Response) {
        let home = view.studio.project.home.as_ref();
        let chosen = format!("{} in {home:?}", self.spoken);
        let before = ui.data_mut(|data| {
            let id = Id::unique("chosen tile");
            let before: Option<String> = data.get_temp(id);
            data.insert_temp(id, chosen.clone());
            before
        });
        if before.as_ref() != Some(&chosen) {
            response.scroll_to_me(None);
        }
    }
}
