//! What the next take will cost, beside the button that makes it.

use egui::{Grid, RichText, Ui};

use crate::app::{Choice, Command};
use crate::engine::forecast::Forecast;
use crate::engine::protocol::Stage;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{duration, in_bytes, quiet_button};

/// Height of the line about time and memory.
pub(super) const LINE: f32 = 20.0;

/// Height of the line of smaller takes, where the next take does not fit.
pub(super) fn height_of_fitting(view: View<'_>) -> f32 {
    let forecast = view.studio.runtime.forecast.latest.as_ref();
    match forecast.and_then(|forecast| forecast.instead) {
        Some(_) => tokens::CONTROL + tokens::GAP_SMALL,
        None => 0.0,
    }
}

/// Draws one line with time and memory; a tooltip lists the stages.
pub(super) fn forecast(ui: &mut Ui, view: View<'_>) {
    let forecast = view.studio.runtime.forecast.latest.as_ref();
    let (words, ink) = match forecast {
        None => (" ".to_owned(), ui.colours().text_weak),
        Some(forecast) if forecast.instead.is_some() => (
            format!("{} · does not fit in memory", short(forecast)),
            ui.colours().caution,
        ),
        Some(forecast) => (short(forecast), ui.colours().text_weak),
    };
    let label = ui.label(RichText::new(words).size(tokens::FONT_SMALL).color(ink));
    if let Some(forecast) = forecast {
        label.on_hover_ui(|ui| details(ui, forecast));
    }
}

/// Offers smaller takes that fit where this one does not, one click each.
pub(super) fn fitting(ui: &mut Ui, view: View<'_>) {
    let forecast = view.studio.runtime.forecast.latest.as_ref();
    let Some(instead) = forecast.and_then(|forecast| forecast.instead) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = tokens::GAP;
        if instead.frames.is_none() && instead.size.is_none() {
            ui.label(RichText::new(instead.to_string()).size(tokens::FONT_SMALL));
        }
        if let Some(frames) = instead.frames
            && quiet_button(ui, &format!("Use {frames} frames")).clicked()
        {
            view.send(Command::Direct(Choice::Frames(Some(frames))));
        }
        if let Some([width, height]) = instead.size
            && quiet_button(ui, &format!("Use {width} × {height}")).clicked()
        {
            view.send(Command::Direct(Choice::Size(Some((width, height)))));
        }
    });
}

/// `≈ 0:38 · 5 GB`.
fn short(forecast: &Forecast) -> String {
    let memory = in_bytes(forecast.peak_bytes());
    match forecast.seconds() {
        Some(seconds) => format!("≈ {} · {memory}", duration(seconds)),
        None => format!("Needs {memory} · no time estimate yet"),
    }
}

fn details(ui: &mut Ui, forecast: &Forecast) {
    ui.label(RichText::new(&forecast.device).size(tokens::FONT_SMALL));
    Grid::new("forecast").num_columns(3).show(ui, |ui| {
        for stage in &forecast.stages {
            let name = match stage.stage {
                Stage::Load => "Load the weights",
                Stage::Encode => "Encode the picture",
                Stage::Denoise => "Denoise",
                Stage::Decode => "Decode the frames",
            };
            ui.label(name);
            ui.label(in_bytes(stage.bytes));
            ui.label(stage.seconds.map_or_else(|| "–".to_owned(), duration));
            ui.end_row();
        }
    });
    let together = match forecast.decode_chunk {
        1 => "Decodes frame by frame".to_owned(),
        frames => format!("Decodes {frames} frames at a time"),
    };
    let free = format!(
        "{together}; {} of memory is free",
        in_bytes(forecast.free_bytes)
    );
    ui.label(
        RichText::new(free)
            .size(tokens::FONT_SMALL)
            .color(ui.colours().text_weak),
    );
    if let Some(instead) = &forecast.instead {
        ui.label(
            RichText::new(format!("Does not fit in free memory; {instead}"))
                .size(tokens::FONT_SMALL)
                .color(ui.colours().caution),
        );
    }
}
