//! Takes dragged from the shelf into the sequence:
//!
//! - the empty strip takes the first one; others go before, between or behind the clips, as the mark says
//! - what is on the stage stays there, a small picture follows the pointer, and one undo removes the clip
//! - Escape, or letting go elsewhere, leaves the sequence as it was; a drag within one frame works too

use egui::{Key, Modifiers, Pos2, Role, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Shown;

use super::Window;

impl Window {
    /// The middle of the strip with the clips, at this part of the window's width.
    fn strip(&self, part: f32) -> Pos2 {
        let timeline = self
            .window
            .get_by_role_and_label(Role::Region, "Timeline")
            .rect();
        // The strip is at the bottom, within a margin.
        pos2(
            timeline.left() + timeline.width() * part,
            timeline.bottom() - 35.0,
        )
    }

    /// Drags a card to a place, without letting go.
    fn drag_card(&mut self, card: &str, to: Pos2) {
        let from = self.card(card);
        self.window.hover_at(from);
        self.window.step();
        self.window.drag_at(from);
        self.window.step();
        for part in [0.3, 0.6, 1.0] {
            self.window.hover_at(from.lerp(to, part));
            self.window.step();
        }
        self.window.run_steps(2);
    }

    fn card(&self, name: &str) -> Pos2 {
        let card = self.window.get_by_role_and_label(Role::Button, name);
        card.rect().center()
    }

    fn let_go(&mut self, at: Pos2) {
        self.window.drop_at(at);
        self.window.run_steps(3);
    }

    /// The numbers of the takes in the sequence.
    fn in_sequence(&self) -> Vec<usize> {
        let clips = self.sequence().clips().iter();
        let takes = clips.filter_map(|clip| self.studio().take_named(clip.source.take));
        takes.map(|take| take.number).collect()
    }
}

#[test]
fn a_take_is_dragged_from_the_shelf_into_the_sequence() {
    let mut stage = Window::with_takes(3);
    let shown = stage.studio().session.shown;

    let place = stage.strip(0.5);
    stage.drag_card("Take 1", place);
    stage.window.get_by_label("Take 1 becomes clip 1");
    stage.let_go(place);
    assert_eq!(stage.in_sequence(), [1]);
    assert_eq!(stage.studio().session.shown, shown, "it was not clicked");

    let clip = |stage: &Window, number: usize| {
        let name = format!("Clip {number}:");
        stage.window.get_by_label_contains(&name).rect()
    };
    // Before it, by its left half.
    let first = clip(&stage, 1);
    let place = first.left_center() + vec2(0.2 * first.width(), 0.0);
    stage.drag_card("Take 2", place);
    stage.window.get_by_label("Take 2 becomes clip 1");
    stage.let_go(place);
    assert_eq!(stage.in_sequence(), [2, 1]);

    // Between the two.
    let place = clip(&stage, 2).left_center();
    stage.drag_card("Take 3", place);
    stage.window.get_by_label("Take 3 becomes clip 2");
    follows(&mut stage, place);
    stage.let_go(place);
    assert_eq!(stage.in_sequence(), [2, 3, 1]);
    let selected = stage.studio().session.clip;
    assert_eq!(selected, Some(stage.sequence().clips()[1].id));

    // Behind all of them, and within one frame.
    let by = stage.strip(0.95) - stage.card("Take 2");
    stage.quick_drag("Take 2", by);
    assert_eq!(stage.in_sequence(), [2, 3, 1, 2]);

    for remaining in [&[2, 3, 1][..], &[2, 1], &[1], &[]] {
        assert_eq!(stage.studio().history.undo_label(), Some("add clip"));
        stage.press_with(Modifiers::COMMAND, Key::Z);
        assert_eq!(stage.in_sequence(), remaining);
    }
}

/// Checks that the middle frame of take 3 is drawn beside the pointer. On a busy machine, its texture may take some
/// frames of the window to arrive.
fn follows(stage: &mut Window, pointer: Pos2) {
    let at = pointer + vec2(30.0, 24.0);
    let mut last = [0; 4];
    for _ in 0..200 {
        let picture = match stage.window.render() {
            Ok(picture) => picture,
            Err(reason) => return println!("skipped, nothing to draw with: {reason}"),
        };
        last = picture.get_pixel(at.x as u32, at.y as u32).0;
        // Sampling a plain texture and blending each cause a rounding error of at most one.
        if last
            .iter()
            .zip([200, 80, 90])
            .all(|(found, expected)| found.abs_diff(expected) <= 2)
        {
            return;
        }
        stage.window.step();
    }
    panic!("{last:?} beside the pointer");
}

#[test]
fn escape_and_other_places_leave_the_sequence_as_it_was() {
    let mut stage = Window::with_takes(1);
    let place = stage.strip(0.5);
    stage.drag_card("Take 1", place);
    stage.window.get_by_label("Take 1 becomes clip 1");
    stage.press(Key::Escape);
    assert!(
        stage
            .window
            .query_by_label("Take 1 becomes clip 1")
            .is_none()
    );
    stage.let_go(place);
    assert!(stage.sequence().is_empty());

    let elsewhere = stage.window.get_by_label("Take 1, frame 1").rect().center();
    stage.drag_card("Take 1", elsewhere);
    stage.let_go(elsewhere);
    assert!(stage.sequence().is_empty());
    // The strip has room for a take even while a picture is on the stage.
    stage
        .window
        .get_by_label("Picture meadow.png")
        .click_accesskit();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().session.shown, Shown::Picture);
    stage.drag_card("Take 1", place);
    stage.window.get_by_label("Take 1 becomes clip 1");
    stage.let_go(place);
    assert_eq!(stage.in_sequence(), [1]);
}
