//! All shortcuts, by group.

use egui::{Align, Context, Key, KeyboardShortcut, Layout, Modifiers, RichText, ScrollArea, Ui};

use crate::ui::input::action::{Action, Group};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Sheet, key_cap};

/// Width of the sheet.
const WIDTH: f32 = 760.0;

/// Draws the sheet.
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
                        // Two columns of about equal length: the group about playback is the longest.
                        let side =
                            usize::from(matches!(group, Group::Draw | Group::Play | Group::Window));
                        list(&mut sides[side], group);
                    }
                });
            });
    });
}

/// The keys that move the keyboard from panel to panel; see [`crate::ui::focus`].
const PANELS: [(&str, &str, &[KeyboardShortcut]); 2] = [
    (
        "Next panel",
        "Move the keyboard focus to the next panel.",
        &[KeyboardShortcut::new(Modifiers::NONE, Key::F6)],
    ),
    (
        "Previous panel",
        "Move the keyboard focus to the previous panel.",
        &[KeyboardShortcut::new(Modifiers::SHIFT, Key::F6)],
    ),
];

fn list(ui: &mut Ui, group: Group) {
    let all = Action::ALL.iter().map(|action| action.row());
    let mut rows: Vec<(&str, &str, &[KeyboardShortcut])> = all
        .filter(|row| row.group == group && !row.keys.is_empty())
        .map(|row| (row.name, row.sentence, row.keys))
        .collect();
    if group == Group::Window {
        // Moving the focus is not an action: it changes nothing in the studio.
        rows.extend(PANELS);
    }
    ui.label(RichText::new(group.title()).color(ui.colours().accent));
    for (name, sentence, keys) in rows {
        ui.horizontal(|ui| {
            let words = RichText::new(name).color(ui.colours().text);
            ui.label(words).on_hover_text(sentence);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(tokens::GAP_SMALL);
                for key in keys.iter().rev() {
                    let key = ui.ctx().format_shortcut(key);
                    key_cap(ui, &key);
                }
            });
        });
    }
    ui.add_space(tokens::GAP_PANEL);
}
