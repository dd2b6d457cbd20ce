//! The empty stage: one large drop zone, samples to begin with, and what is available.

use egui::{
    Align, Button, FontId, Label, Layout, Rect, RichText, Role, Sense, Stroke, StrokeKind,
    TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::drop_zone::dashed;
use crate::app::Command;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::state::shelf::ShelfPicture;
use crate::ui::input::action::Action;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, focus_ring, hint, paint_icon};

/// The number of samples offered here; the shelf has the rest.
const SAMPLES: usize = 3;
/// Size of a sample.
const SAMPLE: Vec2 = vec2(132.0, 84.0);
/// The number of recently opened files offered here.
const RECENT: usize = 3;
/// Height of everything in the zone.
const CONTENTS: f32 = 330.0;
/// Height of everything but the icon and recent files.
const ROOMY: f32 = 236.0;
/// Height of the words and the buttons alone.
const LOW: f32 = 124.0;

/// Draws the empty stage into `room`.
pub(in crate::ui::panels) fn empty_stage(ui: &mut Ui, room: Rect, view: View<'_>) {
    dashed(ui.painter(), room, ui.colours().outline);
    let height = room.height() - 2.0 * tokens::GAP_SMALL;
    // A low window leaves out what is also available elsewhere.
    let (roomy, ample) = (height >= ROOMY, height >= CONTENTS);
    let height = match (roomy, ample) {
        (_, true) => CONTENTS,
        (true, false) => ROOMY,
        _ => height.min(LOW),
    };
    let column = Rect::from_center_size(room.center(), vec2(room.width() - 32.0, height));
    let layout = Layout::top_down(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(column).layout(layout));
    if ample {
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(40.0), Sense::hover());
        paint_icon(ui.painter(), icon, Icon::Picture, ui.colours().text_weak);
    }
    ui.label(RichText::new("Drop a picture here").size(tokens::FONT_LARGE));
    ui.add_space(tokens::GAP);
    buttons(&mut ui, view);
    ui.add_space(tokens::GAP);
    if roomy {
        weak(&mut ui, "or begin with one of these");
        samples(&mut ui, view);
    }
    if ample {
        recent(&mut ui, view);
    }
    ui.add_space(tokens::GAP);
    if view
        .studio
        .model()
        .is_some_and(|card| card.name == crate::library::POCKET)
    {
        weak(
            &mut ui,
            if roomy {
                "Pocket, a small demonstration model, is built in, so Generate works at once. \
                 For full quality, choose Models… from the Model menu."
            } else {
                "Pocket, a small model, is built in. For full quality, see Models…"
            },
        );
    }
}

fn weak(ui: &mut Ui, words: &str) {
    let words = RichText::new(words)
        .size(tokens::FONT_SMALL)
        .color(ui.colours().text_weak);
    ui.add(Label::new(words).wrap());
}

/// The buttons, in the order of their row.
const BUTTONS: [&str; 3] = ["Open…", "Paste", "From words…"];

/// The widths of the buttons, and the space on both sides of their words: all equally wide where there is room, or else
/// as wide as their words need.
fn widths(ui: &Ui, room: f32) -> ([f32; 3], f32) {
    let font = TextStyle::Button.resolve(ui.style());
    let words = BUTTONS.map(|label| {
        let galley = ui
            .painter()
            .layout_no_wrap(label.to_owned(), font.clone(), ui.colours().text);
        galley.size().x
    });
    let padding = ui.spacing().button_padding.x;
    let widest = words.iter().copied().fold(0.0, f32::max) + 2.0 * padding;
    if 3.0 * widest <= room {
        return ([widest.max(112.0_f32.min(room / 3.0)); 3], padding);
    }
    let total: f32 = words.iter().sum();
    let padding = ((room - total) / 6.0).clamp(2.0, padding);
    (words.map(|width| width + 2.0 * padding), padding)
}

fn buttons(ui: &mut Ui, view: View<'_>) {
    let gaps = 2.0 * tokens::GAP_SMALL;
    let (widths, padding) = widths(ui, ui.available_width() - gaps);
    let total = widths.iter().sum::<f32>() + gaps;
    let (row, _) = ui.allocate_exact_size(vec2(total, 32.0), Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
    row.spacing_mut().item_spacing.x = tokens::GAP_SMALL;
    row.spacing_mut().button_padding.x = padding;
    let [open, paste, words] = BUTTONS;
    let [open_size, paste_size, words_size] = widths.map(|width| vec2(width, 32.0));
    // A button's own background is nearly that of a light stage.
    let ground = row.colours().floating;
    let open = row.add(Button::new(open).fill(ground).min_size(open_size));
    if open
        .on_hover_text("Choose pictures (Ctrl+O). You can also drop pictures, takes and project folders on the window.")
        .clicked()
    {
        view.send(Command::ChoosePictures);
    }
    let paste = row.add(Button::new(paste).fill(ground).min_size(paste_size));
    if paste
        .on_hover_text("Use the picture on the clipboard (Ctrl+V)")
        .clicked()
    {
        view.send(Command::Paste);
    }
    let button = Button::new(words).fill(ground).min_size(words_size);
    let words = row.add(button);
    if words.on_hover_text(hint(&row, Action::Words)).clicked() {
        view.send(Command::Window(WindowCommand::Show(Overlay::Words)));
    }
}

fn samples(ui: &mut Ui, view: View<'_>) {
    let samples: Vec<&ShelfPicture> = view
        .studio
        .project
        .pictures
        .iter()
        .filter(|picture| picture.sample)
        .take(SAMPLES)
        .collect();
    let fits =
        ((ui.available_width() + tokens::GAP_SMALL) / (SAMPLE.x + tokens::GAP_SMALL)) as usize;
    let shown = samples.len().min(fits.max(1));
    let width = (SAMPLE.x + tokens::GAP_SMALL) * shown.max(1) as f32 - tokens::GAP_SMALL;
    let (row, _) = ui.allocate_exact_size(vec2(width, SAMPLE.y), Sense::hover());
    for (index, picture) in samples.into_iter().take(shown).enumerate() {
        let left = row.left() + (SAMPLE.x + tokens::GAP_SMALL) * index as f32;
        let rect = Rect::from_min_size(pos2(left, row.top()), SAMPLE);
        sample(ui, view, rect, picture);
    }
}

fn sample(ui: &Ui, view: View<'_>, rect: Rect, picture: &ShelfPicture) {
    let response = ui.interact(rect, ui.scope_id().with(picture.id), Sense::click());
    let spoken = format!("Begin with {}", picture.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    view.paint(
        ui.ctx(),
        ui.painter(),
        rect,
        Content::Plain(&picture.thumb),
        tokens::RADIUS,
    );
    if response.hovered() {
        let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
        ui.painter()
            .rect_stroke(rect, tokens::RADIUS, stroke, StrokeKind::Outside);
    }
    focus_ring(ui, &response, rect);
    if response.on_hover_text(&picture.name).clicked() {
        view.send(Command::ShowPicture(picture.id));
    }
}

/// Draws the recently opened files.
fn recent(ui: &mut Ui, view: View<'_>) {
    let paths: Vec<_> = view
        .studio
        .preferences
        .recent
        .iter()
        .take(RECENT)
        .cloned()
        .collect();
    if paths.is_empty() {
        return;
    }
    ui.add_space(tokens::GAP_SMALL);
    let names: Vec<String> = paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        })
        .collect();
    let font = FontId::proportional(tokens::FONT_BODY);
    let ink = ui.colours().text;
    let widths = names.iter().map(|name| {
        let galley = ui.painter().layout_no_wrap(name.clone(), font.clone(), ink);
        (galley.size().x + 28.0).min(200.0)
    });
    let width: f32 = widths.sum::<f32>() + tokens::GAP_SMALL * names.len() as f32 + 60.0;
    let width = width.min(ui.available_width());
    let (row, _) = ui.allocate_exact_size(vec2(width, tokens::CONTROL), Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
    weak(&mut row, "Recent");
    for (path, name) in paths.into_iter().zip(names) {
        let button = Button::new(RichText::new(&name)).truncate();
        let hint = path.display().to_string();
        if row.add(button).on_hover_text(hint).clicked() {
            view.send(Command::OpenPictures(vec![path]));
        }
    }
}
