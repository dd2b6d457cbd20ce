//! Positions on the picture, and the cursor that the arrow keys move over it.

use egui::{Event, EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, Ui};

/// How far an arrow key moves the cursor, as a part of the picture.
const STEP: f32 = 0.02;
/// The same with Shift.
const JUMP: f32 = 0.1;

/// A position on the screen as fractions of the picture in `rect`.
pub(super) fn in_picture(rect: Rect, at: Pos2) -> [f32; 2] {
    let part = (at - rect.min) / rect.size();
    [part.x, part.y]
}

/// Adds the positions of the pointer since the last frame to a line, in fractions of the picture in `rect`: at a low frame
/// rate, a line through one position for each frame would have corners.
pub(super) fn extend(ui: &Ui, rect: Rect, response: &Response, line: &mut Vec<[f32; 2]>) {
    let moved = |event: &Event| match event {
        Event::PointerMoved(to) => Some(*to),
        _ => None,
    };
    // In the frame with the press, the pointer moved before that.
    let trail: Vec<Pos2> = ui.input(|input| {
        let events = input.events.iter().filter_map(moved);
        events.filter(|_| !input.pointer.any_pressed()).collect()
    });
    for to in trail.into_iter().chain(response.interact_pointer_pos()) {
        let to = in_picture(rect, to);
        let away = |last: &[f32; 2]| {
            let [x, y] = [to[0] - last[0], to[1] - last[1]];
            (x * rect.width()).hypot(y * rect.height())
        };
        if line.last().is_none_or(|last| away(last) >= 1.0) {
            line.push(to);
        }
    }
}

/// The cursor of a drawing area, for use without a pointer.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// Where it is, as fractions of the picture.
    pub(super) at: [f32; 2],
}

impl Cursor {
    /// The cursor of the area `id`, in the middle until it is moved.
    pub(super) fn of(ui: &Ui, id: Id) -> Self {
        let at = ui.data(|data| data.get_temp(id.with("cursor")));
        Self {
            at: at.unwrap_or([0.5; 2]),
        }
    }

    /// Where it is, for screen readers.
    pub(super) fn words(&self) -> String {
        let [x, y] = self.at.map(|part| part * 100.0);
        format!("cursor {x:.0}% from the left and {y:.0}% from the top")
    }

    /// Moves it by the arrow keys.
    pub(super) fn keys(&self, ui: &Ui, response: &Response) {
        let by = arrows(ui, response);
        if by != [0.0; 2] {
            let at = [0, 1].map(|axis| (self.at[axis] + by[axis]).clamp(0.0, 1.0));
            ui.data_mut(|data| data.insert_temp(response.id.with("cursor"), at));
            ui.ctx().request_repaint();
        }
    }
}

/// How far the arrow keys go, as fractions of the picture; only the focused area receives them.
pub(super) fn arrows(ui: &Ui, response: &Response) -> [f32; 2] {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let mut by = [0.0; 2];
    for (modifiers, step) in [(Modifiers::SHIFT, JUMP), (Modifiers::NONE, STEP)] {
        let pressed =
            |key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key)) as f32;
        by[0] += step * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft));
        by[1] += step * (pressed(Key::ArrowDown) - pressed(Key::ArrowUp));
    }
    by
}
