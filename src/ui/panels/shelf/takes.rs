//! Finished takes on the shelf: filmstrips that play under the pointer, by picture, filtered by words and stars.

use std::ops::RangeInclusive;

use egui::scroll_area::ScrollAreaOutput;
use egui::{
    Align2, FontId, Id, LayerId, Order, Rect, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2,
    WidgetInfo, vec2,
};

use super::scrolled::scrolled;
use super::take_menu::take_menu;
use super::tile::{LANDSCAPE, Tile, grid, image_of, name_of};
use crate::app::Command;
use crate::app::command::takes::{ShelfCommand, TakeCommand};
use crate::app::query::found_takes::TakeGroup;
use crate::app::query::take_diff::moves_of;
use crate::app::state::Shown;
use crate::app::state::clip_source::clip_source_of;
use crate::app::state::notice::sentence;
use crate::app::state::shelf::ShelfTake;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, Renamed, context_menu, elided, focus_ring, heading_label, icon_button, line, name,
    name_field, paint_icon, row_label,
};

/// Heights of a tile's picture divided by its width.
const SHAPES: RangeInclusive<f32> = 0.4..=1.6;
/// From the pointer to the picture of the take that it drags.
const BESIDE: Vec2 = vec2(12.0, 10.0);
/// Size of that picture as a part of the tile's.
const SHRUNK: f32 = 0.7;

/// Draws the takes.
pub(super) fn takes(ui: &mut Ui, view: View<'_>) -> ScrollAreaOutput<()> {
    let studio = view.studio;
    let filter = &studio.session.filter;
    let (_, starred) = line(
        ui,
        |ui| heading_label(ui, "Takes"),
        |ui| icon_button(ui, true, filter.starred, Icon::Star, "Only starred takes"),
    );
    if starred.clicked() {
        view.send(Command::Shelf(ShelfCommand::ToggleStarred));
    }
    let mut words = filter.words.clone();
    let field = TextEdit::singleline(&mut words)
        .hint_text("Find takes")
        .desired_width(f32::INFINITY);
    let field = ui.add(field);
    name(ui, &field, "Find takes");
    if field.changed() {
        view.send(Command::Shelf(ShelfCommand::Search(words)));
    }
    let groups = studio.found_groups();
    if filter.is_on() {
        let found: usize = groups.iter().map(|group| group.takes.len()).sum();
        let all = studio.shelf_takes().count();
        row_label(ui, &format!("{found} of {all}"));
    }
    scrolled(ui, "takes", |ui| {
        let mut renamed = None;
        for (index, group) in groups.iter().enumerate() {
            if groups.len() > 1 {
                ui.add_space(if index == 0 { 0.0 } else { tokens::GAP_SMALL });
                heading_of(ui, group.picture);
            }
            grid(ui, &group.takes, shape_of(group), |ui, rect, take| {
                tile(ui, rect, view, take);
                if studio.session.renaming == Some(take.id) {
                    renamed = Some((take.id, name_of(rect)));
                }
            });
        }
        // Last, so that no other tile is drawn over it.
        if let Some((take, at)) = renamed
            && let Some(take) = studio.take_named(take)
        {
            let named = name_field(ui, at, "Name of the take", studio.take_title(take));
            let command = named.map(|named| match named {
                Renamed::To(name) => ShelfCommand::Name(take.id, name),
                Renamed::Cancelled => ShelfCommand::CancelRename,
            });
            if let Some(command) = command {
                view.send(Command::Shelf(command));
            }
        }
    })
}

/// The name of a group: that of the picture its takes were made from.
fn heading_of(ui: &mut Ui, picture: &str) {
    let words = match picture {
        "" => "Picture unknown",
        picture => picture,
    };
    let font = FontId::proportional(tokens::FONT_SMALL);
    let fitting = elided(ui, words, &font, ui.available_width());
    row_label(ui, &fitting);
}

/// Height of a group's tiles divided by their width: as the first take, within limits.
fn shape_of(group: &TakeGroup<'_>) -> f32 {
    let frame = group
        .takes
        .first()
        .and_then(|take| take.take.frames.first());
    frame.map_or(LANDSCAPE, |frame| {
        (frame.height as f32 / frame.width.max(1) as f32).clamp(*SHAPES.start(), *SHAPES.end())
    })
}

fn tile(ui: &mut Ui, rect: Rect, view: View<'_>, take: &ShelfTake) {
    let session = &view.studio.session;
    let selected = session.shown == Shown::Take(take.id);
    let compared = view.studio.compared();
    let name = if take.take.complete {
        format!("Take {}", take.number)
    } else {
        format!("Take {}, stopped", take.number)
    };
    let moves = moves_in_words(view, take);
    let title = view.studio.take_title(take);
    let shown = match (title, &moves) {
        ("", None) => name.clone(),
        ("", Some(moves)) => format!("{} · {moves}", take.number),
        (title, _) => format!("{} · {title}", take.number),
    };
    let tile = Tile {
        name: &shown,
        is_file: false,
        spoken: name.clone(),
        selected,
        marked: selected || compared.is_some_and(|(other, _)| other.id == take.id),
        draggable: true,
    };
    let clip_source = clip_source_of(take);
    let response = tile.show(ui, rect, view, |hovered_for| {
        // It plays under the pointer; otherwise its middle frame is shown.
        let index = match hovered_for {
            Some(time) => clip_source.timing().looped_at(time),
            None => clip_source.frames.len() / 2,
        };
        clip_source.cells.get(index).map(Content::Plain)
    });
    response.dnd_set_drag_payload(take.id);
    if response.dragged() {
        dragged(ui, rect, view, take);
    }
    if response.clicked() {
        view.send(Command::ShowTake(take.id));
    }
    if response.double_clicked() {
        view.send(Command::Shelf(ShelfCommand::Rename(take.id)));
    }
    if let Some((other, _)) = compared {
        let letter = match () {
            () if selected => Some("A"),
            () if other.id == take.id => Some("B"),
            () => None,
        };
        if let Some(letter) = letter {
            badge(ui, rect, letter);
        }
    }
    star(ui, rect, view, take, response.hovered());
    let response = response.on_hover_ui(|ui| {
        let mut lines = vec![name];
        lines.extend(Some(title.to_owned()).filter(|title| !title.is_empty()));
        lines.extend(moves);
        lines.extend(take.take.recipe.camera.as_ref().map(sentence));
        let differences = view.studio.differences(take).into_iter();
        lines.extend(differences.map(|one| one.words));
        ui.label(lines.join("\n"));
    });
    context_menu(ui, &response, |ui| take_menu(ui, view, take));
}

/// Draws a small copy of a tile's picture beside the pointer, which drags the take elsewhere.
fn dragged(ui: &Ui, tile: Rect, view: View<'_>, take: &ShelfTake) {
    let cells = clip_source_of(take).cells;
    let (Some(at), Some(cell)) = (ui.ctx().pointer_latest_pos(), cells.get(cells.len() / 2)) else {
        return;
    };
    let layer = LayerId::new(Order::Tooltip, Id::unique("dragged take"));
    let painter = ui.ctx().layer_painter(layer);
    let rect = Rect::from_min_size(at + BESIDE, image_of(tile).size() * SHRUNK);
    view.paint_tall(
        ui.ctx(),
        &painter,
        rect,
        Content::Plain(cell),
        tokens::RADIUS_SMALL,
    );
    let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
    painter.rect_stroke(rect, tokens::RADIUS_SMALL, stroke, StrokeKind::Outside);
}

/// The moves of a take in words, if it has any.
fn moves_in_words(view: View<'_>, take: &ShelfTake) -> Option<String> {
    let moves = moves_of(take, view.studio.available_moves());
    let words: Vec<String> = moves.into_iter().map(|one| one.words).collect();
    (!words.is_empty()).then(|| words.join(" + "))
}

/// Draws the letter of one of two compared takes, in the upper left corner of its picture.
fn badge(ui: &Ui, tile: Rect, letter: &str) {
    let side = tokens::CHIP;
    let corner = tile.left_top() + vec2(3.0, 3.0);
    let rect = Rect::from_min_size(corner, vec2(side, side));
    let colours = ui.colours();
    ui.painter()
        .rect_filled(rect, tokens::RADIUS, colours.floating);
    let font = FontId::proportional(tokens::FONT_SMALL);
    let at = rect.center();
    ui.painter()
        .text(at, Align2::CENTER_CENTER, letter, font, colours.accent);
}

/// Draws the star in the corner of the picture, if it is set or the pointer is on the tile.
fn star(ui: &Ui, tile: Rect, view: View<'_>, take: &ShelfTake, hovered: bool) {
    let starred = view.studio.is_starred(take.id);
    let side = tokens::CHIP;
    let corner = tile.right_top() + vec2(-side - 3.0, 3.0);
    let rect = Rect::from_min_size(corner, vec2(side, side));
    let id = ui.scope_id().with(("star", take.id));
    let response = ui.interact(rect, id, Sense::click());
    let spoken = format!("Star take {}", take.number);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, starred, &spoken));
    if response.clicked() {
        view.send(Command::Take(TakeCommand::Star(take.id)));
    }
    if !(starred || hovered || response.hovered() || response.has_focus()) {
        return;
    }
    let colours = ui.colours();
    ui.painter()
        .rect_filled(rect, tokens::RADIUS, colours.floating);
    let ink = if starred {
        colours.accent
    } else {
        colours.text_weak
    };
    paint_icon(ui.painter(), rect.shrink(4.0), Icon::Star, ink);
    focus_ring(ui, &response, rect);
    response.on_hover_text(spoken);
}
