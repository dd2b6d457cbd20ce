//! The top bar: menu and project, model, export; memory only where the next take does not fit.

use std::path::Path;
use std::time::Duration;

use egui::{Button, Label, Response, RichText, ScrollArea, Ui, vec2};

use crate::app::command::export::ExportCommand;
use crate::app::command::project::ProjectCommand;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::state::ModelState;
use crate::app::state::notice::sentence;
use crate::app::{Choice, Command};
use crate::project::file::project_name;
use crate::ui::input::action::{Action, Group};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, Renamed, action_icon, at_right, bar, drop_down, hint, icon_text, memory_bar, menu_entry,
    name, name_field, text_button,
};

/// Width of a menu.
const MENU: f32 = 240.0;
/// Part of the window's height that a menu leaves free, in points.
const MARGIN: f32 = 96.0;
/// Width of the list of recent projects.
const RECENT: f32 = 300.0;
/// The most characters of a name that is shown.
const LONGEST: usize = 22;
/// Width of the bar of a clip that is being written.
const EXPORT_BAR: f32 = 120.0;

/// What there is room for: the narrower the bar, the more is shown only in tooltips.
#[derive(Clone, Copy)]
struct Room {
    /// A label before the menu of models.
    labels: bool,
    /// Figures beside the memory bar.
    figures: bool,
    /// A label on the export button, not only its icon.
    words: bool,
    /// Width of the menu of models.
    menu: f32,
    /// Width of the memory bar.
    memory: f32,
}

impl Room {
    fn of(width: f32, exporting: bool) -> Self {
        // The progress of an export takes up more of the bar.
        let width = if exporting { width - 280.0 } else { width };
        let roomy = width >= 940.0;
        Self {
            labels: width >= 940.0,
            figures: roomy,
            words: width >= 740.0,
            menu: if roomy { 120.0 } else { 84.0 },
            memory: match width {
                ..560.0 => 0.0,
                ..760.0 => 40.0,
                ..1180.0 => 72.0,
                _ => 104.0,
            },
        }
    }
}

/// Draws the top bar.
pub(in crate::ui) fn top_bar(ui: &mut Ui, view: View<'_>) {
    let exporting = view.studio.runtime.export.is_some();
    let room = Room::of(ui.available_width(), exporting);
    ui.horizontal_centered(|ui| {
        menu(ui, view);
        project(ui, view);
        if room.words {
            ui.add_space(tokens::GAP_SMALL);
        }
        model(ui, view, room);
        at_right(ui, "ways out", |ui| {
            ui.spacing_mut().item_spacing.x = tokens::GAP;
            // A warning; the settings always show it.
            if let Some(memory) = view.studio.memory()
                && !memory.fits()
                && room.memory > 0.0
            {
                memory_bar(
                    ui,
                    room.memory,
                    room.figures,
                    memory,
                    view.studio.running().is_some(),
                );
                ui.add_space(tokens::GAP_SMALL);
            }
            super::queue::queue(ui, view);
            export(ui, view, room);
            ui.add_space(tokens::GAP_SMALL);
            action_icon(ui, view, Action::Palette, false);
            action_icon(ui, view, Action::Settings, false);
        });
    });
}

/// All actions, by group.
fn menu(ui: &mut Ui, view: View<'_>) {
    let mark = RichText::new("Kinora").size(tokens::FONT_TITLE + 2.0);
    let mark = mark.color(ui.colours().accent);
    let menu = with_caret(ui, mark, |ui| {
        for group in Group::ALL {
            ui.menu_button(group.title(), |ui| {
                ui.set_min_width(MENU);
                // A group may be higher than the window.
                let high = ui.ctx().content_rect().height() - MARGIN;
                ScrollArea::vertical().max_height(high).show(ui, |ui| {
                    for &action in Action::ALL {
                        if action.row().group == group {
                            menu_entry(ui, view, action);
                        }
                    }
                });
            });
        }
    });
    name(ui, &menu, "Kinora");
    menu.on_hover_text("All actions");
}

/// A button with a caret, which opens a menu.
fn with_caret(ui: &mut Ui, words: impl Into<RichText>, contents: impl FnOnce(&mut Ui)) -> Response {
    let caret = icon_text(Icon::Caret, tokens::ICON_SMALL).color(ui.colours().text_weak);
    ui.menu_button((words.into(), caret), contents).response
}

/// The open project, and the others.
fn project(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let Some(home) = &studio.project.home else {
        return;
    };
    let title = project_name(home);
    if studio.session.renaming_project {
        rename(ui, view, &title);
        return;
    }
    let menu = with_caret(ui, in_short(&title), |ui| {
        ui.set_min_width(MENU);
        for action in [
            Action::NewProject,
            Action::OpenProject,
            Action::RenameProject,
            Action::Save,
            Action::SaveAs,
        ] {
            menu_entry(ui, view, action);
        }
        let recent = studio.runtime.recent.iter();
        let others: Vec<_> = recent.filter(|folder| *folder != home).collect();
        if !others.is_empty() {
            ui.separator();
            ui.menu_button("Open recent", |ui| {
                ui.set_min_width(RECENT);
                for folder in others {
                    recent_project(ui, view, folder);
                }
            });
        }
    });
    name(ui, &menu, "Project");
    let words = if studio.runtime.save_failed {
        format!("Not saved: {}", home.display())
    } else {
        format!("Saved automatically in {}", home.display())
    };
    menu.on_hover_text(words);
    if studio.runtime.save_failed {
        ui.label(RichText::new("not saved").color(ui.colours().trouble));
    }
}

/// The field with the project's name, in the place of its menu.
fn rename(ui: &mut Ui, view: View<'_>, title: &str) {
    let (_, room) = ui.allocate_space(vec2(MENU, tokens::CONTROL));
    let named = name_field(ui, room, "Name of the project", title);
    let command = named.map(|named| match named {
        Renamed::To(name) => ProjectCommand::Rename(name),
        Renamed::Cancelled => ProjectCommand::CancelRename,
    });
    if let Some(command) = command {
        view.send(Command::Project(command));
    }
}

/// A project that was open before: its name, when it was saved, and where it is.
fn recent_project(ui: &mut Ui, view: View<'_>, folder: &Path) {
    let studio = view.studio;
    let obstacle = studio.holds_project().map(|reason| sentence(&reason));
    let weak = ui.colours().text_weak;
    let when = studio.runtime.recent_ages.get(folder);
    let when = when.map_or_else(|| "not found".to_owned(), |age| ago(*age));
    let entry = Button::new(project_name(folder))
        .right_text(RichText::new(when).color(weak))
        .frame_when_inactive(false);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let path = folder.display().to_string();
        let entry = ui
            .add_enabled(obstacle.is_none(), entry)
            .on_disabled_hover_text(obstacle.as_deref().unwrap_or(&path))
            .on_hover_text(&path);
        let words = RichText::new(&path).size(tokens::FONT_TINY).color(weak);
        let padding = ui.spacing().button_padding.x;
        ui.horizontal(|ui| {
            ui.add_space(padding);
            ui.add(Label::new(words).truncate());
        });
        if entry.clicked() {
            let folder = folder.to_owned();
            view.send(Command::Project(ProjectCommand::Open(folder)));
            ui.close();
        }
    });
}

/// How long ago something was, in words.
fn ago(age: Duration) -> String {
    const HOUR: u64 = 60 * 60;
    const DAY: u64 = 24 * HOUR;
    let count = |count: u64, unit: &str| match count {
        1 => format!("1 {unit} ago"),
        count => format!("{count} {unit}s ago"),
    };
    match age.as_secs() {
        0..60 => "just now".to_owned(),
        60..HOUR => count(age.as_secs() / 60, "minute"),
        seconds @ HOUR..DAY => count(seconds / HOUR, "hour"),
        seconds if seconds < 14 * DAY => count(seconds / DAY, "day"),
        seconds if seconds < 60 * DAY => count(seconds / (7 * DAY), "week"),
        seconds => count(seconds / (30 * DAY), "month"),
    }
}

/// A name, shortened to fit on a bar.
fn in_short(name: &str) -> String {
    let letters = name.chars().count();
    if letters <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn model(ui: &mut Ui, view: View<'_>, room: Room) {
    let chosen = &view.studio.direction().model;
    let title = match &view.studio.runtime.model {
        ModelState::Opening => format!("{chosen}…"),
        ModelState::Ready(card) => card.title.clone(),
        ModelState::Refused => format!("{chosen} (cannot be used)"),
    };
    if room.labels {
        ui.label(RichText::new("Model").color(ui.colours().text_weak));
    }
    let menu = drop_down("model")
        .selected_text(in_short(&title))
        .width(room.menu)
        .show_ui(ui, |ui| {
            for entry in view.studio.take_models() {
                let row = ui.selectable_label(&entry.name == chosen, &entry.title);
                if row.on_hover_text(&entry.name).clicked() {
                    view.send(Command::Direct(Choice::Model(entry.name.clone())));
                }
            }
            ui.separator();
            if ui.selectable_label(false, "Models…").clicked() {
                view.send(Command::Window(WindowCommand::Show(Overlay::Models)));
            }
        });
    name(ui, &menu.response, "Model");
    let hint = match &view.studio.runtime.model {
        ModelState::Opening => format!("{chosen}: still being inspected"),
        ModelState::Ready(card) => format!(
            "{title}: made for {} × {} pixels and {} frames",
            card.defaults.width, card.defaults.height, card.defaults.frames
        ),
        ModelState::Refused => title,
    };
    menu.response.on_hover_text(hint);
    if room.labels {
        ui.add_space(tokens::GAP_SMALL);
    }
}

/// The button for an export, or the progress of the one that runs.
fn export(ui: &mut Ui, view: View<'_>, room: Room) {
    let Some(export) = &view.studio.runtime.export else {
        if !room.words {
            action_icon(ui, view, Action::ExportAs, false);
            return;
        }
        let button = text_button(ui, true, "Export…");
        let words = hint(ui, Action::ExportAs);
        if button.on_hover_text(words).clicked() {
            view.send(Command::Window(WindowCommand::Show(Overlay::Export)));
        }
        return;
    };
    let file = export
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    if room.words {
        let words = format!("{} of {} frames", export.done, export.total);
        ui.label(RichText::new(words).color(ui.colours().text_weak))
            .on_hover_text(format!("Writing {file}"));
    }
    let fraction = export.done as f32 / export.total.max(1) as f32;
    bar(ui, EXPORT_BAR, fraction, "Progress of the export");
    if text_button(ui, !export.stopping, "Cancel export").clicked() {
        view.send(Command::Export(ExportCommand::Cancel));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit_that_fits() {
        let told = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!(told(59), "just now");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(3 * 3600 + 59), "3 hours ago");
        assert_eq!(told(13 * 86_400), "13 days ago");
        assert_eq!(told(15 * 86_400), "2 weeks ago");
        assert_eq!(told(800 * 86_400), "26 months ago");
    }
}
