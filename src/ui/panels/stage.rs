//! The middle of the window: the picture, the take, or what a job has made so far.

use eframe::egui::{
    Align, Button, Color32, Label, Layout, Painter, Rect, RichText, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, pos2, vec2,
};

use super::notices;
use crate::app::Command;
use crate::app::payload::Payload;
use crate::app::state::ShelfPicture;
use crate::media::fit::Fit;
use crate::ui::textures::TextureKey;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::{View, contain, frame_size};
use crate::ui::widgets::{Icon, paint_icon};

/// Height of the line below the picture.
const CAPTION: f32 = 28.0;

/// Draws it.
pub(in crate::ui) fn stage(ui: &mut Ui, view: View<'_>) {
    let room = ui.max_rect();
    let mut inner = room.shrink(tokens::GAP_GROUP);
    inner.max.y -= CAPTION - tokens::GAP_SMALL;
    let studio = view.studio;
    if let Some(footage) = studio.footage() {
        let index = studio.playhead();
        if let Some(frame) = footage.frames.get(index) {
            let rect = contain(frame_size(frame), inner);
            let key = TextureKey::Frame(footage.key, index);
            view.paint(ui.ctx(), ui.painter(), rect, key, frame, 0);
            caption(ui, rect, &words(view));
        }
    } else if let Some(picture) = studio.picture() {
        let rect = contain(frame_size(&picture.view), inner);
        let key = TextureKey::View(picture.id);
        view.paint(ui.ctx(), ui.painter(), rect, key, &picture.view, 0);
        frame_window(ui.painter(), rect, view);
        caption(ui, rect, &picture_words(view, picture));
    } else {
        empty(ui, room.shrink(tokens::GAP_GROUP * 2.0), view);
    }
    hovering(ui, room);
    notices::notices(ui, room, view);
}

/// One line below what is shown.
fn caption(ui: &mut Ui, shown: Rect, words: &str) {
    let line = Rect::from_min_size(
        pos2(ui.max_rect().left(), shown.bottom()),
        vec2(ui.max_rect().width(), CAPTION),
    );
    let layout = Layout::centered_and_justified(eframe::egui::Direction::LeftToRight);
    let mut line = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
    line.label(
        RichText::new(words)
            .size(tokens::FONT_SMALL)
            .color(ui.colours().text_weak),
    );
}

/// What plays.
fn words(view: View<'_>) -> String {
    let studio = view.studio;
    if let Some(shelf) = studio.shown_take() {
        let request = &shelf.take.recipe.request;
        let name = studio
            .picture_named(shelf.picture)
            .map_or("", |picture| picture.name.as_str());
        let stopped = if shelf.take.complete {
            ""
        } else {
            " · stopped early"
        };
        return format!(
            "Take {} of {name} · {} × {} · seed {}{stopped}",
            shelf.number, request.width, request.height, request.seed
        );
    }
    studio.shown_job().map_or_else(String::new, |job| {
        let step = job.preview.as_ref().map_or(0, |preview| preview.step);
        format!("Preview after step {step} of {}", job.steps.1)
    })
}

fn picture_words(view: View<'_>, picture: &ShelfPicture) -> String {
    let (width, height) = (picture.picture.width, picture.picture.height);
    let Some(settings) = view.studio.settings() else {
        return format!("{} · {width} × {height}", picture.name);
    };
    let how = match view.studio.direction().fit {
        Fit::Crop => "cropped to",
        Fit::Pad => "padded to",
        Fit::Stretch => "stretched to",
        Fit::Window(_) => "a part of it as",
    };
    let (to_width, to_height) = settings.size;
    format!(
        "{} · {width} × {height}, {how} {to_width} × {to_height}",
        picture.name
    )
}

/// Shows which part of the picture the model sees.
fn frame_window(painter: &Painter, rect: Rect, view: View<'_>) {
    let Some(settings) = view.studio.settings() else {
        return;
    };
    if view.studio.direction().fit != Fit::Crop {
        return;
    }
    let size = vec2(settings.size.0 as f32, settings.size.1 as f32);
    if size.min_elem() <= 0.0 {
        return;
    }
    let window = contain(size, rect);
    // A hair's breadth is rounding, not a crop.
    if (rect.width() - window.width()).max(rect.height() - window.height()) < 3.0 {
        return;
    }
    for part in [
        Rect::from_min_max(rect.min, pos2(window.left(), rect.bottom())),
        Rect::from_min_max(pos2(window.right(), rect.top()), rect.max),
        Rect::from_min_max(
            pos2(window.left(), rect.top()),
            pos2(window.right(), window.top()),
        ),
        Rect::from_min_max(
            pos2(window.left(), window.bottom()),
            pos2(window.right(), rect.bottom()),
        ),
    ] {
        if part.is_positive() {
            painter.rect_filled(part, 0, painter.colours().shade);
        }
    }
    let stroke = Stroke::new(tokens::STROKE, painter.colours().text);
    painter.rect_stroke(window, 0, stroke, StrokeKind::Inside);
}

/// The first thing an artist sees.
fn empty(ui: &mut Ui, room: Rect, view: View<'_>) {
    dashed(ui.painter(), room, ui.colours().outline);
    let middle = room.center() - vec2(0.0, tokens::GAP_GROUP);
    let icon = Rect::from_center_size(middle - vec2(0.0, 70.0), Vec2::splat(44.0));
    paint_icon(ui.painter(), icon, Icon::Picture, ui.colours().text_weak);
    let column = Rect::from_center_size(middle + vec2(0.0, 40.0), vec2(room.width(), 130.0));
    let layout = Layout::top_down(Align::Center);
    let mut column = ui.new_child(UiBuilder::new().max_rect(column).layout(layout));
    column.label(RichText::new("Drop a picture here").size(tokens::FONT_LARGE));
    column.add_space(tokens::GAP);
    let hint = RichText::new("or click one of the samples on the shelf");
    column.label(hint.color(ui.colours().text_weak));
    column.add_space(tokens::GAP_SMALL);
    let button = Button::new("Open…").min_size(vec2(96.0, 32.0));
    if column
        .add(button)
        .on_hover_text("Choose pictures (Ctrl+O)")
        .clicked()
    {
        view.send(Command::ChoosePictures);
    }
    if view
        .studio
        .model()
        .is_some_and(|card| card.name == crate::engine::library::POCKET)
    {
        let line = "The small model Pocket is built in, so you can begin at once.";
        let at = Rect::from_center_size(
            pos2(room.center().x, room.bottom() - 26.0),
            vec2(room.width() - 2.0 * tokens::GAP_GROUP, 20.0),
        );
        let layout = Layout::centered_and_justified(eframe::egui::Direction::LeftToRight);
        let mut line_ui = ui.new_child(UiBuilder::new().max_rect(at).layout(layout));
        line_ui.label(RichText::new(line).small().color(ui.colours().text_weak));
    }
}

/// Answers files that hover over the window.
fn hovering(ui: &mut Ui, room: Rect) {
    let hovered = ui.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let paths: Vec<_> = hovered
        .iter()
        .filter_map(|file| file.path.as_deref())
        .collect();
    let (words, colour) = match Payload::of(&paths) {
        Payload::Pictures(words) => (words, ui.colours().accent),
        Payload::Unsure(words) => (words, ui.colours().caution),
    };
    let zone = room.shrink(tokens::GAP_GROUP);
    ui.painter().rect_filled(
        zone,
        tokens::RADIUS,
        ui.colours().ground.gamma_multiply(0.88),
    );
    dashed(ui.painter(), zone, colour);
    let words = RichText::new(words).size(tokens::FONT_LARGE).color(colour);
    ui.put(zone.shrink(tokens::GAP_GROUP), Label::new(words));
}

fn dashed(painter: &Painter, rect: Rect, colour: Color32) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    let stroke = Stroke::new(tokens::STROKE_BOLD * 0.75, colour);
    painter.extend(Shape::dashed_line(&corners, stroke, 7.0, 6.0));
}
