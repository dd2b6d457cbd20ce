//! Finished takes on the shelf: filmstrips that play under the pointer, filtered by words and stars.

use egui::{Align2, FontId, Rect, Role, Sense, TextEdit, Ui, WidgetInfo, vec2};

use super::tile::{Tile, grid};
use crate::app::Command;
use crate::app::command::takes::{ShelfCommand, TakeCommand};
use crate::app::query::take_diff::moves_of;
use crate::app::state::Shown;
use crate::app::state::clip_source::clip_source_of;
use crate::app::state::notice::sentence;
use crate::app::state::shelf::ShelfTake;
use crate::ui::input::action::Action;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, focus_ring, heading_label, icon_button, line, menu_entry, name, paint_icon, row_label,
};

/// Draws the takes.
pub(in crate::ui::panels) fn takes(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let all = studio.shelf_takes().count();
    if all == 0 {
        return;
    }
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
    let found: Vec<&ShelfTake> = studio.found_takes().collect();
    if filter.is_on() {
        row_label(ui, &format!("{} of {all}", found.len()));
    }
    grid(ui, &found, |ui, rect, take| tile(ui, rect, view, take));
    ui.add_space(tokens::GAP_GROUP);
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
    let shown = match (take.prompt.trim(), &moves) {
        ("", None) => name.clone(),
        ("", Some(moves)) => format!("{} · {moves}", take.number),
        (prompt, _) => format!("{} · {prompt}", take.number),
    };
    let tile = Tile {
        name: &shown,
        spoken: name.clone(),
        selected,
        marked: selected || compared.is_some_and(|(other, _)| other.id == take.id),
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
    if response.clicked() {
        view.send(Command::ShowTake(take.id));
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
        lines.extend(Some(take.prompt.trim().to_owned()).filter(|prompt| !prompt.is_empty()));
        lines.extend(moves);
        lines.extend(take.take.recipe.camera.as_ref().map(sentence));
        let differences = view.studio.differences(take).into_iter();
        lines.extend(differences.map(|one| one.words));
        ui.label(lines.join("\n"));
    });
    response.context_menu(|ui| {
        if selected {
            for action in [
                Action::Star,
                Action::Recipe,
                Action::Again,
                Action::MoreMotion,
                Action::LessMotion,
                Action::Extend,
                Action::AddClip,
                Action::Export,
                Action::Remove,
            ] {
                menu_entry(ui, view, action);
            }
        } else if ui.button("Compare with the take on the stage").clicked() {
            let command = crate::app::command::takes::CompareCommand::With(take.id);
            view.send(Command::Compare(command));
            ui.close();
        }
    });
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
