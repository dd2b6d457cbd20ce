//! The seed: a number that is new for each take until it is locked.

use egui::{TextEdit, Ui};

use crate::app::command::window::Seeds;
use crate::app::{Choice, Command};
use crate::project::direction::ResolvedDirection;
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Icon, icon_button, line, name, row_label};

/// Draws the section.
pub(super) fn seed(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection) {
    line(
        ui,
        |ui| row_label(ui, "Seed"),
        |ui| seed_controls(ui, view, settings.seed),
    );
}

/// Draws from right to left: the lock, the dice, the number.
fn seed_controls(ui: &mut Ui, view: View<'_>, seed: Option<u64>) {
    ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
    let set = |seed| view.send(Command::Direct(Choice::Seed(seed)));
    let (icon, word) = if seed.is_some() {
        (Icon::Lock, "Use a new seed for each take")
    } else {
        (Icon::Unlock, "Keep this seed")
    };
    if icon_button(ui, true, seed.is_some(), icon, word).clicked() {
        let shown = view
            .studio
            .shown_take()
            .map(|shelf| shelf.take.recipe.request.seed);
        match (seed, shown) {
            (Some(_), _) => set(None),
            (None, Some(shown)) => set(Some(shown)),
            (None, None) => view.send(Command::RollSeed),
        }
    }
    if icon_button(ui, true, false, Icon::Dice, "Roll the dice").clicked() {
        view.send(Command::RollSeed);
    }
    let mut text = seed.map_or_else(String::new, |seed| seed.to_string());
    let field = TextEdit::singleline(&mut text)
        .hint_text(match view.studio.preferences.seeds {
            Seeds::Fresh => "new for each take",
            Seeds::Keep => "random once, then kept",
        })
        .desired_width(ui.available_width() - tokens::GAP_PANEL);
    let response = ui.add(field);
    name(ui, &response, "Seed");
    if response.changed() {
        // Text that is not a number is ignored; if the field is emptied, each take gets a new seed.
        let typed = text.trim();
        if typed.is_empty() {
            set(None);
        } else if let Ok(seed) = typed.parse() {
            set(Some(seed));
        }
    }
}
