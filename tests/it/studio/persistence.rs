//! Edits can be undone and redone, and a window that opens again is as it was when it closed:
//!
//! - every edit is undone and redone by its label, a drag is a single edit, and finished takes stay
//! - after a crash the studio has its finished take, its settings and its picture again
//! - a clip that the project file does not list is added
//! - a second window leaves the open project alone, and opens the files that it was started with; a project that cannot
//!   be written is reported
//! - the queue is restored, with the take that was running, and waits until it is started
//! - the project is renamed with its folder
//! - theme, size and panels are restored; another project starts empty, and the first one opens again

use std::fs;
use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::command::window::Theme;
use kinora::engine::Runner;

use super::Window;

const AGAIN: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// A window on `data` whose project is open.
fn window(data: &Path) -> Window {
    let mut stage = Window::at(data);
    stage.until("the project", |studio| studio.project.home.is_some());
    stage
}

/// A window that was started with `files`.
fn started(data: &Path, files: Vec<PathBuf>) -> Window {
    let (own, nobody) = (folder(), "http://127.0.0.1:9");
    let fake = |fake| -> Box<dyn Runner> { Box::new(fake) };
    Window::begun(
        Harness::builder(),
        own,
        data.to_owned(),
        nobody,
        fake,
        files,
    )
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// Waits until the take is a file and the project lists it.
fn kept(stage: &mut Window, data: &Path, word: &str) {
    let project = data.join("projects/Untitled");
    stage.until("clip and project on the disk", |_| {
        let clips = fs::read_dir(project.join("takes")).map_or(0, |clips| {
            clips
                .flatten()
                .filter(|clip| clip.path().extension().is_some_and(|end| end == "apng"))
                .count()
        });
        let text = fs::read_to_string(project.join("project.json")).unwrap_or_default();
        clips == 1 && text.contains(word)
    });
}

#[test]
fn edits_are_undone_and_redone_and_takes_stay() {
    let mut stage = Window::open();
    stage.begin();
    stage.finish();
    // Two values in quick succession are one drag.
    stage.slide("Motion", 100.0);
    stage.slide("Motion", 180.0);
    stage.click("Roll the dice");
    let rolled = stage.studio().settings().unwrap().seed;
    assert!(rolled.is_some());

    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.studio().settings().unwrap().seed, None);
    assert_eq!(stage.studio().settings().unwrap().motion, 180.0);
    assert_eq!(stage.studio().history.undo_label(), Some("change motion"));
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.studio().direction().draft.motion_bucket, None);
    assert_eq!(stage.studio().history.undo_label(), Some("choose picture"));
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.studio().history.undo_label(), None);
    assert_eq!(
        stage.studio().project.takes.len(),
        1,
        "undo never takes a take"
    );
    for _ in 0..3 {
        stage.press_with(AGAIN, Key::Z);
    }
    assert_eq!(stage.studio().settings().unwrap().seed, rolled);
    assert_eq!(stage.studio().settings().unwrap().motion, 180.0);
}

#[test]
fn a_finished_take_survives_a_crash() {
    let data = folder();
    let mut stage = window(data.path());
    stage.begin();
    stage.finish();
    stage.slide("Motion", 183.0);
    kept(&mut stage, data.path(), "183");
    let shown = stage.studio().shown_take().unwrap();
    let (frames, recipe) = (shown.take.frames.clone(), shown.take.recipe.clone());
    let pictures = stage.vanish();

    let mut again = window(data.path());
    again.until("picture and take", |studio| {
        studio.picture().is_some() && !studio.project.takes.is_empty()
    });
    let shelf = &again.studio().project.takes[0];
    assert_eq!(shelf.take.frames, frames, "lossless");
    assert_eq!(shelf.take.recipe, recipe);
    assert!(shelf.take.complete);
    assert_eq!(again.studio().picture().unwrap().name, "meadow.png");
    assert_eq!(shelf.picture, Some(again.studio().picture().unwrap().id));
    assert_eq!(again.studio().settings().unwrap().motion, 183.0);
    assert!(again.studio().runtime.notices.is_empty());
    assert_eq!(
        again.studio().history.undo_label(),
        None,
        "undo ends where the project was opened"
    );
    again.window.get_by_label("Take 1");
    drop(pictures);
}

#[test]
fn a_damaged_project_loses_no_take_and_a_later_one_is_left_alone() {
    let data = folder();
    let mut stage = window(data.path());
    stage.begin();
    stage.finish();
    kept(&mut stage, data.path(), "takes");
    let pictures = stage.vanish();
    let project = data.path().join("projects/Untitled/project.json");
    fs::write(&project, "{ \"kinora_project\": 1, \"pict").expect("a project to damage");

    let mut again = window(data.path());
    again.until("the take", |studio| !studio.project.takes.is_empty());
    again.window.get_by_label("Couldn't open the project");
    assert!(project.with_extension("json.damaged").is_file());
    drop(again);

    fs::write(&project, "{ \"kinora_project\": 99 }").expect("a project from the future");
    let later = window(data.path());
    let home = later.studio().project.home.clone().unwrap();
    assert!(home.ends_with("Untitled 2"), "begins anew beside it");
    let text = fs::read_to_string(&project).unwrap();
    assert!(text.contains("99"), "what it cannot read it does not touch");
    drop(pictures);
}

#[test]
fn a_second_window_works_on_a_project_of_its_own() {
    let data = folder();
    let mut first = window(data.path());
    let second = window(data.path());
    let home = |stage: &Window| stage.studio().project.home.clone().unwrap();
    assert!(home(&first).ends_with("Untitled"));
    assert!(home(&second).ends_with("Untitled 2"));
    assert!(
        second.studio().runtime.notices.is_empty(),
        "that is no trouble"
    );
    // A window that is started with a picture has it in its own project.
    let picture = first.picture("meadow.png");
    let mut third = started(data.path(), vec![picture.clone()]);
    third.until("its picture", |studio| studio.picture().is_some());
    assert!(home(&third).ends_with("Untitled 3"));
    // A window that is started with a project that is open elsewhere says so.
    first.drop_file(&picture);
    first.until("its file", |studio| {
        let home = studio.project.home.as_ref();
        home.is_some_and(|home| home.join("project.json").is_file())
    });
    let mut fourth = started(data.path(), vec![home(&first)]);
    fourth.until("its own project", |studio| studio.project.home.is_some());
    assert!(home(&fourth).ends_with("Untitled 4"));
    let notices = &fourth.studio().runtime.notices;
    let told = |title: &str| notices.iter().any(|notice| notice.title == title);
    assert!(told("Couldn't open the project"), "{notices:?}");
}

#[test]
fn a_project_that_cannot_be_written_says_so_and_goes_on() {
    let data = folder();
    let mut stage = window(data.path());
    let home = stage.studio().project.home.clone().unwrap();
    // A file in the place of the folder, instead of missing permissions, which root ignores.
    fs::remove_dir_all(&home).expect("the folder of the test");
    fs::write(&home, "in the way").expect("a file in its place");
    stage.slide("Motion", 99.0);
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("the notice", |studio| !studio.runtime.notices.is_empty());
    stage.window.get_by_label("Couldn't save the project");
    stage.window.get_by_label("not saved");
    assert_eq!(stage.studio().settings().unwrap().motion, 99.0);

    fs::remove_file(&home).expect("the file in the way");
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("the save", |studio| !studio.runtime.save_failed);
}

#[test]
fn theme_size_and_panels_are_restored_and_projects_can_be_switched() {
    let data = folder();
    let mut stage = window(data.path());
    // Uses the palette, with the keyboard alone.
    stage.press_with(Modifiers::COMMAND, Key::K);
    stage
        .window
        .get_by_role_and_label(Role::TextInput, "Find an action");
    stage.window.event(egui::Event::Text("swi the".to_owned()));
    stage.window.run_steps(3);
    stage.press(Key::Enter);
    assert_eq!(stage.studio().preferences.theme, Theme::Light);
    assert!(stage.studio().session.overlay.is_none(), "it has closed");
    stage.press_with(Modifiers::COMMAND, Key::Plus);
    assert_eq!(stage.studio().preferences.scale, 125);
    stage.press_with(Modifiers::COMMAND, Key::Num1);
    stage.until("the preferences on the disk", |_| {
        let text = fs::read_to_string(data.path().join("preferences.json"));
        text.is_ok_and(|text| text.contains("light") && text.contains("\"folded\": true"))
    });
    stage.slide("Motion", 77.0);
    stage.press_with(Modifiers::COMMAND, Key::N);
    stage.until("the new project", |studio| {
        let home = studio.project.home.as_deref();
        home.is_some_and(|home| home.ends_with("Untitled 2"))
    });
    assert_eq!(stage.studio().direction().draft.motion_bucket, None);
    let first = data.path().join("projects/Untitled");
    *stage.dialogs.project.lock().unwrap() = Some(first);
    stage.press_with(AGAIN, Key::O);
    stage.until("the first project", |studio| {
        studio.direction().draft.motion_bucket == Some(77.0)
    });
    stage.vanish();

    let again = window(data.path());
    assert_eq!(again.studio().preferences.theme, Theme::Light);
    assert_eq!(again.studio().preferences.scale, 125);
    assert!(again.studio().session.layout.shelf.folded);
    assert!(!again.studio().session.layout.direction.folded);
}

#[test]
fn the_queue_is_restored_and_waits() {
    let data = folder();
    let mut stage = window(data.path());
    stage.begin();
    for motion in [90.0, 120.0] {
        stage.slide("Motion", motion);
        stage.click("Add to queue");
    }
    let project = data.path().join("projects/Untitled/project.json");
    stage.until("the queue on the disk", |_| {
        fs::read_to_string(&project)
            .is_ok_and(|text| text.contains("\"queue\"") && text.matches("120").count() >= 2)
    });
    let pictures = stage.vanish();

    let mut again = window(data.path());
    again.until("the pictures", |studio| {
        studio.picture().is_some() && studio.project.absent_pictures.is_empty()
    });
    let motions = |stage: &Window| -> Vec<Option<f32>> {
        let waiting = stage.studio().runtime.queue.waiting.iter();
        waiting
            .map(|take| take.request.direction.draft.motion_bucket)
            .collect()
    };
    assert_eq!(motions(&again), [None, Some(90.0), Some(120.0)]);
    assert!(
        again.studio().running().is_none(),
        "nothing starts by itself"
    );
    again.window.get_by_label("The queue is paused");
    again
        .window
        .get_by_label("3 takes were waiting when the project was closed.");

    // A new take does not wait for them.
    again.press(Key::Enter);
    again.until("the new take", |studio| studio.running().is_some());
    assert_eq!(motions(&again).len(), 3);
    again.finish();
    assert!(again.studio().running().is_none());
    // Another project has a queue of its own.
    again.press_with(Modifiers::COMMAND, Key::N);
    again.until("another project", |studio| {
        studio
            .project
            .home
            .as_ref()
            .is_some_and(|home| home.ends_with("Untitled 2"))
    });
    assert!(motions(&again).is_empty());
    let first = data.path().join("projects/Untitled");
    *again.dialogs.project.lock().unwrap() = Some(first);
    again.press_with(AGAIN, Key::O);
    again.until("its queue again", |studio| {
        studio.runtime.queue.waiting.len() == 3 && studio.project.absent_pictures.is_empty()
    });
    again.click("Start the queue");
    again.until("the first of them", |studio| studio.running().is_some());
    assert_eq!(motions(&again), [Some(90.0), Some(120.0)]);
    assert!(
        again.window.query_by_label("The queue is paused").is_none(),
        "it is not, any longer"
    );
    drop(pictures);
}

#[test]
fn a_project_is_renamed_with_its_folder() {
    let data = folder();
    let mut stage = window(data.path());
    stage.begin();
    stage.press_with(Modifiers::COMMAND, Key::K);
    stage
        .window
        .event(egui::Event::Text("rename the pro".to_owned()));
    stage.window.run_steps(3);
    stage.press(Key::Enter);
    assert!(
        !stage.studio().session.renaming_project,
        "a take is being made"
    );
    stage.press(Key::Escape);
    stage.finish();
    let rename = |stage: &mut Window, name: &str| {
        stage.click("Project");
        let entry = stage.window.get_by_label_contains("Rename the project…");
        entry.click_accesskit();
        stage.window.run_steps(4);
        stage
            .window
            .get_by_role_and_label(Role::TextInput, "Name of the project");
        // The whole name is selected.
        stage.window.event(egui::Event::Text(name.to_owned()));
        stage.window.run_steps(2);
        stage.press(Key::Enter);
    };
    rename(&mut stage, "Hills / dales");
    let to = data.path().join("projects/Hills - dales");
    stage.until("its name", |studio| {
        studio.project.home.as_ref() == Some(&to)
    });
    assert!(to.join("project.json").is_file());
    assert!(!data.path().join("projects/Untitled").exists());
    stage.window.get_by_label("Project renamed");
    assert_eq!(stage.studio().runtime.recent, std::slice::from_ref(&to));
    // A name that is taken is refused, and nothing is lost.
    fs::create_dir(data.path().join("projects/Taken")).expect("a folder");
    rename(&mut stage, "Taken");
    stage.until("the refusal", |studio| {
        let mut notices = studio.runtime.notices.iter();
        notices.any(|notice| notice.title == "Couldn't rename the project")
    });
    assert_eq!(stage.studio().project.home.as_ref(), Some(&to));
    stage.slide("Motion", 77.0);
    stage.press_with(Modifiers::COMMAND, Key::S);
    stage.until("the save", |_| {
        fs::read_to_string(to.join("project.json")).is_ok_and(|text| text.contains("77"))
    });
    stage.until("the preferences", |_| {
        let text = fs::read_to_string(data.path().join("preferences.json"));
        text.is_ok_and(|text| text.contains("Hills"))
    });
    let pictures = stage.vanish();
    let mut again = window(data.path());
    assert_eq!(again.studio().project.home.as_ref(), Some(&to));
    again.until("the take", |studio| !studio.project.takes.is_empty());
    // Projects that were open before are listed with their age and their place.
    again.press_with(Modifiers::COMMAND, Key::N);
    again.until("another project", |studio| {
        studio.project.home.as_ref() != Some(&to)
    });
    again.click("Project");
    let recent = again.window.get_by_label_contains("Open recent");
    recent.click_accesskit();
    again.window.run_steps(4);
    again.window.get_by_label(&to.display().to_string());
    let entries = again.window.query_all_by_role(Role::Button);
    let named = |name: &str| name.starts_with("Hills - dales") && name.contains("just now");
    let mut entries = entries.filter(|entry| {
        entry
            .accesskit_node()
            .label()
            .is_some_and(|name| named(&name))
    });
    entries.next().expect("the project").click_accesskit();
    drop(entries);
    again.until("the first project", |studio| {
        studio.project.home.as_ref() == Some(&to) && !studio.project.takes.is_empty()
    });
    drop(pictures);
}
