//! What a take was made with, in one line: its words, its camera, and a chip for each setting that differs
//! in Direction now. A click on a chip adopts the take's value.

use egui::{Align, FontId, Label, Layout, Rect, RichText, Ui, UiBuilder};

use crate::app::Command;
use crate::app::command::takes::TakeCommand;
use crate::app::query::take_diff::moves_of;
use crate::app::state::shelf::ShelfTake;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, chip, chip_width};

/// The part of the line that is reserved for the words.
const WORDS: f32 = 0.4;

/// A chip before it is drawn: its words, its name for screen readers, and the command that a click sends.
struct Face {
    words: String,
    name: String,
    icon: Icon,
    command: Command,
}

/// Draws the line.
pub(in crate::ui::panels) fn take_line(ui: &mut Ui, line: Rect, view: View<'_>, take: &ShelfTake) {
    let forms = about(view, take);
    let wanted = width_of(ui, &forms[0]);
    let gap = tokens::GAP;
    let wide = |ui: &Ui, face: &Face| gap + chip_width(ui, &face.words, Some(face.icon));
    let room = line.width() - wanted.min(line.width() * WORDS) - tokens::GAP_SMALL;
    let mut faces = faces(view, take);
    // As many chips as fit; the last one stands for the others.
    let fits = |ui: &Ui, shown: usize| {
        let (seen, unseen) = faces.split_at(shown);
        let seen: f32 = seen.iter().map(|face| wide(ui, face)).sum();
        let last = rest(take, unseen).map_or(0.0, |face| wide(ui, &face));
        seen + last <= room
    };
    let shown = (0..=faces.len()).rev().find(|&shown| fits(ui, shown));
    let unseen = faces.split_off(shown.unwrap_or(0));
    faces.extend(rest(take, &unseen));
    let chips = faces.iter().map(|face| wide(ui, face)).sum::<f32>() + tokens::GAP_SMALL;
    let words = fitting(ui, &forms, line.width() - chips);
    let text = width_of(ui, words).min((line.width() - chips).max(0.0));
    let mut row = Rect::from_center_size(line.center(), line.size());
    row.set_left((line.center().x - (text + chips) / 2.0).max(line.left()));
    let layout = Layout::left_to_right(Align::Center);
    let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
    row.spacing_mut().item_spacing.x = gap;
    let weak = ui.colours().text_weak;
    let text_of = RichText::new(words).size(tokens::FONT_SMALL).color(weak);
    row.allocate_ui(egui::vec2(text + 1.0, line.height()), |ui| {
        ui.add(Label::new(text_of).truncate());
    });
    for face in faces {
        if chip(&mut row, &face.words, &face.name, Some(face.icon)).clicked() {
            view.send(face.command);
        }
    }
}

/// Width of a line of small text.
fn width_of(ui: &Ui, words: &str) -> f32 {
    let font = FontId::proportional(tokens::FONT_SMALL);
    let ink = ui.colours().text_weak;
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, ink);
    galley.size().x.ceil()
}

/// The longest of several forms of a text that fits.
pub(in crate::ui::panels) fn fitting<'a>(ui: &Ui, forms: &'a [String], room: f32) -> &'a str {
    let fits = |form: &&String| width_of(ui, form) <= room;
    let form = forms.iter().find(fits).or(forms.last());
    form.map_or("", String::as_str)
}

/// One chip in place of others.
fn rest(take: &ShelfTake, unseen: &[Face]) -> Option<Face> {
    let names: Vec<&str> = unseen.iter().map(|face| face.words.as_str()).collect();
    (!names.is_empty()).then(|| Face {
        words: format!("+{}", unseen.len()),
        name: format!("Apply the whole recipe, including {}", names.join(", ")),
        icon: Icon::Recipe,
        command: Command::Take(TakeCommand::Recipe(take.id)),
    })
}

fn faces(view: View<'_>, take: &ShelfTake) -> Vec<Face> {
    let studio = view.studio;
    let moves = moves_of(take, studio.available_moves());
    let differs = studio.camera_differs(take);
    let mut faces = Vec::new();
    if !moves.is_empty() || differs {
        let words: Vec<String> = moves.into_iter().map(|one| one.words).collect();
        let words = if words.is_empty() {
            "No camera move".to_owned()
        } else {
            words.join(" + ")
        };
        faces.push(Face {
            name: if differs {
                format!("Apply the camera of this take: {words}")
            } else {
                format!("The camera of this take is already chosen: {words}")
            },
            words,
            icon: if differs { Icon::Recipe } else { Icon::Camera },
            command: studio.camera_of(take),
        });
    }
    faces.extend(studio.differences(take).into_iter().map(|one| Face {
        name: format!("Apply: {}", one.words),
        words: one.words,
        icon: Icon::Recipe,
        command: one.adopt,
    }));
    faces
}

/// A take in one line, from the full description down to its number alone.
fn about(view: View<'_>, take: &ShelfTake) -> [String; 5] {
    let request = &take.take.recipe.request;
    let name = view.studio.picture_name_of(take);
    let number = format!("Take {}", take.number);
    let stopped = if take.take.complete {
        ""
    } else {
        " · stopped early"
    };
    let title = match view.studio.take_title(take) {
        "" => String::new(),
        title => format!(" · “{title}”"),
    };
    let size = format!("{} × {}", request.width, request.height);
    let camera = take.take.recipe.camera.as_ref();
    let camera = camera.map_or_else(String::new, |camera| format!(" · {camera}"));
    [
        format!(
            "{number} of {name}{title} · {size} · seed {}{stopped}{camera}",
            request.seed
        ),
        format!("{number} of {name}{stopped}{camera}"),
        format!("{number} of {name}{stopped}"),
        format!("{number} · {size}"),
        number,
    ]
}
