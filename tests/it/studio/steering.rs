//! The camera with a model that no LoRA fits, on the real engine:
//! - the moves are followed by the guide, and the card says so
//! - the frames are those of the command line, and the recipe restores the direction
//! - how closely the guide is followed is a choice that can be undone and is in the recipe

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::Command;
use kinora::app::command::takes::TakeCommand;
use kinora::media::picture::Picture;
use kinora::request::{GuideLevels, Steer};

use super::Window;
use super::kept::{folder, make, real};
use crate::cli::{copy_folder, generate, picture, succeeded, tiny_model};

/// A window that computes with the tiny model, and the picture that came with it.
pub(super) fn with_tiny_model(data: &Path) -> Window {
    copy_folder(&tiny_model(), &data.join("models/tiny"));
    let project = data.join("projects/Untitled");
    fs::create_dir_all(&project).expect("a folder for the project");
    let small = r#"{ "kinora_project": 1, "next": 16, "pictures": [], "takes": [], "picture": null,
        "document": { "direction": { "model": "tiny",
            "draft": { "width": 32, "height": 24, "frames": 2, "steps": 25, "seed": 5 } } } }"#;
    fs::write(project.join("project.json"), small).expect("a project");
    let cpu = r#"{ "preferences": { "device": "cpu" } }"#;
    fs::write(data.join("preferences.json"), cpu).expect("preferences");
    let mut stage = real(data);
    stage.drop_file(&picture());
    stage.until("the picture and the moves", |studio| {
        let shown = studio
            .picture()
            .is_some_and(|one| one.name == "picture.png");
        shown && studio.runtime.camera.compared_with == "tiny" && studio.steered().is_some()
    });
    stage
}

fn choose(stage: &mut Window, word: &str, group: &str) {
    stage.unfold_all();
    let group = stage.window.get_by_role_and_label(Role::RadioGroup, group);
    group
        .get_by_role_and_label(Role::RadioButton, word)
        .click_accesskit();
    stage.window.run_steps(3);
}

#[test]
fn a_model_that_no_lora_fits_is_steered_by_the_guide_as_on_the_command_line() {
    let data = folder();
    let mut stage = with_tiny_model(data.path());
    stage.click("Pan left");
    stage.window.get_by_label("Steered by the guide");
    make(&mut stage, 1);
    let take = stage.studio().project.takes[0].take.clone();
    let request = &take.recipe.request;
    assert!(take.recipe.loras.is_empty());
    assert_eq!(request.steer, Some(Steer::Guide));
    let guide = request.guide.as_ref().expect("a guide");
    assert_eq!(guide.motion.camera[0].name, "pan-left");
    assert_eq!(guide.levels, GuideLevels::default());

    let out = data.path().join("from the command line/");
    let flags = ["--lora", "pan-left=1", "--steps", "25", "--seed", "5"];
    succeeded(&generate(&picture(), &out, &flags));
    for (index, frame) in take.frames.iter().enumerate() {
        let file = out.join(format!("frame_{index:04}.png"));
        let theirs = Picture::open(&file, [0; 3]).expect("a frame");
        assert!(theirs.rgb[..] == frame.rgb[..], "frame {index} is the same");
    }

    choose(&mut stage, "Loose", "How closely the guide is followed");
    let loose = Some(GuideLevels::loose());
    assert_eq!(stage.studio().direction().levels, loose);
    let undo = |stage: &mut Window, modifiers| {
        stage.window.key_press_modifiers(modifiers, Key::Z);
        stage.window.run_steps(3);
    };
    undo(&mut stage, Modifiers::COMMAND);
    assert_eq!(stage.studio().direction().levels, None);
    undo(&mut stage, Modifiers::COMMAND | Modifiers::SHIFT);
    make(&mut stage, 2);
    let other = stage.studio().project.takes[1].take.clone();
    let levels = other
        .recipe
        .request
        .guide
        .as_ref()
        .map(|guide| guide.levels);
    assert_eq!(levels, loose);
    assert!(other.frames[1].rgb != take.frames[1].rgb);

    // The settings of the first take make its frames again.
    stage.click("Hold the camera still");
    let first = stage.studio().project.takes[0].id;
    let restore = Command::Take(TakeCommand::Recipe(first));
    stage.window.state().commands().send(restore);
    stage.until("the settings", |studio| studio.direction().moves.len() == 1);
    let direction = stage.studio().direction();
    assert_eq!(direction.moves[0].name, "pan-left");
    assert_eq!(direction.steer, Steer::Auto, "which was never changed");
    assert_eq!(direction.levels, None);
    make(&mut stage, 3);
    let again = &stage.studio().project.takes[2].take;
    assert_eq!(again.recipe, take.recipe);
    assert!(again.frames[1].rgb == take.frames[1].rgb);
}
