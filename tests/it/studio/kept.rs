//! Takes and pictures are saved, and takes can be made again:
//!
//! - pictures that have no file are saved: a sample, a pasted one, a frame that a take continues from;
//!   `kinora reproduce` makes the same frames of each, even if the project was moved
//! - a take and a picture that could not be saved are saved again until that succeeds
//! - a damaged project gets its pasted pictures back, and settings that cannot be read are set aside
//! - a missing picture that is opened again belongs to its takes again; the same file is opened once
//! - a take whose file is missing is reported at every start, until the user forgets it
//! - if nothing can be written at all, the window says so once and keeps everything in memory for "Save as…"

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Studio;
use kinora::app::state::notice::Notice;
use kinora::app::workers::clipboard::Pasted;
use kinora::engine::SvdRunner;
use kinora::engine::device::trust::Trust;
use kinora::library::Library;
use kinora::library::sources::Sources;
use kinora::media::picture::Picture;

use super::{TICK, Window};

pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// A window on `data` that computes with the embedded model, at its smallest size and length.
pub(super) fn real(data: &Path) -> Window {
    let project = data.join("projects/Untitled");
    if !project.exists() {
        fs::create_dir_all(&project).expect("a folder for the project");
        let small = r#"{ "kinora_project": 1, "next": 16, "pictures": [], "takes": [],
            "picture": null, "document": { "direction": { "draft": { "width": 64, "height": 40,
            "frames": 2, "steps": 1, "seed": 7, "guidance": [1.0, 1.0] } } } }"#;
        fs::write(project.join("project.json"), small).expect("a project");
        let cpu = r#"{ "preferences": { "device": "cpu" } }"#;
        fs::write(data.join("preferences.json"), cpu).expect("preferences");
    }
    let trust = Trust {
        program: "absent".into(),
        folder: None,
        patience: Duration::ZERO,
    };
    let runner = SvdRunner::new(Library::at(data.to_owned()), trust);
    let nobody = "http://127.0.0.1:9";
    let own = folder();
    let mut stage = Window::running(Harness::builder(), own, data.to_owned(), nobody, |_| {
        Box::new(runner)
    });
    stage.until("the project", |studio| studio.project.home.is_some());
    stage
}

/// Makes a take, even if it exists already, and waits for its file.
pub(super) fn make(stage: &mut Window, count: usize) {
    stage.press(Key::Enter);
    if stage.window.query_by_label("Make it anyway").is_some() {
        stage.click("Make it anyway");
    }
    stage.patiently("the take", |studio| studio.project.takes.len() == count);
    let home = stage.studio().project.home.clone().expect("a project");
    stage.until("its file", |_| clips(&home).len() == count);
}

/// A window on `data` with its project, and the file of a picture that has not been dropped yet.
fn with_meadow(data: &Path) -> (Window, PathBuf) {
    let mut stage = Window::at(data);
    stage.until("the project", |studio| studio.project.home.is_some());
    let path = data.join("meadow.png");
    fs::rename(stage.picture("meadow.png"), &path).expect("a picture");
    (stage, path)
}

pub(super) fn drop_picture(stage: &mut Window, path: &Path) {
    stage.drop_file(path);
    stage.until("the picture", |studio| {
        studio.picture().is_some() && studio.runtime.opening == 0
    });
}

/// Makes the first take of the picture on the stage, with steps that need no model, and saves; returns the project's
/// folder once its file contains `told`.
fn first_take(stage: &mut Window, told: &str) -> PathBuf {
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.finish();
    let home = stage.studio().project.home.clone().expect("a project");
    stage.until("its file", |_| clips(&home).len() == 1);
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("the project's file", |_| tells(&home, told));
    home
}

/// Whether the project file contains this text.
fn tells(home: &Path, words: &str) -> bool {
    fs::read_to_string(home.join("project.json")).is_ok_and(|text| text.contains(words))
}

pub(super) fn clips(home: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(home.join("takes"))
        .into_iter()
        .flatten()
        .flatten();
    let mut clips: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "apng"))
        .collect();
    clips.sort();
    clips
}

/// Runs the program with an empty data folder.
pub(super) fn kinora(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("the program starts")
}

pub(super) fn reproduced(take: &Path) -> String {
    let output = kinora(&["reproduce", &take.display().to_string()]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(super) fn paste(stage: &mut Window, picture: Picture) {
    *stage.clipboard.content.lock().unwrap() = Some(Pasted::Picture(picture));
    let words = Event::Paste("x".to_owned());
    stage.window.input_mut().events.push(words);
}

pub(super) fn colourful(width: u32, height: u32) -> Picture {
    let pixels = (0..width * height).flat_map(|at| [at as u8, (at / width) as u8 * 3, 90]);
    Picture {
        width,
        height,
        rgb: pixels.collect(),
    }
}

#[test]
fn pictures_without_a_file_are_kept_and_their_takes_reproduced() {
    let data = folder();
    let mut stage = real(data.path());
    stage.click("Begin with Bridge");
    make(&mut stage, 1);
    stage.until("the take on the stage", |studio| {
        studio.shown_take().is_some()
    });
    stage.press(Key::End);
    stage.press(Key::X);
    stage.until("the frame as a picture", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.origin.is_some())
    });
    make(&mut stage, 2);
    paste(&mut stage, colourful(90, 50));
    stage.until("the pasted picture", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.name.starts_with("Pasted"))
    });
    make(&mut stage, 3);
    let home = stage.studio().project.home.clone().expect("a project");
    drop(stage);

    for take in clips(&home) {
        let said = reproduced(&take);
        assert!(said.contains("identical, 2 frames"), "{said}");
    }
    let mut again = real(data.path());
    again.until("both pictures and all takes", |studio| {
        let own = studio
            .project
            .pictures
            .iter()
            .filter(|picture| !picture.sample);
        own.count() == 2 && studio.project.takes.len() == 3
    });
    assert!(again.studio().runtime.notices.is_empty());
    let origin = again.studio().project.takes[1].picture;
    let origin = origin
        .and_then(|picture| again.studio().picture_named(picture))
        .and_then(|picture| picture.origin);
    assert_eq!(
        origin,
        Some((again.studio().project.takes[0].id, 1)),
        "it still continues it"
    );
    drop(again);

    let moved = data.path().join("elsewhere");
    fs::rename(&home, &moved).expect("moved");
    let said = reproduced(&clips(&moved)[1]);
    assert!(said.contains("identical"), "{said}");
}

#[test]
fn failed_saves_are_repeated_until_they_succeed() {
    let data = folder();
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    let home = stage.studio().project.home.clone().expect("a project");
    // Files in the place of folders, instead of missing permissions, which root ignores.
    for part in ["takes", "pictures"] {
        fs::write(home.join(part), "in the way").expect("a file in its place");
    }
    paste(&mut stage, colourful(40, 30));
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.finish();
    stage.until("both refusals", |studio| {
        let unsaved = &studio.runtime.unsaved;
        unsaved.takes.len() == 1 && unsaved.pictures.len() == 1
    });
    stage.window.get_by_label("not saved");
    let words: Vec<_> = stage
        .studio()
        .runtime
        .notices
        .iter()
        .map(Notice::detail)
        .collect();
    assert!(
        words
            .iter()
            .any(|words| words.contains("Take 1 could not be saved")),
        "{words:?}"
    );
    stage.press_with(Modifiers::COMMAND, Key::Q);
    let question = "Quit and lose a finished take?";
    stage.window.get_by_role_and_label(Role::Dialog, question);
    stage.click("Stay");

    for part in ["takes", "pictures"] {
        fs::remove_file(home.join(part)).expect("out of the way");
    }
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("both on the disk", |studio| {
        !studio.runtime.save_failed && studio.runtime.unsaved.is_empty() && clips(&home).len() == 1
    });
    let pictures = fs::read_dir(home.join("pictures"))
        .expect("a folder")
        .count();
    assert_eq!(pictures, 1);
    let library = Library::default();
    let sources = Sources::new(&library, Some(&clips(&home)[0]));
    let recipe = &stage.studio().project.takes[0].take.recipe;
    let picture = recipe.picture.as_ref().expect("a picture");
    assert!(
        sources.picture(picture).is_some(),
        "the recipe leads to it, wherever the project is"
    );
}

#[test]
fn a_damaged_project_gets_its_pasted_pictures_back() {
    let data = folder();
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    let home = stage.studio().project.home.clone().expect("a project");
    paste(&mut stage, colourful(40, 30));
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.finish();
    stage.until("all of it on the disk", |_| {
        clips(&home).len() == 1 && fs::read_dir(home.join("pictures")).is_ok()
    });
    let fingerprint = stage
        .studio()
        .picture()
        .expect("a picture")
        .fingerprint
        .clone();
    stage.vanish();
    let text = fs::read(home.join("project.json")).expect("a project");
    fs::write(home.join("project.json"), &text[..text.len() / 2]).expect("half of it");
    fs::create_dir(home.join("project.json.damaged")).expect("a folder in the way");
    fs::write(data.path().join("preferences.json"), "{ half").expect("half of them");

    let mut again = Window::at(data.path());
    again.until("picture and take", |studio| {
        studio
            .project
            .pictures
            .iter()
            .any(|picture| picture.fingerprint == fingerprint)
            && studio.project.takes.len() == 1
    });
    let (project, take) = (&again.studio().project, &again.studio().project.takes[0]);
    assert!(
        project
            .pictures
            .iter()
            .any(|one| Some(one.id) == take.picture),
        "they know each other"
    );
    assert!(
        home.join("project.json.damaged 2").is_file(),
        "set aside beside what was there"
    );
    assert!(data.path().join("preferences.json.damaged").is_file());
    again.window.get_by_label("Couldn't open the project");
    again
        .window
        .get_by_label("Preferences were reset to their defaults");
}

#[test]
fn a_missing_picture_is_opened_again_and_the_same_file_is_opened_once() {
    let data = folder();
    let (mut stage, path) = with_meadow(data.path());
    for _ in 0..2 {
        drop_picture(&mut stage, &path);
    }
    assert_eq!(
        stage.studio().project.pictures.len(),
        5,
        "four samples and this one"
    );
    first_take(&mut stage, "meadow");
    drop(stage);
    // A folder that is not searched.
    let away = folder();
    let moved = away.path().join("moved.png");
    fs::rename(&path, &moved).expect("moved");
    // The copy in the project is missing too.
    fs::remove_dir_all(data.path().join("projects/Untitled/pictures")).expect("its copy goes");

    let mut again = Window::at(data.path());
    again.until("the take without its picture", |studio| {
        !studio.project.takes.is_empty() && !studio.runtime.notices.is_empty()
    });
    again.window.get_by_label("Take 1").click();
    again.window.run_steps(3);
    again.press(Key::R);
    again.until("the refusal", |studio| {
        let said = |word| {
            studio
                .runtime
                .notices
                .iter()
                .any(|one| one.detail().contains(word))
        };
        said("not on the shelf") && said("meadow.png")
    });
    assert!(
        again.studio().running().is_none(),
        "nothing is begun without it"
    );
    again.drop_file(&moved);
    again.until("the picture", |studio| studio.picture().is_some());
    let take = &again.studio().project.takes[0];
    assert_eq!(
        take.picture,
        again.studio().project.document.picture,
        "it is the take's own again"
    );
    assert!(again.studio().project.absent_pictures.is_empty());
}

#[test]
fn a_missing_take_is_reported_until_it_is_forgotten() {
    let data = folder();
    let (mut stage, path) = with_meadow(data.path());
    drop_picture(&mut stage, &path);
    let number = "\"number\": 1";
    let home = first_take(&mut stage, number);
    drop(stage);
    fs::remove_file(&clips(&home)[0]).expect("its file goes");

    let told_again = || {
        let mut again = Window::at(data.path());
        again.until("the news", |studio| !studio.runtime.notices.is_empty());
        again.window.get_by_label("Take missing");
        again
    };
    for _ in 0..2 {
        drop(told_again());
    }
    let mut again = told_again();
    again.window.get_by_label("Remove take 1").click();
    again.until("the project without it", |studio| {
        studio.runtime.notices.is_empty() && studio.project.absent_takes.is_empty()
    });
    again.press_with(Modifiers::COMMAND, Key::S);
    again.until("the project's file", |_| {
        home.join("project.json").is_file() && !tells(&home, number)
    });
}

#[test]
fn if_nothing_can_be_written_the_window_says_so_and_saves_elsewhere() {
    let data = folder();
    fs::write(data.path().join("projects"), "in the way").expect("a file in its place");
    let mut stage = Window::at(data.path());
    let told = |studio: &Studio| {
        let title = "Changes are not being saved. Use “Save as…”";
        let mut notices = studio.runtime.notices.iter();
        notices.find(|notice| notice.title == title).map(|it| it.id)
    };
    stage.until("the notice", |studio| told(studio).is_some());
    let first = told(stage.studio());
    // Three seconds on the window's clock: longer than the autosave delay.
    for _ in 0..60 {
        stage.window.step();
        let _ = stage.woken.recv_timeout(TICK);
    }
    assert_eq!(
        told(stage.studio()),
        first,
        "it does not try for ever: each failure would be told anew"
    );
    stage.begin();
    stage.finish();
    assert_eq!(stage.studio().unsaved_takes(), 1);
    let to = data.path().join("here");
    *stage.dialogs.project.lock().unwrap() = Some(to.clone());
    stage.press_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
    stage.until("the take on the disk", |_| clips(&to).len() == 1);
    assert_eq!(stage.studio().unsaved_takes(), 0);
    stage.until("the project's file", |_| {
        fs::read_to_string(to.join("project.json")).is_ok_and(|text| text.contains("meadow"))
    });
}
