//! The camera card, the pad and the curve, used by names on the screen and by keys:
//! - pointing at a move previews it, a click stacks it, opposites replace each other, undo reverts each step
//! - the engine gets the LoRAs of the stack
//! - a dropped LoRA is inspected, installed, replaced, deleted; a bad one is rejected with the usual message
//! - the pad changes the same strengths as the sliders, and says which directions no installed move supports
//! - guidance is a curve over the frames, in the advanced settings, and goes into the order
//! - moves that the selected model cannot use are all named before anything runs

use std::path::Path;
use std::time::Duration;

use egui::accesskit::Toggled;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::command::camera::{Axis, GhostOf};
use kinora::app::command::{Choice, Command};
use kinora::app::query::camera_pad;
use kinora::library::camera_moves::MoveOrigin;
use kinora::project::direction::CameraMove;
use kinora::sampler::GuidanceShape;

use super::Window;
use crate::camera::{LARGER, LEFT, RIGHT, fake_move};
use crate::cli::{copy_folder, tiny_model};
use crate::skip::first_adapter;

/// Pan left and pan right, which are opposites, and zoom in, which has no opposite here.
fn three_moves(data: &Path) {
    for (name, opposite, path) in [
        ("pan-left", "pan-right", RIGHT),
        ("pan-right", "pan-left", LEFT),
        ("zoom-in", "zoom-out", LARGER),
    ] {
        let words = [
            ("kinora.opposite", opposite),
            ("kinora.strength", "[0.0, 1.2]"),
            ("kinora.licence", "CC0 1.0"),
            ("kinora.base", "pocket"),
            ("kinora.path", path),
        ];
        fake_move(&data.join(format!("camera/{name}.safetensors")), &words);
    }
}

/// A window with three moves and a picture on the stage.
fn with_moves() -> Window {
    moves_in(Window::with(three_moves))
}

fn moves_in(mut stage: Window) -> Window {
    stage.until("the moves", |studio| studio.runtime.camera.listed);
    stage
        .window
        .get_by_label("Picture Citrus")
        .click_accesskit();
    stage.window.run_steps(3);
    stage
}

fn stacked(stage: &Window) -> Vec<(String, f32)> {
    let moves = &stage.studio().direction().moves;
    moves
        .iter()
        .map(|one: &CameraMove| (one.name.clone(), one.strength))
        .collect()
}

fn only(name: &str, strength: f32) -> Vec<(String, f32)> {
    vec![(name.to_owned(), strength)]
}

#[test]
fn a_card_shows_its_ghost_and_stacks_its_move() {
    let mut stage = with_moves();
    assert!(stage.studio().ghost().is_none());
    stage
        .window
        .get_by_role_and_label(Role::Button, "Zoom in")
        .hover();
    stage.window.run_steps(3);
    let ghost = stage
        .studio()
        .session
        .camera
        .ghost
        .clone()
        .expect("a ghost");
    assert_eq!(ghost.of, GhostOf::Move("zoom-in".to_owned()));
    // The preview continues by itself, and returns to its start.
    let mut seen = Vec::new();
    for _ in 0..60 {
        stage.window.step();
        seen.push(stage.studio().ghost().expect("still there").scale);
    }
    assert!(seen.iter().any(|scale| *scale > 1.25), "{seen:?}");
    assert!(
        seen.windows(2).any(|pair| pair[1] < pair[0] - 0.2),
        "it begins again: {seen:?}"
    );
    stage
        .window
        .get_by_label("Zoom in: preview, not a rendered take");

    stage.click("Zoom in");
    assert_eq!(stacked(&stage), only("zoom-in", 1.0));
    stage.click("Pan left");
    // A click puts a move on the stack at strength 1; the slider shows the same strength.
    // Left is below zero.
    stage.slide("Pan", -0.5);
    assert_eq!(stacked(&stage)[1], ("pan-left".to_owned(), 0.5));

    stage.press(Key::Enter);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    let loras: Vec<_> = order
        .loras
        .iter()
        .map(|l| (l.name.as_str(), l.strength))
        .collect();
    assert_eq!(loras, [("zoom-in", 1.0), ("pan-left", 0.5)]);
    stage.finish();
}

#[test]
fn opposites_replace_each_other_and_undo_reverts_each_step() {
    let mut stage = with_moves();
    stage.press(Key::Num1);
    assert_eq!(stacked(&stage), only("pan-left", 1.0), "the first axis");
    stage.click("Pan right");
    assert_eq!(stacked(&stage), only("pan-left", -1.0), "in one click");
    let chosen = |stage: &Window, name: &str| {
        let node = stage.window.get_by_role_and_label(Role::Button, name);
        node.accesskit_node().toggled() == Some(Toggled::True)
            || node.accesskit_node().is_selected() == Some(true)
    };
    assert!(chosen(&stage, "Pan right") && !chosen(&stage, "Pan left"));
    let slider = stage.window.get_by_role_and_label(Role::Slider, "Pan");
    let value = slider.accesskit_node().numeric_value().expect("a number");
    assert!((value - 1.0).abs() < 1e-6, "to the right: {value}");

    // The engine gets the opposite move, not a negative strength, which no move was trained for.
    stage.press(Key::Enter);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    let loras: Vec<_> = order
        .loras
        .iter()
        .map(|l| (l.name.as_str(), l.strength))
        .collect();
    assert_eq!(loras, [("pan-right", 1.0)]);
    stage.finish();

    for expected in [only("pan-left", 1.0), Vec::new()] {
        stage.window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        stage.window.run_steps(3);
        assert_eq!(stacked(&stage), expected);
    }
    stage
        .window
        .key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    stage.window.run_steps(3);
    assert_eq!(stacked(&stage), only("pan-left", 1.0));
    // The key cycles through the move, its opposite and none.
    stage.press(Key::Num1);
    assert_eq!(stacked(&stage), only("pan-left", -1.0));
    stage.press(Key::Num1);
    assert_eq!(stacked(&stage), Vec::new());
    stage.slide("Pan", 0.7);
    assert_eq!(stacked(&stage), only("pan-right", 0.7));
    stage.slide("Pan", 0.0);
    assert_eq!(stacked(&stage), Vec::new(), "at zero it is off");
}

#[test]
fn moves_that_the_model_cannot_use_are_named_before_anything_runs() {
    let mut stage = moves_in(Window::with(|data| {
        three_moves(data);
        copy_folder(&tiny_model(), &data.join("models/tiny"));
    }));
    stage.click("Pan left");
    stage.click("Zoom in");
    let choose = Command::Direct(Choice::Model("tiny".to_owned()));
    stage.window.state().commands().send(choose);
    stage.until("the model, compared with the moves", |studio| {
        studio.runtime.camera.compared_with == "tiny" && studio.steered().is_some()
    });
    assert!(
        stage.studio().unfit_moves().is_empty(),
        "the guide can follow them"
    );
    stage.unfold_all();
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "LoRA")
        .click_accesskit();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().unfit_moves().len(), 2);
    stage.press(Key::Enter);
    assert!(stage.studio().running().is_none());
    assert!(stage.studio().runtime.queue.waiting.is_empty());
    let notices = &stage.studio().runtime.notices;
    assert_eq!(notices.len(), 1, "once, not once for each move");
    let told = &notices[0].detail();
    assert!(told.contains("tiny cannot use Pan left, Zoom in"), "{told}");
    stage.click("Remove them");
    assert_eq!(stacked(&stage), Vec::new());
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
}

#[test]
fn a_dropped_lora_is_inspected_installed_replaced_and_deleted() {
    let mut stage = Window::open();
    stage.until("an empty list", |studio| studio.runtime.camera.listed);
    let packed = stage.studio().available_moves().len();
    let path = stage.folder.path().join("Sway Left.safetensors");
    fake_move(
        &path,
        &[
            ("kinora.path", RIGHT),
            ("license", "Do as you please\nbut kindly"),
        ],
    );
    stage.drop_file(&path);
    stage.until("the inspection", |studio| {
        !studio.runtime.camera.arrivals.is_empty()
    });
    stage
        .window
        .get_by_label("Fits Pocket: 1 of 1 tensors matched.");
    stage.window.get_by_label("Do as you please\nbut kindly");
    assert_eq!(
        stage.studio().available_moves().len(),
        packed,
        "nothing happens before a word"
    );
    stage.click("Install");
    stage.until("the move", |studio| {
        studio.available_moves().len() == packed + 1
    });
    stage.window.get_by_label("Camera move installed");
    stage.unfold_all();
    stage
        .window
        .get_by_role_and_label(Role::Button, "Sway Left");
    assert!(
        stage
            .folder
            .path()
            .join("data/camera/Sway-Left.safetensors")
            .is_file()
    );

    fake_move(
        &path,
        &[("kinora.path", RIGHT), ("kinora.title", "Gentle sway")],
    );
    stage.drop_file(&path);
    stage.until("the question", |studio| {
        !studio.runtime.camera.arrivals.is_empty()
    });
    stage
        .window
        .get_by_label("A move named Sway-Left already exists.");
    stage.click("Not now");
    assert!(stage.studio().runtime.camera.arrivals.is_empty());
    stage.drop_file(&path);
    stage.until("the question", |studio| {
        !studio.runtime.camera.arrivals.is_empty()
    });
    stage.click("Replace");
    stage.until("the other file", |studio| {
        studio
            .available_moves()
            .iter()
            .any(|card| card.title == "Gentle sway")
    });
    assert_eq!(stage.studio().available_moves().len(), packed + 1);

    stage.click("Delete the file of Gentle sway");
    stage.click("Keep the file of Gentle sway");
    stage.click("Delete the file of Gentle sway");
    stage.click("Really delete the file of Gentle sway");
    stage.until("its end", |studio| studio.available_moves().len() == packed);
    assert!(
        !stage
            .folder
            .path()
            .join("data/camera/Sway-Left.safetensors")
            .exists()
    );
}

#[test]
fn a_bad_lora_is_rejected_with_the_usual_message_and_nothing_changes() {
    let mut stage = with_moves();
    stage.press(Key::Num3);
    let before = stacked(&stage);
    let path = stage.folder.path().join("move.safetensors");
    std::fs::write(&path, "no weights at all").expect("a file");
    let words = kinora::checkpoint::lora::Lora::open(&path)
        .expect_err("no LoRA")
        .to_string();
    *stage.dialogs.lora.lock().unwrap() = Some(path);
    stage.click("Install camera move…");
    stage.until("the notice", |studio| !studio.runtime.notices.is_empty());
    stage.window.get_by_label("Not a camera move");
    let detail = &stage.studio().runtime.notices[0].detail();
    assert_eq!(detail.to_lowercase(), words.to_lowercase());
    assert!(stage.studio().runtime.camera.arrivals.is_empty());
    assert_eq!(stacked(&stage), before);
    assert_eq!(stage.studio().runtime.camera.busy, 0);
}

#[test]
fn the_pad_moves_the_same_strengths_as_the_sliders() {
    let mut stage = with_moves();
    // Otherwise, the suggested move would be part of the stack.
    stage.click("Hold the camera still");
    stage.press(Key::G);
    assert!(stage.studio().session.camera.pad);
    stage
        .window
        .get_by_label("Camera pad on the picture")
        .focus();
    stage.window.run_steps(3);
    for _ in 0..5 {
        stage.press(Key::ArrowRight);
    }
    // Five times 2% of the frame, with a move that covers 25% at strength 1.
    let (name, strength) = stacked(&stage)[0].clone();
    assert_eq!(name, "pan-left");
    assert!((strength - 0.4).abs() < 1e-4, "{strength}");
    for _ in 0..10 {
        stage.press(Key::ArrowLeft);
    }
    let strength = stacked(&stage)[0].1;
    assert!(
        (strength + 0.4).abs() < 1e-4,
        "the other way is its opposite: {strength}"
    );
    stage.press(Key::Plus);
    assert_eq!(stacked(&stage)[1].0, "zoom-in");
    // With only these three moves, which do not tilt, roll or zoom out, the pad cannot either.
    let moves = stage.studio().direction().moves.clone();
    assert_eq!(moves.len(), 2);
    let cards = stage.studio().available_moves().iter();
    let three: Vec<_> = cards
        .filter(|card| card.origin != MoveOrigin::Pack)
        .cloned()
        .collect();
    assert!(camera_pad::axis_moves(&moves, &three, Axis::Roll).is_empty());
    assert_eq!(camera_pad::aim(&moves, &three, Axis::Tilt, 0.2), moves);
    let smaller = camera_pad::aim(&moves, &three, Axis::Zoom, -0.5);
    assert_eq!((smaller.len(), smaller[1].strength), (2, 0.0));

    // With the pointer: a tenth of the frame to the right.
    let pad = stage
        .window
        .get_by_label("Camera pad on the picture")
        .rect();
    let from = pad.center() + egui::vec2(20.0, 20.0);
    stage.window.drag_at(from);
    stage.window.run_steps(2);
    for part in 1..=10 {
        let by = egui::vec2(pad.width() / 100.0 * part as f32, 0.0);
        stage.window.hover_at(from + by);
        stage.window.run_steps(1);
    }
    stage
        .window
        .drop_at(from + egui::vec2(pad.width() / 10.0, 0.0));
    stage.window.run_steps(3);
    let strength = stacked(&stage)[0].1;
    assert!(
        (strength - 0.0).abs() < 0.02,
        "-0.4 and 0.1 / 0.25: {strength}"
    );
    stage.press(Key::Escape);
    assert!(!stage.studio().session.camera.pad);
}

#[test]
fn guidance_is_a_curve_in_the_advanced_settings() {
    let mut stage = with_moves();
    stage.unfold_all();
    let first = "Guidance curve, first frame";
    let handle = stage.window.get_by_role_and_label(Role::Slider, first);
    handle.set_value_accesskit(2.0);
    stage.window.run_steps(3);
    let draft = &stage.studio().direction().draft;
    assert_eq!(draft.guidance.map(|(min, _)| min), Some(2.0));
    stage
        .window
        .get_by_role_and_label(Role::Slider, first)
        .focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowUp);
    let draft = &stage.studio().direction().draft;
    let min = draft.guidance.expect("set").0;
    assert!((min - 2.1).abs() < 1e-5, "{min}");
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Rise and fall")
        .click();
    stage.window.run_steps(3);
    stage
        .window
        .get_by_role_and_label(Role::Slider, "Guidance curve, middle frame");
    stage
        .window
        .get_by_role_and_label(Role::Button, "Generate")
        .click();
    stage.window.run_steps(3);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    assert_eq!(order.draft.guidance_shape, Some(GuidanceShape::Triangle));
    assert_eq!(order.draft.guidance.map(|(min, _)| min), Some(min));
    stage.finish();
    stage.click("Reset to the model's guidance curve");
    assert_eq!(stage.studio().direction().draft.guidance_shape, None);
    assert_eq!(stage.studio().direction().draft.guidance, None);
}

#[test]
fn the_ghost_is_seen_on_the_stage() {
    if first_adapter().is_none() {
        return;
    }
    let mut stage = moves_in(Window::built(Harness::builder().wgpu(), three_moves));
    let before = stage.window.render().expect("a picture of the window");
    stage
        .window
        .get_by_role_and_label(Role::Button, "Pan left")
        .hover();
    // Half a clip later, the preview has moved far.
    stage.window.run_steps(12);
    let after = stage.window.render().expect("a picture of the window");
    let middle = (before.width() / 2, before.height() / 3);
    let changed = (0..80)
        .filter(|at| {
            before.get_pixel(middle.0 + at, middle.1) != after.get_pixel(middle.0 + at, middle.1)
        })
        .count();
    // The picture is a photograph: shifted by a tenth, hardly any pixel stays the same.
    assert!(changed > 40, "{changed} of 80 pixels changed");
}

#[test]
fn one_drag_on_the_pad_is_one_edit_however_busy_the_machine_is() {
    let button = |pos: Pos2, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    // For each case: seconds between two frames, and whether one frame handles several events.
    for (gap, at_once) in [(0.016, false), (1.4, false), (0.3, true)] {
        let mut stage = with_moves();
        stage.click("Hold the camera still");
        stage.press(Key::G);
        let before = stacked(&stage);
        let pad = stage
            .window
            .get_by_label("Camera pad on the picture")
            .rect();
        let at = |part: f32| pad.center() + vec2(0.14, -0.11) * part * pad.width();
        let moved = |part| Event::PointerMoved(at(part));
        let (down, up) = (button(at(0.0), true), button(at(1.0), false));
        let passes: Vec<Vec<Event>> = if at_once {
            vec![
                vec![moved(0.0), down, moved(0.1)],
                vec![moved(0.2), moved(0.4)],
                vec![moved(0.6), moved(0.8)],
                vec![moved(1.0)],
                vec![up],
            ]
        } else {
            let parts = (1..=10).map(|part| vec![moved(part as f32 / 10.0)]);
            std::iter::once(vec![moved(0.0)])
                .chain([vec![down]])
                .chain(parts)
                .chain([vec![up]])
                .collect()
        };
        let mut time = stage.window.ctx.input(|input| input.time);
        for events in passes {
            time += gap;
            let input = stage.window.input_mut();
            input.time = Some(time);
            input.events.extend(events);
            stage.window.step();
        }
        stage.window.run_steps(3);
        // 14% of the frame, with a move that covers 25% at strength 1.
        let (name, strength) = stacked(&stage)[0].clone();
        assert_eq!(name, "pan-left");
        assert!((strength - 0.56).abs() < 0.01, "{strength}");
        assert_eq!(stage.studio().history.undo_label(), Some("aim camera"));
        stage.press_with(Modifiers::COMMAND, Key::Z);
        assert_eq!(stacked(&stage), before, "{gap} s, at once: {at_once}");
    }
}
