//! Projects hold their pictures:
//!
//! - an opened picture is copied into the project's folder, which opens anywhere else, without an absolute path
//! - a picture that is too large to be copied is used where it is, and a message says so
//! - "Save as…" takes the copies along
//! - a missing picture is a card that finds it again, with the others of the same folder
//! - another picture in its place is reported, and is used only if the user says so

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::Window;
use super::kept::folder;

/// A window on `data` with a saved project of these pictures, which are in `from`; returns the project's folder.
fn saved(data: &Path, from: &Path, colours: &[(&str, [u8; 3])]) -> PathBuf {
    let mut stage = Window::at(data);
    stage.until("the project", |studio| studio.project.home.is_some());
    for (at, (name, colour)) in colours.iter().enumerate() {
        stage.drop_file(&inked(from, name, *colour));
        stage.until("the picture", |studio| {
            studio.project.pictures.len() == 5 + at && studio.runtime.opening == 0
        });
    }
    stage.press_with(Modifiers::COMMAND, Key::S);
    let home = stage.studio().project.home.clone().expect("a project");
    stage.until("the copies", |studio| {
        let pictures = &studio.project.pictures;
        let own = pictures.iter().filter(|picture| !picture.sample);
        let copied = own.filter(|picture| picture.collected.is_some()).count();
        copied == colours.len()
            && fs::read_to_string(home.join("project.json"))
                .is_ok_and(|text| text.matches("\"pictures/").count() == colours.len())
    });
    home
}

fn inked(folder: &Path, name: &str, colour: [u8; 3]) -> PathBuf {
    let path = folder.join(name);
    let image = image::RgbImage::from_pixel(48, 30, image::Rgb(colour));
    image.save(&path).expect("a picture");
    path
}

fn own(stage: &Window) -> Vec<String> {
    let pictures = stage.studio().project.pictures.iter();
    let own = pictures.filter(|picture| !picture.sample);
    own.map(|picture| picture.name.clone()).collect()
}

/// A window on new settings that opens a project in another folder.
fn opened(data: &Path, home: &Path) -> Window {
    let mut stage = Window::at(data);
    stage.until("the project", |studio| studio.project.home.is_some());
    stage.drop_file(home);
    stage.until("the other project", |studio| {
        studio.project.home.as_deref() == Some(home)
            && studio.project.absent_pictures.len() == studio.project.missing_pictures.len()
    });
    stage
}

#[test]
fn a_project_given_to_someone_holds_its_pictures() {
    let (data, from, given) = (folder(), folder(), folder());
    let colours = [("meadow.png", [20, 200, 40]), ("picture-1.png", [9, 9, 90])];
    let home = saved(data.path(), from.path(), &colours);
    let text = fs::read_to_string(home.join("project.json")).expect("the project's file");
    let outside = from.path().display().to_string();
    assert!(!text.contains(&outside), "no absolute path: {text}");
    drop(from);
    let to = given.path().join("A gift");
    fs::rename(&home, &to).expect("moved");
    let elsewhere = folder();
    let mut stage = opened(elsewhere.path(), &to);
    assert_eq!(own(&stage), ["meadow.png", "picture-1.png"]);
    assert!(stage.studio().runtime.notices.is_empty());

    let copy = given.path().join("A copy");
    *stage.dialogs.project.lock().unwrap() = Some(copy.clone());
    stage.press_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
    stage.until("the copy", |studio| {
        studio.project.home.as_ref() == Some(&copy)
    });
    let picture = stage.studio().project.pictures.last().expect("a picture");
    let path = picture.path.as_ref().expect("a file");
    assert!(path.starts_with(&copy) && path.is_file(), "{path:?}");
    drop(stage);
    fs::remove_dir_all(&to).expect("the first folder goes");
    let stage = opened(folder().path(), &copy);
    assert_eq!(own(&stage).len(), 2);
}

#[test]
fn missing_pictures_are_found_again_together_and_another_one_is_reported() {
    let (data, from) = (folder(), folder());
    let colours = [
        ("meadow.png", [20, 200, 40]),
        ("bridge.png", [90, 90, 200]),
        ("river.png", [9, 9, 90]),
    ];
    let home = saved(data.path(), from.path(), &colours);
    fs::remove_dir_all(home.join("pictures")).expect("the copies go");
    let mut stage = Window::at(data.path());
    stage.until("what is missing", |studio| {
        studio.project.missing_pictures.len() == 3
    });
    stage.window.run_steps(3);
    stage.window.get_by_label("Find river.png…");

    let wrong = inked(data.path(), "other.png", [250, 0, 0]);
    let answer = |stage: &Window, path: PathBuf| {
        *stage.dialogs.pictures.lock().unwrap() = Some(vec![path]);
    };
    answer(&stage, wrong);
    stage.click("Find meadow.png…");
    stage.until("the warning", |studio| {
        let mut notices = studio.runtime.notices.iter();
        notices.any(|notice| notice.title == "This is another picture")
    });
    assert_eq!(stage.studio().project.missing_pictures.len(), 3);

    answer(&stage, from.path().join("meadow.png"));
    stage.click("Find meadow.png…");
    stage.until("all three", |studio| {
        studio.project.missing_pictures.is_empty() && studio.project.pictures.len() == 7
    });
    assert_eq!(own(&stage), ["meadow.png", "bridge.png", "river.png"]);
    assert!(stage.window.query_by_label("Find meadow.png…").is_none());
}

#[test]
fn another_picture_is_used_if_the_user_says_so() {
    let (data, from) = (folder(), folder());
    let home = saved(data.path(), from.path(), &[("meadow.png", [20, 200, 40])]);
    fs::remove_dir_all(home.join("pictures")).expect("the copy goes");
    let mut stage = Window::at(data.path());
    stage.until("what is missing", |studio| {
        studio.project.missing_pictures.len() == 1
    });
    let wrong = inked(data.path(), "other.png", [250, 0, 0]);
    *stage.dialogs.pictures.lock().unwrap() = Some(vec![wrong]);
    stage.window.run_steps(3);
    stage.click("Find meadow.png…");
    stage.until("the warning", |studio| {
        let mut notices = studio.runtime.notices.iter();
        notices.any(|notice| notice.title == "This is another picture")
    });
    stage.click("Use it anyway");
    stage.until("the other picture", |studio| {
        studio.project.missing_pictures.is_empty()
    });
    let picture = stage.studio().project.pictures.last().expect("a picture");
    assert_eq!(picture.name, "meadow.png");
    assert_eq!(picture.picture.rgb[..3], [250, 0, 0]);
}

#[test]
fn a_picture_that_is_too_large_to_be_copied_is_reported() {
    let (data, from) = (folder(), folder());
    let path = inked(from.path(), "huge.png", [20, 200, 40]);
    // What follows a picture in its file is not read.
    let file = fs::File::options()
        .append(true)
        .open(&path)
        .expect("a file");
    file.set_len((64 << 20) + 1).expect("a larger file");
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("the message", |studio| !studio.runtime.notices.is_empty());
    stage.window.run_steps(3);
    stage
        .window
        .get_by_label("Picture not copied into the project");
    let notice = &stage.studio().runtime.notices[0];
    assert!(
        notice.detail().contains("larger than 64 MiB"),
        "{}",
        notice.detail()
    );
    // It is said once.
    stage.click("Dismiss");
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.window.run_steps(60);
    assert!(stage.studio().runtime.notices.is_empty());
    let picture = stage.studio().picture().expect("it is used");
    assert_eq!(
        (picture.path.as_ref(), &picture.collected),
        (Some(&path), &None)
    );
}
