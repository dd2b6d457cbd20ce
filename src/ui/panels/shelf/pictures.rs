//! Pictures on the shelf: the user's own, those whose file is missing, and the samples.

use egui::scroll_area::ScrollAreaOutput;
use egui::{Align2, FontId, Rect, Ui};

use super::scrolled::scrolled;
use super::tile::{LANDSCAPE, Tile, grid, image_of};
use crate::app::Command;
use crate::app::command::project::ProjectCommand;
use crate::app::state::Shown;
use crate::app::state::shelf::ShelfPicture;
use crate::project::file::PictureEntry;
use crate::ui::input::action::Action;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, action_icon, heading_label, icon_button, line, row_label};

/// Draws the pictures.
pub(super) fn pictures(ui: &mut Ui, view: View<'_>) -> ScrollAreaOutput<()> {
    let (_, open) = line(
        ui,
        |ui| heading_label(ui, "Pictures"),
        |ui| {
            let open = icon_button(ui, true, false, Icon::Plus, "Open pictures…");
            action_icon(ui, view, Action::Words, false);
            open
        },
    );
    if open.clicked() {
        view.send(Command::ChoosePictures);
    }
    match view.studio.runtime.opening {
        0 => {}
        1 => row_label(ui, "Opening a picture…"),
        some => row_label(ui, &format!("Opening {some} pictures…")),
    }
    scrolled(ui, "pictures", |ui| {
        let project = &view.studio.project;
        let (own, samples): (Vec<_>, Vec<_>) =
            project.pictures.iter().partition(|picture| !picture.sample);
        grid(ui, &own, LANDSCAPE, |ui, rect, picture| {
            picture_tile(ui, rect, view, picture);
        });
        let missing: Vec<_> = project
            .absent_pictures
            .iter()
            .filter(|absent| project.missing_pictures.contains(&absent.id))
            .collect();
        if !missing.is_empty() {
            ui.add_space(tokens::GAP_SMALL);
            row_label(ui, "Missing");
        }
        grid(ui, &missing, LANDSCAPE, |ui, rect, picture| {
            missing_tile(ui, rect, view, picture);
        });
        if !own.is_empty() || !missing.is_empty() {
            ui.add_space(tokens::GAP_SMALL);
            row_label(ui, "Samples");
        }
        grid(ui, &samples, LANDSCAPE, |ui, rect, picture| {
            picture_tile(ui, rect, view, picture);
        });
    })
}

fn picture_tile(ui: &mut Ui, rect: Rect, view: View<'_>, picture: &ShelfPicture) {
    let studio = view.studio;
    let chosen = studio.project.document.picture == Some(picture.id);
    let selected = chosen && studio.session.shown == Shown::Picture;
    let tile = Tile {
        name: &picture.name,
        is_file: true,
        spoken: spoken(view, picture),
        selected,
        marked: chosen,
        draggable: false,
    };
    let shown = tile.show(ui, rect, view, |_| Some(Content::Plain(&picture.thumb)));
    if shown.clicked() {
        view.send(Command::ShowPicture(picture.id));
    }
}

/// A picture whose file is missing: its name, and the way to find it again.
fn missing_tile(ui: &mut Ui, rect: Rect, view: View<'_>, picture: &PictureEntry) {
    let tile = Tile {
        name: &picture.name,
        is_file: true,
        spoken: format!("Find {}…", picture.name),
        selected: false,
        marked: false,
        draggable: false,
    };
    let shown = tile.show(ui, rect, view, |_| None);
    let font = FontId::proportional(tokens::FONT_SMALL);
    let middle = image_of(rect).center();
    let ink = ui.colours().text_weak;
    ui.painter()
        .text(middle, Align2::CENTER_CENTER, "Find it…", font, ink);
    if shown.clicked() {
        view.send(Command::Project(ProjectCommand::AskFind(picture.id)));
    }
    shown.on_hover_text("The file of this picture is missing. Choose its new location.");
}

/// The picture's name for screen readers; pictures with the same name are numbered.
fn spoken(view: View<'_>, picture: &ShelfPicture) -> String {
    let all = view.studio.project.pictures.iter();
    let same: Vec<_> = all
        .filter(|other| other.name == picture.name)
        .map(|other| other.id)
        .collect();
    let place = same.iter().position(|id| *id == picture.id).unwrap_or(0) + 1;
    match same.len() {
        0 | 1 => format!("Picture {}", picture.name),
        count => format!("Picture {}, {place} of {count}", picture.name),
    }
}
