//! The shelf: takes above, pictures below, each with its own heading and scroll bar, so that many takes never
//! push the pictures out of sight.

mod pictures;
mod scrolled;
mod take_menu;
mod takes;
mod tile;

use egui::scroll_area::ScrollAreaOutput;
use egui::{Id, Margin, Rect, Role, Stroke, Ui, UiBuilder};

use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::bounded;

/// The largest share of the shelf that pictures take while there are more takes than fit.
const PICTURES: f32 = 0.45;

/// Draws the shelf.
pub(in crate::ui) fn shelf(ui: &mut Ui, view: View<'_>) {
    let room = ui.max_rect();
    let mut pictures = room;
    if view.studio.shelf_takes().next().is_some() {
        let needed = ["Takes", "Pictures"].map(|part| needed(ui, part));
        let height = height_of_takes(room.height(), needed);
        let (above, below) = room.split_top_bottom_at_y((room.top() + height).round());
        part(ui, above, "Takes", |ui| takes::takes(ui, view));
        let stroke = Stroke::new(tokens::STROKE, ui.colours().line);
        ui.painter()
            .hline(above.x_range(), above.bottom() - 0.5, stroke);
        pictures = below;
    }
    part(ui, pictures, "Pictures", |ui| pictures::pictures(ui, view));
}

/// How much of the shelf the takes get: all that they need if both parts fit, or else what pictures leave.
fn height_of_takes(room: f32, [takes, pictures]: [f32; 2]) -> f32 {
    let share = pictures.min((room * PICTURES).max(room - takes));
    takes.min(room - share)
}

/// Draws a part of the shelf, and remembers the height that it needs.
fn part(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    contents: impl FnOnce(&mut Ui) -> ScrollAreaOutput<()>,
) {
    let margin = Margin::same(tokens::GAP_PANEL as i8);
    let builder = UiBuilder::new()
        .scope_id(Id::unique(("shelf", name)))
        .max_rect(rect - margin)
        .accessibility_role(Role::Group)
        .accessibility_label(name);
    let mut ui = ui.new_child(builder);
    ui.shrink_clip_rect(rect);
    let shown = contents(&mut ui);
    // Where its tiles can be seen.
    bounded(&ui, shown.inner_rect);
    let head = shown.inner_rect.top() - rect.top();
    let height = (head + shown.content_size.y + tokens::GAP_PANEL).ceil();
    let id = Id::unique(("height needed on the shelf", name));
    let before: Option<f32> = ui.data(|data| data.get_temp(id));
    if before != Some(height) {
        ui.data_mut(|data| data.insert_temp(id, height));
        ui.ctx()
            .request_discard("the parts of the shelf change their heights");
    }
}

/// The height that a part needed when it was drawn last.
fn needed(ui: &Ui, name: &str) -> f32 {
    let id = Id::unique(("height needed on the shelf", name));
    ui.data(|data| data.get_temp(id)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::height_of_takes;

    #[test]
    fn each_part_gets_what_it_needs_and_neither_pushes_the_other_out() {
        // Both fit: pictures follow the takes.
        assert_eq!(height_of_takes(600.0, [200.0, 300.0]), 200.0);
        // Many takes: pictures keep their share.
        assert_eq!(height_of_takes(600.0, [2000.0, 800.0]), 330.0);
        // Few pictures: takes get the rest.
        assert_eq!(height_of_takes(600.0, [2000.0, 100.0]), 500.0);
        // Many pictures: takes keep what they need.
        assert_eq!(height_of_takes(600.0, [200.0, 2000.0]), 200.0);
    }
}
