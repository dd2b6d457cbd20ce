//! The top bar: menu and project, model and device, export.

use egui::{Button, ComboBox, RichText, Ui};

use crate::app::command::export::ExportCommand;
use crate::app::command::project::ProjectCommand;
use crate::app::command::window::{Overlay, Preference, WindowCommand};
use crate::app::state::ModelState;
use crate::app::state::notice::sentence;
use crate::app::{Choice, Command};
use crate::project::file::project_name;
use crate::request::DevicePreference;
use crate::ui::input::action::{Action, Group};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    action_icon, at_right, bar, hint, memory_bar, menu_entry, name, text_button,
};

/// Width of a menu.
const MENU: f32 = 240.0;
/// The most characters of a name that is shown.
const LONGEST: usize = 22;
/// Width of the bar of a clip that is being written.
const EXPORT_BAR: f32 = 120.0;

/// What there is room for: the narrower the bar, the more is shown only in tooltips.
#[derive(Clone, Copy)]
struct Room {
    /// Labels before the menus of model and device.
    labels: bool,
    /// The name of the device that computed last.
    device: bool,
    /// Figures beside the memory bar.
    figures: bool,
    /// A label on the export button, not only its icon.
    words: bool,
    /// Widths of the menus of model and device.
    menus: (f32, f32),
    /// Width of the memory bar.
    memory: f32,
}

impl Room {
    fn of(width: f32, exporting: bool) -> Self {
        // The progress of an export takes up more of the bar.
        let width = if exporting { width - 280.0 } else { width };
        let roomy = width >= 940.0;
        Self {
            labels: width >= 1180.0,
            device: width >= 1060.0,
            figures: roomy,
            words: width >= 740.0,
            menus: if roomy { (120.0, 110.0) } else { (84.0, 96.0) },
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
        device(ui, view, room);
        at_right(ui, "ways out", |ui| {
            ui.spacing_mut().item_spacing.x = tokens::GAP;
            if let Some(memory) = view.studio.memory()
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
    let menu = ui.menu_button(mark, |ui| {
        for group in Group::ALL {
            ui.menu_button(group.title(), |ui| {
                ui.set_min_width(MENU);
                for &action in Action::ALL {
                    if action.row().group == group {
                        menu_entry(ui, view, action);
                    }
                }
            });
        }
    });
    menu.response.on_hover_text("All actions");
}

/// The open project, and the others.
fn project(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let Some(home) = &studio.project.home else {
        return;
    };
    let menu = ui.menu_button(in_short(&project_name(home)), |ui| {
        ui.set_min_width(MENU);
        for action in [
            Action::NewProject,
            Action::OpenProject,
            Action::Save,
            Action::SaveAs,
        ] {
            menu_entry(ui, view, action);
        }
        let recent = studio.runtime.recent.iter();
        let others: Vec<_> = recent.filter(|folder| *folder != home).collect();
        let obstacle = studio.holds_project().map(|reason| sentence(&reason));
        if !others.is_empty() {
            ui.separator();
        }
        for folder in others {
            let entry = Button::new(project_name(folder)).frame_when_inactive(false);
            let hint = folder.display().to_string();
            let entry = ui
                .add_enabled(obstacle.is_none(), entry)
                .on_disabled_hover_text(obstacle.as_deref().unwrap_or(&hint))
                .on_hover_text(hint);
            if entry.clicked() {
                view.send(Command::Project(ProjectCommand::Open(folder.clone())));
                ui.close();
            }
        }
    });
    name(ui, &menu.response, "Project");
    let words = if studio.runtime.save_failed {
        format!("Not saved: {}", home.display())
    } else {
        format!("Saved automatically in {}", home.display())
    };
    menu.response.on_hover_text(words);
    if studio.runtime.save_failed {
        ui.label(RichText::new("not saved").color(ui.colours().trouble));
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
    let menu = ComboBox::from_id_salt("model")
        .selected_text(in_short(&title))
        .width(room.menus.0)
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

fn device(ui: &mut Ui, view: View<'_>, room: Room) {
    let chosen = view.studio.preferences.device;
    let word = |device| match device {
        DevicePreference::Auto => "Automatic",
        DevicePreference::Cpu => "CPU",
        DevicePreference::Gpu(_) => "GPU",
    };
    if room.labels {
        ui.label(RichText::new("Device").color(ui.colours().text_weak));
    }
    let menu = ComboBox::from_id_salt("device")
        .selected_text(word(chosen))
        .width(room.menus.1)
        .show_ui(ui, |ui| {
            for device in [
                DevicePreference::Auto,
                DevicePreference::Cpu,
                DevicePreference::Gpu(None),
            ] {
                if ui
                    .selectable_label(device == chosen, word(device))
                    .clicked()
                {
                    view.send(Command::Prefer(Preference::Device(device)));
                }
            }
        });
    name(ui, &menu.response, "Device");
    let hint = match &view.studio.runtime.device {
        Some(device) => format!("Where takes are computed; the last take was made on {device}"),
        None => "Where takes are computed".to_owned(),
    };
    menu.response.on_hover_text(hint);
    if let Some(device) = view.studio.runtime.device.as_ref().filter(|_| room.device) {
        // The reason after the colon is left to the tooltip.
        let short = device
            .split_once(": ")
            .map_or(device.as_str(), |(name, _)| name);
        let words = RichText::new(in_short(short)).small();
        ui.label(words.color(ui.colours().text_weak))
            .on_hover_text(device);
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
