//! The regions of the window: where each is, the edges between them, and the order in which they are read.
//!
//! They are drawn in that order, so that Tab follows the eye: bar, shelf, stage, direction, timeline.
//! egui's own panels claim their room as they are drawn, which would change the order. Must not know what
//! is in a region.

use egui::{
    Align, CursorIcon, EventFilter, Id, Key, Layout as Flow, Margin, Modifiers, Rect, Response,
    Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::focus;
use super::style::tokens;
use super::view::View;
use super::widgets::{Steps, bounded, spoken};
use crate::app::Command;
use crate::app::command::window::{Panel, WindowCommand};
use crate::app::state::layout::Layout;
use crate::ui::style::tokens::Themed as _;

/// Half of the width in which an edge can be grabbed.
const GRAB: f32 = 5.0;
/// Points that an arrow key moves an edge by.
const STEP: f32 = 8.0;
/// Points that an arrow key with Shift moves an edge by.
const JUMP: f32 = 40.0;

/// Where each region is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regions {
    /// Along the top.
    pub(super) bar: Rect,
    /// On the left.
    pub(super) shelf: Option<Rect>,
    /// In the middle.
    pub(super) stage: Rect,
    /// On the right.
    pub(super) direction: Option<Rect>,
    /// Along the bottom.
    pub(super) timeline: Option<Rect>,
}

impl Regions {
    /// Places the regions in the window: bar and timeline across its whole width, the others between them.
    pub(super) fn new(room: Rect, layout: &Layout) -> Self {
        let (bar, mut rest) = room.split_top_bottom_at_y(room.top() + tokens::TOP_BAR);
        let timeline = size(layout, Panel::Timeline, room.size(), rest.height()).map(|height| {
            let (above, timeline) = rest.split_top_bottom_at_y(rest.bottom() - height);
            rest = above;
            timeline
        });
        let shelf = size(layout, Panel::Shelf, room.size(), rest.width()).map(|width| {
            let (shelf, beside) = rest.split_left_right_at_x(rest.left() + width);
            rest = beside;
            shelf
        });
        let direction = size(layout, Panel::Direction, room.size(), rest.width()).map(|width| {
            let (beside, direction) = rest.split_left_right_at_x(rest.right() - width);
            rest = beside;
            direction
        });
        Self {
            bar,
            shelf,
            stage: rest,
            direction,
            timeline,
        }
    }
}

/// How much of `room`, in a window of the size `window`, a panel takes; `None` where it is folded.
fn size(layout: &Layout, panel: Panel, window: Vec2, room: f32) -> Option<f32> {
    let pane = layout.of(panel);
    let range = limits(panel, window);
    let size = pane.size.clamp(*range.start(), *range.end()).min(room);
    (!pane.folded).then(|| size.round())
}

/// The range of a panel's width or height: in a small window it takes no more than its share.
fn limits(panel: Panel, window: Vec2) -> std::ops::RangeInclusive<f32> {
    let (range, share) = match panel {
        Panel::Timeline => (tokens::TIMELINE, window.y * tokens::TIMELINE_SHARE),
        Panel::Shelf => (tokens::SHELF, window.x * tokens::SHELF_SHARE),
        Panel::Direction => (tokens::DIRECTION, window.x * tokens::DIRECTION_SHARE),
    };
    let (least, most) = (*range.start(), *range.end());
    least..=share.clamp(least, most)
}

/// Draws a region under a name that assistive technology can navigate to.
pub(super) fn region(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    margin: Margin,
    contents: impl FnOnce(&mut Ui),
) {
    let builder = UiBuilder::new()
        // The region's own, so that nothing before it changes the ids of its controls.
        .scope_id(Id::unique(("region", name)))
        .max_rect(rect - margin)
        .layout(Flow::top_down(Align::Min))
        .accessibility_role(Role::Region)
        .accessibility_label(name);
    let mut ui = ui.new_child(builder);
    bounded(&ui, rect);
    focus::note_panel(ui.ctx(), rect);
    ui.shrink_clip_rect(rect);
    ui.set_min_size(ui.available_size());
    contents(&mut ui);
}

/// The line below the bar.
pub(super) fn line_below(ui: &Ui, bar: Rect) {
    let stroke = Stroke::new(tokens::STROKE, ui.colours().line);
    ui.painter()
        .hline(bar.x_range(), bar.bottom() - 0.5, stroke);
}

/// The edge of a panel towards the stage: dragged, or moved by the arrow keys; a double click resets the
/// panel to its first size.
pub(super) fn edge(ui: &Ui, panel: Panel, rect: Rect, view: View<'_>) {
    let (line, grip) = match panel {
        Panel::Shelf => {
            let line = [rect.right_top(), rect.right_bottom()];
            (line, vec2(GRAB, 0.0))
        }
        Panel::Direction => {
            let line = [rect.left_top(), rect.left_bottom()];
            (line, vec2(GRAB, 0.0))
        }
        Panel::Timeline => {
            let line = [rect.left_top(), rect.right_top()];
            (line, vec2(0.0, GRAB))
        }
    };
    let (name, cursor) = match panel {
        Panel::Shelf => ("Width of the shelf", CursorIcon::ResizeHorizontal),
        Panel::Direction => ("Width of the direction panel", CursorIcon::ResizeHorizontal),
        Panel::Timeline => ("Height of the timeline", CursorIcon::ResizeVertical),
    };
    let taken = Rect::from_two_pos(line[0], line[1]).expand2(grip);
    let response = ui
        .interact(taken, Id::unique(("edge", panel)), Sense::click_and_drag())
        .on_hover_and_drag_cursor(cursor);
    let size = match panel {
        Panel::Timeline => rect.height(),
        Panel::Shelf | Panel::Direction => rect.width(),
    };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Splitter, true, name);
        info.value = Some(f64::from(size));
        info
    });
    let range = limits(panel, ui.ctx().content_rect().size());
    let steps = Steps {
        value: f64::from(size),
        range: f64::from(*range.start())..=f64::from(*range.end()),
        step: f64::from(STEP),
    };
    let told = spoken(ui, &response, &steps).map(|size| size as f32);
    let first = response
        .double_clicked()
        .then(|| Layout::default().of(panel).size);
    let pulled = pulled(panel, rect, &response);
    let keyed = keyed(ui, panel, &response).map(|by| size + by);
    if let Some(wanted) = told.or(first).or(pulled).or(keyed) {
        let wanted = wanted.clamp(*range.start(), *range.end()).round();
        if (wanted - size).abs() >= 1.0 {
            view.send(Command::Window(WindowCommand::Resize(panel, wanted)));
        }
    }
    let lit = response.hovered() || response.dragged();
    let (width, ink) = if lit {
        (tokens::STROKE_BOLD, ui.colours().outline)
    } else {
        (tokens::STROKE, ui.colours().line)
    };
    let half = if panel == Panel::Timeline {
        vec2(0.0, 0.5)
    } else {
        vec2(0.5, 0.0)
    };
    let line = line.map(|point| point + half);
    ui.painter().line_segment(line, Stroke::new(width, ink));
}

/// The size that a drag requests.
fn pulled(panel: Panel, rect: Rect, response: &Response) -> Option<f32> {
    if !response.dragged() {
        return None;
    }
    let at = response.interact_pointer_pos().unwrap_or(pos2(0.0, 0.0));
    Some(match panel {
        Panel::Shelf => at.x - rect.left(),
        Panel::Direction => rect.right() - at.x,
        Panel::Timeline => rect.bottom() - at.y,
    })
}

/// How much larger the arrow keys make it.
fn keyed(ui: &Ui, panel: Panel, response: &Response) -> Option<f32> {
    if !response.has_focus() {
        return None;
    }
    let (more, less) = match panel {
        Panel::Shelf => (Key::ArrowRight, Key::ArrowLeft),
        Panel::Direction => (Key::ArrowLeft, Key::ArrowRight),
        Panel::Timeline => (Key::ArrowUp, Key::ArrowDown),
    };
    let own = EventFilter {
        horizontal_arrows: panel != Panel::Timeline,
        vertical_arrows: panel == Panel::Timeline,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, own));
    let by = ui.input_mut(|input| {
        let mut by = 0.0;
        for (modifiers, step) in [(Modifiers::SHIFT, JUMP), (Modifiers::NONE, STEP)] {
            by += step * input.count_and_consume_key(modifiers, more) as f32;
            by -= step * input.count_and_consume_key(modifiers, less) as f32;
        }
        by
    });
    (by != 0.0).then_some(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_fill_the_window_without_a_gap() {
        let room = Rect::from_min_size(pos2(0.0, 0.0), vec2(1024.0, 640.0));
        let mut layout = Layout::default();
        let whole = Regions::new(room, &layout);
        let (shelf, direction) = (whole.shelf.unwrap(), whole.direction.unwrap());
        let timeline = whole.timeline.unwrap();
        assert_eq!(shelf.right(), whole.stage.left());
        assert_eq!(whole.stage.right(), direction.left());
        assert_eq!(whole.stage.top(), whole.bar.bottom());
        assert_eq!(whole.stage.bottom(), timeline.top());
        assert_eq!((timeline.left(), timeline.right()), (0.0, 1024.0));
        layout.timeline.size = 360.0;
        let low = Regions::new(room, &layout).timeline.unwrap();
        assert_eq!(low.height(), 192.0, "its share of a low window");
        layout.shelf.folded = true;
        layout.timeline.folded = true;
        let two = Regions::new(room, &layout);
        assert_eq!(two.stage.left_bottom(), room.left_bottom());
    }
}
