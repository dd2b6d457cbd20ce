//! Settings that apply to all projects on this computer.

use std::path::Path;

use egui::{
    Context, Id, Label, RichText, ScrollArea, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2,
};

use crate::app::Command;
use crate::app::command::project::{FolderCommand, FolderUse};
use crate::app::command::window::{Preference, Seeds, Theme};
use crate::app::state::preferences::{READY, SCALES};
use crate::request::{DevicePreference, Precision};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, Sheet, choice, drop_down, heading, icon_button, in_bytes, line, memory_bar, name,
    quiet_button, row_label,
};

/// Width of the sheet.
const WIDTH: f32 = 440.0;
/// Width of the bar of used memory.
const MEMORY: f32 = 120.0;
/// Width of the field with a colour's number.
const HEX: f32 = 92.0;
/// Label of the setting for seeds.
const SEEDS: &str = "Seed of the next take, if no seed is set";
/// Label of the setting for the memory that playback may use.
const FRAMES: &str = "Playback cache";
/// Label of the setting for the matte colour.
const MATTE: &str = "Colour behind transparent pictures";

/// Draws the sheet.
pub(in crate::ui) fn settings(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Settings",
        width: WIDTH,
        alone: false,
    };
    sheet.show(ctx, view, |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .show(ui, |ui| {
                looks(ui, view);
                ui.add_space(tokens::GAP_PANEL);
                computing(ui, view);
                ui.add_space(tokens::GAP_PANEL);
                takes(ui, view);
                ui.add_space(tokens::GAP_PANEL);
                folders(ui, view);
            });
    });
}

fn looks(ui: &mut Ui, view: View<'_>) {
    let preferences = &view.studio.preferences;
    heading(ui, "Appearance");
    row_label(ui, "Theme");
    let themes = [
        (Theme::Dark, "Dark"),
        (Theme::Light, "Light"),
        (Theme::System, "Match system"),
    ];
    if let Some(theme) = choice(ui, "Theme", Some(preferences.theme), &themes) {
        view.send(Command::Prefer(Preference::Theme(theme)));
    }
    row_label(ui, "Camera icons and previews");
    let motions = [(false, "Moving"), (true, "Still")];
    if let Some(reduce) = choice(
        ui,
        "Camera icons and previews",
        Some(preferences.reduce_motion),
        &motions,
    ) {
        view.send(Command::Prefer(Preference::ReduceMotion(reduce)));
    }
    row_label(ui, "Interface size");
    let words = SCALES.map(|scale| format!("{scale}%"));
    let scales: Vec<(u16, &str)> = SCALES
        .into_iter()
        .zip(words.iter().map(String::as_str))
        .collect();
    if let Some(scale) = choice(ui, "Interface size", Some(preferences.scale), &scales) {
        view.send(Command::Prefer(Preference::Scale(scale)));
    }
}

fn computing(ui: &mut Ui, view: View<'_>) {
    let preferences = &view.studio.preferences;
    heading(ui, "Computing");
    row_label(ui, "Device");
    let devices = [
        (DevicePreference::Auto, "Automatic"),
        (DevicePreference::Gpu(None), "GPU"),
        (DevicePreference::Cpu, "CPU"),
    ];
    if let Some(device) = choice(ui, "Device", Some(preferences.device), &devices) {
        view.send(Command::Prefer(Preference::Device(device)));
    }
    machine(ui, view);
    let word = |precision| match precision {
        Precision::Auto => "Automatic",
        Precision::F32 => "32 bit (f32)",
        Precision::F16 => "16 bit (f16)",
        Precision::Bf16 => "16 bit (bf16)",
    };
    line(
        ui,
        |ui| row_label(ui, "Precision"),
        |ui| {
            let menu = drop_down("precision")
                .selected_text(word(preferences.precision))
                .show_ui(ui, |ui| {
                    for precision in [
                        Precision::Auto,
                        Precision::F32,
                        Precision::F16,
                        Precision::Bf16,
                    ] {
                        let chosen = precision == preferences.precision;
                        if ui.selectable_label(chosen, word(precision)).clicked() {
                            view.send(Command::Prefer(Preference::Precision(precision)));
                        }
                    }
                });
            name(ui, &menu.response, "Precision");
        },
    );
    matte(ui, view);
}

/// The device that computed the last take, and the memory that there is.
fn machine(ui: &mut Ui, view: View<'_>) {
    if let Some(device) = &view.studio.runtime.device {
        let words = format!("The last take was computed on {device}");
        let words = RichText::new(words).size(tokens::FONT_SMALL);
        ui.label(words.color(ui.colours().text_weak));
    }
    if let Some(memory) = view.studio.memory() {
        let making = view.studio.running().is_some();
        line(
            ui,
            |ui| row_label(ui, "Memory"),
            |ui| memory_bar(ui, MEMORY, true, memory, making),
        );
    }
}

/// The colour behind transparent pictures: one of three, or any other by its hexadecimal number.
fn matte(ui: &mut Ui, view: View<'_>) {
    let present = view.studio.preferences.matte;
    let set = |matte| view.send(Command::Prefer(Preference::Matte(matte)));
    row_label(ui, MATTE);
    let known = [([0; 3], "Black"), ([128; 3], "Grey"), ([255; 3], "White")];
    if let Some(matte) = choice(ui, MATTE, Some(present), &known) {
        set(matte);
    }
    let typed = Id::unique("typed matte");
    line(
        ui,
        |ui| row_label(ui, "Another colour, as RRGGBB"),
        |ui| {
            let mut words: String = ui
                .data(|data| data.get_temp(typed))
                .unwrap_or_else(|| written(present));
            let field = TextEdit::singleline(&mut words).desired_width(HEX);
            let field = ui.add(field);
            name(ui, &field, "Another colour, as RRGGBB");
            let (swatch, _) = ui.allocate_exact_size(Vec2::splat(tokens::ICON), Sense::hover());
            let ink = tokens::opaque(present);
            let stroke = Stroke::new(tokens::STROKE, ui.colours().outline);
            ui.painter().rect(
                swatch,
                tokens::RADIUS_SMALL,
                ink,
                stroke,
                StrokeKind::Inside,
            );
            if let Some(matte) = field.changed().then(|| read(&words)).flatten() {
                set(matte);
            }
            // Half a number stays until the field loses the focus.
            let writing = field.has_focus();
            ui.data_mut(|data| {
                if writing {
                    data.insert_temp(typed, words);
                } else {
                    data.remove_temp::<String>(typed);
                }
            });
        },
    );
}

/// A colour in the notation of the web.
fn written([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Reads a colour with or without its `#`.
fn read(words: &str) -> Option<[u8; 3]> {
    let digits = words.trim().trim_start_matches('#');
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

fn takes(ui: &mut Ui, view: View<'_>) {
    let preferences = &view.studio.preferences;
    heading(ui, "Takes");
    row_label(ui, SEEDS);
    let seeds = [(Seeds::Fresh, "Random"), (Seeds::Keep, "Reuse last")];
    if let Some(seeds) = choice(ui, SEEDS, Some(preferences.seeds), &seeds) {
        view.send(Command::Prefer(Preference::Seeds(seeds)));
    }
    line(
        ui,
        |ui| row_label(ui, FRAMES),
        |ui| {
            let held = format!("{} in use", in_bytes(view.textures.held() as u64));
            let words = RichText::new(held).small();
            ui.label(words.color(ui.colours().text_weak));
        },
    );
    let words = READY.map(|megabytes| match megabytes {
        ..1024 => format!("{megabytes} MB"),
        _ => format!("{} GB", megabytes / 1024),
    });
    let sizes: Vec<(u16, &str)> = READY
        .into_iter()
        .zip(words.iter().map(String::as_str))
        .collect();
    if let Some(ready) = choice(ui, FRAMES, Some(preferences.ready), &sizes) {
        view.send(Command::Prefer(Preference::Ready(ready)));
    }
}

/// Lists the folders, with buttons to open them.
fn folders(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let places = &studio.runtime.folders;
    heading(ui, "Folders");
    let own = studio.preferences.projects.is_some();
    let rows = [
        (
            "New projects and their takes",
            studio.projects_folder(),
            Some(FolderUse::Projects),
            own,
        ),
        (
            "Exports",
            studio.session.export.folder.as_ref(),
            Some(FolderUse::Exports),
            false,
        ),
        ("Models", places.models.as_ref(), None, false),
        ("Camera moves (LoRA)", places.camera.as_ref(), None, false),
    ];
    for (what, folder, chosen, revertible) in rows {
        let Some(folder) = folder else {
            continue;
        };
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            line(
                ui,
                |ui| row_label(ui, what),
                |ui| folder_buttons(ui, view, what, folder, chosen, revertible),
            );
            let path = folder.display().to_string();
            let words = RichText::new(&path).small().color(ui.colours().text_weak);
            ui.add(Label::new(words).truncate()).on_hover_text(path);
        });
    }
}

/// Draws the buttons from right to left.
fn folder_buttons(
    ui: &mut Ui,
    view: View<'_>,
    what: &str,
    folder: &Path,
    chosen: Option<FolderUse>,
    revertible: bool,
) {
    let send = |command| view.send(Command::Folder(command));
    let open = format!("Open the folder: {what}");
    if icon_button(ui, true, false, Icon::Folder, &open).clicked() {
        send(FolderCommand::Open(folder.to_owned()));
    }
    if let Some(chosen) = chosen {
        let button = quiet_button(ui, "Change…");
        name(ui, &button, &format!("Change the folder: {what}"));
        if button.clicked() {
            send(FolderCommand::Choose(chosen));
        }
    }
    if revertible {
        let usual = icon_button(ui, true, false, Icon::Revert, "Back to the default folder");
        if usual.clicked() {
            view.send(Command::Prefer(Preference::UsualProjects));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_as_it_is_written() {
        for colour in [[0, 0, 0], [1, 128, 255]] {
            assert_eq!(read(&written(colour)), Some(colour));
        }
        assert_eq!(read("ff8000"), Some([255, 128, 0]));
        assert_eq!(read("#ff80"), None);
        assert_eq!(read("colour"), None);
        assert_eq!(read("+12345"), None);
    }
}
