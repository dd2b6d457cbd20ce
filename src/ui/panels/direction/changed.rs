//! Chips for the settings that the artist chose, each with a button back to the model's default.
//!
//! They always take up one line, even if there are none, so that nothing below moves under the pointer.

use egui::{Align, Layout, Popup, Rect, Sense, Ui, UiBuilder, vec2};

use crate::app::Command;
use crate::app::query::overrides::{Changed, changed};
use crate::request::Defaults;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Icon, chip, chip_width, row_label};

/// Draws the chips that fit on the line, and a menu of the others.
pub(super) fn chips(ui: &mut Ui, view: View<'_>, defaults: &Defaults) {
    let presets = &view.studio.runtime.presets;
    let all = changed(view.studio.direction(), defaults, presets);
    let size = vec2(ui.available_width(), tokens::CHIP);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    ui.spacing_mut().item_spacing.x = tokens::GAP;
    if all.is_empty() {
        row_label(ui, "No settings changed");
        return;
    }
    let shown = fitting(ui, &all, rect);
    for one in &all[..shown] {
        one_chip(ui, view, one);
    }
    let others = &all[shown..];
    if others.is_empty() {
        return;
    }
    let words = format!("+{}", others.len());
    let hint = match others.len() {
        1 => "1 more changed setting".to_owned(),
        some => format!("{some} more changed settings"),
    };
    let more = chip(ui, &words, &hint, None);
    Popup::menu(&more).show(|ui| {
        ui.spacing_mut().item_spacing.y = tokens::GAP;
        for one in others {
            one_chip(ui, view, one);
        }
    });
}

fn one_chip(ui: &mut Ui, view: View<'_>, one: &Changed) {
    let hint = format!("Revert {}", one.name);
    if chip(ui, &one.words, &hint, Some(Icon::Close)).clicked() {
        view.send(Command::Direct(one.revert.clone()));
    }
}

/// How many chips fit on the line, with room for the menu of the others if there are any.
fn fitting(ui: &Ui, all: &[Changed], room: Rect) -> usize {
    let widths = all
        .iter()
        .map(|one| chip_width(ui, &one.words, Some(Icon::Close)) + tokens::GAP);
    let mut right = 0.0;
    let ends: Vec<f32> = widths
        .map(|width| {
            right += width;
            right
        })
        .collect();
    let room = room.width() + tokens::GAP;
    if ends.last().is_none_or(|end| *end <= room) {
        return all.len();
    }
    let room = room - chip_width(ui, "+99", None) - tokens::GAP;
    ends.iter().take_while(|end| **end <= room).count()
}
