//! The Frame section: the frame's size, how the picture is fitted into it, and how far the size is from
//! those the model was trained on.

use egui::{DragValue, RichText, Ui};

use crate::app::query::crop::{Distance, window_of};
use crate::app::state::Shown;
use crate::app::{Choice, Command};
use crate::error::capitalised;
use crate::media::fit::Fit;
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::ui::panels::stage::frame_shape::frame_shapes;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{at_right, choice, line, name, revert, row_label};

/// The offered ways to fit the picture into the frame.
#[derive(Clone, Copy, PartialEq)]
enum Framing {
    Fill,
    Fit,
    Free,
    Stretch,
}

/// The value in the header of the section.
pub(super) fn value(view: View<'_>, settings: &ResolvedDirection) -> String {
    let (width, height) = settings.size;
    match view.studio.frame_shape() {
        Some(shape) => format!("{} · {width} × {height}", shape.title()),
        None => format!("{width} × {height}"),
    }
}

/// Draws the section.
pub(super) fn framing(
    ui: &mut Ui,
    view: View<'_>,
    settings: &ResolvedDirection,
    defaults: &Defaults,
) {
    if view.studio.session.shown != Shown::Picture {
        // While the picture is on the stage, the shape is chosen there instead.
        frame_shapes(ui, view);
        ui.add_space(tokens::GAP);
    }
    size(ui, view, settings, defaults);
    way(ui, view, settings);
    let words = words(view, settings, defaults);
    let distance = Distance::of(settings.size, defaults);
    let ink = if distance.is_far() {
        ui.colours().caution
    } else {
        ui.colours().text_weak
    };
    ui.label(RichText::new(words).size(tokens::FONT_SMALL).color(ink));
}

fn size(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection, defaults: &Defaults) {
    let own = (defaults.width, defaults.height);
    let suggested = view.studio.usual_size().unwrap_or(own);
    let (width, height) = settings.size;
    let multiple = defaults.rules.size_multiple.max(1);
    let (reverted, typed) = line(
        ui,
        |ui| {
            let hint = format!("Width and height are rounded to multiples of {multiple}");
            ui.label(
                RichText::new("Size")
                    .size(tokens::FONT_BODY)
                    .color(ui.colours().text_weak),
            )
            .on_hover_text(hint);
            settings.size != suggested && revert(ui, "Size")
        },
        |ui| {
            at_right(ui, "size", |ui| {
                let new_width = side(ui, "Width", width, multiple);
                row_label(ui, "×");
                let new_height = side(ui, "Height", height, multiple);
                let changed = new_width.is_some() || new_height.is_some();
                changed.then_some((new_width.unwrap_or(width), new_height.unwrap_or(height)))
            })
        },
    );
    if reverted {
        view.send(Command::Direct(Choice::Size(None)));
    } else if let Some(typed) = typed {
        let size = (typed != suggested).then_some(typed);
        view.send(Command::Direct(Choice::Size(size)));
    }
}

/// One side of the frame; returns the new value if it was changed.
fn side(ui: &mut Ui, label: &str, value: usize, multiple: usize) -> Option<usize> {
    let mut typed = value;
    let number = DragValue::new(&mut typed)
        .range(multiple..=4096)
        .speed(multiple as f64 / 4.0);
    let response = ui.add_sized([tokens::NUMBER, tokens::CONTROL], number);
    name(ui, &response, label);
    let whole = ((typed + multiple / 2) / multiple * multiple).max(multiple);
    (response.changed() && whole != value).then_some(whole)
}

fn way(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection) {
    let ways = [
        (Framing::Fill, "Fill"),
        (Framing::Fit, "Fit"),
        (Framing::Free, "Custom"),
        (Framing::Stretch, "Stretch"),
    ];
    let present = match view.studio.direction().fit {
        Fit::Crop => Framing::Fill,
        Fit::Pad => Framing::Fit,
        Fit::Window(_) => Framing::Free,
        Fit::Stretch => Framing::Stretch,
    };
    let Some(chosen) = choice(ui, "Framing", Some(present), &ways) else {
        return;
    };
    let fit = match chosen {
        Framing::Fill => Fit::Crop,
        Framing::Fit => Fit::Pad,
        Framing::Stretch => Fit::Stretch,
        // The window starts as the part that is in the frame now.
        Framing::Free => {
            let Some(picture) = view.studio.picture() else {
                return;
            };
            let whole = (picture.picture.width, picture.picture.height);
            let frame = (settings.size.0 as u32, settings.size.1 as u32);
            Fit::Window(window_of(Fit::Crop, whole, frame))
        }
    };
    view.send(Command::Direct(Choice::Fit(fit)));
}

/// How the picture is fitted, and how far the size is from those the model was trained on.
fn words(view: View<'_>, settings: &ResolvedDirection, defaults: &Defaults) -> String {
    let distance = Distance::of(settings.size, defaults).words();
    let Some(picture) = view.studio.picture() else {
        return capitalised(&distance);
    };
    let whole = (picture.picture.width, picture.picture.height);
    let frame = (settings.size.0 as u32, settings.size.1 as u32);
    let fit = view.studio.direction().fit;
    let window = window_of(fit, whole, frame);
    let kept = f64::from(window.width) * f64::from(window.height)
        / (f64::from(whole.0) * f64::from(whole.1)).max(1.0);
    let what = match fit {
        Fit::Stretch if !same_shape(whole, frame) => "The picture is stretched to fit".to_owned(),
        Fit::Pad if !same_shape(whole, frame) => "The whole picture, with bars".to_owned(),
        Fit::Pad | Fit::Stretch => "The whole picture".to_owned(),
        Fit::Crop | Fit::Window(_) if kept > 0.999 => "The whole picture".to_owned(),
        Fit::Crop | Fit::Window(_) => format!(
            "{} × {} of {} × {} pixels, {:.0}%",
            window.width,
            window.height,
            whole.0,
            whole.1,
            (100.0 * kept).clamp(1.0, 99.0)
        ),
    };
    format!("{what}. {}.", capitalised(&distance))
}

fn same_shape(picture: (u32, u32), frame: (u32, u32)) -> bool {
    u64::from(picture.0) * u64::from(frame.1) == u64::from(picture.1) * u64::from(frame.0)
}
