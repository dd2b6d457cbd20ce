//! What is written on cards and on the stage:
//!
//! - a label that is too long for its card ends with an ellipsis, and the tooltip has all of it
//! - compared takes have the same letters on the stage as on their cards

use egui::{Event, Key, Role, Shape};
use egui_kittest::kittest::Queryable as _;

use super::Window;

impl Window {
    /// All texts that the window draws.
    fn written(&self) -> Vec<String> {
        fn collect(shape: &Shape, found: &mut Vec<String>) {
            match shape {
                Shape::Text(text) => found.push(text.galley.text().to_owned()),
                Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        for clipped in &self.window.output().shapes {
            collect(&clipped.shape, &mut found);
        }
        found
    }

    /// Types into the field that is open, and keeps the name.
    fn retype(&mut self, field: &str, name: &str) {
        self.window.get_by_role_and_label(Role::TextInput, field);
        self.window.event(Event::Text(name.to_owned()));
        self.window.run_steps(2);
        self.press(Key::Enter);
    }
}

#[test]
fn a_long_label_is_cut_at_its_end() {
    let mut stage = Window::with_takes(1);
    let name = "Morning walk to the summer palace";
    stage.press(Key::F2);
    stage.retype("Name of the take", name);
    let on_card = stage
        .written()
        .into_iter()
        .find(|text| text.starts_with("1 · "));
    let on_card = on_card.expect("the label of the card");
    let start = on_card.strip_suffix('…').expect("an ellipsis at the end");
    let whole = format!("1 · {name}");
    assert!(whole.starts_with(start), "{on_card}");
    assert!(start.len() > "1 · ".len() + 3, "{on_card}");
    let card = stage.window.get_by_role_and_label(Role::Button, "Take 1");
    card.hover();
    stage.window.run_steps(30);
    stage
        .window
        .get_by_label_contains(&format!("Take 1\n{name}"));
}

#[test]
fn compared_takes_have_the_letters_of_their_cards() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::C);
    for way in ["Wipe", "Side by side"] {
        stage.click(way);
        let written = stage.written();
        for expected in ["A · Take 2", "B · Take 1", "A", "B"] {
            assert!(
                written.iter().any(|text| text == expected),
                "{expected}, {way}"
            );
        }
    }
}
