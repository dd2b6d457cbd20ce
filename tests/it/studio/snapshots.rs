//! Pictures of the main states, compared with reviewed ones.
//!
//! - each shows one panel or sheet at a small size, without photographs and without anything that moves or depends on
//!   the machine
//! - `UPDATE_SNAPSHOTS=1 cargo test --locked --release --test it -- snapshots` rewrites them; review each before
//!   committing

use egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions, image_snapshot_options};

use super::Window;
use crate::skip::first_adapter;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// How far a pixel may be off, as dify measures it (weighted squared distance in YIQ).
///
/// llvmpipe and SwiftShader, which share no code, differ by up to 8 levels of 255 where edges are blended, a distance
/// of 32. The limit is twice that, so that another version of either still passes. Moving the faintest line of the
/// window by a point gives 146; a different letter gives thousands.
const THRESHOLD: f32 = 64.0;

/// A window of the smallest size with two takes, drawn by the software renderer; `None` without one.
fn window() -> Option<Window> {
    first_adapter()?;
    let mut stage = Window::built(Harness::builder().wgpu(), |_| ());
    stage.until("moves, presets and project", |studio| {
        studio.runtime.camera.listed
            && studio.runtime.presets.len() == 4
            && studio.project.home.is_some()
    });
    stage.window.set_size(vec2(1024.0, 640.0));
    stage.window.run_steps(2);
    Some(stage)
}

/// Compares the contents of the region or sheet with this name; text that depends on the machine is covered.
fn shot(stage: &mut Window, (role, place): (Role, &str), machine: &[&str], name: &str) {
    // Textures are uploaded a few at a time, and sections expand gradually.
    stage.window.remove_cursor();
    stage.window.run_steps(40);
    let rect = stage.window.get_by_role_and_label(role, place).rect();
    // From the first to the last place with these words, and what is between them.
    let covered: Vec<Rect> = machine
        .iter()
        .filter_map(|words| {
            let nodes = stage.window.query_all_by_label_contains(words);
            nodes.map(|node| node.rect()).reduce(Rect::union)
        })
        .collect();
    for rect in covered {
        stage.window.mask(rect);
    }
    // A sheet's own frame is outside its contents.
    let margin = if role == Role::Dialog { 16.0 } else { 0.0 };
    let rect = rect.expand(margin);
    let picture = stage.window.render().expect("a picture of the window");
    let [x, y, width, height] = [rect.left(), rect.top(), rect.width(), rect.height()]
        .map(|length| length.round().max(0.0) as u32);
    let part = image::imageops::crop_imm(&picture, x, y, width, height).to_image();
    let options = SnapshotOptions::new()
        .threshold(THRESHOLD)
        .output_path("tests/snapshots");
    image_snapshot_options(&part, name, &options);
}

const DIRECTION: (Role, &str) = (Role::Region, "Direction");
const STAGE: (Role, &str) = (Role::Region, "Stage");
const TIMELINE: (Role, &str) = (Role::Region, "Timeline");

#[test]
fn the_direction_looks_as_it_did() {
    let Some(mut stage) = window() else {
        return;
    };
    let path = stage.picture("meadow.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press(Key::Num1);
    stage.press(Key::Num7);
    stage.slide("Motion", 180.0);
    stage.until("the forecast", |studio| {
        studio.runtime.forecast.latest.is_some()
    });
    shot(
        &mut stage,
        DIRECTION,
        &["no time estimate yet"],
        "direction",
    );
}

#[test]
fn the_timeline_looks_as_it_did() {
    let Some(mut stage) = window() else {
        return;
    };
    stage.make_takes(2);
    stage.press(Key::A);
    stage.press(Key::A);
    stage.slide("Cross-fade into clip 2", 2.0);
    stage.press(Key::Q);
    stage.press(Key::Home);
    stage.press(Key::K);
    shot(&mut stage, TIMELINE, &[], "timeline");
}

#[test]
fn two_compared_takes_look_as_they_did() {
    let Some(mut stage) = window() else {
        return;
    };
    stage.make_takes(2);
    stage.press(Key::C);
    shot(&mut stage, STAGE, &[], "compare");
}

#[test]
fn the_export_looks_as_it_did() {
    let Some(mut stage) = window() else {
        return;
    };
    stage.make_takes(1);
    stage.press_with(CTRL_SHIFT, Key::E);
    shot(&mut stage, (Role::Dialog, "Export"), &[], "export");
}

#[test]
fn the_settings_look_as_they_did_in_the_light() {
    let Some(mut stage) = window() else {
        return;
    };
    stage.press_with(CTRL, Key::Comma);
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Light")
        .click_accesskit();
    stage.window.run_steps(3);
    shot(
        &mut stage,
        (Role::Dialog, "Settings"),
        &["Memory"],
        "settings-light",
    );
}
