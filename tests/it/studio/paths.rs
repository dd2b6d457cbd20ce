//! A camera path that is drawn over the picture:
//!
//! - it begins with the moves of the stack; pointer, wheel and keys set keyframes at the playhead, and each is one edit
//! - its keyframes are eased, moved to other frames and removed, by names that a screen reader says
//! - a take follows it as on the command line, and its settings restore it

use std::fs;

use egui::{Event, Key, Modifiers, Role, pos2};
use egui_kittest::kittest::Queryable as _;
use kinora::app::Command;
use kinora::app::command::takes::TakeCommand;
use kinora::media::camera::{CameraPath, Easing, Pose};

use super::Window;
use super::drawing::{drag, has_frames_of};
use super::kept::{folder, make};
use super::steering::with_tiny_model;
use crate::cli::{generate, picture, succeeded};

const AREA: &str = "Camera path on the picture";

fn path(stage: &Window) -> CameraPath {
    stage.studio().direction().path.clone().expect("a path")
}

fn keys(stage: &Window) -> Vec<(f32, Pose, Easing)> {
    path(stage).keys().collect()
}

fn undo(stage: &mut Window) {
    stage.press_with(Modifiers::COMMAND, Key::Z);
}

/// Goes to a frame, counted from zero.
fn go_to(stage: &mut Window, frame: usize) {
    stage.press(Key::Home);
    for _ in 0..frame {
        stage.press(Key::ArrowRight);
    }
}

#[test]
fn a_path_is_drawn_with_keyframes_at_the_playhead() {
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.click("Pan left");
    let end = stage.studio().motion_shown().pose(1.0);
    stage.press_with(Modifiers::SHIFT, Key::G);
    assert!(
        stage.studio().direction().moves.is_empty(),
        "it replaces the moves"
    );
    assert_eq!(path(&stage), CameraPath::to(end));
    let frames = stage.studio().settings().expect("settings").frames;
    assert_eq!(stage.studio().playhead(), frames - 1);
    undo(&mut stage);
    assert_eq!(stage.studio().direction().moves.len(), 1);
    stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);

    // The first frame is the picture itself.
    go_to(&mut stage, 0);
    stage
        .window
        .get_by_label_contains("The first frame is the picture itself;");
    drag(&mut stage, AREA, &[[0.3, 0.3], [0.4, 0.4]]);
    assert_eq!(keys(&stage).len(), 2);

    go_to(&mut stage, 4);
    let before = stage.studio().ghost().expect("a preview");
    drag(&mut stage, AREA, &[[0.4, 0.3], [0.45, 0.35], [0.5, 0.4]]);
    let pose = keys(&stage)[1].1;
    assert_eq!(keys(&stage).len(), 3);
    // The drag is exact to a point of the screen.
    assert!((pose.x - before.x - 0.1).abs() < 0.005, "{pose:?}");
    assert!((pose.y - before.y - 0.1).abs() < 0.005, "{pose:?}");
    let ghost = stage.studio().ghost().expect("a preview");
    assert!((ghost.x - pose.x).abs() < 1e-4, "the preview shows it");
    assert_eq!(
        stage.studio().history.undo_label(),
        Some("change camera path")
    );

    // The wheel, and keys with the focus.
    let area = stage.window.get_by_label(AREA).rect();
    stage
        .window
        .hover_at(area.left_top() + egui::vec2(60.0, 40.0));
    stage.window.run_steps(2);
    stage.window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 60.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    stage.window.run_steps(8);
    let zoomed = keys(&stage)[1].1.scale;
    assert!(zoomed > 1.05, "{zoomed}");
    stage.window.get_by_label(AREA).focus();
    stage.window.run_steps(2);
    stage.press(Key::CloseBracket);
    stage.press(Key::ArrowLeft);
    let keyed = keys(&stage)[1].1;
    assert_eq!(keyed.roll, 1.0);
    assert!((keyed.x - pose.x + 0.02).abs() < 1e-5);
    undo(&mut stage);
    undo(&mut stage);
    assert_eq!(keys(&stage)[1].1.roll, 0.0);

    let row = stage
        .window
        .get_by_role_and_label(Role::RadioGroup, "Until the next keyframe");
    row.get_by_role_and_label(Role::RadioButton, "Hold")
        .click_accesskit();
    stage.window.run_steps(3);
    assert_eq!(keys(&stage)[1].2, Easing::Hold);
    undo(&mut stage);
    assert_eq!(keys(&stage)[1].2, Easing::Linear);

    // A keyframe goes to another frame, and its handle to another place.
    let grip = "Frame of path keyframe 2";
    let slider = stage.window.get_by_role_and_label(Role::Slider, grip);
    slider.set_value_accesskit(8.0);
    stage.window.run_steps(3);
    let t = keys(&stage)[1].0;
    assert!((t - 7.0 / (frames - 1) as f32).abs() < 1e-6, "{t}");
    let handle = stage.window.get_by_label("Path keyframe 2").rect().center();
    let x = keys(&stage)[1].1.x;
    let to = pos2(handle.x + 0.1 * area.width(), handle.y);
    stage.window.hover_at(handle);
    stage.window.run_steps(2);
    stage.window.drag_at(handle);
    stage.window.run_steps(2);
    stage.window.hover_at(to);
    stage.window.run_steps(2);
    stage.window.drop_at(to);
    stage.window.run_steps(3);
    // A drag begins after a few points.
    let moved = keys(&stage)[1].1.x - x;
    assert!((moved - 0.1).abs() < 0.02, "{moved}");
    assert_eq!(stage.studio().playhead(), 7, "the playhead went there");
    stage.press(Key::Delete);
    assert_eq!(keys(&stage).len(), 2);
    stage.press_with(Modifiers::SHIFT, Key::K);
    assert_eq!(keys(&stage).len(), 3);
    stage.window.get_by_label("Path keyframe 2").focus();
    stage.window.run_steps(2);
    stage.press(Key::Delete);
    assert_eq!(keys(&stage).len(), 2);

    stage.click("Close the camera path");
    assert!(!stage.studio().edits_time());
    stage.press_with(Modifiers::SHIFT, Key::G);
    assert!(stage.studio().edited_path().is_some());
    stage.click("Hold the camera still");
    assert!(stage.studio().direction().path.is_none());
    undo(&mut stage);
    assert!(stage.studio().edited_path().is_some());
}

#[test]
fn a_path_is_performed_while_the_preview_plays() {
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press_with(Modifiers::SHIFT, Key::G);
    stage.press_with(Modifiers::SHIFT, Key::P);
    stage
        .window
        .get_by_label("Drag the picture while it plays; your movement becomes the path");
    let area = stage.window.get_by_label(AREA).rect();
    let from = pos2(
        area.left() + 0.3 * area.width(),
        area.top() + 0.4 * area.height(),
    );
    stage.window.hover_at(from);
    stage.window.run_steps(2);
    stage.window.drag_at(from);
    stage.window.run_steps(1);
    // To the right by a fifth of the width in a second, then down by as much of the height in the rest.
    let seconds = stage.studio().clip_length().as_secs_f64();
    let steps = (seconds / 0.05) as usize;
    for step in 1..=steps + 2 {
        let [x, y] = [step.min(20), step.saturating_sub(20)].map(|step| step as f32 * 0.01);
        stage
            .window
            .hover_at(from + egui::vec2(x * area.width(), y * area.height()));
        stage.window.run_steps(1);
    }
    stage.window.drop_at(from);
    stage.window.run_steps(3);
    let keys = keys(&stage);
    assert!((3..=6).contains(&keys.len()), "{keys:?}");
    assert_eq!(keys[0].1, Pose::REST);
    let path = path(&stage);
    // The pointer is read once for each frame of the window, which is 0.01 of the frame; a drag begins a few points late.
    for (at, expected) in [(0.5, [0.1, 0.0]), (1.0, [0.2, 0.0]), (1.5, [0.2, 0.1])] {
        let pose = path.at((at / seconds) as f32);
        let [x, y] = expected;
        assert!(
            (pose.x - x).abs() < 0.03 && (pose.y - y).abs() < 0.03,
            "{at}: {pose:?}"
        );
    }
    assert!(
        !stage.studio().session.camera.performs,
        "the next drag sets a keyframe"
    );
    assert_eq!(
        stage.studio().history.undo_label(),
        Some("change camera path")
    );
    undo(&mut stage);
    assert_eq!(
        stage
            .studio()
            .direction()
            .path
            .as_ref()
            .map(|path| path.keys().count()),
        Some(2)
    );
}

#[test]
fn a_take_follows_the_path_as_on_the_command_line() {
    let data = folder();
    let mut stage = with_tiny_model(data.path());
    stage.click("Hold the camera still");
    stage.press_with(Modifiers::SHIFT, Key::G);
    drag(&mut stage, AREA, &[[0.2, 0.3], [0.4, 0.4]]);
    stage.window.get_by_label("Steered by the guide");
    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let drawn = path(&stage);
    let guide = take.recipe.request.guide.as_ref().expect("a guide");
    assert_eq!(guide.motion.camera[0].path, drawn);
    let file = data.path().join("path.json");
    fs::write(&file, serde_json::to_string(&drawn).expect("it is written")).expect("a file");
    let out = data.path().join("from the command line/");
    let file = file.display().to_string();
    let flags = ["--camera-path", &file, "--steps", "25", "--seed", "5"];
    succeeded(&generate(&picture(), &out, &flags));
    has_frames_of(&take, &out);

    // The settings of the take restore it.
    stage.click("Hold the camera still");
    assert!(stage.studio().direction().path.is_none());
    let first = stage.studio().project.takes[0].id;
    let restore = Command::Take(TakeCommand::Recipe(first));
    stage.window.state().commands().send(restore);
    stage.until("the settings", |studio| studio.direction().path.is_some());
    assert_eq!(path(&stage), drawn);
    make(&mut stage, 2);
    let again = &stage.studio().project.takes[1].take;
    assert_eq!(again.recipe, take.recipe);
    assert!(again.frames[1].rgb == take.frames[1].rgb);
}
