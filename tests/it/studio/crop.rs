//! The crop window on the stage:
//!
//! - keys and the pointer move it, and the order contains the area that it shows
//! - an edge changes the size of the frame, in the model's multiples
//! - a drag is one edit, and undo restores the previous crop

use std::time::Duration;

use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora::media::crop::Window as Part;
use kinora::media::fit::Fit;

use super::Window;

fn window_of(stage: &Window) -> Part {
    match stage.studio().direction().fit {
        Fit::Window(window) => window,
        other => panic!("{other} is no window"),
    }
}

/// Drags the control with this name by this many points.
fn drag(stage: &mut Window, label: &str, by: (f32, f32)) {
    let rect = {
        let node = stage.window.get_by_label_contains(label);
        node.rect()
    };
    let from = rect.center();
    stage.window.drag_at(from);
    stage.window.run_steps(2);
    for part in 1..=4 {
        let way = vec2(by.0, by.1) * part as f32 / 4.0;
        stage.window.hover_at(from + way);
        stage.window.run_steps(2);
    }
    stage.window.drop_at(from + vec2(by.0, by.1));
    stage.window.run_steps(3);
}

#[test]
fn the_crop_is_moved_and_goes_into_the_order() {
    let mut stage = Window::open();
    // Wider than the model's 256 × 144.
    let path = stage.picture_of("meadow.png", 96, 36);
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage
        .window
        .get_by_label("Crop window, 64 × 36 of 96 × 36 pixels");
    assert_eq!(stage.studio().direction().fit, Fit::Crop);

    let body = stage.window.get_by_label_contains("Crop window");
    body.focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowRight);
    assert_eq!(window_of(&stage), "17,0,64,36".parse().unwrap());
    stage
        .window
        .key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    stage.window.run_steps(3);
    assert_eq!(window_of(&stage).x, 21, "a twentieth of the width");
    stage.press(Key::Minus);
    let smaller = window_of(&stage);
    assert!(smaller.width < 64, "{smaller}");

    drag(&mut stage, "Crop window", (-4000.0, 0.0));
    let moved = window_of(&stage);
    assert_eq!(
        (moved.x, moved.width),
        (0, smaller.width),
        "as far as it goes"
    );
    drag(&mut stage, "Crop, lower right corner", (-120.0, -120.0));
    let scaled = window_of(&stage);
    assert!(scaled.width < moved.width && scaled.x == 0, "{scaled}");
    let shape = scaled.shape() * 9.0 / 16.0;
    // Crops are whole pixels, so a side of some forty pixels is off by at most half a pixel.
    assert!((shape - 1.0).abs() < 0.03, "{scaled}");

    stage.press(Key::Escape);
    stage.window.get_by_label("Generate").click();
    stage.window.run_steps(3);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    assert_eq!(order.fit, Fit::Window(scaled));

    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    assert_eq!(
        stage.studio().direction().fit,
        Fit::Crop,
        "a window means nothing on another picture"
    );
    let undo = (Modifiers::COMMAND, Key::Z);
    stage.window.key_press_modifiers(undo.0, undo.1);
    stage.window.run_steps(3);
    assert_eq!(window_of(&stage), scaled);
    stage.window.key_press_modifiers(undo.0, undo.1);
    stage.window.run_steps(3);
    assert_eq!(window_of(&stage), moved, "a drag is one edit");
    stage.window.key_press_modifiers(undo.0, undo.1);
    stage.window.run_steps(3);
    assert_eq!(window_of(&stage), smaller);
}

#[test]
fn an_edge_gives_the_frame_another_size() {
    let mut stage = Window::open();
    stage.click("Begin with Bridge");
    stage.unfold_all();
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Custom")
        .click_accesskit();
    stage.window.run_steps(3);
    let before = window_of(&stage);
    drag(&mut stage, "Crop, right edge", (-200.0, 0.0));
    let (width, height) = stage.studio().settings().unwrap().size;
    assert!(width % 8 == 0 && height % 8 == 0, "{width} × {height}");
    assert_ne!((width, height), (256, 144));
    let window = window_of(&stage);
    let off = window.shape() / (width as f64 / height as f64);
    assert!((off - 1.0).abs() < 0.01, "{window} in {width} × {height}");
    assert!(window.width < before.width);
    stage.reveal_chip("Revert size");
    stage.window.get_by_label("Revert size");
    stage.click("Revert framing");
    assert_eq!(stage.studio().direction().fit, Fit::Crop);
    stage.click("Revert size");
    assert_eq!(stage.studio().settings().unwrap().size, (256, 144));

    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Fit")
        .click_accesskit();
    stage.window.run_steps(3);
    assert!(
        stage
            .window
            .query_by_label_contains("Crop window")
            .is_none(),
        "nothing is cropped, so nothing is offered"
    );
}
