//! What the next take will cost, beside the button that makes it.

use eframe::egui::{Grid, RichText, Ui};

use crate::engine::forecast::Forecast;
use crate::engine::protocol::Stage;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;

/// Draws one line: time and memory; the stages are told on hover.
pub(super) fn forecast(ui: &mut Ui, view: View<'_>) {
    let forecast = view.studio.runtime.forecast.latest.as_ref();
    let (words, ink) = match forecast {
        None => (" ".to_owned(), ui.colours().text_weak),
        Some(forecast) if forecast.instead.is_some() => (
            format!("{} · more than fits here", short(forecast)),
            ui.colours().caution,
        ),
        Some(forecast) => (short(forecast), ui.colours().text_weak),
    };
    let label = ui.label(RichText::new(words).size(tokens::FONT_SMALL).color(ink));
    if let Some(forecast) = forecast {
        label.on_hover_ui(|ui| details(ui, forecast));
    }
}

/// `≈ 0:38 · 5 GB`.
fn short(forecast: &Forecast) -> String {
    let memory = bytes(forecast.peak_bytes());
    match forecast.seconds() {
        Some(seconds) => format!("≈ {} · {memory}", duration(seconds)),
        None => format!("{memory} · time known after the first take"),
    }
}

fn details(ui: &mut Ui, forecast: &Forecast) {
    ui.label(RichText::new(&forecast.device).size(tokens::FONT_SMALL));
    Grid::new("forecast").num_columns(3).show(ui, |ui| {
        for stage in &forecast.stages {
            let name = match stage.stage {
                Stage::Load => "Load the weights",
                Stage::Encode => "Look at the picture",
                Stage::Denoise => "Denoise",
                Stage::Decode => "Decode the frames",
            };
            ui.label(name);
            ui.label(bytes(stage.bytes));
            ui.label(stage.seconds.map_or_else(|| "–".to_owned(), duration));
            ui.end_row();
        }
    });
    let free = format!(
        "{} frames decoded at once; {} free",
        forecast.decode_chunk,
        bytes(forecast.free_bytes)
    );
    ui.label(
        RichText::new(free)
            .size(tokens::FONT_SMALL)
            .color(ui.colours().text_weak),
    );
    if let Some(instead) = &forecast.instead {
        ui.label(
            RichText::new(format!("What would fit: {instead}"))
                .size(tokens::FONT_SMALL)
                .color(ui.colours().caution),
        );
    }
}

/// Seconds as an artist reads them: `0:38`, `1:02:03`.
pub(super) fn duration(seconds: f64) -> String {
    // Beyond a year nobody counts.
    let whole = seconds.clamp(0.0, 3e7).ceil() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Bytes in the unit that keeps them short.
fn bytes(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    match mega {
        ..1000.0 => format!("{mega:.0} MB"),
        1000.0..9950.0 => format!("{:.1} GB", mega / 1000.0),
        _ => format!("{:.0} GB", mega / 1000.0),
    }
}
