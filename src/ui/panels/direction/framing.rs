//! The Frame section: shape and size, how the picture meets them, and how far that is from what the
//! model knows.

use egui::{DragValue, RichText, Ui};

use crate::app::query::crop::{Distance, size_for, window_of};
use crate::app::{Choice, Command};
use crate::media::fit::Fit;
use crate::project::direction::Settings;
use crate::request::Defaults;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{choice, line, name, revert, row_label};

/// A frame shape that is offered by name.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Landscape,
    Square,
    Portrait,
    Picture,
}

/// How the picture meets the frame, as it is offered.
#[derive(Clone, Copy, PartialEq)]
enum Framing {
    Fill,
    Fit,
    Free,
    Stretch,
}

/// What the header of the section says.
pub(super) fn value(settings: &Settings) -> String {
    format!("{} × {}", settings.size.0, settings.size.1)
}

/// Draws it.
pub(super) fn framing(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    shape(ui, view, settings, defaults);
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

impl Shape {
    /// The model's own size in this shape; about as many pixels for all.
    fn size(self, view: View<'_>, defaults: &Defaults) -> Option<(usize, usize)> {
        let (long, short) = (
            defaults.width.max(defaults.height),
            defaults.width.min(defaults.height),
        );
        match self {
            Self::Landscape => Some((long, short)),
            Self::Portrait => Some((short, long)),
            Self::Square => Some(size_for(1.0, defaults)),
            Self::Picture => {
                let picture = &view.studio.picture()?.picture;
                let shape = f64::from(picture.width) / f64::from(picture.height.max(1));
                Some(size_for(shape, defaults))
            }
        }
    }
}

fn shape(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    let mut shapes = vec![
        (Shape::Landscape, "Landscape"),
        (Shape::Square, "Square"),
        (Shape::Portrait, "Portrait"),
    ];
    let present = shapes
        .iter()
        .map(|&(shape, _)| shape)
        .find(|shape| shape.size(view, defaults) == Some(settings.size));
    let own = Shape::Picture.size(view, defaults);
    let named = shapes
        .iter()
        .any(|(shape, _)| shape.size(view, defaults) == own);
    if own.is_some() && !named {
        shapes.push((Shape::Picture, "Picture"));
    }
    let present = present.or((own == Some(settings.size)).then_some(Shape::Picture));
    if let Some(shape) = choice(ui, "Shape", present, &shapes) {
        let own = (defaults.width, defaults.height);
        let size = shape.size(view, defaults).filter(|size| *size != own);
        view.send(Command::Direct(Choice::Size(size)));
    }
}

fn size(ui: &mut Ui, view: View<'_>, settings: &Settings, defaults: &Defaults) {
    let suggested = (defaults.width, defaults.height);
    let (width, height) = settings.size;
    let multiple = defaults.rules.size_multiple.max(1);
    let (reverted, typed) = line(
        ui,
        |ui| {
            let hint = format!("Both sides are multiples of {multiple}");
            ui.label(
                RichText::new("Size")
                    .size(tokens::FONT_BODY)
                    .color(ui.colours().text_weak),
            )
            .on_hover_text(hint);
            settings.size != suggested && revert(ui, "Size")
        },
        |ui| {
            let new_height = side(ui, "Height", height, multiple);
            row_label(ui, "×");
            let new_width = side(ui, "Width", width, multiple);
            let changed = new_width.is_some() || new_height.is_some();
            changed.then_some((new_width.unwrap_or(width), new_height.unwrap_or(height)))
        },
    );
    if reverted {
        view.send(Command::Direct(Choice::Size(None)));
    } else if let Some(typed) = typed {
        let size = (typed != suggested).then_some(typed);
        view.send(Command::Direct(Choice::Size(size)));
    }
}

/// One side of the frame; says what it was changed to.
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

fn way(ui: &mut Ui, view: View<'_>, settings: &Settings) {
    let ways = [
        (Framing::Fill, "Fill"),
        (Framing::Fit, "Fit"),
        (Framing::Free, "Free"),
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
        // It begins with what is in the frame now.
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

/// What becomes of the picture, and how far that is from what the model knows.
fn words(view: View<'_>, settings: &Settings, defaults: &Defaults) -> String {
    let distance = Distance::of(settings.size, defaults).words();
    let Some(picture) = view.studio.picture() else {
        return capital(&distance);
    };
    let whole = (picture.picture.width, picture.picture.height);
    let frame = (settings.size.0 as u32, settings.size.1 as u32);
    let fit = view.studio.direction().fit;
    let window = window_of(fit, whole, frame);
    let kept = f64::from(window.width) * f64::from(window.height)
        / (f64::from(whole.0) * f64::from(whole.1)).max(1.0);
    let what = match fit {
        Fit::Stretch if !same_shape(whole, frame) => {
            "The picture is pulled out of shape".to_owned()
        }
        Fit::Pad if !same_shape(whole, frame) => "The whole picture, with bars".to_owned(),
        Fit::Pad | Fit::Stretch => "The whole picture".to_owned(),
        Fit::Crop | Fit::Window(_) if kept > 0.999 => "The whole picture".to_owned(),
        Fit::Crop | Fit::Window(_) => format!(
            "{} × {} of {} × {} pixels, {:.0} %",
            window.width,
            window.height,
            whole.0,
            whole.1,
            (100.0 * kept).clamp(1.0, 99.0)
        ),
    };
    format!("{what}. {}.", capital(&distance))
}

fn same_shape(picture: (u32, u32), frame: (u32, u32)) -> bool {
    u64::from(picture.0) * u64::from(frame.1) == u64::from(picture.1) * u64::from(frame.0)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
