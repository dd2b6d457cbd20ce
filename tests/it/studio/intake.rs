//! Opening pictures:
//!
//! - the hint for hovering files is correct, and a URL is rejected with a reason
//! - when good files, bad files and folders are dropped together, those that can be opened are, and the rest are
//!   reported
//! - a picture of a phone, in parts and turned, is opened upright
//! - a picture is pasted; a clipboard without one is reported
//! - two interactions lead from an empty window to a take: a click on a sample, then Enter

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Event, HoveredFile, Key};
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Shown;
use kinora::app::workers::clipboard::Pasted;
use kinora::media::picture::Picture;

use super::{Dropped, Window};

fn hover(stage: &mut Window, paths: &[&str]) {
    let files = paths.iter().map(|path| HoveredFile {
        path: Some(PathBuf::from(path)),
        ..HoveredFile::default()
    });
    stage.window.input_mut().hovered_files = files.collect();
    stage.window.run_steps(2);
}

#[test]
fn the_hint_for_hovering_files_is_correct() {
    let mut stage = Window::open();
    let folder = stage.folder.path().display().to_string();
    hover(&mut stage, &["meadow.png", "notes.txt"]);
    stage
        .window
        .get_by_label("Drop to open 1 picture; 1 file does not look like a picture");
    hover(&mut stage, &["notes.txt"]);
    stage
        .window
        .get_by_label("notes.txt does not look like a picture");
    hover(&mut stage, &["https://example.org/sea.jpg"]);
    stage
        .window
        .get_by_label("This is a web address: save the picture first, then drop the file");
    hover(&mut stage, &[&folder]);
    let name = stage.folder.path().file_name().unwrap().to_string_lossy();
    let words = format!("Drop to open the pictures in {name}");
    stage.window.get_by_label(&words);
    stage.window.input_mut().hovered_files.clear();
    stage.window.run_steps(2);
    assert!(stage.window.query_by_label(&words).is_none());
}

#[test]
fn good_and_bad_files_and_folders_drop_together() {
    let mut stage = Window::open();
    let holiday = stage.folder.path().join("holiday");
    let empty = stage.folder.path().join("empty");
    std::fs::create_dir_all(holiday.join("day two")).unwrap();
    std::fs::create_dir_all(&empty).unwrap();
    for name in ["holiday/a.png", "holiday/day two/b.png"] {
        let made = stage.picture("made.png");
        std::fs::rename(made, stage.folder.path().join(name)).unwrap();
    }
    let broken = holiday.join("c.png");
    std::fs::write(&broken, "no picture at all").unwrap();
    let good = stage.picture("first.png");

    let paths = [good, holiday, empty];
    for path in paths {
        let file = Arc::new(Dropped(path));
        stage.window.input_mut().dropped_files.push(file);
    }
    stage.window.step();
    stage.until("everything", |studio| {
        studio.runtime.opening == 0 && studio.project.pictures.len() == 7
    });
    let studio = stage.studio();
    let names: Vec<&str> = studio.project.pictures[4..]
        .iter()
        .map(|picture| picture.name.as_str())
        .collect();
    assert_eq!(names, ["first.png", "a.png", "b.png"]);
    assert_eq!(
        studio.picture().unwrap().name,
        "first.png",
        "the first one is on the stage, the others on the shelf"
    );
    let details: Vec<&str> = studio
        .runtime
        .notices
        .iter()
        .flat_map(|notice| &notice.details)
        .map(|detail| detail.words.as_str())
        .collect();
    let refusal = Picture::open(&broken, [0; 3]).unwrap_err().to_string();
    assert_eq!(details.len(), 2, "{details:?}");
    assert_eq!(details[0].to_lowercase(), refusal.to_lowercase());
    assert!(details[1].contains("contains no pictures"), "{details:?}");
    let recent = &studio.preferences.recent;
    assert!(recent[0].ends_with("b.png"), "{recent:?}");
    assert_eq!(recent.len(), 3);
}

#[test]
fn a_picture_is_pasted_and_anything_else_is_rejected_with_a_reason() {
    let mut stage = Window::open();
    let picture = Picture {
        width: 30,
        height: 20,
        rgb: vec![90; 1800],
    };
    *stage.clipboard.content.lock().unwrap() = Some(Pasted::Picture(picture));
    // The event that egui sends for Ctrl-V.
    let words = Event::Paste("whatever else is on the clipboard".to_owned());
    stage.window.input_mut().events.push(words);
    stage.until("the picture", |studio| studio.picture().is_some());
    assert_eq!(stage.studio().picture().unwrap().name, "Pasted 1");

    let path = stage.picture("copied.png");
    *stage.clipboard.content.lock().unwrap() = Some(Pasted::Files(vec![path]));
    stage
        .window
        .input_mut()
        .events
        .push(Event::Paste("x".to_owned()));
    stage.until("the file", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.name == "copied.png")
    });

    let empty = Event::Paste("x".to_owned());
    stage.window.input_mut().events.push(empty);
    stage.until("the refusal", |studio| !studio.runtime.notices.is_empty());
    stage.window.get_by_label("Couldn't paste");
    assert!(
        stage.studio().runtime.notices[0]
            .detail()
            .contains("no picture")
    );
    assert_eq!(stage.studio().runtime.opening, 0);
}

#[test]
fn two_interactions_lead_to_a_playing_take() {
    let mut stage = Window::open();
    stage.window.get_by_label("Paste");
    stage.click("Begin with Bridge");
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.finish();
    assert!(matches!(stage.studio().session.shown, Shown::Take(_)));
    assert!(stage.studio().session.playback.playing);
}

#[cfg(feature = "export")]
#[test]
fn the_picture_of_a_phone_is_opened_upright() {
    let mut stage = Window::open();
    let path = stage.folder.path().join("IMG_0001.HEIC");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/heif/grid.heic");
    std::fs::copy(golden, &path).expect("a picture in the test's folder");
    let name = path.display().to_string();
    hover(&mut stage, &[&name]);
    stage.window.get_by_label("Drop to open IMG_0001.HEIC");
    stage.window.input_mut().hovered_files.clear();
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    let picture = &stage.studio().picture().expect("it is open").picture;
    assert_eq!((picture.width, picture.height), (100, 150));
    stage.window.get_by_label("Picture IMG_0001.HEIC");
}
