//! What can be done with a take on the shelf, whatever is on the stage.

use egui::Ui;

use crate::app::Command;
use crate::app::command::export::ExportCommand;
use crate::app::command::sequence::SequenceCommand;
use crate::app::command::takes::{CompareCommand, ShelfCommand, TakeCommand};
use crate::app::state::Shown;
use crate::app::state::shelf::ShelfTake;
use crate::ui::input::action::Action;
use crate::ui::view::View;
use crate::ui::widgets::{entry_about, menu_entry};

/// Shows the entries about a take.
pub(super) fn take_menu(ui: &mut Ui, view: View<'_>, take: &ShelfTake) {
    let studio = view.studio;
    let id = take.id;
    let on_stage = studio.session.shown == Shown::Take(id);
    // The keys of actions are about the take on the stage.
    let key_of = |action: Action| Some(action).filter(|_| on_stage);
    let entry = |ui: &mut Ui, words: &str, key: Option<Action>, command: Option<Command>| {
        entry_about(ui, view, (words, key), command);
    };
    let of_take = |command| Some(Command::Take(command));
    let show = (!on_stage).then_some(Command::ShowTake(id));
    entry(ui, "Show", None, show);
    let other = studio.shown_take().filter(|shown| shown.id != id);
    if other.is_some() {
        let compare = Command::Compare(CompareCommand::With(id));
        entry(
            ui,
            "Compare with the take on the stage",
            None,
            Some(compare),
        );
    }
    ui.separator();
    let add = Command::Sequence(SequenceCommand::Add(id));
    let key = key_of(Action::AddClip);
    entry(ui, Action::AddClip.row().name, key, Some(add));
    let recipe = of_take(TakeCommand::Recipe(id));
    let key = key_of(Action::Recipe);
    entry(ui, Action::Recipe.row().name, key, recipe);
    let can_make = studio.model().is_some();
    for (action, command) in [
        (Action::Again, TakeCommand::Again(id)),
        (
            Action::MoreMotion,
            TakeCommand::Motion {
                take: id,
                more: true,
            },
        ),
        (
            Action::LessMotion,
            TakeCommand::Motion {
                take: id,
                more: false,
            },
        ),
    ] {
        let command = of_take(command).filter(|_| can_make);
        entry(ui, action.row().name, key_of(action), command);
    }
    if on_stage {
        menu_entry(ui, view, Action::Extend);
    }
    ui.separator();
    let rename = Command::Shelf(ShelfCommand::Rename(id));
    entry(ui, "Rename…", key_of(Action::Rename), Some(rename));
    let star = if studio.is_starred(id) {
        "Remove the star"
    } else {
        "Star"
    };
    let key = key_of(Action::Star);
    entry(ui, star, key, of_take(TakeCommand::Star(id)));
    let file = studio.file_of_take(id);
    let folder = file.map(|file| Command::Export(ExportCommand::ShowInFolder(file)));
    entry(ui, "Show in folder", None, folder);
    if on_stage {
        menu_entry(ui, view, Action::Export);
    }
    ui.separator();
    let remove = of_take(TakeCommand::Remove(id));
    entry(ui, "Remove", key_of(Action::Remove), remove);
}
