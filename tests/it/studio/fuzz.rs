//! The window with damaged and invented projects, takes and preferences: it opens or rejects them, and can be drawn.
//!
//! These are targets of `crate::fuzz`, which tries them in a separate process. Here, the values of a document become
//! sizes, times and loops, long after it was parsed.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use kinora::app::command::Command;
use kinora::app::command::project::ProjectCommand;
use kinora::app::command::sequence::SequenceCommand;
use kinora::app::command::takes::TakeCommand;
use kinora::app::command::window::{Overlay, WindowCommand};
use kinora::app::state::Studio;
use kinora::app::state::preferences::PreferencesFile;
use kinora::media::rate::Rate;
use kinora::project::document::Document;
use kinora::project::file::ProjectFile;
use serde_json::json;

use super::Window;
use crate::fuzz::{Target, clips, json, project, recipe};

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "window-project",
        seeds: project::seeds,
        change: json::change,
        check: check_project,
    },
    Target {
        name: "window-take",
        seeds: recipe::seeds,
        change: json::change,
        check: check_take,
    },
    Target {
        name: "window-preferences",
        seeds: preferences,
        change: json::change,
        check: check_preferences,
    },
];

thread_local! {
    /// One window for all documents.
    static WINDOW: RefCell<Option<Window>> = const { RefCell::new(None) };
}

/// Lends the window that all inputs share.
fn with_window<T>(what: impl FnOnce(&mut Window) -> T) -> T {
    WINDOW.with_borrow_mut(|window| {
        let window = window.get_or_insert_with(|| {
            let mut window = Window::open();
            allow_any_script(&window);
            window.until("the project", |studio| studio.project.home.is_some());
            window
        });
        what(window)
    })
}

/// Draws a box for characters that the fonts lack, as the program does; the test harness would panic.
fn allow_any_script(window: &Window) {
    let policy = egui::MissingGlyphPolicy::Tofu;
    window.window.ctx.set_missing_glyph_policy(policy);
}

fn send(window: &mut Window, command: Command) {
    window.window.state().commands().send(command);
    window.window.step();
}

/// Draws everything in a document.
fn look_around(window: &mut Window) {
    let takes: Vec<_> = window
        .studio()
        .project
        .takes
        .iter()
        .map(|take| take.id)
        .collect();
    send(window, Command::Sequence(SequenceCommand::Show));
    window.window.run_steps(2);
    for take in takes {
        send(window, Command::ShowTake(take));
        window.window.run_steps(2);
    }
    for overlay in [Overlay::Export, Overlay::Palette] {
        send(window, Command::Window(WindowCommand::Show(overlay)));
        window.window.step();
    }
    send(window, Command::Window(WindowCommand::Close));
}

fn notices(studio: &Studio) -> usize {
    studio.runtime.notices.len()
}

fn dismiss_all(window: &mut Window) {
    while let Some(id) = window
        .studio()
        .runtime
        .notices
        .first()
        .map(|notice| notice.id)
    {
        send(window, Command::DismissNotice(id));
    }
}

/// A folder that no earlier input used.
fn fresh_folder(folder: &Path) -> PathBuf {
    let free = |number: &u32| !folder.join(number.to_string()).exists();
    let number = (0..).find(free).expect("there are enough numbers");
    let fresh = folder.join(number.to_string());
    fs::create_dir_all(&fresh).expect("the folder is the check's own");
    fresh
}

/// Four frames of 64 × 40 with the recipe of `recipe::seeds`, and one with a given recipe.
fn write_take(path: &Path, recipe: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is the check's own");
    clips::write(clips::frames(), Rate { num: 7, den: 1 }, recipe, path);
}

fn check_project(data: &[u8], folder: &Path) -> bool {
    let home = fresh_folder(folder);
    fs::write(home.join("project.json"), data).expect("the folder is the check's own");
    let recipe = String::from_utf8(recipe::seeds().remove(0)).expect("JSON is text");
    for take in [18, 20] {
        write_take(&home.join(format!("takes/take-{take:05}.apng")), &recipe);
    }
    with_window(|window| {
        dismiss_all(window);
        send(window, Command::Project(ProjectCommand::Open(home.clone())));
        window.until("the project or a refusal", |studio| {
            studio.project.home.as_ref() == Some(&home) || notices(studio) > 0
        });
        if window.studio().project.home.as_ref() != Some(&home) {
            return false;
        }
        let named = fs::read(home.join("project.json")).ok();
        let named = named.and_then(|text| serde_json::from_slice::<ProjectFile>(&text).ok());
        // The pictures are not where the project says, which is reported; everything else opens.
        window.until("its takes", |studio| {
            studio.project.absent_takes.is_empty() || notices(studio) > 0
        });
        look_around(window);
        let Some(opened) = named else {
            return false;
        };
        // Saved again, it is the same document.
        send(window, Command::Project(ProjectCommand::Save));
        window.until("its file", |studio| {
            let text = fs::read(home.join("project.json")).unwrap_or_default();
            let saved = serde_json::from_slice::<ProjectFile>(&text);
            saved.is_ok_and(|saved| saved.document == without_picture(studio))
        });
        assert_eq!(
            without_picture(window.studio()).sequence,
            opened.document.sequence
        );
        true
    })
}

/// The saved form of a document, in which the picture is stored next to it.
fn without_picture(studio: &Studio) -> Document {
    Document {
        picture: None,
        ..studio.project.document.clone()
    }
}

fn check_take(data: &[u8], folder: &Path) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let path = fresh_folder(folder).join("take.apng");
    write_take(&path, text);
    with_window(|window| {
        dismiss_all(window);
        send(window, Command::OpenPictures(vec![path]));
        window.until("the end of opening", |studio| studio.runtime.opening == 0);
        let Some(take) = window.studio().shown_take().map(|take| take.id) else {
            return false;
        };
        look_around(window);
        send(window, Command::Take(TakeCommand::Recipe(take)));
        window.window.run_steps(3);
        send(window, Command::Undo);
        send(window, Command::Take(TakeCommand::Remove(take)));
        true
    })
}

fn preferences() -> Vec<Vec<u8>> {
    let file = json!({
        "preferences": { "theme": "dark", "scale": 125, "still": false, "matte": [1, 2, 3], "recent": ["/a.png"],
                         "model": null, "models": ["/models/svd"], "seeds": "keep", "projects": null, "ready": 256 },
        "layout": { "shelf": { "folded": false, "size": 232.0 }, "direction": { "folded": true, "size": 304.0 },
                    "timeline": { "folded": false, "size": 224.0 }, "window": [1440.0, 900.0] },
        "project": null,
        "recent": ["/projects/one", "/projects/two"],
        "export": { "kind": "Gif", "folder": null, "used": true },
    });
    vec![file.to_string().into_bytes(), b"{}".to_vec()]
}

fn check_preferences(data: &[u8], folder: &Path) -> bool {
    let data_folder = fresh_folder(folder);
    fs::write(data_folder.join("preferences.json"), data).expect("the folder is the check's own");
    let read = serde_json::from_slice::<PreferencesFile>(data);
    let mut window = Window::at(&data_folder);
    allow_any_script(&window);
    look_around(&mut window);
    send(
        &mut window,
        Command::Window(WindowCommand::Show(Overlay::Settings)),
    );
    window.window.run_steps(3);
    if let Ok(read) = &read {
        let written = serde_json::to_string(read).expect("a plain struct");
        let again = serde_json::from_str::<PreferencesFile>(&written);
        assert_eq!(
            again.ok().as_ref(),
            Some(read),
            "written down and read again: {written}"
        );
    }
    read.is_ok()
}
