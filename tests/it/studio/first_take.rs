//! The first take, with nothing chosen but a picture:
//!
//! - it has a gentle camera move that suits the picture's shape, which is shown and can be removed with a click
//! - the user's choice replaces it, and a take that is made again has the same move as before
//! - a portrait picture gets a portrait frame, and the shape of the frame is chosen next to the picture
//! - until the first step is done, the stage shows what the camera will do

use std::time::Duration;

use egui::accesskit::Toggled;
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::engine::protocol::Order;

use super::{STEPS, Window};

const CTRL: Modifiers = Modifiers::COMMAND;

/// A window with a picture of this size on the stage and nothing else chosen.
fn with_picture(width: u32, height: u32) -> Window {
    let mut stage = Window::open();
    stage.until("the moves", |studio| {
        studio.runtime.camera.listed && studio.runtime.presets.len() == 4
    });
    bring(&mut stage, width, height);
    stage
}

fn bring(stage: &mut Window, width: u32, height: u32) {
    let name = format!("{width} by {height}.png");
    let path = stage.picture_of(&name, width, height);
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio.picture().is_some_and(|picture| picture.name == name)
    });
    stage.window.run_steps(3);
}

fn order(stage: &mut Window) -> Order {
    stage.press(Key::Enter);
    if stage.window.query_by_label("Make it anyway").is_some() {
        stage.click("Make it anyway");
    }
    let order = stage.orders.recv_timeout(Duration::from_secs(5));
    order.expect("an order")
}

fn moves(order: &Order) -> Vec<(&str, f32)> {
    let loras = order.loras.iter();
    loras
        .map(|lora| (lora.name.as_str(), lora.strength))
        .collect()
}

fn size(order: &Order) -> Option<(usize, usize)> {
    order.draft.width.zip(order.draft.height)
}

#[test]
fn a_gentle_move_suits_the_shape_of_the_picture() {
    for (width, height, name, title) in [
        (96, 64, "zoom-in", "Zoom in"),
        (96, 40, "pan-right", "Pan right"),
        (40, 60, "zoom-in", "Zoom in"),
        (30, 96, "tilt-up", "Tilt up"),
    ] {
        let mut stage = with_picture(width, height);
        stage.window.get_by_label(&format!("Suggested: {title}"));
        assert!(
            stage.studio().direction().moves.is_empty(),
            "nothing is chosen"
        );
        let order = order(&mut stage);
        assert_eq!(moves(&order), [(name, 0.6)], "{width} × {height}");
    }
}

#[test]
fn a_suggested_move_is_removed_and_restored_with_a_click() {
    let mut stage = with_picture(96, 64);
    let zoom = stage.window.get_by_role_and_label(Role::Slider, "Zoom");
    let value = zoom.accesskit_node().numeric_value().expect("a number");
    assert!((value - 0.6).abs() < 1e-6, "as it will be: {value}");
    stage.click("Hold the camera still");
    stage.window.get_by_label("Camera holds still");
    assert!(moves(&order(&mut stage)).is_empty());
    stage.finish();
    stage.click("Suggest a camera move");
    stage.window.get_by_label("Suggested: Zoom in");
    stage.press_with(CTRL, Key::Z);
    stage.window.get_by_label("Camera holds still");
    stage.press_with(CTRL, Key::Z);
    stage.window.get_by_label("Suggested: Zoom in");

    // A choice replaces the suggestion; a drag starts from it.
    stage.click("Pan left");
    assert_eq!(moves(&order(&mut stage)), [("pan-left", 1.0)]);
    stage.finish();
    stage.press_with(CTRL, Key::Z);
    stage.slide("Zoom", 0.9);
    assert_eq!(moves(&order(&mut stage)), [("zoom-in", 0.9)]);
    stage.finish();
    stage.press_with(CTRL, Key::Z);
    stage.slide("Tilt", 0.5);
    let both = order(&mut stage);
    assert_eq!(moves(&both), [("zoom-in", 0.6), ("tilt-up", 0.5)]);
}

#[test]
fn a_take_without_a_move_is_made_again_without_one() {
    let mut stage = with_picture(40, 60);
    stage.click("Hold the camera still");
    let first = order(&mut stage);
    stage.finish();
    stage.click("Suggest a camera move");
    let second = order(&mut stage);
    assert_eq!(moves(&second), [("zoom-in", 0.6)]);
    stage.finish();
    stage.press(Key::PageDown);
    stage.press_with(Modifiers::SHIFT, Key::R);
    stage.until("its settings", |studio| {
        studio.direction().draft.seed.is_some()
    });
    let again = order(&mut stage);
    assert!(moves(&again).is_empty());
    assert_eq!(
        size(&first).map(|(width, height)| width < height),
        Some(true)
    );
}

#[test]
fn a_portrait_picture_gets_a_portrait_frame_and_shapes_are_chosen_at_it() {
    let mut stage = with_picture(60, 80);
    let chosen = |stage: &Window| {
        let shapes = ["As picture", "16:9", "1:1", "4:5", "9:16"].into_iter();
        let mut chosen = shapes.filter(|shape| {
            let node = stage.window.get_by_role_and_label(Role::RadioButton, shape);
            let node = node.accesskit_node();
            node.toggled() == Some(Toggled::True) || node.is_selected() == Some(true)
        });
        let first = chosen.next();
        assert_eq!(chosen.next(), None, "one of them");
        first
    };
    assert_eq!(chosen(&stage), Some("As picture"));
    let (width, height) = stage.studio().settings().unwrap().size;
    assert!(
        (width as f64 / height as f64 - 0.75).abs() < 0.05,
        "{width} × {height}"
    );
    assert!(
        stage.window.query_by_label("Revert size").is_none(),
        "not chosen"
    );
    for (shape, ratio) in [
        ("16:9", 16.0 / 9.0),
        ("1:1", 1.0),
        ("4:5", 0.8),
        ("9:16", 0.5625),
    ] {
        let segment = stage.window.get_by_role_and_label(Role::RadioButton, shape);
        segment.click();
        stage.window.run_steps(3);
        assert_eq!(chosen(&stage), Some(shape));
        let (width, height) = stage.studio().settings().unwrap().size;
        let off = width as f64 / height as f64 / ratio;
        assert!((off - 1.0).abs() < 0.08, "{width} × {height} for {shape}");
        stage.window.get_by_label("Revert size");
    }
    assert_eq!(size(&order(&mut stage)), Some((144, 256)));
    stage.finish();
    stage.click("Picture 60 by 80.png");
    let segment = stage
        .window
        .get_by_role_and_label(Role::RadioButton, "As picture");
    segment.click();
    stage.window.run_steps(3);
    assert_eq!(
        stage.studio().direction().draft.width,
        None,
        "as it was at first"
    );
    // A landscape picture has the model's own frame.
    bring(&mut stage, 96, 64);
    assert_eq!(chosen(&stage), Some("16:9"));
    assert_eq!(size(&order(&mut stage)), None);
}

#[test]
fn the_stage_shows_what_the_camera_will_do_until_there_is_a_preview() {
    let mut stage = with_picture(96, 64);
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    let words = "Camera preview. Rendering the take…";
    assert!(stage.window.query_by_label_contains(words).is_some());
    assert!(
        stage
            .window
            .query_by_label_contains("Crop window")
            .is_none()
    );
    let _ = stage.permits.send(());
    stage.until("a preview", |studio| {
        studio.running().is_some_and(|job| job.preview.is_some())
    });
    assert!(stage.window.query_by_label_contains(words).is_none());
    for _ in 1..STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("the take", |studio| studio.shown_take().is_some());
}
