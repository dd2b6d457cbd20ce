//! Keyboard focus: shown, scrolled into view, kept inside an open sheet, and restored when it closes.
//!
//! egui moves the focus from one control to the next in the order in which they are drawn; this file limits
//! how far it may go, and shows where it is. Must not know what a control does.

use egui::accesskit::{Action, ActionRequest, NodeId, TreeId};
use egui::{
    Context, Event, FocusDirection, Id, Key, LayerId, Memory, Modifiers, Order, Popup, Rect,
    Stroke, StrokeKind, WidgetRect, vec2,
};

use super::style::tokens;
use super::view::View;
use crate::app::command::window::Overlay;
use crate::ui::style::tokens::Themed as _;

/// How much of a control must be visible to recognise it; larger ones need not fit into their panel.
const SEEN: egui::Vec2 = vec2(48.0, 24.0);

/// How much of a control rounding to whole pixels may hide.
const HAIR: f32 = 0.25;

/// State that is remembered from one pass to the next.
#[derive(Clone, Copy, Debug, Default)]
struct Memo {
    /// Whether the keyboard was used last, rather than the pointer.
    keyboard: bool,
    /// The control that had the focus at the end of the previous pass.
    last: Option<Id>,
    /// The focused control that is out of view and must be scrolled to.
    hidden: Option<Id>,
    /// The sheet that was over the panels.
    overlay: Option<Overlay>,
    /// Whether a sheet has opened and must get the focus once it is drawn.
    entering: bool,
    /// The control that had the focus before a sheet opened.
    opener: Option<Id>,
    /// Whether a menu was open.
    menu: bool,
    /// The control that had the focus before a menu opened.
    anchor: Option<Id>,
    /// The control that gets the focus back as soon as nothing covers it.
    back: Option<Id>,
    /// The node that assistive technology acted on last.
    spoken_to: Option<NodeId>,
}

fn key() -> Id {
    Id::unique("focus memo")
}

fn load(ctx: &Context) -> Memo {
    ctx.data(|data| data.get_temp(key())).unwrap_or_default()
}

fn store(ctx: &Context, memo: Memo) {
    ctx.data_mut(|data| data.insert_temp(key(), memo));
}

/// Notes what opened or closed before anything is drawn, and moves Tab round an open sheet.
pub(super) fn begin(ctx: &Context, view: View<'_>) {
    let mut memo = load(ctx);
    memo.keyboard = by_keyboard(ctx).unwrap_or(memo.keyboard);
    menus(ctx, &mut memo);
    sheets(&mut memo, view.studio.session.overlay);
    if let Some(id) = memo.back {
        // The sheet disappears one pass later.
        if ctx.memory(Memory::top_modal_layer).is_some() {
            ctx.request_repaint();
        } else {
            memo.back = None;
            let focused = ctx.memory(Memory::focused);
            if focused.is_none_or(|id| !is_there(ctx, id)) && is_there(ctx, id) {
                ctx.memory_mut(|memory| memory.request_focus(id));
            }
        }
    }
    if let Some(id) = memo.hidden.take() {
        scroll_to(ctx, id);
    }
    let panels = ctx.data_mut(|data| data.remove_temp::<Vec<Rect>>(panels_key()));
    if let Some(back) = panel_key(ctx)
        && memo.overlay.is_none()
    {
        memo.keyboard = true;
        to_panel(ctx, &panels.unwrap_or_default(), back);
    }
    if memo.overlay.is_some()
        && !Popup::is_any_open(ctx)
        && let Some(forward) = tab(ctx)
    {
        memo.entering = false;
        stay_inside(ctx, forward);
    }
    store(ctx, memo);
}

/// Returns the focus to the control that opened a menu when the menu closes.
fn menus(ctx: &Context, memo: &mut Memo) {
    let open = Popup::is_any_open(ctx);
    match (memo.menu, open) {
        (false, true) => memo.anchor = memo.last,
        (true, false) => memo.back = memo.anchor.take().filter(|_| memo.keyboard),
        _ => {}
    }
    memo.menu = open;
}

/// Returns the focus to the control that had it before a sheet when the sheet closes.
fn sheets(memo: &mut Memo, overlay: Option<Overlay>) {
    match (memo.overlay, overlay) {
        (None, Some(_)) => {
            // If a menu opened the sheet, the control that opened the menu still exists afterwards.
            memo.opener = memo.back.take().or(memo.anchor).or(memo.last);
            memo.entering = memo.keyboard;
        }
        (Some(before), Some(now)) if before != now => memo.entering = memo.keyboard,
        (Some(_), None) => {
            memo.entering = false;
            memo.back = memo.opener.take();
        }
        _ => {}
    }
    memo.overlay = overlay;
}

/// Focuses the first control of a sheet that opened, and draws the focus ring, after everything else is drawn.
pub(super) fn end(ctx: &Context) {
    let mut memo = load(ctx);
    let wanted = ctx.data_mut(|data| data.remove_temp::<Option<Id>>(first_key()));
    if memo.entering {
        let controls = sheet(ctx).map_or_else(Vec::new, |layer| {
            ctx.viewport(|viewport| focusable(&viewport.this_pass.widgets, layer))
        });
        // The first control is the close button; the sheet's own controls come after it.
        let first = wanted
            .flatten()
            .or(controls.get(1).or(controls.first()).copied());
        if let (Some(first), false) = (first, controls.is_empty()) {
            memo.entering = false;
            if memo.overlay != Some(Overlay::Palette) {
                ctx.memory_mut(|memory| memory.request_focus(first));
            }
        } else {
            ctx.request_repaint();
        }
    }
    let focused = ctx.memory(Memory::focused);
    let widget = focused.and_then(|id| widget(ctx, id));
    if focused != memo.last
        && memo.keyboard
        && let Some(widget) = widget
        && !is_seen(&widget)
    {
        memo.hidden = Some(widget.id);
        ctx.request_repaint();
    }
    memo.last = focused;
    store(ctx, memo);
    if let Some(widget) = widget.filter(|_| memo.keyboard) {
        ring(ctx, &widget);
    }
}

/// Notes where a panel is; panels are drawn in reading order.
pub(super) fn note_panel(ctx: &Context, rect: Rect) {
    ctx.data_mut(|data| {
        let panels: &mut Vec<Rect> = data.get_temp_mut_or_default(panels_key());
        panels.push(rect);
    });
}

fn panels_key() -> Id {
    Id::unique("panels in reading order")
}

/// Whether F6 was pressed, and whether it goes backwards.
fn panel_key(ctx: &Context) -> Option<bool> {
    ctx.input_mut(|input| {
        let back = input.consume_key(Modifiers::SHIFT, Key::F6);
        (back || input.consume_key(Modifiers::NONE, Key::F6)).then_some(back)
    })
}

/// Moves the keyboard focus to the first control of the next or previous panel.
fn to_panel(ctx: &Context, panels: &[Rect], back: bool) {
    let focused = ctx.memory(Memory::focused);
    let (controls, at) = ctx.viewport(|viewport| {
        let widgets = &viewport.prev_pass.widgets;
        let at = focused
            .and_then(|id| widgets.get(id))
            .map(|widget| widget.rect.center());
        let controls = focusable(widgets, LayerId::background());
        // Only what is seen: rows that are scrolled out of one panel can be where another panel is.
        let place = |id: &Id| {
            let seen = widgets.get(*id)?.interact_rect;
            seen.is_positive().then_some((*id, seen))
        };
        (controls.iter().filter_map(place).collect::<Vec<_>>(), at)
    });
    let count = panels.len();
    let present = at.and_then(|at| panels.iter().position(|panel| panel.contains(at)));
    let way = (1..=count).map(|step| match (present, back) {
        (Some(present), false) => (present + step) % count,
        (Some(present), true) => (present + count - step) % count,
        (None, false) => step - 1,
        (None, true) => count - step,
    });
    // A panel with no enabled control is skipped; the edges between panels belong to none.
    let first = way
        .filter_map(|panel| panels.get(panel))
        .find_map(|panel| controls.iter().find(|(_, rect)| panel.contains_rect(*rect)));
    if let Some((id, _)) = first {
        ctx.memory_mut(|memory| memory.request_focus(*id));
    }
}

/// Notes the layer of the sheet that is being drawn.
pub(super) fn note_sheet(ctx: &Context, layer: LayerId) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("layer of the sheet"), layer));
}

fn sheet(ctx: &Context) -> Option<LayerId> {
    ctx.data(|data| data.get_temp(Id::unique("layer of the sheet")))
}

/// Puts the focus on this control first when the sheet has just opened.
pub(super) fn note_first(ctx: &Context, id: Id) {
    ctx.data_mut(|data| data.insert_temp(first_key(), Some(id)));
}

fn first_key() -> Id {
    Id::unique("first control of the sheet")
}

/// Notes that a control draws its own focus ring.
pub(super) fn note_ring(ctx: &Context, id: Id) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(Id::unique("own ring"), (id, pass)));
}

/// Whether this pass begins a separate edit: a key went down that types no letter, or assistive technology
/// acted on another control.
pub(super) fn begins_edit(ctx: &Context) -> bool {
    let typing = ctx.text_edit_focused();
    let mut memo = load(ctx);
    let mut begins = false;
    ctx.input(|input| {
        for event in &input.events {
            begins |= match event {
                Event::Key {
                    key,
                    pressed: true,
                    repeat: false,
                    ..
                } => !typing || matches!(key, Key::Tab | Key::ArrowUp | Key::ArrowDown),
                Event::AccessKitActionRequest(request) => {
                    let other = memo.spoken_to != Some(request.target_node);
                    memo.spoken_to = Some(request.target_node);
                    // A value that is set repeatedly is one slider being dragged.
                    other || request.action != Action::SetValue
                }
                _ => false,
            };
        }
    });
    store(ctx, memo);
    begins
}

/// Whether the input of this pass came from the keyboard (`true`) or the pointer; `None` without input.
fn by_keyboard(ctx: &Context) -> Option<bool> {
    ctx.input(|input| {
        let mut told = input.events.iter().filter_map(|event| match event {
            Event::Key { pressed: true, .. } => Some(true),
            Event::AccessKitActionRequest(_) => Some(true),
            Event::PointerButton { pressed: true, .. } => Some(false),
            _ => None,
        });
        told.next_back()
    })
}

/// Whether Tab was pressed, and in which direction it goes.
fn tab(ctx: &Context) -> Option<bool> {
    ctx.input(|input| {
        let mut pressed = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key: Key::Tab,
                pressed: true,
                modifiers,
                ..
            } if *modifiers == Modifiers::NONE => Some(true),
            Event::Key {
                key: Key::Tab,
                pressed: true,
                modifiers,
                ..
            } if modifiers.shift_only() => Some(false),
            _ => None,
        });
        pressed.next_back()
    })
}

/// The area of messages. It is above an open sheet, so that the sheet does not block the pointer.
pub(super) fn notices() -> Id {
    Id::unique("notices")
}

/// Moves the focus round the controls of the open sheet and of messages over it, but never out of them.
fn stay_inside(ctx: &Context, forward: bool) {
    let Some(layer) = sheet(ctx) else {
        return;
    };
    // Messages are above the sheet.
    let layers = [layer, LayerId::new(Order::Tooltip, notices())];
    let controls: Vec<Id> = ctx.viewport(|viewport| {
        let widgets = &viewport.prev_pass.widgets;
        let of = |layer| focusable(widgets, layer);
        layers.into_iter().flat_map(of).collect()
    });
    let focused = ctx.memory(Memory::focused);
    let at = controls.iter().position(|id| Some(*id) == focused);
    let count = controls.len();
    let next = match (at, forward) {
        (Some(at), true) => controls.get((at + 1) % count),
        (Some(at), false) => controls.get((at + count - 1) % count),
        (None, true) => controls.first(),
        (None, false) => controls.last(),
    };
    ctx.memory_mut(|memory| {
        memory.move_focus(FocusDirection::None);
        if let Some(next) = next {
            memory.request_focus(*next);
        }
    });
}

/// The controls in a layer that Tab reaches, in order.
fn focusable(widgets: &egui::WidgetRects, layer: LayerId) -> Vec<Id> {
    widgets
        .get_layer(layer)
        .filter(|widget| widget.enabled && widget.visible && widget.sense.is_focusable())
        .map(|widget| widget.id)
        .collect()
}

fn widget(ctx: &Context, id: Id) -> Option<WidgetRect> {
    ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).copied())
}

fn is_there(ctx: &Context, id: Id) -> bool {
    let widget = ctx.viewport(|viewport| viewport.prev_pass.widgets.get(id).copied());
    widget.is_some_and(|widget| widget.enabled && widget.visible)
}

fn is_seen(widget: &WidgetRect) -> bool {
    let needed = widget.rect.size().min(SEEN) - vec2(HAIR, HAIR);
    let seen = widget.interact_rect.size();
    seen.x >= needed.x && seen.y >= needed.y
}

/// Scrolls a control into view, as a request from assistive technology would.
fn scroll_to(ctx: &Context, id: Id) {
    let request = ActionRequest {
        action: Action::ScrollIntoView,
        target_tree: TreeId::ROOT,
        target_node: id.accesskit_id(),
        data: None,
    };
    ctx.input_mut(|input| {
        let event = Event::AccessKitActionRequest(request);
        input.events.push(event);
    });
}

/// Draws the focus ring, unless the control draws its own.
fn ring(ctx: &Context, widget: &WidgetRect) {
    let own: Option<(Id, u64)> = ctx.data(|data| data.get_temp(Id::unique("own ring")));
    let drawn = own == Some((widget.id, ctx.cumulative_pass_nr()));
    // A text field has an outline and a caret.
    if drawn || ctx.text_edit_focused() {
        return;
    }
    let room: Rect = widget.interact_rect.expand(tokens::STROKE_BOLD + 1.0);
    let stroke = Stroke::new(tokens::STROKE_BOLD, ctx.colours().text);
    ctx.layer_painter(widget.layer_id)
        .with_clip_rect(room)
        .rect_stroke(widget.rect, tokens::RADIUS, stroke, StrokeKind::Outside);
}
