//! Divides what the pointer does between frames, so that each control is chosen by where the pointer was pressed.
//!
//! egui looks for the control under the pointer once for each frame, where the pointer is at the end. If a window
//! draws slowly, a press and the movement after it often arrive together, and the press would reach whatever control
//! is under the pointer by then; a narrow handle would hardly ever be dragged. A release is no different: the
//! movement just before it would be lost.

use egui::{Context, Event, Plugin, Pos2, RawInput};

/// The events that a later frame receives, and whether a button is held down.
#[derive(Debug, Default)]
pub(in crate::ui) struct PointerQueue {
    later: Vec<Event>,
    press: Option<Press>,
}

/// A button that is held down.
#[derive(Clone, Copy, Debug)]
struct Press {
    at: Pos2,
    /// Whether the pointer has moved too far for a click.
    dragging: bool,
}

impl Plugin for PointerQueue {
    fn debug_name(&self) -> &'static str {
        "pointer queue"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        // A second pass of the same frame draws again what the first one received.
        if ctx.current_pass_index() > 0 {
            return;
        }
        let reach = ctx.options(|options| options.input_options.max_click_dist);
        self.later.append(&mut input.events);
        let now = self.first_part(reach);
        input.events = self.later.drain(..now).collect();
        if !self.later.is_empty() {
            ctx.request_repaint();
        }
    }
}

impl PointerQueue {
    /// How many of the waiting events the next frame receives; `reach` is how far a click may move, in points.
    fn first_part(&mut self, reach: f32) -> usize {
        let (mut pressed, mut moved) = (None, false);
        for (index, event) in self.later.iter().enumerate() {
            match *event {
                Event::PointerButton {
                    pos, pressed: true, ..
                } => {
                    let dragging = false;
                    self.press = Some(Press { at: pos, dragging });
                    pressed = Some(pos);
                }
                Event::PointerMoved(to) => {
                    let leaves = |at: Pos2| !stays(&self.later[index..], at, reach);
                    if pressed.is_some_and(leaves) {
                        return index;
                    }
                    if let Some(press) = &mut self.press {
                        press.dragging |= press.at.distance(to) > reach;
                    }
                    moved = true;
                }
                Event::PointerButton { pressed: false, .. } => {
                    if moved && self.press.is_some_and(|press| press.dragging) {
                        return index;
                    }
                    self.press = None;
                }
                _ => {}
            }
        }
        self.later.len()
    }
}

/// Whether the pointer stays at `at` until a button is released or pressed again, as in a click by a hand that shakes.
fn stays(events: &[Event], at: Pos2, reach: f32) -> bool {
    for event in events {
        match *event {
            Event::PointerMoved(to) if at.distance(to) > reach => return false,
            Event::PointerButton { .. } => return true,
            _ => {}
        }
    }
    false
}
