//! What it is made with, and the way out: model, device, export.

use eframe::egui::{Align, Button, ComboBox, Layout, RichText, Ui};

use crate::app::delivery::ExportCommand;
use crate::app::preferences::Preference;
use crate::app::project::ProjectCommand;
use crate::app::project_file::project_name;
use crate::app::state::ModelState;
use crate::app::window::{Overlay, WindowCommand};
use crate::app::{Choice, Command};
use crate::engine::device::DevicePreference;
use crate::ui::action::{Action, Group};
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{action_icon, bar, hint, menu_entry, name, text_button};

/// Width of a menu.
const MENU: f32 = 240.0;
/// Width of the bar of a clip being written.
const EXPORT_BAR: f32 = 120.0;

/// Draws it.
pub(in crate::ui) fn top_bar(ui: &mut Ui, view: View<'_>) {
    ui.horizontal_centered(|ui| {
        menu(ui, view);
        project(ui, view);
        ui.add_space(tokens::GAP_SMALL);
        model(ui, view);
        device(ui, view);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = tokens::GAP;
            action_icon(ui, view, Action::Settings, false);
            action_icon(ui, view, Action::Palette, false);
            ui.add_space(tokens::GAP_SMALL);
            export(ui, view);
        });
    });
}

/// Everything that can be done, by group.
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
    menu.response.on_hover_text("Everything that can be done");
}

/// The open project, and the others.
fn project(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let Some(home) = &studio.project.home else {
        return;
    };
    let menu = ui.menu_button(project_name(home), |ui| {
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
        let able = studio.runtime.jobs.is_empty();
        if !others.is_empty() {
            ui.separator();
        }
        for folder in others {
            let entry = Button::new(project_name(folder)).frame_when_inactive(false);
            let hint = folder.display().to_string();
            if ui.add_enabled(able, entry).on_hover_text(hint).clicked() {
                view.send(Command::Project(ProjectCommand::Open(folder.clone())));
                ui.close();
            }
        }
    });
    name(ui, &menu.response, "Project");
    let words = if studio.runtime.unsaved {
        format!("Not saved: {}", home.display())
    } else {
        format!("Saved by itself in {}", home.display())
    };
    menu.response.on_hover_text(words);
    if studio.runtime.unsaved {
        ui.label(RichText::new("not saved").color(ui.colours().trouble));
    }
}

fn model(ui: &mut Ui, view: View<'_>) {
    let chosen = &view.studio.direction().model;
    let title = match &view.studio.runtime.model {
        ModelState::Opening => format!("{chosen} …"),
        ModelState::Ready(card) => card.title.clone(),
        ModelState::Refused => format!("{chosen} (cannot be used)"),
    };
    ui.label(RichText::new("Model").color(ui.colours().text_weak));
    let menu = ComboBox::from_id_salt("model")
        .selected_text(title)
        .width(120.0)
        .show_ui(ui, |ui| {
            for entry in &view.studio.runtime.model_shelf.entries {
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
    let hint = match view.studio.model() {
        Some(card) => format!(
            "Made for {} × {} pixels and {} frames",
            card.defaults.width, card.defaults.height, card.defaults.frames
        ),
        None => "The model is being inspected".to_owned(),
    };
    menu.response.on_hover_text(hint);
    ui.add_space(tokens::GAP_SMALL);
}

fn device(ui: &mut Ui, view: View<'_>) {
    let chosen = view.studio.preferences.device;
    let word = |device| match device {
        DevicePreference::Auto => "Automatic",
        DevicePreference::Cpu => "CPU",
        DevicePreference::Gpu(_) => "GPU",
    };
    ui.label(RichText::new("Device").color(ui.colours().text_weak));
    let menu = ComboBox::from_id_salt("device")
        .selected_text(word(chosen))
        .width(110.0)
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
    if let Some(device) = &view.studio.runtime.device {
        // The reason behind the colon is for whoever asks.
        let short = device
            .split_once(": ")
            .map_or(device.as_str(), |(name, _)| name);
        let words = RichText::new(short).small().color(ui.colours().text_weak);
        ui.label(words).on_hover_text(device);
    }
}

/// Right to left.
fn export(ui: &mut Ui, view: View<'_>) {
    let Some(export) = &view.studio.runtime.export else {
        let button = text_button(ui, true, "Export…");
        let words = hint(ui, Action::ExportAs);
        if button.on_hover_text(words).clicked() {
            view.send(Command::Window(WindowCommand::Show(Overlay::Export)));
        }
        return;
    };
    if text_button(ui, !export.stopping, "Cancel export").clicked() {
        view.send(Command::Export(ExportCommand::Cancel));
    }
    let fraction = export.done as f32 / export.total.max(1) as f32;
    bar(ui, EXPORT_BAR, fraction, "Progress of the export");
    let file = export
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let words = format!("Writing {file}, frame {} of {}", export.done, export.total);
    ui.label(RichText::new(words).color(ui.colours().text_weak));
}
