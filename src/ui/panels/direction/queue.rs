//! Takes that wait: dragged or moved by keys into another order, edited, copied, removed.

use egui::{
    Align, EventFilter, Id, Key, Layout, Modifiers, Rect, RichText, Role, Sense, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::app::Command;
use crate::app::command::queue::{QueueCommand, QueueId};
use crate::app::query::overrides::changed;
use crate::app::state::queue::QueuedTake;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, focus_ring, icon_button};

/// Height of a row.
const ROW: f32 = 52.0;
/// Width of a row's picture.
const THUMB: f32 = 72.0;

/// Draws the waiting takes, in the order in which they will be made.
pub(super) fn queue(ui: &mut Ui, view: View<'_>) {
    let waiting = &view.studio.runtime.queue.waiting;
    for (place, take) in waiting.iter().enumerate() {
        row(ui, view, take, place, waiting.len());
    }
}

fn row(ui: &mut Ui, view: View<'_>, take: &QueuedTake, place: usize, count: usize) {
    let send = |command| view.send(Command::Queue(command));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let response = ui.interact(
        rect,
        Id::unique(("queued", take.id.0)),
        Sense::click_and_drag(),
    );
    let edited = view.studio.runtime.queue.is_edited(take.id);
    let name = name_of(view, take);
    let spoken = format!("Waiting take {} of {count}, {name}", place + 1);
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
    let inner = rect.shrink(tokens::GAP);
    let thumb = Rect::from_min_size(inner.min, vec2(THUMB, inner.height()));
    if let Some(picture) = view.studio.picture_named(take.request.picture) {
        view.paint(
            ui.ctx(),
            ui.painter(),
            thumb,
            Content::Plain(&picture.thumb),
            tokens::RADIUS_SMALL,
        );
    }
    let mut text = inner;
    text.set_left(thumb.right() + tokens::GAP_SMALL);
    let mut column = ui.new_child(UiBuilder::new().max_rect(text));
    column.spacing_mut().item_spacing.y = 0.0;
    let label = RichText::new(&name).size(tokens::FONT_SMALL);
    column.add(egui::Label::new(label).truncate());
    let below = Rect::from_min_max(pos2(text.left(), text.bottom() - tokens::CONTROL), text.max);
    let layout = Layout::right_to_left(Align::Center);
    let mut icons = ui.new_child(UiBuilder::new().max_rect(below).layout(layout));
    icons.spacing_mut().item_spacing.x = 0.0;
    buttons(&mut icons, view, take.id, place, count, edited);
    response.on_hover_text(hint(view, take));
}

/// Right to left.
fn buttons(ui: &mut Ui, view: View<'_>, id: QueueId, place: usize, count: usize, edited: bool) {
    let send = |command| view.send(Command::Queue(command));
    let number = place + 1;
    let name = |what: &str| format!("{what} waiting take {number}");
    if icon_button(ui, true, false, Icon::Close, &name("Remove")).clicked() {
        send(QueueCommand::Remove(id));
    }
    if icon_button(ui, true, false, Icon::Copy, &name("Duplicate")).clicked() {
        send(QueueCommand::Duplicate(id));
    }
    if icon_button(ui, !edited, edited, Icon::Edit, &name("Edit")).clicked() {
        send(QueueCommand::Edit(id));
    }
    let last = place + 1 == count;
    if icon_button(ui, !last, false, Icon::Down, &name("Move down")).clicked() {
        send(QueueCommand::Move(id, place + 1));
    }
    if icon_button(ui, place > 0, false, Icon::Up, &name("Move up")).clicked() {
        send(QueueCommand::Move(id, place.saturating_sub(1)));
    }
}

/// Alt and the arrows move the focused row; the rest is done by its buttons.
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

/// The prompt, or else the picture's name.
fn name_of(view: View<'_>, take: &QueuedTake) -> String {
    let prompt = take.request.direction.prompt.trim();
    if !prompt.is_empty() {
        return prompt.lines().next().unwrap_or_default().to_owned();
    }
    view.studio
        .picture_named(take.request.picture)
        .map_or_else(|| "Take".to_owned(), |picture| picture.name.clone())
}

/// What is special about it, and how to move it.
fn hint(view: View<'_>, take: &QueuedTake) -> String {
    let special = view.studio.model().map_or_else(Vec::new, |card| {
        changed(
            &take.request.direction,
            &card.defaults,
            &view.studio.runtime.presets,
        )
        .into_iter()
        .map(|one| one.words)
        .collect()
    });
    let special = if special.is_empty() {
        "The model's own settings".to_owned()
    } else {
        special.join(", ")
    };
    format!("{special}. Drag it, or press Alt and an arrow, to change the order.")
}
