//! The size of the film, and how the selected clip is adapted to it, below the sequence on the stage.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::app::Command;
use crate::app::command::sequence::SequenceCommand;
use crate::project::sequence::{ClipFit, FILM_SIZES};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{choice, drop_down, name};

/// Width of the bar.
const WIDTH: f32 = 420.0;
/// Width of the menu of sizes.
const SIZES: f32 = 150.0;
/// Width of the menu where there is little room.
const NARROW: f32 = 110.0;
/// Width of the choice for a clip.
const FITS: f32 = 120.0;

/// Draws the bar.
pub(super) fn film_bar(ui: &mut Ui, room: Rect, view: View<'_>) {
    // Without labels where there is no room for them; the menu and the choice say enough.
    let words = room.width() >= WIDTH;
    let width = WIDTH.min(room.width());
    let row = Rect::from_center_size(room.center(), vec2(width, room.height()));
    let layout = Layout::left_to_right(Align::Center);
    let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
    size(&mut row, view, words);
    fit(&mut row, view, words);
}

fn size(ui: &mut Ui, view: View<'_>, labelled: bool) {
    let sequence = view.studio.sequence();
    let chosen = sequence.chosen_size();
    let own = sequence.lead().map(|lead| lead.size);
    let words = |size: Option<(u32, u32)>| match (size, own) {
        (Some((width, height)), _) => format!("{width} × {height}"),
        (None, Some((width, height))) => format!("First clip: {width} × {height}"),
        (None, None) => "First clip".to_owned(),
    };
    if labelled {
        ui.label(RichText::new("Film size").color(ui.colours().text_weak));
    }
    let menu = drop_down("film size")
        .selected_text(words(chosen))
        .width(if labelled { SIZES } else { NARROW })
        .truncate()
        .show_ui(ui, |ui| {
            for size in [None].into_iter().chain(FILM_SIZES.map(Some)) {
                if ui.selectable_label(size == chosen, words(size)).clicked() {
                    view.send(Command::Sequence(SequenceCommand::Size(size)));
                }
            }
        });
    name(ui, &menu.response, "Film size");
}

fn fit(ui: &mut Ui, view: View<'_>, labelled: bool) {
    let selected = view.studio.session.clip;
    let Some((index, clip)) = selected.and_then(|clip| view.studio.sequence().clip(clip)) else {
        return;
    };
    ui.add_space(tokens::GAP_SMALL);
    if labelled {
        let title = format!("Clip {}", index + 1);
        ui.label(RichText::new(title).color(ui.colours().text_weak));
    }
    let (_, room) = ui.allocate_space(vec2(FITS.min(ui.available_width()), tokens::CONTROL));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(room));
    let fits = [(ClipFit::Fill, "Fill"), (ClipFit::Fit, "Fit")];
    let group = format!("How clip {} is adapted to the film", index + 1);
    if let Some(fit) = choice(&mut ui, &group, Some(clip.fit), &fits) {
        view.send(Command::Sequence(SequenceCommand::Fit(clip.id, fit)));
    }
}
