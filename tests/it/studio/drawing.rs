//! Drawing over the picture on the stage:
//!
//! - a stroke of the lock brush is one edit, is saved with the project, and gives the frames that the command line gives
//!   with the same mask as a file
//! - masks are painted, erased and cleared by keys; they belong to their picture
//! - a cut-out is drawn around, dragged, and set to numbers; its frames are those of the command line
//! - the settings of a take restore what was drawn
//! - the preview shows it all, and is exported as an animatic

use std::fs;

use egui::{Key, Modifiers, Pos2, Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::command::draw::{MaskKind, Tool};
use kinora::app::command::takes::TakeCommand;
use kinora::app::{Command, Studio};
use kinora::media::picture::Picture;
use kinora::motion::{Mask, Outline, Painted};
use kinora::request::Take;

use super::Window;
use super::kept::{folder, make};
use super::steering::with_tiny_model;
use crate::cli::{generate, picture, succeeded};

const LOCK_AREA: &str = "Lock brush on the picture";
const CUT_OUT_AREA: &str = "Cut-outs on the picture";

/// A point of the drawing area, as fractions of it.
fn place(stage: &Window, area: &str, [x, y]: [f32; 2]) -> Pos2 {
    let rect = stage.window.get_by_label(area).rect();
    pos2(
        rect.left() + x * rect.width(),
        rect.top() + y * rect.height(),
    )
}

/// Drags the pointer through points of the drawing area.
pub(super) fn drag(stage: &mut Window, area: &str, points: &[[f32; 2]]) {
    let places: Vec<Pos2> = points
        .iter()
        .map(|point| place(stage, area, *point))
        .collect();
    stage.window.hover_at(places[0]);
    stage.window.run_steps(2);
    stage.window.drag_at(places[0]);
    stage.window.run_steps(2);
    for at in &places[1..] {
        stage.window.hover_at(*at);
        stage.window.run_steps(2);
    }
    stage.window.drop_at(places[places.len() - 1]);
    stage.window.run_steps(3);
}

fn undo(stage: &mut Window) {
    stage.press_with(Modifiers::COMMAND, Key::Z);
}

fn redo(stage: &mut Window) {
    stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
}

fn lock(studio: &Studio) -> Painted {
    studio.mask(MaskKind::Lock).cloned().unwrap_or_default()
}

/// Checks that a take has the frames in a folder.
pub(super) fn has_frames_of(take: &Take, out: &std::path::Path) {
    for (index, frame) in take.frames.iter().enumerate() {
        let file = out.join(format!("frame_{index:04}.png"));
        let theirs = Picture::open(&file, [0; 3]).expect("a frame");
        assert!(theirs.rgb[..] == frame.rgb[..], "frame {index} is the same");
    }
}

#[test]
fn a_locked_part_is_saved_undone_and_held_as_on_the_command_line() {
    let data = folder();
    let mut stage = with_tiny_model(data.path());
    stage.click("Pan left");
    stage.press(Key::H);
    assert_eq!(
        stage.studio().session.draw.tool,
        Tool::Paint(MaskKind::Lock)
    );
    drag(&mut stage, LOCK_AREA, &[[0.1, 0.2], [0.4, 0.3], [0.4, 0.9]]);
    let painted = lock(stage.studio());
    assert_eq!(painted.strokes.len(), 1);
    assert_eq!(stage.studio().history.undo_label(), Some("paint lock"));
    drag(&mut stage, LOCK_AREA, &[[0.8, 0.2], [0.8, 0.8]]);
    assert_eq!(lock(stage.studio()).strokes.len(), 2);
    undo(&mut stage);
    assert_eq!(lock(stage.studio()), painted, "one stroke is one edit");
    undo(&mut stage);
    assert!(lock(stage.studio()).is_empty());
    redo(&mut stage);
    assert_eq!(lock(stage.studio()), painted);

    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let guide = take.recipe.request.guide.as_ref().expect("a guide");
    let Some(Mask::Painted(held)) = &guide.motion.lock else {
        panic!("a painted lock, not {:?}", guide.motion.lock);
    };
    let mask = held.picture([32, 24]);
    let covered = mask.rgb.iter().filter(|value| **value == 255).count();
    assert!(covered > 3 * 32, "{covered} values are white");
    let file = data.path().join("mask.png");
    image::RgbImage::from_raw(32, 24, mask.rgb)
        .expect("its size")
        .save(&file)
        .expect("a mask");
    let out = data.path().join("from the command line/");
    let mask = file.display().to_string();
    let flags = [
        "--lora",
        "pan-left=1",
        "--steps",
        "25",
        "--seed",
        "5",
        "--lock",
        &mask,
    ];
    succeeded(&generate(&picture(), &out, &flags));
    has_frames_of(&take, &out);

    // Another window finds it again.
    stage.until("the project on disk", |_| {
        let file = data.path().join("projects/Untitled/project.json");
        fs::read_to_string(file).is_ok_and(|text| text.contains("drawings"))
    });
    drop(stage);
    let mut again = super::kept::real(data.path());
    again.until("the picture", |studio| studio.picture().is_some());
    assert_eq!(lock(again.studio()), painted);
}

#[test]
fn masks_are_painted_by_keys_and_belong_to_their_picture() {
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press(Key::B);
    stage
        .window
        .get_by_label("Move brush on the picture")
        .focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowRight);
    stage.press_with(Modifiers::SHIFT, Key::ArrowDown);
    stage.press(Key::Space);
    let brush = stage
        .studio()
        .mask(MaskKind::Brush)
        .cloned()
        .expect("a dot");
    let [x, y] = brush.strokes[0].points[0];
    assert!((x - 0.52).abs() < 1e-6 && (y - 0.6).abs() < 1e-6, "{x} {y}");
    assert!(!stage.studio().session.playback.playing, "the key painted");
    let before = stage.studio().session.draw.radius;
    stage.press(Key::CloseBracket);
    assert!(stage.studio().session.draw.radius > before);
    stage.press(Key::OpenBracket);
    stage.press(Key::OpenBracket);
    assert!(stage.studio().session.draw.radius < before);
    stage.press(Key::E);
    stage.press(Key::Space);
    let brush = stage.studio().mask(MaskKind::Brush).cloned().expect("two");
    assert!(brush.strokes[1].erases, "the second one erases");
    assert_eq!(
        stage.studio().history.undo_label(),
        Some("erase move brush")
    );

    stage.click("Lock everything");
    assert_eq!(lock(stage.studio()), Painted::everything());
    stage.window.get_by_label("Locked: everything");
    stage.window.get_by_label("Move brush: 2 strokes");
    stage.window.get_by_label("Picture Bridge").click();
    stage.window.run_steps(3);
    assert!(
        stage.studio().drawing().is_empty(),
        "nothing is drawn on it"
    );
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    assert_eq!(lock(stage.studio()), Painted::everything());
    stage.click("Clear the lock");
    assert!(lock(stage.studio()).is_empty());
    stage.press(Key::Escape);
    assert_eq!(stage.studio().session.draw.tool, Tool::Select);
}

#[test]
fn a_cut_out_is_dragged_and_its_frames_are_those_of_the_command_line() {
    let data = folder();
    let mut stage = with_tiny_model(data.path());
    stage.click("Hold the camera still");
    stage.press(Key::D);
    let around = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.7], [0.1, 0.7], [0.1, 0.25]];
    drag(&mut stage, CUT_OUT_AREA, &around);
    assert_eq!(stage.studio().drawing().cut_outs.len(), 1);
    assert_eq!(stage.studio().session.draw.selected, Some(0));
    assert_eq!(stage.studio().history.undo_label(), Some("cut out"));
    drag(
        &mut stage,
        CUT_OUT_AREA,
        &[[0.25, 0.45], [0.4, 0.4], [0.6, 0.5]],
    );
    let end = stage.studio().drawing().cut_outs[0].track.end();
    assert!(
        (end.x - 0.35).abs() < 0.02 && (end.y - 0.05).abs() < 0.02,
        "{end:?}"
    );
    assert_eq!(stage.studio().history.undo_label(), Some("drag cut-out"));

    stage.unfold_all();
    let number = |stage: &mut Window, label: &str, text: &str| {
        let field = stage.window.get_by_role_and_label(Role::SpinButton, label);
        field.set_value_accesskit(text.parse::<f64>().expect("a number"));
        stage.window.run_steps(3);
    };
    number(&mut stage, "Moves right by", "25");
    number(&mut stage, "Size at the end", "120");
    let end = stage.studio().drawing().cut_outs[0].track.end();
    assert!(
        (end.x - 0.25).abs() < 1e-6 && (end.scale - 1.2).abs() < 1e-6,
        "{end:?}"
    );

    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let motion = &take.recipe.request.guide.as_ref().expect("a guide").motion;
    let Outline::Polygon(corners) = &motion.cut_outs[0].outline else {
        panic!("a polygon");
    };
    let drag = serde_json::json!([{ "polygon": corners, "track": motion.cut_outs[0].track }]);
    let file = data.path().join("drag.json");
    fs::write(&file, drag.to_string()).expect("a file");
    let out = data.path().join("from the command line/");
    let file = file.display().to_string();
    let flags = ["--drag", &file, "--steps", "25", "--seed", "5"];
    succeeded(&generate(&picture(), &out, &flags));
    has_frames_of(&take, &out);

    // The settings of the take restore it.
    let drawn = stage.studio().drawing().into_owned();
    stage.click("Remove cut-out 1");
    assert!(stage.studio().drawing().is_empty());
    let first = stage.studio().project.takes[0].id;
    let restore = Command::Take(TakeCommand::Recipe(first));
    stage.window.state().commands().send(restore);
    stage.until("the settings", |studio| !studio.drawing().is_empty());
    assert_eq!(
        stage.studio().drawing().cut_outs.len(),
        drawn.cut_outs.len()
    );
    make(&mut stage, 2);
    let again = &stage.studio().project.takes[1].take;
    assert_eq!(again.recipe, take.recipe);
    assert!(again.frames[1].rgb == take.frames[1].rgb);
}

#[test]
fn cut_outs_are_made_ordered_and_removed_by_keys() {
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press(Key::D);
    stage.window.get_by_label(CUT_OUT_AREA).focus();
    stage.window.run_steps(2);
    stage.press(Key::Space);
    assert_eq!(stage.studio().session.draw.selected, Some(0));
    // The arrow keys move the end of the selected one.
    stage.press(Key::ArrowRight);
    stage.press(Key::ArrowRight);
    let end = stage.studio().drawing().cut_outs[0].track.end();
    assert!((end.x - 0.04).abs() < 1e-6, "{end:?}");
    stage.press(Key::Space);
    assert_eq!(stage.studio().drawing().cut_outs.len(), 2);
    stage.click("Send cut-out backward");
    assert_eq!(stage.studio().session.draw.selected, Some(0));
    let moved = stage.studio().drawing().cut_outs[1].track.end();
    assert_eq!(moved, end, "the first one is in front now");
    stage.press(Key::Delete);
    assert_eq!(stage.studio().drawing().cut_outs.len(), 1);
    undo(&mut stage);
    undo(&mut stage);
    assert_eq!(stage.studio().drawing().cut_outs[0].track.end(), end);
}

#[test]
fn the_preview_plays_everything_and_is_exported_as_an_animatic() {
    let data = folder();
    let mut stage = Window::open();
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press(Key::D);
    let around = [[0.2, 0.2], [0.5, 0.2], [0.5, 0.6], [0.2, 0.6], [0.2, 0.25]];
    drag(&mut stage, CUT_OUT_AREA, &around);
    drag(&mut stage, CUT_OUT_AREA, &[[0.35, 0.4], [0.6, 0.4]]);
    stage.press(Key::T);
    stage.window.run_steps(4);
    assert!(stage.studio().ghost().is_some(), "it is played");
    stage
        .window
        .get_by_label("Preview of everything that moves, not a rendered take");
    stage.press(Key::Escape);
    stage.window.run_steps(2);
    assert!(stage.studio().ghost().is_none());

    stage.click("Export animatic…");
    *stage.dialogs.folder.lock().unwrap() = Some(data.path().to_owned());
    stage.click("Change folder…");
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_deref() == Some(data.path())
    });
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "PNG files")
        .click_accesskit();
    stage.window.run_steps(3);
    stage.click("Export the animatic");
    stage.until("the file", |studio| studio.runtime.written.is_some());
    let out = stage.studio().runtime.written.clone().expect("a folder");
    assert!(out.ends_with("Citrus animatic"), "{}", out.display());
    let settings = stage.studio().settings().expect("settings");
    let open = |index: usize| {
        let file = out.join(format!("frame_{index:04}.png"));
        Picture::open(&file, [0; 3]).expect("a frame")
    };
    let (first, last) = (open(0), open(settings.frames - 1));
    assert_eq!((first.width as usize, first.height as usize), settings.size);
    assert!(first.rgb != last.rgb);
    let more = out.join(format!("frame_{:04}.png", settings.frames));
    assert!(!more.exists());
    let button = stage
        .window
        .get_by_role_and_label(Role::Button, "Export animatic…");
    assert!(!button.accesskit_node().is_disabled());
}
