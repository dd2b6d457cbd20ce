//! The queue, opened from the top bar: the running take first, then those that wait, in the order in which
//! they will be made. Takes can be dragged or moved by keys, edited, copied and removed.

use egui::{
    EventFilter, Id, Key, Modifiers, Popup, PopupCloseBehavior, Rect, Role, ScrollArea, Sense,
    Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::words_row::pictures_from_words;
use crate::app::Command;
use crate::app::command::queue::{QueueCommand, QueueId};
use crate::app::query::camera_stack;
use crate::app::state::job::Job;
use crate::app::state::queue::QueuedTake;
use crate::media::frame::Frame;
use crate::project::ids::PictureId;
use crate::project::take_request::TakeRequest;
use crate::ui::input::action::Action;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Icon, duration, elided, focus_ring, heading_label, icon_button, line, name, paint_icon, phases,
    row_label, text_button,
};

/// Width of the popover.
const WIDTH: f32 = 380.0;
/// Height of a row.
const ROW: f32 = 52.0;
/// Width of a row's picture.
const THUMB: f32 = 64.0;
/// Width of the handle that a row is dragged by.
const HANDLE: f32 = 16.0;
/// Part of the window's height that the popover leaves free, in points.
const MARGIN: f32 = 160.0;

/// A button with the number of takes, which opens the popover.
pub(super) fn queue(ui: &mut Ui, view: View<'_>) {
    let runtime = &view.studio.runtime;
    let (made, waiting) = (
        usize::from(runtime.job.is_some()),
        runtime.queue.waiting.len(),
    );
    let pictures = usize::from(runtime.words.is_busy());
    let count = made + waiting + pictures;
    if count == 0 {
        return;
    }
    let button = text_button(ui, true, &format!("Queue {count}"));
    name(ui, &button, "Show the queue");
    let waiting = match waiting {
        0 => "no take is waiting".to_owned(),
        1 => "1 take is waiting".to_owned(),
        waiting => format!("{waiting} takes are waiting"),
    };
    let words = match (made, pictures) {
        (0, 0) => waiting,
        (0, _) => format!("Pictures from words are being made; {waiting}"),
        _ => format!("A take is being made; {waiting}"),
    };
    let button = button.on_hover_text(words);
    let high = ui.ctx().content_rect().height() - MARGIN;
    Popup::from_toggle_button_response(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(WIDTH)
        .show(|ui| {
            ui.set_width(WIDTH);
            // Otherwise, the list could be no longer than in the previous frame.
            ui.set_max_height(high.max(2.0 * ROW) + 2.0 * tokens::CONTROL);
            ui.spacing_mut().item_spacing.y = tokens::GAP;
            head(ui, view);
            paused(ui, view);
            ScrollArea::vertical()
                .max_height(high.max(2.0 * ROW))
                .show(ui, |ui| rows(ui, view));
        });
}

/// The time that all takes need, and the button that empties the queue.
fn head(ui: &mut Ui, view: View<'_>) {
    let waiting = &view.studio.runtime.queue.waiting;
    let running = view.studio.running().and_then(|job| job.ends_at);
    let left = running.map(|end| end.saturating_sub(view.studio.runtime.now).as_secs_f64());
    let known: Option<Vec<f64>> = waiting.iter().map(|take| take.seconds).collect();
    let total = known.map(|known| left.unwrap_or(0.0) + known.iter().sum::<f64>());
    line(
        ui,
        |ui| {
            heading_label(ui, "Queue");
            if let Some(total) = total.filter(|total| *total > 0.0) {
                row_label(ui, &format!("≈ {}", duration(total)));
            }
        },
        |ui| {
            let clear = text_button(ui, !waiting.is_empty(), "Clear");
            name(ui, &clear, "Clear the queue");
            let hint = "Remove all takes that are waiting; the running take continues";
            if clear.on_hover_text(hint).clicked() {
                view.send(Command::Queue(QueueCommand::Clear));
            }
        },
    );
}

/// Says that takes wait since the project was opened, with a button that starts them.
fn paused(ui: &mut Ui, view: View<'_>) {
    if view.studio.runtime.queue.held() == 0 {
        return;
    }
    line(
        ui,
        |ui| row_label(ui, "The queue waits until you start it"),
        |ui| {
            let start = text_button(ui, true, "Start");
            name(ui, &start, "Make the waiting takes");
            if start
                .on_hover_text(Action::StartQueue.row().sentence)
                .clicked()
            {
                view.send(Command::Queue(QueueCommand::Start));
            }
        },
    );
}

fn rows(ui: &mut Ui, view: View<'_>) {
    if let Some(job) = view.studio.running() {
        running(ui, view, job);
    }
    pictures_from_words(ui, view);
    let waiting = &view.studio.runtime.queue.waiting;
    for (place, take) in waiting.iter().enumerate() {
        row(ui, view, take, place, waiting.len());
    }
}

/// The take that is being made. It cannot be moved.
fn running(ui: &mut Ui, view: View<'_>, job: &Job) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let spoken = format!("Running take, {}", name_of(view, &job.request));
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &spoken));
    ui.painter()
        .rect_filled(rect, tokens::RADIUS, ui.colours().accent_ground);
    let text = faced(ui, view, &job.request, rect, HANDLE);
    let left = job.ends_at.map(|end| {
        let left = end.saturating_sub(view.studio.runtime.now);
        format!(" · ≈ {} left", duration(left.as_secs_f64()))
    });
    let below = format!("{}{}", job.words(), left.unwrap_or_default());
    two_lines(ui, text, &title_of(view, &job.request), &below);
    let bar = Rect::from_min_max(
        pos2(text.left(), rect.bottom() - tokens::GAP - tokens::BAR / 2.0),
        pos2(
            text.right(),
            rect.bottom() - tokens::GAP + tokens::BAR / 2.0,
        ),
    );
    let mut inner = ui.new_child(UiBuilder::new().max_rect(bar));
    phases(&mut inner, view, job);
}

fn row(ui: &mut Ui, view: View<'_>, take: &QueuedTake, place: usize, count: usize) {
    let send = |command| view.send(Command::Queue(command));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let id = Id::unique(("queued", take.id.0));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let edited = view.studio.runtime.queue.is_edited(take.id);
    let spoken = format!(
        "Waiting take {} of {count}, {}",
        place + 1,
        name_of(view, &take.request)
    );
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, edited, &spoken));
    response.dnd_set_drag_payload(take.id);
    if let Some(dragged) = response.dnd_release_payload::<QueueId>() {
        send(QueueCommand::Move(*dragged, place));
    }
    if response.has_focus() {
        keys(ui, view, take.id, response.id, place);
    }
    let fill = match () {
        () if edited => ui.colours().accent_ground,
        () if response.hovered() || response.dragged() => ui.colours().hovered,
        () => ui.colours().raised,
    };
    ui.painter().rect_filled(rect, tokens::RADIUS, fill);
    if response.dnd_hover_payload::<QueueId>().is_some() {
        let line = [rect.left_top(), rect.right_top()];
        let stroke = Stroke::new(tokens::STROKE_BOLD, ui.colours().accent);
        ui.painter().line_segment(line, stroke);
    }
    focus_ring(ui, &response, rect);
    let handle = Rect::from_center_size(
        pos2(rect.left() + tokens::GAP + HANDLE / 2.0, rect.center().y),
        vec2(HANDLE, HANDLE),
    );
    paint_icon(ui.painter(), handle, Icon::Handle, ui.colours().text_weak);
    let mut text = faced(ui, view, &take.request, rect, HANDLE);
    let side = 3.0 * tokens::CONTROL;
    let buttons = Rect::from_min_max(
        pos2(
            rect.right() - side - tokens::GAP,
            rect.center().y - tokens::CONTROL / 2.0,
        ),
        pos2(
            rect.right() - tokens::GAP,
            rect.center().y + tokens::CONTROL / 2.0,
        ),
    );
    text.set_right(buttons.left() - tokens::GAP);
    let title = format!("{}. {}", place + 1, title_of(view, &take.request));
    two_lines(ui, text, &title, &settings_of(view, take));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut icons = ui.new_child(UiBuilder::new().max_rect(buttons).layout(layout));
    icons.spacing_mut().item_spacing.x = 0.0;
    controls(&mut icons, view, take.id, place, edited);
    response.on_hover_text("To change the order, drag this take, or press Alt and an arrow key.");
}

/// Draws the picture of a take in its row; returns the room for the text beside it.
fn faced(ui: &Ui, view: View<'_>, request: &TakeRequest, row: Rect, before: f32) -> Rect {
    let inner = row.shrink(tokens::GAP);
    let left = inner.left() + before + tokens::GAP;
    let thumb = Rect::from_min_size(pos2(left, inner.top()), vec2(THUMB, inner.height()));
    if let Some(picture) = picture_of(view, request.picture) {
        view.paint_tall(
            ui.ctx(),
            ui.painter(),
            thumb,
            Content::Plain(picture),
            tokens::RADIUS_SMALL,
        );
    }
    let mut text = inner;
    text.set_left(thumb.right() + tokens::GAP_SMALL);
    text.set_right(text.right() - tokens::GAP);
    text
}

fn picture_of<'a>(view: View<'a>, picture: PictureId) -> Option<&'a Frame> {
    let picture = view.studio.picture_named(picture)?;
    Some(&picture.thumb)
}

fn two_lines(ui: &Ui, room: Rect, above: &str, below: &str) {
    for (words, size, ink, y) in [
        (above, tokens::FONT_BODY, ui.colours().text, 0.28),
        (below, tokens::FONT_SMALL, ui.colours().text_weak, 0.68),
    ] {
        let font = egui::FontId::proportional(size);
        let words = elided(ui, words, &font, room.width());
        let at = pos2(room.left(), room.top() + room.height() * y);
        ui.painter()
            .text(at, egui::Align2::LEFT_CENTER, words, font, ink);
    }
}

fn controls(ui: &mut Ui, view: View<'_>, id: QueueId, place: usize, edited: bool) {
    let send = |command| view.send(Command::Queue(command));
    let number = place + 1;
    let name = |what: &str| format!("{what} waiting take {number}");
    if icon_button(ui, !edited, edited, Icon::Edit, &name("Edit")).clicked() {
        send(QueueCommand::Edit(id));
        ui.close();
    }
    if icon_button(ui, true, false, Icon::Copy, &name("Duplicate")).clicked() {
        send(QueueCommand::Duplicate(id));
    }
    if icon_button(ui, true, false, Icon::Close, &name("Remove")).clicked() {
        send(QueueCommand::Remove(id));
    }
}

/// Moves the focused row with Alt and the arrow keys; its buttons do the rest.
fn keys(ui: &Ui, view: View<'_>, id: QueueId, focus: Id, place: usize) {
    let send = |command| view.send(Command::Queue(command));
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focus, filter));
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::ALT, Key::ArrowUp) {
        send(QueueCommand::Move(id, place.saturating_sub(1)));
    }
    if pressed(Modifiers::ALT, Key::ArrowDown) {
        send(QueueCommand::Move(id, place + 1));
    }
}

/// The label, or else the picture's name.
fn name_of(view: View<'_>, request: &TakeRequest) -> String {
    let label = request.direction.prompt.trim();
    if !label.is_empty() {
        return label.to_owned();
    }
    view.studio
        .picture_named(request.picture)
        .map_or_else(|| "Take".to_owned(), |picture| picture.name.clone())
}

/// What the camera does, shown under the label if there is one.
fn title_of(view: View<'_>, request: &TakeRequest) -> String {
    let direction = &request.direction;
    let moves = camera_stack::words(
        &direction.moves,
        direction.path.as_ref(),
        view.studio.available_moves(),
    );
    let moves = if moves.is_empty() {
        "No camera move".to_owned()
    } else {
        moves
    };
    match direction.prompt.trim() {
        "" => moves,
        label => format!("{label} · {moves}"),
    }
}

/// Quality, size, seed and time.
fn settings_of(view: View<'_>, take: &QueuedTake) -> String {
    let draft = &take.request.direction.draft;
    let presets = view.studio.runtime.presets.iter();
    let mut presets = presets.filter(|preset| preset.is_in(draft));
    let quality = presets.next().map_or("Custom", |preset| &preset.name);
    let mut words = quality.to_owned();
    let card = view.studio.model();
    if let Some(card) = card.filter(|card| card.name == take.request.direction.model) {
        let width = draft.width.unwrap_or(card.defaults.width);
        let height = draft.height.unwrap_or(card.defaults.height);
        words = format!("{words} · {width} × {height}");
    }
    let seed = draft
        .seed
        .map_or_else(|| "new seed".to_owned(), |seed| format!("seed {seed}"));
    words = format!("{words} · {seed}");
    match take.seconds {
        Some(seconds) => format!("{words} · ≈ {}", duration(seconds)),
        None => words,
    }
}
