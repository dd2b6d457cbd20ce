//! Files of an older Kinora (`tests/golden/older`) can still be opened:
//!
//! - a project with all its takes and pictures; its ID for an unknown picture is read as no picture
//! - recipes with paths: their pictures are found, and exports made from them contain no path
//! - presets with their own number of steps

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora::export::read_recipe_text;
use kinora::request::Recipe;

use super::Window;
use super::kept::{clips, folder, kinora, real};
use crate::support::golden;

/// Where the user's files were.
const HOME: &str = "/home/artist";

/// The folder of the older Kinora, moved to `home`.
fn moved(home: &Path) -> PathBuf {
    copy(&golden("older"), home);
    for name in ["preferences.json", "projects/Untitled/project.json"] {
        let path = home.join("kinora").join(name);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(HOME), "it has paths");
        let text = text.replace(HOME, &home.display().to_string());
        fs::write(path, text).expect("written");
    }
    fs::create_dir(home.join("pictures")).expect("a folder");
    let picture = home.join("meadow.png");
    fs::rename(picture, home.join("pictures/meadow.png")).expect("moved");
    home.join("kinora")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// A window with the older project open.
fn opened(home: &Path) -> Window {
    let mut stage = real(&moved(home));
    stage.until("all of it", |studio| {
        studio.project.takes.len() == 5 && studio.project.pictures.len() == 6
    });
    stage
}

#[test]
fn a_project_opens_with_all_its_contents() {
    let home = folder();
    let mut stage = opened(home.path());
    let studio = stage.studio();
    assert!(
        studio.runtime.notices.is_empty(),
        "{:?}",
        studio.runtime.notices
    );
    let takes = &studio.project.takes;
    let complete: Vec<bool> = takes.iter().map(|take| take.take.complete).collect();
    assert_eq!(complete, [true, true, true, false, true]);
    let names: Vec<&str> = takes
        .iter()
        .map(|take| studio.picture_of(take).map_or("?", |picture| &picture.name))
        .collect();
    let pasted = "Pasted 1";
    assert_eq!(names, ["Bridge", "meadow.png", pasted, pasted, "Bridge"]);
    assert_eq!(studio.project.document.picture, None, "no number for none");
    stage.until("presets", |studio| studio.runtime.presets.len() == 5);
    let brisk = stage.studio().runtime.presets[4].clone();
    assert_eq!(brisk.name, "Brisk");
    let choose = kinora::app::command::Choice::Preset(brisk);
    let choose = kinora::app::command::Command::Direct(choose);
    stage.window.state().commands().send(choose);
    stage.window.run_steps(3);
    assert_eq!(stage.studio().settings().expect("a model").steps, 12);
}

#[test]
fn takes_with_paths_in_their_recipes_are_made_again_without() {
    let home = folder();
    let mut stage = opened(home.path());
    stage.window.get_by_label("Take 5").click();
    stage.window.run_steps(3);
    stage.press_with(Modifiers::SHIFT, Key::R);
    assert_eq!(stage.studio().picture().expect("a picture").name, "Bridge");
    stage.press(Key::Enter);
    // The same film would be made again.
    stage.click("Make it anyway");
    stage.patiently("the take", |studio| studio.project.takes.len() == 6);
    let takes = &stage.studio().project.takes;
    // Other CPUs add in a different order, so a value may be rounded differently.
    let apart = |(one, other): (&u8, &u8)| one.abs_diff(*other) > 1;
    let frames = takes[0].take.frames.iter().zip(&takes[5].take.frames);
    let all = frames.map(|(old, new)| {
        old.rgb
            .iter()
            .zip(new.rgb.iter())
            .filter(|&pair| apart(pair))
            .count()
    });
    assert_eq!(all.sum::<usize>(), 0, "the same film");
    let project = stage.studio().project.home.clone().expect("a project");
    stage.until("its file", |_| clips(&project).len() == 6);
    let text = |path: &Path| read_recipe_text(path).expect("a take").expect("a recipe");
    let written = clips(&project);
    assert!(text(&written[0]).contains(HOME));
    assert!(!text(&written[5]).contains('/'), "{}", text(&written[5]));

    // A new export of an older take contains no path either.
    let film = home.path().join("film.apng");
    let recipe = Recipe::read(&film, Some(&text(&film))).expect("a recipe");
    let anew = serde_json::to_string(&recipe).expect("JSON");
    assert!(!anew.contains(HOME), "{anew}");
}

#[test]
fn older_films_are_reproduced_with_what_is_still_there() {
    let home = folder();
    moved(home.path());
    let like = |arguments: &[&str]| {
        let output = kinora(arguments);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        // On the kind of CPU that made them, the frames are identical; on others, almost.
        let near = told
            .split("PSNR ")
            .nth(1)
            .and_then(|text| text.split(' ').next());
        let near = near.and_then(|text| text.parse::<f64>().ok());
        assert!(
            told.contains("identical") || near.is_some_and(|near| near > 50.0),
            "{told}"
        );
    };
    let at = |name: &str| home.path().join(name).display().to_string();
    let takes = "kinora/projects/Untitled/takes";
    // The pictures are a sample, which is embedded in the program, and a pasted picture next to its take.
    like(&["reproduce", &at("film.apng")]);
    like(&["reproduce", &at(&format!("{takes}/take-00020.apng"))]);
    // The user's picture, which is no longer where it was.
    let image = at("pictures/meadow.png");
    like(&[
        "reproduce",
        &at(&format!("{takes}/take-00018.apng")),
        "--image",
        &image,
    ]);
    if cfg!(feature = "export") {
        like(&["reproduce", &at("film.mp4"), "--image", &image]);
    }
}
