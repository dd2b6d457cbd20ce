//! The Models panel, used by names on the screen:
//!
//! - a good, a broken and a missing model are listed, each with its state
//! - a model can be used, made the default, removed and restored; the user's own files are not touched
//! - a model is copied into Kinora on request and replaces the original; removing it deletes the copy
//! - a selected model that disappears is reported as missing, with advice, and Pocket can be used instead
//! - a gated model is downloaded after its terms and a token, and only then can be deleted or restored

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Studio;
use kinora::app::state::models::{EntryState, Origin};

use super::Window;
use crate::hub::files;
use crate::hub::server::{Manners, REPO, Server};

fn good() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd")
}

fn open_models(stage: &mut Window) {
    stage.window.key_press_modifiers(Modifiers::COMMAND, Key::M);
    stage.window.run_steps(3);
    stage.window.get_by_label("From Hugging Face");
}

fn state<'a>(studio: &'a Studio, title: &str) -> Option<&'a EntryState> {
    let entries = &studio.runtime.model_shelf.entries;
    let entry = entries.iter().find(|entry| entry.title == title);
    entry.map(|entry| &entry.state)
}

fn add(stage: &mut Window, path: &Path) {
    *stage.dialogs.model.lock().unwrap() = Some(path.to_owned());
    stage.click("Add a folder…");
}

fn words(stage: &Window, part: &str) {
    let said = stage.window.query_by_label_contains(part);
    assert!(said.is_some(), "the panel should say {part:?}");
}

#[test]
fn good_broken_and_missing_models_are_distinguished() {
    let mut stage = Window::open();
    open_models(&mut stage);
    stage.until("Pocket", |studio| {
        matches!(state(studio, "Pocket"), Some(EntryState::Usable(_)))
    });
    words(
        &stage,
        "21 million parameters · made for takes of 14 frames at 256 × 144",
    );
    words(&stage, "A take at the model's training size needs up to");

    add(&mut stage, &good());
    stage.until("the good one", |studio| {
        matches!(state(studio, "tiny_svd"), Some(EntryState::Usable(_)))
    });
    let broken = stage.folder.path().join("broken.safetensors");
    std::fs::write(&broken, "no weights at all").expect("a file in the test's folder");
    add(&mut stage, &broken);
    stage.until("the broken one", |studio| {
        matches!(
            state(studio, "broken.safetensors"),
            Some(EntryState::Broken(_))
        )
    });
    let reason = kinora::checkpoint::Checkpoint::open(&broken, kinora::checkpoint::Prefer::Full)
        .expect_err("it is broken")
        .to_string();
    let shown = state(stage.studio(), "broken.safetensors").cloned();
    let Some(EntryState::Broken(shown)) = shown else {
        panic!("{shown:?}");
    };
    assert_eq!(
        shown.to_lowercase(),
        reason.to_lowercase(),
        "the error's own words"
    );
    words(&stage, &shown);
    let missing = stage.folder.path().join("gone");
    add(&mut stage, &missing);
    stage.until("the missing one", |studio| {
        matches!(state(studio, "gone"), Some(EntryState::Missing))
    });
    words(&stage, "The files of this model are missing");
    for name in ["Use broken.safetensors", "Use gone", "Remove Pocket"] {
        assert!(stage.window.query_by_label(name).is_none(), "no {name}");
    }
    assert_eq!(stage.window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn a_model_is_used_made_the_default_removed_and_restored() {
    let mut stage = Window::open();
    open_models(&mut stage);
    add(&mut stage, &good());
    stage.until("the good one", |studio| {
        matches!(state(studio, "tiny_svd"), Some(EntryState::Usable(_)))
    });
    stage.click("Use tiny_svd");
    stage.until("its settings", |studio| {
        studio.model().is_some_and(|card| card.title == "tiny_svd")
    });
    stage.click("Make tiny_svd the default");
    let path = good().display().to_string();
    assert_eq!(stage.studio().preferences.model.as_ref(), Some(&path));

    stage.click("Remove tiny_svd");
    stage.until("its end", |studio| state(studio, "tiny_svd").is_none());
    assert!(good().join("model_index.json").is_file(), "its files stay");
    stage.until("Pocket in its place", |studio| {
        studio.model().is_some_and(|card| card.title == "Pocket")
    });
    stage.click("Restore");
    stage.until("its return", |studio| state(studio, "tiny_svd").is_some());
}

#[test]
fn a_gated_model_is_downloaded_after_its_terms_and_a_token() {
    let manners = Manners {
        token: Some("hf_secret"),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let mut stage = Window::with_hub(Harness::builder(), |_| (), &server.base);
    open_models(&mut stage);
    let field = |stage: &Window, name: &str, text: &str| {
        stage.window.get_by_label(name).focus();
        stage.window.get_by_label(name).type_text(text);
    };
    field(&stage, "Repository", REPO);
    stage.window.run_steps(2);
    stage.click("Check the repository");
    stage.until("the refusal", |studio| {
        studio.runtime.model_shelf.hub.trouble.is_some()
    });
    words(&stage, "accept its licence at");
    field(&stage, "Access token", "hf_secret");
    stage.window.run_steps(2);
    stage.click("Use token");
    stage.until("the offer", |studio| {
        studio.runtime.model_shelf.hub.offer.is_some()
    });
    words(&stage, "Be kind with it.");
    assert_eq!(
        server.asked_for(".safetensors"),
        [],
        "no weights before the terms"
    );

    stage.click("Accept and download");
    stage.until("the model", |studio| {
        matches!(state(studio, "tiny-svd"), Some(EntryState::Usable(_)))
    });
    let shelf = &stage.studio().runtime.model_shelf;
    assert_eq!(
        shelf.named("tiny-svd").map(|entry| entry.origin),
        Some(Origin::Fetched)
    );
    let place = stage.folder.path().join("data/models/tiny-svd");
    assert!(place.is_dir());
    stage.click("Remove tiny-svd");
    stage.until("its end", |studio| state(studio, "tiny-svd").is_none());
    assert!(!place.exists());
    stage.click("Restore");
    stage.until("its return", |studio| state(studio, "tiny-svd").is_some());
    assert!(place.is_dir());
}

/// A copy of the small test model, in a folder that may disappear.
fn small_model(at: &Path) {
    for part in [
        "",
        "unet",
        "vae",
        "image_encoder",
        "scheduler",
        "feature_extractor",
    ] {
        let (from, to) = (good().join(part), at.join(part));
        let Ok(files) = std::fs::read_dir(&from) else {
            continue;
        };
        std::fs::create_dir_all(&to).expect("a folder");
        for file in files.flatten().filter(|file| file.path().is_file()) {
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
    }
}

/// A window whose Models panel lists a small model elsewhere on the disk, and its path.
fn with_small_model() -> (Window, PathBuf) {
    let mut stage = Window::open();
    let elsewhere = stage.folder.path().join("tiny");
    small_model(&elsewhere);
    open_models(&mut stage);
    add(&mut stage, &elsewhere);
    stage.until("the model", |studio| {
        matches!(state(studio, "tiny"), Some(EntryState::Usable(_)))
    });
    (stage, elsewhere)
}

#[test]
fn a_model_is_copied_into_kinora_and_the_copy_removed() {
    let (mut stage, elsewhere) = with_small_model();
    words(&stage, "Used from its current location:");
    stage.click("Use tiny");
    stage.click("Make tiny the default");
    stage.click("Copy tiny into Kinora");
    stage.until("the copy", |studio| {
        let entry = studio.runtime.model_shelf.named("tiny");
        entry.is_some_and(|entry| entry.origin == Origin::Copied)
            && matches!(state(studio, "tiny"), Some(EntryState::Usable(_)))
    });
    words(&stage, "Copied to Kinora's models folder");
    std::fs::remove_dir_all(&elsewhere).expect("what it was copied from may go");
    stage.until("its use", |studio| {
        studio.model().is_some_and(|card| card.name == "tiny")
    });
    assert_eq!(stage.studio().preferences.model.as_deref(), Some("tiny"));
    assert!(stage.studio().preferences.models.is_empty());
    let place = stage.folder.path().join("data/models/tiny");
    let weights = |folder: &Path| std::fs::read(folder.join("unet/config.json")).expect("a file");
    assert_eq!(weights(&place), weights(&good()));
    assert_eq!(stage.window.unnamed_widgets(), Vec::<String>::new());

    stage.click("Remove tiny");
    stage.until("its end", |studio| state(studio, "tiny").is_none());
    let said = |notice: &kinora::app::state::notice::Notice| {
        notice.detail().contains("deleted when Kinora next starts")
    };
    assert!(
        stage.studio().runtime.notices.iter().any(said),
        "it says what becomes of the files"
    );
    assert!(!place.exists());
    stage.click("Restore");
    stage.until("its return", |studio| state(studio, "tiny").is_some());
    assert!(place.join("model_index.json").is_file());
}

#[test]
fn a_chosen_model_that_vanishes_says_what_to_do() {
    let (mut stage, elsewhere) = with_small_model();
    stage.press_with(Modifiers::COMMAND, Key::M);
    std::fs::rename(&elsewhere, stage.folder.path().join("away")).expect("gone");
    open_models(&mut stage);
    stage.until("its absence", |studio| {
        matches!(state(studio, "tiny"), Some(EntryState::Missing))
    });
    words(&stage, "put them back, or remove the model from this list");
    let commands = stage.window.state().commands();
    let name = elsewhere.display().to_string();
    commands.send(kinora::app::Command::Direct(kinora::app::Choice::Model(
        name,
    )));
    stage.until("the refusal", |studio| {
        let said =
            |one: &kinora::app::state::notice::Notice| one.detail().contains("no longer exists");
        studio.runtime.notices.iter().any(said)
    });
    stage.press_with(Modifiers::COMMAND, Key::M);
    stage.click("Use Pocket");
    stage.until("Pocket", |studio| {
        studio.model().is_some_and(|card| card.title == "Pocket")
    });
}
