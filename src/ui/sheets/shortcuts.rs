//! Every key, by group.

use egui::{Align, Context, Layout, RichText, ScrollArea, Ui};

use crate::ui::input::action::{Action, Group};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Sheet, key_cap};

/// Width of the sheet.
const WIDTH: f32 = 760.0;

/// Draws it.
pub(in crate::ui) fn shortcuts(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Keyboard shortcuts",
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.columns(2, |sides| {
                    for group in Group::ALL {
                        // Two columns of about equal length: what is played is the longest.
                        let side = usize::from(matches!(group, Group::Play | Group::Window));
                        list(&mut sides[side], group);
                    }
                });
            });
    });
}

fn list(ui: &mut Ui, group: Group) {
    let rows: Vec<_> = Action::ALL
        .iter()
        .map(|action| action.row())
        .filter(|row| row.group == group && !row.keys.is_empty())
        .collect();
    if rows.is_empty() {
        return;
    }
    ui.label(RichText::new(group.title()).color(ui.colours().accent));
    for row in rows {
        ui.horizontal(|ui| {
            let words = RichText::new(row.name).color(ui.colours().text);
            ui.label(words).on_hover_text(row.sentence);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(tokens::GAP_SMALL);
                for key in row.keys.iter().rev() {
                    let key = ui.ctx().format_shortcut(key);
                    key_cap(ui, &key);
                }
            });
        });
    }
    ui.add_space(tokens::GAP_PANEL);
}
