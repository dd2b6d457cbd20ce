//! A film alone, dropped into a project that has never seen it, is enough to make its take again.
//!
//! - three interactions (drop, recipe, Enter) give the same file, byte for byte: from a sample, from a user's picture,
//!   from one that has since been moved or renamed, from a pasted one, with another border colour
//! - sources that are not found are named, and nothing else changes; once they are opened, the take can be made
//! - a take that was stopped early says so everywhere, and is made again in the same way
//! - a take of a newer Kinora is reported as such, dropped or in a project
//! - a film of a part of a take says which part, and can be exported without its recipe

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::command::export::ExportCommand;
use kinora::app::command::window::Preference;
use kinora::export::{Quality, Scale};

use super::Window;
use super::kept::{clips, colourful, drop_picture, folder, kinora, make, paste, real, reproduced};
use crate::takes::rewritten;

impl Window {
    /// Starts another project.
    fn begin_anew(&mut self) {
        let before = self.studio().project.home.clone();
        self.press_with(Modifiers::COMMAND, Key::N);
        self.until("another project", |studio| studio.project.home != before);
        assert_eq!(self.studio().project.takes.len(), 0);
    }

    /// Drops a film and asks for its recipe: two of the three interactions.
    fn take_up(&mut self, film: &Path) {
        let takes = self.studio().project.takes.len();
        self.drop_file(film);
        self.until("the take", |studio| {
            studio.project.takes.len() > takes && studio.shown_take().is_some()
        });
        self.press_with(Modifiers::SHIFT, Key::R);
    }

    /// Performs the three interactions; returns the file of the resulting take.
    fn made_again(&mut self, film: &Path) -> PathBuf {
        self.take_up(film);
        self.until("its recipe", |studio| {
            let shown = studio.shown_take().map(|shelf| &shelf.take.recipe);
            let seed = shown.map(|recipe| recipe.request.seed);
            studio.direction().draft.seed == seed && studio.picture().is_some()
        });
        let takes = self.studio().project.takes.len();
        make(self, takes + 1);
        let home = self.studio().project.home.clone().expect("a project");
        clips(&home).pop().expect("its file")
    }

    fn notices(&self) -> Vec<String> {
        let notices = self.studio().runtime.notices.iter();
        let details = notices.flat_map(|notice| &notice.details);
        details.map(|one| one.words.clone()).collect()
    }
}

/// Copies the file of the last take to another folder, as a film.
fn film(stage: &Window, data: &Path) -> PathBuf {
    let home = stage.studio().project.home.clone().expect("a project");
    let take = clips(&home).pop().expect("a take");
    let films = data.join("films");
    fs::create_dir_all(&films).expect("a folder");
    let number = fs::read_dir(&films).expect("a folder").count();
    let film = films.join(format!("film {number}.apng"));
    fs::copy(take, &film).expect("a copy");
    film
}

/// A window with one take of a user's picture, and that picture's file.
fn with_own_picture(data: &Path) -> (Window, PathBuf) {
    let mut stage = real(data);
    let path = data.join("album/meadow.png");
    fs::create_dir_all(data.join("album")).expect("a folder");
    fs::rename(stage.picture("meadow.png"), &path).expect("a picture");
    drop_picture(&mut stage, &path);
    make(&mut stage, 1);
    (stage, path)
}

#[track_caller]
fn assert_same_file(one: &Path, other: &Path) {
    let read = |path: &Path| fs::read(path).expect("a file");
    assert!(
        read(one) == read(other),
        "{} and {} differ",
        one.display(),
        other.display()
    );
}

#[test]
fn the_film_of_a_sample_is_exported_dropped_and_made_again() {
    let data = folder();
    let mut stage = real(data.path());
    stage.click("Begin with Bridge");
    make(&mut stage, 1);
    let export = |stage: &mut Window| {
        let before = stage.studio().runtime.written.clone();
        stage.press_with(Modifiers::COMMAND, Key::E);
        if before.is_none() {
            *stage.dialogs.folder.lock().unwrap() = Some(data.path().to_owned());
            stage.click("Change folder…");
            stage.until("the folder", |studio| {
                studio.session.export.folder.as_deref() == Some(data.path())
            });
            stage.click("Export the take");
        }
        stage.until("the film", |studio| {
            studio.runtime.written.is_some() && studio.runtime.written != before
        });
        stage.studio().runtime.written.clone().expect("a film")
    };
    let first = export(&mut stage);
    stage.begin_anew();
    stage.made_again(&first);
    let again = export(&mut stage);
    assert_ne!(first, again);
    assert_same_file(&first, &again);
    assert_eq!(stage.studio().picture().unwrap().name, "Bridge");
}

#[test]
fn a_users_pictures_are_found_where_they_were_and_where_they_were_moved() {
    let data = folder();
    let (mut stage, path) = with_own_picture(data.path());
    let first = film(&stage, data.path());
    stage.begin_anew();
    assert_same_file(&stage.made_again(&first), &first);
    let picture = stage.studio().picture().expect("it is on the shelf now");
    assert_eq!(picture.path.as_deref(), Some(&*path));

    // The picture is renamed in its own folder.
    let renamed = path.with_file_name("a meadow in May.png");
    fs::rename(&path, &renamed).expect("renamed");
    stage.begin_anew();
    assert_same_file(&stage.made_again(&first), &first);

    // The picture is next to the film.
    let beside = first.with_file_name("meadow.png");
    fs::rename(&renamed, &beside).expect("moved");
    stage.begin_anew();
    assert_same_file(&stage.made_again(&first), &first);

    // The picture is anywhere, and opened by hand before the film: it is recognised by its pixels.
    let elsewhere = data.path().join("elsewhere.png");
    fs::rename(&beside, &elsewhere).expect("moved");
    stage.begin_anew();
    drop_picture(&mut stage, &elsewhere);
    assert_same_file(&stage.made_again(&first), &first);
    let notices = stage.notices();
    assert!(
        notices
            .iter()
            .all(|words| words.starts_with("All settings now match that take")),
        "{notices:?}"
    );
}

#[test]
fn a_pasted_picture_is_found_in_the_project_that_saved_it() {
    let data = folder();
    let mut stage = real(data.path());
    paste(&mut stage, colourful(90, 50));
    stage.until("the picture", |studio| studio.picture().is_some());
    make(&mut stage, 1);
    let first = film(&stage, data.path());
    stage.begin_anew();
    let again = stage.made_again(&first);
    assert_same_file(&again, &first);
    // The new project has its own copy, so that it can be shared.
    let home = stage.studio().project.home.clone().expect("a project");
    let kept = fs::read_dir(home.join("pictures"))
        .expect("a folder")
        .count();
    assert_eq!(kept, 1);
    assert_eq!(stage.studio().picture().unwrap().name, "Pasted 1");
    drop(stage);
    assert!(reproduced(&again).contains("identical"));
}

/// The colour around a padded picture is a preference: a take that was made with another one sets it.
#[test]
fn a_padded_take_is_made_again_in_its_own_border_colour() {
    let data = folder();
    let (mut stage, _) = with_own_picture(data.path());
    stage.unfold_all();
    let fit = stage.window.get_by_role_and_label(Role::RadioButton, "Fit");
    fit.click_accesskit();
    stage.window.run_steps(3);
    make(&mut stage, 2);
    let first = film(&stage, data.path());
    stage.begin_anew();
    let white = Preference::Matte([255; 3]);
    stage
        .window
        .state()
        .commands()
        .send(kinora::app::command::Command::Prefer(white));
    stage.window.run_steps(3);
    assert_same_file(&stage.made_again(&first), &first);
    stage.reveal_chip("Revert border colour");
    stage.window.get_by_label("Revert border colour");
    stage.close_menus();
}

#[test]
fn a_picture_that_is_not_found_is_named_and_works_once_it_is_opened() {
    let data = folder();
    let (mut stage, path) = with_own_picture(data.path());
    let first = film(&stage, data.path());
    let away = folder();
    let hidden = away.path().join("meadow.png");
    fs::rename(&path, &hidden).expect("moved");
    stage.begin_anew();
    stage.take_up(&first);
    stage.until("the refusal", |studio| {
        let notices = &studio.runtime.notices;
        notices
            .iter()
            .any(|notice| notice.actions().next().is_some())
    });
    let told = stage.notices();
    assert!(
        told[0].contains("not on the shelf") && told[0].contains("meadow.png"),
        "{told:?}"
    );
    let offers = &stage.studio().runtime.notices[0].details[0].actions;
    assert_eq!(offers[0].words, "Open pictures…");
    let document = &stage.studio().project.document;
    assert_eq!(
        document.picture, None,
        "there is no picture, not one that is none"
    );
    assert_eq!(document.direction.draft.seed, None, "nothing else was set");
    stage.window.get_by_label_contains("Take 1 of meadow.png");
    // The same applies when the take is shown again.
    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    let citrus = stage.studio().project.document.picture;
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().project.document.picture, citrus);
    let generate = stage.window.get_by_label("Generate");
    assert!(!generate.accesskit_node().is_disabled());

    drop_picture(&mut stage, &hidden);
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);
    stage.press_with(Modifiers::SHIFT, Key::R);
    assert_eq!(stage.studio().picture().unwrap().name, "meadow.png");
    make(&mut stage, 2);
    let home = stage.studio().project.home.clone().expect("a project");
    assert_same_file(&clips(&home)[1], &first);
}

#[test]
fn a_take_that_was_stopped_early_is_made_again_in_the_same_way() {
    let data = folder();
    let mut stage = real(data.path());
    stage.click("Begin with Bridge");
    // More steps than can be done before the take is stopped.
    let draft = &stage.studio().direction().draft;
    assert_eq!(draft.seed, Some(7));
    stage
        .window
        .state()
        .commands()
        .send(kinora::app::command::Command::Direct(
            kinora::app::command::Choice::Steps(Some(500)),
        ));
    stage.press(Key::Enter);
    stage.patiently("two steps", |studio| {
        studio.running().is_some_and(|job| job.steps.0 >= 2)
    });
    stage.click("Stop and keep");
    stage.patiently("what was kept", |studio| studio.project.takes.len() == 1);
    let home = stage.studio().project.home.clone().expect("a project");
    stage.until("its file", |_| clips(&home).len() == 1);
    let recipe = stage.studio().project.takes[0].take.recipe.clone();
    assert_eq!(recipe.request.steps, 500, "of the same schedule");
    let done = recipe.request.stop_after.expect("ended early");
    assert!((2..500).contains(&done));
    let first = film(&stage, data.path());

    stage.begin_anew();
    stage.take_up(&first);
    stage.window.get_by_label("Take 1, stopped");
    stage.until("its recipe", |studio| {
        studio.direction().draft.stop_after == Some(done)
    });
    stage.reveal_chip("Revert early end");
    stage.window.get_by_label("Revert early end");
    stage.close_menus();
    make(&mut stage, 2);
    let home = stage.studio().project.home.clone().expect("a project");
    assert_same_file(&clips(&home)[1], &first);
    assert!(!stage.studio().project.takes[1].take.complete);
    drop(stage);

    assert!(reproduced(&first).contains("identical"));
    let output = kinora(&["inspect", "--json", &first.display().to_string()]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["take"]["recipe"]["request"]["steps"], 500);
    assert_eq!(told["take"]["recipe"]["request"]["stop_after"], done);
    assert_eq!(told["take"]["steps_done"], done);
    assert_eq!(told["take"]["stopped_early"], true);
}

/// A film of a part, at another size, with losses, that plays twice: its recipe says which part of the take it is.
#[test]
fn an_export_of_a_part_is_reproduced_as_that_part() {
    let data = folder();
    let mut stage = real(data.path());
    stage.click("Begin with Bridge");
    make(&mut stage, 1);
    stage.press(Key::End);
    stage.press(Key::I);
    for wish in [
        ExportCommand::Scale(Scale::Two),
        ExportCommand::Plays(2),
        ExportCommand::Quality(Quality::Small),
    ] {
        let wish = kinora::app::command::Command::Export(wish);
        stage.window.state().commands().send(wish);
    }
    stage.press_with(Modifiers::COMMAND, Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(data.path().to_owned());
    stage.click("Change folder…");
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_deref() == Some(data.path())
    });
    stage.click("Export the take");
    stage.until("the film", |studio| studio.runtime.written.is_some());
    let film = stage.studio().runtime.written.clone().expect("a film");
    let said = reproduced(&film);
    assert!(
        said.contains("identical, 2 frames, both takes encoded as .mp4"),
        "{said}"
    );

    // Dropped back, it does not count as a take that was stopped.
    stage.drop_file(&film);
    stage.until("the take", |studio| studio.project.takes.len() == 2);
    assert!(stage.studio().project.takes[1].take.complete);

    // Exported without the recipe, the film contains no information about its take.
    stage.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    let label = "Include its recipe";
    stage.window.get_by_label(label).click();
    stage.window.run_steps(3);
    stage.click("Export the take");
    stage.until("the silent film", |studio| {
        let written = studio.runtime.written.as_ref();
        written.is_some_and(|written| *written != film)
    });
    let silent = stage.studio().runtime.written.clone().expect("a film");
    let output = kinora(&["inspect", &silent.display().to_string()]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("no recipe"), "{told}");
}

/// A recipe that only a later version can read is reported as such, and the project keeps its entry.
#[test]
fn a_take_of_a_newer_kinora_is_reported_as_such() {
    let data = folder();
    let mut stage = real(data.path());
    stage.click("Begin with Bridge");
    make(&mut stage, 1);
    let home = stage.studio().project.home.clone().expect("a project");
    let take = clips(&home).pop().expect("a take");
    let newer = data.path().join("newer.apng");
    rewritten(&take, &newer, |recipe| {
        recipe["kinora"] = "7.0.0".into();
        recipe["recipe"] = 9.into();
    });
    stage.drop_file(&newer);
    stage.until("the refusal", |studio| !studio.runtime.notices.is_empty());
    stage.window.get_by_label("Couldn't open newer.apng");
    let told = stage.notices();
    assert!(
        told[0].contains("made by a newer version of Kinora (7.0.0)"),
        "{told:?}"
    );
    assert_eq!(stage.studio().project.takes.len(), 1);
    drop(stage);

    fs::copy(&newer, &take).expect("in its place");
    let mut again = real(data.path());
    again.until("the news", |studio| !studio.runtime.notices.is_empty());
    let told = again.notices();
    assert!(
        told[0].contains("made by a newer version of Kinora (7.0.0)"),
        "{told:?}"
    );
    assert_eq!(again.studio().project.absent_takes.len(), 1);
}
