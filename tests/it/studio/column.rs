//! The direction column as a user first sees it, without scrolling:
//!
//! - camera with strengths, frame, quality and Generate are visible at 1440 × 900
//! - collapsed sections show their values

use egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::Window;

#[test]
fn the_main_settings_are_visible_without_scrolling() {
    let mut stage = Window::open();
    stage.until("the moves", |studio| {
        studio.runtime.camera.listed && studio.runtime.presets.len() == 4
    });
    let path = stage.picture_of("hill.png", 96, 64);
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.window.run_steps(8);
    let column = stage
        .window
        .get_by_role_and_label(Role::Region, "Direction")
        .rect();
    let button = stage
        .window
        .get_by_role_and_label(Role::Button, "Generate")
        .rect();
    let in_sight = |stage: &Window, role, label: &str| {
        let rect = stage.window.get_by_role_and_label(role, label).rect();
        assert!(
            column.contains_rect(rect) && rect.bottom() <= button.top(),
            "{label} is at {rect:?} in {column:?}, above {button:?}"
        );
    };
    for axis in [
        "Pan",
        "Tilt",
        "Zoom",
        "Roll",
        "Orbit",
        "Dolly zoom",
        "Handheld",
    ] {
        in_sight(&stage, Role::Slider, axis);
    }
    for section in ["Camera", "Motion", "Frame", "Quality"] {
        in_sight(&stage, Role::DisclosureTriangle, section);
    }
    for quality in ["Draft", "Standard", "Fine"] {
        in_sight(&stage, Role::RadioButton, quality);
    }
}

#[test]
fn collapsed_sections_show_their_values() {
    let mut stage = Window::open();
    stage.until("the moves", |studio| {
        studio.runtime.camera.listed && studio.runtime.presets.len() == 4
    });
    let value = |stage: &Window, section: &str| {
        let head = stage
            .window
            .get_by_role_and_label(Role::DisclosureTriangle, section);
        head.accesskit_node()
            .data()
            .description()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(value(&stage, "Frame"), "16:9 · 256 × 144");
    assert_eq!(value(&stage, "Quality"), "Standard");
    stage.press(Key::Num1);
    stage.press(Key::Num3);
    assert_eq!(value(&stage, "Camera"), "Pan left + Zoom in");
    stage.slide("Motion", 20.0);
    stage.slide("Frames per second", 14.0);
    assert_eq!(value(&stage, "Motion"), "still · 1.0 s");
    stage.slide("Steps", 3.0);
    assert_eq!(value(&stage, "Quality"), "Custom");
}
