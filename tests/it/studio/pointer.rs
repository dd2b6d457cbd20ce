//! The pointer while the window draws slowly, so that a whole gesture arrives in one frame:
//!
//! - every handle is dragged from where it was pressed to where it was released, as one edit
//! - a click reaches the control under it, wherever the pointer goes next
//! - a press and the first movement of a drag that continues arrive together

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::{Shown, Studio};

use super::Window;

impl Window {
    /// Where the control with this name is.
    fn middle_of(&self, label: &str) -> Pos2 {
        self.window.get_by_label(label).rect().center()
    }

    /// Gives the next frame all of these events.
    fn in_one_frame(&mut self, events: impl IntoIterator<Item = Event>) {
        self.window.input_mut().events.extend(events);
        self.window.run_steps(5);
    }

    /// Presses, drags and releases within one frame.
    pub(super) fn quick_drag(&mut self, label: &str, by: Vec2) {
        let from = self.middle_of(label);
        let way = [1, 2, 3, 4].map(|part| Event::PointerMoved(from + by * part as f32 / 4.0));
        let mut events = vec![Event::PointerMoved(from), button(from, true)];
        events.extend(way);
        events.push(button(from + by, false));
        self.in_one_frame(events);
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn trimmed(studio: &Studio) -> Vec<(usize, usize)> {
    let clips = studio.sequence().clips().iter();
    clips.map(|clip| (clip.from, clip.to)).collect()
}

#[test]
fn a_handle_that_is_dragged_within_one_frame_moves() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::A);
    stage.press(Key::A);
    stage.press(Key::Q);
    assert_eq!(stage.studio().session.shown, Shown::Sequence);
    stage.press(Key::K);
    let pitch = stage.middle_of("Frame 2").x - stage.middle_of("Frame 1").x;
    assert!(pitch > 30.0, "the movement leaves the handle: {pitch}");

    stage.quick_drag("End of clip 2", vec2(-2.0 * pitch, 0.0));
    assert_eq!(trimmed(stage.studio()), [(0, 4), (0, 2)]);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(trimmed(stage.studio()), [(0, 4), (0, 4)], "one edit");
    stage.quick_drag("Beginning of clip 1", vec2(pitch, 0.0));
    assert_eq!(trimmed(stage.studio()), [(1, 4), (0, 4)]);
    stage.press_with(Modifiers::COMMAND, Key::Z);

    stage.quick_drag("Cross-fade into clip 2", vec2(2.0 * pitch, 0.0));
    assert_eq!(stage.studio().sequence().clips()[1].fade, 2);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.studio().sequence().clips()[1].fade, 0);

    stage.quick_drag("End of the range", vec2(-2.0 * pitch, 0.0));
    assert_eq!(stage.studio().session.playback.range, Some((0, 5)));

    let width = |stage: &Window| stage.studio().session.layout.shelf.size;
    let before = width(&stage);
    stage.quick_drag("Width of the shelf", vec2(40.0, 0.0));
    // The edge goes to the pointer, which is in the middle of the handle; panels have whole widths.
    assert!((width(&stage) - before - 40.0).abs() <= 1.0);
}

#[test]
fn a_corner_of_the_crop_is_dragged_within_one_frame() {
    let mut stage = Window::open();
    let path = stage.picture_of("meadow.png", 96, 36);
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    let before = stage.window.get_by_label_contains("Crop window").rect();
    stage.quick_drag("Crop, lower right corner", vec2(-90.0, -50.0));
    let after = stage.window.get_by_label_contains("Crop window").rect();
    assert_eq!(after.min, before.min, "the opposite corner stays");
    assert!(after.width() < before.width() - 40.0, "{before} to {after}");
}

#[test]
fn a_click_reaches_what_is_under_it_and_a_drag_continues() {
    let mut stage = Window::with_takes(1);
    let star = stage.middle_of("Only starred takes");
    let elsewhere = stage.window.get_by_label("Take 1, frame 1").rect().center();
    let click = [
        Event::PointerMoved(star),
        button(star, true),
        button(star, false),
    ];
    stage.in_one_frame(
        click
            .clone()
            .into_iter()
            .chain([Event::PointerMoved(elsewhere)]),
    );
    assert!(stage.studio().session.filter.starred);
    // A hand that shakes still clicks, within the one frame.
    let near = star + vec2(1.0, 2.0);
    let shaken = [
        button(star, true),
        Event::PointerMoved(near),
        button(near, false),
    ];
    stage.window.input_mut().events.extend(shaken);
    stage.window.run_steps(2);
    assert!(!stage.studio().session.filter.starred);

    let slider = stage.window.get_by_role_and_label(Role::Slider, "Ruler");
    let ruler = slider.rect();
    let (from, to) = (ruler.left_center(), ruler.right_center());
    let at = |part: f32| from.lerp(to, part);
    // A quarter of four frames is one frame.
    stage.in_one_frame([button(at(0.3), true), Event::PointerMoved(at(0.6))]);
    assert_eq!(stage.studio().playhead(), 2);
    stage.in_one_frame([Event::PointerMoved(at(0.8))]);
    assert_eq!(stage.studio().playhead(), 3);
    stage.in_one_frame([Event::PointerMoved(at(0.1)), button(at(0.1), false)]);
    assert_eq!(stage.studio().playhead(), 0);
    stage.in_one_frame([Event::PointerMoved(at(0.8))]);
    assert_eq!(stage.studio().playhead(), 0, "the drag is over");
}
