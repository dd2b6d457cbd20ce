//! What takes, the top bar and the preferences show and restore:
//!
//! - chips show the settings of a take that differ from Direction, and apply them
//! - the top bar counts waiting takes and shows them; the settings say how much memory is needed
//! - the export settings are restored after a restart, except the name
//! - a take is found by the text on its card; a sequence is named after its project, and the export sheet shows the
//!   next file name
//! - a drawn seed stays if that preference is set; new projects are created in the preferred folder

use std::path::Path;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::command::Command;
use kinora::app::command::takes::ShelfCommand;
use kinora::app::command::window::Seeds;
use kinora::app::state::Shown;
use kinora::export::{OutputKind, Quality, Scale};

use super::Window;
use super::fakes::STEPS;

const CTRL: Modifiers = Modifiers::COMMAND;

impl Window {
    fn pick(&mut self, label: &str) {
        self.window
            .get_by_role_and_label(Role::RadioButton, label)
            .click_accesskit();
        self.window.run_steps(3);
    }

    /// The names of all chips below the take.
    fn chips(&self) -> Vec<String> {
        let nodes = self.window.query_all_by_role(Role::Button);
        let names = nodes.filter_map(|node| node.accesskit_node().label());
        names.filter(|name| name.starts_with("Apply")).collect()
    }
}

#[test]
fn chips_show_the_settings_of_a_take_that_differ_and_apply_them() {
    let mut stage = Window::open();
    stage.click("Pan left");
    stage.begin();
    stage.finish();
    // The fake engine has its own size, length and steps.
    let fake = stage.chips();
    assert_eq!(fake.len(), 3, "{fake:?}");
    stage
        .window
        .get_by_label("The camera of this take is already chosen: Pan left");

    let made = stage.studio().settings().unwrap().motion;
    stage.slide("Motion", 200.0);
    stage.click("Pan left");
    stage.click("Tilt up");
    let motion = format!("Apply: Motion {made:.0}");
    let camera = "Apply the camera of this take: Pan left";
    assert_eq!(stage.chips()[..2], [camera, motion.as_str()]);
    stage.click(&motion);
    assert_eq!(stage.studio().direction().draft.motion_bucket, None);
    stage.click(camera);
    let moves = &stage.studio().direction().moves;
    assert_eq!(moves.len(), 1);
    assert_eq!(moves[0].name, "pan-left");
    assert_eq!(stage.chips(), fake);
    stage.press_with(CTRL, Key::Z);
    assert_eq!(stage.studio().direction().moves[0].name, "tilt-up");
}

#[test]
fn the_top_bar_counts_takes_and_the_settings_show_memory() {
    let mut stage = Window::open();
    assert!(stage.window.query_by_label("Show the queue").is_none());
    stage.until("what memory is needed", |studio| {
        studio
            .memory()
            .is_some_and(|memory| memory.needed.is_some())
    });
    let memory = stage.studio().memory().unwrap();
    assert!(memory.total >= memory.free && memory.fits());
    let meter = stage.window.query_by_role_and_label(Role::Meter, "Memory");
    assert!(meter.is_none(), "the top bar says nothing while it fits");
    stage.press_with(CTRL, Key::Comma);
    let bar = stage.window.get_by_role_and_label(Role::Meter, "Memory");
    let said = bar.accesskit_node().value().unwrap_or_default();
    assert!(said.ends_with("needed"), "{said}");
    stage.press(Key::Escape);

    stage.begin();
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    assert!(
        stage
            .window
            .query_by_label_contains("Waiting take 1")
            .is_none()
    );
    stage.click("Show the queue");
    stage.window.get_by_label("Waiting take 1 of 2, meadow.png");
}

/// A window on `data` whose project is open.
fn window(data: &Path) -> Window {
    let mut stage = Window::at(data);
    stage.until("the project", |studio| studio.project.home.is_some());
    stage
}

#[test]
fn export_settings_except_the_name_survive_a_restart() {
    let data = tempfile::tempdir().expect("a folder for the test");
    let clips = tempfile::tempdir().expect("a folder for the test");
    let mut stage = window(data.path());
    stage.begin();
    stage.finish();
    stage.press_with(CTRL, Key::E);
    stage.pick("GIF");
    *stage.dialogs.folder.lock().unwrap() = Some(clips.path().to_owned());
    stage.click("Change folder…");
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_deref() == Some(clips.path())
    });
    stage.pick("½×  32 × 20");
    stage.click("Export the take");
    stage.until("the clip", |studio| studio.runtime.written.is_some());
    stage.until("the preferences", |_| {
        let text = std::fs::read_to_string(data.path().join("preferences.json"));
        text.is_ok_and(|text| text.contains("\"Half\""))
    });
    let pictures = stage.vanish();

    let again = window(data.path());
    let form = &again.studio().session.export;
    assert_eq!(form.kind, OutputKind::Gif);
    assert_eq!(form.delivery.scale, Scale::Half);
    assert_eq!(form.delivery.quality, Quality::Best);
    assert_eq!(form.folder.as_deref(), Some(clips.path()));
    assert_eq!(form.name, "", "the usual name");
    assert!(form.used, "one key is enough");
    drop((again, clips));

    // A folder that no longer exists is not offered.
    let later = window(data.path());
    assert_ne!(
        later
            .studio()
            .session
            .export
            .folder
            .as_deref()
            .map(Path::exists),
        Some(true)
    );
    drop(pictures);
}

#[test]
fn a_drawn_seed_stays_if_preferred() {
    let mut stage = Window::open();
    stage.press_with(CTRL, Key::Comma);
    stage.pick("Reuse last");
    assert_eq!(stage.studio().preferences.seeds, Seeds::Keep);
    stage.press(Key::Escape);
    stage.begin();
    // The fake engine draws five.
    assert_eq!(stage.studio().direction().draft.seed, Some(5));
    assert_eq!(stage.studio().history.undo_label(), Some("keep seed"));
    stage.finish();
    assert!(matches!(stage.studio().session.shown, Shown::Take(_)));
}

#[test]
fn new_projects_go_to_the_preferred_folder() {
    let data = tempfile::tempdir().expect("a folder for the test");
    let elsewhere = tempfile::tempdir().expect("a folder for the test");
    let mut stage = window(data.path());
    stage.press_with(CTRL, Key::Comma);
    *stage.dialogs.folder.lock().unwrap() = Some(elsewhere.path().to_owned());
    stage.click("Change the folder: New projects and their takes");
    stage.until("the folder", |studio| studio.preferences.projects.is_some());
    stage.press(Key::Escape);
    stage.press_with(CTRL, Key::N);
    stage.until("the new project", |studio| {
        let home = studio.project.home.as_deref();
        home.is_some_and(|home| home.starts_with(elsewhere.path()))
    });
    stage.press_with(CTRL, Key::Comma);
    stage.click("Back to the default folder");
    assert!(stage.studio().preferences.projects.is_none());
}

#[test]
fn takes_are_found_by_the_moves_on_their_cards() {
    let mut stage = Window::open();
    stage.until("the moves", |studio| studio.runtime.camera.listed);
    stage.click("Pan left");
    stage.begin();
    stage.finish();
    stage.click("Pan left");
    stage.press(Key::Enter);
    stage.until("the second job", |studio| studio.running().is_some());
    for _ in 0..STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("two takes", |studio| studio.project.takes.len() == 2);
    let search = |stage: &mut Window, words: &str| {
        let search = ShelfCommand::Search(words.to_owned());
        stage.window.state().commands().send(Command::Shelf(search));
        stage.window.run_steps(3);
    };
    search(&mut stage, "pan LEFT");
    stage.window.get_by_label("1 of 2");
    let found: Vec<usize> = stage
        .studio()
        .found_takes()
        .map(|take| take.number)
        .collect();
    assert_eq!(found, [1]);
    search(&mut stage, "tilt");
    stage.window.get_by_label("0 of 2");
}

#[test]
fn a_sequence_is_named_after_its_project_and_the_sheet_shows_the_next_file_name() {
    let data = tempfile::tempdir().expect("a folder for the test");
    let mut stage = window(data.path());
    stage.begin();
    stage.finish();
    let named = data.path().join("MyFilm");
    *stage.dialogs.project.lock().unwrap() = Some(named.clone());
    stage.press_with(CTRL.plus(Modifiers::SHIFT), Key::S);
    stage.until("its name", |studio| {
        studio.project.home.as_deref() == Some(&*named)
    });
    stage.press(Key::A);
    stage.press(Key::Q);
    assert_eq!(stage.studio().session.shown, Shown::Sequence);
    stage.press_with(CTRL.plus(Modifiers::SHIFT), Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(data.path().to_owned());
    stage.click("Change folder…");
    stage.pick("APNG");
    let next = |stage: &mut Window, name: &str| {
        let file = data.path().join(name).display().to_string();
        stage.until(name, |studio| {
            let next = studio.export_file();
            next.is_some_and(|next| next.display().to_string() == file)
        });
        stage.window.get_by_label(&file);
    };
    for (file, after) in [
        ("MyFilm.apng", "MyFilm 2.apng"),
        ("MyFilm 2.apng", "MyFilm 3.apng"),
    ] {
        next(&mut stage, file);
        let written = data.path().join(file);
        stage.click("Export the sequence");
        stage.until("the clip", |studio| {
            studio.runtime.written.as_deref() == Some(&*written)
        });
        stage.press_with(CTRL.plus(Modifiers::SHIFT), Key::E);
        next(&mut stage, after);
    }
}
