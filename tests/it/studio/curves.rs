//! The strength of a camera move over the frames:
//!
//! - its curve opens from the move's row, plays at the playhead, and is changed by shapes, keys, pointer and undo
//! - the frames are those of the command line with the same curve, by LoRA and by the guide
//! - a curve through zero uses both moves of the axis, and the settings of a take restore it

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers, PointerButton, Pos2, Role, pos2};
use egui_kittest::kittest::Queryable as _;
use kinora::app::Command;
use kinora::app::command::camera::CameraCommand;
use kinora::app::command::takes::TakeCommand;
use kinora::app::query::curve_editing::EditedCurve;
use kinora::media::curve::StrengthCurve;

use super::Window;
use super::drawing::has_frames_of;
use super::kept::{folder, make, real};
use super::steering::with_tiny_model;
use crate::cli::{generate, picture, succeeded};

fn edited(stage: &Window) -> EditedCurve {
    stage.studio().edited_curve().expect("a curve")
}

fn keys(stage: &Window) -> Vec<(f32, f32)> {
    edited(stage).keys()
}

/// Clicks one of the shapes, which stand in a row.
fn shape(stage: &mut Window, word: &str) {
    let row = stage
        .window
        .get_by_role_and_label(Role::RadioGroup, "Course of the strength");
    row.get_by_role_and_label(Role::RadioButton, word)
        .click_accesskit();
    stage.window.run_steps(3);
}

/// Puts the focus on a keyframe, by the beginning of its name.
fn focus_key(stage: &mut Window, name: &str) {
    stage.window.get_by_label_contains(name).focus();
    stage.window.run_steps(2);
}

fn double_click(stage: &mut Window, at: Pos2) {
    for pressed in [true, false, true, false] {
        stage.window.event(egui::Event::PointerMoved(at));
        stage.window.event(egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    stage.window.run_steps(3);
}

fn write_curve(path: &Path, curve: &StrengthCurve) -> String {
    let text = serde_json::to_string(curve).expect("it is written");
    fs::write(path, text).expect("a file");
    path.display().to_string()
}

#[test]
fn a_curve_is_edited_by_shapes_keys_and_pointer_and_undone() {
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.click("Pan right");
    assert!(!stage.studio().edits_time());
    stage.click("Pan over the frames");
    assert!(stage.studio().edits_time());
    assert_eq!(keys(&stage), [(0.0, 1.0), (1.0, 1.0)]);
    let frames = stage.studio().settings().expect("settings").frames;
    assert_eq!(
        stage.studio().timing().map(|timing| timing.frames),
        Some(frames)
    );

    // The preview follows the curve at the playhead.
    stage.press(Key::End);
    let whole = stage.studio().ghost().expect("a preview").x;
    shape(&mut stage, "Ease out");
    let half = stage.studio().ghost().expect("a preview").x;
    assert!((half - whole / 2.0).abs() < 1e-5, "{half} of {whole}");
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(keys(&stage), [(0.0, 1.0), (1.0, 1.0)]);
    shape(&mut stage, "Ease in");
    assert_eq!(keys(&stage), [(0.0, 0.0), (1.0, 1.0)]);
    stage.press(Key::Home);
    assert!(stage.studio().ghost().expect("a preview").x.abs() < 1e-6);

    // A keyframe at the playhead, moved by keys.
    stage.press(Key::ArrowRight);
    stage.press(Key::ArrowRight);
    stage.press_with(Modifiers::SHIFT, Key::K);
    assert_eq!(keys(&stage).len(), 3);
    assert_eq!(
        stage.studio().history.undo_label(),
        Some("change strength over the frames")
    );
    focus_key(&mut stage, "Pan keyframe 2 ");
    stage.press(Key::ArrowUp);
    stage.press(Key::ArrowRight);
    let step = 1.0 / (frames - 1) as f32;
    let (t, value) = keys(&stage)[1];
    let added = (200.0 * step).round() / 100.0;
    assert!((t - 3.0 * step).abs() < 1e-6, "{t}");
    assert!((value - added - 0.05).abs() < 1e-5, "{value}");
    // It cannot pass its neighbour.
    for _ in 0..2 * frames {
        stage.press(Key::ArrowRight);
    }
    assert!((keys(&stage)[1].0 - (1.0 - step)).abs() < 1e-5);
    stage.press(Key::Delete);
    assert_eq!(keys(&stage), [(0.0, 0.0), (1.0, 1.0)]);
    assert!(
        stage.studio().picture().is_some(),
        "only the keyframe is gone"
    );

    // By assistive technology, beyond the range, which ends where the slider does.
    let last = stage.window.get_by_label_contains("Pan keyframe 2 ");
    last.set_value_accesskit(-5.0);
    stage.window.run_steps(3);
    assert_eq!(keys(&stage)[1], (1.0, -1.2));

    // By the pointer: a double click adds, another one removes.
    let lane = stage
        .window
        .get_by_label_contains("Pan: 2 keyframes")
        .rect();
    let at = pos2(
        lane.left() + lane.width() * 0.5,
        lane.top() + lane.height() * 0.25,
    );
    double_click(&mut stage, at);
    let (t, value) = keys(&stage)[1];
    assert!((t - 0.5).abs() <= step, "{t}");
    // The lane is about 60 points high, from -1.2 to 1.2.
    assert!((value - 0.65).abs() < 0.15, "{value}");
    let key = stage
        .window
        .get_by_label_contains("Pan keyframe 2 ")
        .rect()
        .center();
    let to = pos2(key.x + 2.0 * lane.width() / frames as f32, key.y);
    stage.window.hover_at(key);
    stage.window.run_steps(2);
    stage.window.drag_at(key);
    stage.window.run_steps(2);
    stage.window.hover_at(to);
    stage.window.run_steps(2);
    stage.window.drop_at(to);
    stage.window.run_steps(3);
    assert!(
        (keys(&stage)[1].0 - t - 2.0 * step).abs() < 1e-5,
        "two frames later"
    );
    double_click(&mut stage, to);
    assert_eq!(keys(&stage).len(), 2);

    // The slider scales the curve; at zero the move and its curve are gone.
    shape(&mut stage, "Rise and fall");
    stage.slide("Pan", 0.6);
    let peak = keys(&stage)[1].1;
    assert!((peak - 0.6).abs() < 1e-6, "{peak}");
    stage.slide("Pan", 0.0);
    assert!(!stage.studio().edits_time());
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(keys(&stage).len(), 3);
    stage.press(Key::Escape);
    stage.press(Key::Escape);
    assert!(!stage.studio().edits_time());
    stage.press(Key::U);
    assert_eq!(edited(&stage).title, "Pan");
    stage.press(Key::U);
    assert!(!stage.studio().edits_time(), "there is no other move");
}

#[test]
fn a_curve_gives_the_frames_of_the_command_line_by_lora() {
    let data = folder();
    let project = data.path().join("projects/Untitled");
    fs::create_dir_all(&project).expect("a folder");
    let small = r#"{ "kinora_project": 1, "next": 16, "pictures": [], "takes": [],
        "picture": null, "document": { "direction": { "draft": { "width": 64, "height": 64,
        "frames": 3, "steps": 1, "seed": 7, "guidance": [1.0, 1.0] } } } }"#;
    fs::write(project.join("project.json"), small).expect("a project");
    let cpu = r#"{ "preferences": { "device": "cpu" } }"#;
    fs::write(data.path().join("preferences.json"), cpu).expect("preferences");
    let mut stage = real(data.path());
    stage.drop_file(&picture());
    stage.until("the picture and the moves", |studio| {
        let shown = studio
            .picture()
            .is_some_and(|one| one.name == "picture.png");
        shown && studio.runtime.camera.compared_with == "pocket"
    });
    stage.click("Hold the camera still");
    stage.click("Pan left");
    stage.click("Pan over the frames");
    shape(&mut stage, "Ease in");
    stage
        .window
        .get_by_label_contains("Pan keyframe 1 ")
        .set_value_accesskit(-0.4);
    stage.window.run_steps(3);
    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let lora = &take.recipe.loras[0];
    assert_eq!(lora.named.name, "pan-left");
    let curve = lora.curve.clone().expect("a curve");
    assert_eq!(curve, StrengthCurve::line(0.4, 1.0));

    let file = write_curve(&data.path().join("curve.json"), &curve);
    let lora = format!("pan-left=@{file}");
    let out = data.path().join("from the command line/");
    #[rustfmt::skip]
    let flags = ["--model", "pocket", "--lora", &lora, "--width", "64", "--height", "64", "--frames", "3",
        "--guidance", "1:1", "--seed", "7"];
    succeeded(&generate(&picture(), &out, &flags));
    has_frames_of(&take, &out);

    // Through zero: both moves of the axis, each for its part.
    stage.window.get_by_label("Picture picture.png").click();
    stage.window.run_steps(3);
    let cross = StrengthCurve::line(-1.0, 1.0);
    let command = edited(&stage).changed(Some(cross.clone()));
    stage
        .window
        .state()
        .commands()
        .send(Command::Camera(command));
    stage.window.run_steps(3);
    make(&mut stage, 2);
    let take = stage.studio().project.takes[1].take.clone();
    let (above, below) = cross.parts();
    let loras: Vec<_> = take
        .recipe
        .loras
        .iter()
        .map(|lora| lora.curve.clone())
        .collect();
    assert_eq!(
        loras,
        [below, above],
        "the left one first, which the stack names"
    );

    // The settings of the take make it again.
    stage.click("Hold the camera still");
    let second = stage.studio().project.takes[1].id;
    let restore = Command::Take(TakeCommand::Recipe(second));
    stage.window.state().commands().send(restore);
    stage.until("the settings", |studio| {
        !studio.direction().moves.is_empty()
    });
    assert_eq!(stage.studio().direction().moves.len(), 1, "one curve again");
    make(&mut stage, 3);
    let again = &stage.studio().project.takes[2].take;
    assert_eq!(again.recipe, take.recipe);
    assert!(again.frames[1].rgb == take.frames[1].rgb);
}

#[test]
fn a_curve_gives_the_frames_of_the_command_line_by_the_guide() {
    let data = folder();
    let mut stage = with_tiny_model(data.path());
    stage.click("Hold the camera still");
    stage.click("Pan left");
    let curve = StrengthCurve::line(1.0, 0.5);
    let name = "pan-left".to_owned();
    let command = CameraCommand::Curve {
        name,
        curve: Some(curve.clone()),
    };
    stage
        .window
        .state()
        .commands()
        .send(Command::Camera(command));
    stage.window.run_steps(3);
    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let guide = take.recipe.request.guide.as_ref().expect("a guide");
    assert_eq!(guide.motion.camera[0].curve, Some(curve.clone()));
    let file = write_curve(&data.path().join("curve.json"), &curve);
    let out = data.path().join("from the command line/");
    let lora = format!("pan-left=@{file}");
    let flags = ["--lora", &lora, "--steps", "25", "--seed", "5"];
    succeeded(&generate(&picture(), &out, &flags));
    has_frames_of(&take, &out);

    stage.click("Hold the camera still");
    let first = stage.studio().project.takes[0].id;
    let restore = Command::Take(TakeCommand::Recipe(first));
    stage.window.state().commands().send(restore);
    stage.until("the settings", |studio| {
        !studio.direction().moves.is_empty()
    });
    make(&mut stage, 2);
    let again = &stage.studio().project.takes[1].take;
    assert_eq!(again.recipe, take.recipe);
}
