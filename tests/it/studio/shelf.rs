//! The shelf scrolls to the selected card: one that is reached by keys, made or opened.

use egui::{Key, Rect, Role, vec2};
use egui_kittest::kittest::Queryable as _;

use super::Window;

/// The position of a card, and whether the shelf shows all of it.
fn in_sight(stage: &Window, name: &str) -> bool {
    let shelf = stage
        .window
        .get_by_role_and_label(Role::Region, "Shelf")
        .rect();
    let card: Rect = stage
        .window
        .get_by_role_and_label(Role::Button, name)
        .rect();
    shelf.expand(1.0).contains_rect(card)
}

#[test]
fn the_shelf_scrolls_to_what_is_selected() {
    let mut stage = Window::open();
    stage.window.set_size(vec2(1024.0, 640.0));
    stage.make_takes(12);
    let mut hidden = 0;
    for number in (1..=12).rev() {
        let card = format!("Take {number}");
        assert!(in_sight(&stage, &card), "{card}");
        hidden += usize::from(!in_sight(&stage, "Take 12"));
        stage.press(Key::PageDown);
        stage.window.run_steps(2);
    }
    assert!(hidden > 0, "they do not fit all at once");

    let path = stage.picture("hill.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio.picture().is_some_and(|one| one.name == "hill.png")
    });
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Picture hill.png"));
    stage.press(Key::PageDown);
    stage.window.run_steps(2);
    assert!(in_sight(&stage, "Take 12"));
}
