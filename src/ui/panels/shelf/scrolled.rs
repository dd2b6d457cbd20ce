//! The part of the shelf that scrolls, under a heading that stays.

use egui::scroll_area::ScrollAreaOutput;
use egui::{ScrollArea, Ui, UiBuilder, vec2};

use crate::ui::style::tokens;

/// The scrolling part under a heading.
pub(super) fn scrolled(
    ui: &mut Ui,
    name: &str,
    contents: impl FnOnce(&mut Ui),
) -> ScrollAreaOutput<()> {
    // The bar is in the panel's margin.
    let mut room = ui.available_rect_before_wrap();
    room.max += vec2(tokens::GAP_SMALL, tokens::GAP_PANEL);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(room));
    ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink(false)
        .show(&mut ui, |ui| {
            ui.set_max_width(ui.available_width() - tokens::GAP_SMALL);
            // The outline of a tile in the first row.
            ui.add_space(tokens::STROKE_BOLD);
            contents(ui);
        })
}
