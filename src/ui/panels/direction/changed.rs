//! Chips for every setting that is not the model's own; a click gives it back.

use egui::Ui;

use crate::app::Command;
use crate::app::query::overrides::changed;
use crate::request::Defaults;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Icon, chip};

/// Draws them, where there are any.
pub(super) fn chips(ui: &mut Ui, view: View<'_>, defaults: &Defaults) {
    let all = changed(view.studio.direction(), defaults);
    if all.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(tokens::GAP, tokens::GAP);
        for one in all {
            let hint = format!("Revert {}", one.name);
            if chip(ui, &one.words, &hint, Some(Icon::Close)).clicked() {
                view.send(Command::Direct(one.revert));
            }
        }
    });
    ui.add_space(tokens::GAP_SMALL);
}
