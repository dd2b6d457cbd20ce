//! Preferences: what holds for all projects on this machine.

use eframe::egui::{ComboBox, Context, Ui};

use crate::app::Command;
use crate::app::preferences::{Preference, SCALES, Theme};
use crate::engine::device::{DevicePreference, Precision};
use crate::ui::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Sheet, choice, heading, line, name, row_label};

/// Width of the sheet.
const WIDTH: f32 = 440.0;

/// Draws it.
pub(in crate::ui) fn settings(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Settings",
        width: WIDTH,
        alone: false,
    };
    sheet.show(ctx, view, |ui| {
        looks(ui, view);
        ui.add_space(tokens::GAP_PANEL);
        computing(ui, view);
    });
}

fn looks(ui: &mut Ui, view: View<'_>) {
    let preferences = &view.studio.preferences;
    heading(ui, "Looks");
    let themes = [
        (Theme::Dark, "Dark"),
        (Theme::Light, "Light"),
        (Theme::System, "As the system"),
    ];
    if let Some(theme) = choice(ui, "theme", Some(preferences.theme), &themes) {
        view.send(Command::Prefer(Preference::Theme(theme)));
    }
    row_label(ui, "Camera icons and sketches");
    let motions = [(false, "Moving"), (true, "Still")];
    if let Some(still) = choice(ui, "still", Some(preferences.still), &motions) {
        view.send(Command::Prefer(Preference::Still(still)));
    }
    row_label(ui, "Size of everything");
    let words = SCALES.map(|scale| format!("{scale} %"));
    let scales: Vec<(u16, &str)> = SCALES
        .into_iter()
        .zip(words.iter().map(String::as_str))
        .collect();
    if let Some(scale) = choice(ui, "scale", Some(preferences.scale), &scales) {
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
    if let Some(device) = choice(ui, "device", Some(preferences.device), &devices) {
        view.send(Command::Prefer(Preference::Device(device)));
    }
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
            let menu = ComboBox::from_id_salt("precision")
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
    line(
        ui,
        |ui| row_label(ui, "Colour behind transparent pictures"),
        |ui| {
            let mut matte = preferences.matte;
            let response = ui.color_edit_button_srgb(&mut matte);
            name(ui, &response, "Colour behind transparent pictures");
            if matte != preferences.matte {
                view.send(Command::Prefer(Preference::Matte(matte)));
            }
        },
    );
}
