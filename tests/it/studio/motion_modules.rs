//! Motion modules in the Models panel:
//!
//! - they are listed as what they are, with the models that they fit; those models name them in turn
//! - a model that is missing is named, with a button that looks it up
//! - they are downloaded like a model, and found in Kinora's folder of motion modules

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::Studio;
use kinora::app::state::models::{EntryState, Origin};

use super::Window;
use crate::cli::copy_folder;
use crate::hub::server::{Manners, REPO, Server};
use crate::support::golden;

fn module() -> PathBuf {
    golden("animatediff/module.safetensors")
}

fn entry<'a>(studio: &'a Studio, title: &str) -> Option<(&'a EntryState, Origin)> {
    let entries = &studio.runtime.model_shelf.entries;
    let entry = entries.iter().find(|entry| entry.title == title)?;
    Some((&entry.state, entry.origin))
}

fn is_module(studio: &Studio, title: &str) -> bool {
    matches!(entry(studio, title), Some((EntryState::Modules(_), _)))
}

fn says(stage: &Window, part: &str) {
    let said = stage.window.query_all_by_label_contains(part).next();
    assert!(said.is_some(), "the panel should say {part:?}");
}

#[test]
fn modules_are_listed_with_the_models_that_they_fit() {
    let mut stage = Window::with(|data| copy_folder(&golden("sd/tiny"), &data.join("models/tiny")));
    stage.press_with(Modifiers::COMMAND, Key::M);
    *stage.dialogs.model.lock().unwrap() = Some(module());
    stage.click("Add a file…");
    stage.until("the modules", |studio| {
        is_module(studio, "module.safetensors")
    });
    stage.until("the model", |studio| studio.words_model().is_some());
    says(&stage, "Motion modules, AnimateDiff v2 · ");
    says(&stage, "takes of up to 16 frames");
    says(&stage, "With tiny, they make takes from words");
    says(
        &stage,
        "With module.safetensors, it also makes takes from words",
    );
    for button in [
        "Use module.safetensors",
        "Make module.safetensors the default",
    ] {
        assert!(stage.window.query_by_label(button).is_none(), "no {button}");
    }
    let names = stage.studio().take_models();
    let names: Vec<&str> = names.map(|entry| entry.title.as_str()).collect();
    assert_eq!(names, ["Pocket"], "they make no takes of their own");
    assert_eq!(stage.faults("the Models panel"), Vec::<String>::new());
    stage.click("Remove module.safetensors");
    stage.until("the end", |studio| {
        entry(studio, "module.safetensors").is_none()
    });
    assert!(module().is_file(), "the file stays");
    stage.click("Restore");
    stage.until("the return", |studio| {
        is_module(studio, "module.safetensors")
    });
}

#[test]
fn a_missing_model_is_named_with_a_button_that_looks_it_up() {
    let server = Server::start(BTreeMap::new(), Manners::default());
    let installed = |data: &std::path::Path| {
        fs::create_dir_all(data.join("motion")).unwrap();
        fs::copy(module(), data.join("motion/mm.safetensors")).unwrap();
    };
    let mut stage = Window::with_hub(Harness::builder(), installed, &server.base);
    stage.press_with(Modifiers::COMMAND, Key::M);
    stage.until("the modules", |studio| is_module(studio, "mm"));
    says(&stage, "none of the listed models fits");
    says(&stage, "In Kinora's folder of motion modules");
    stage.click("Check Stable Diffusion 1.5 for motion modules");
    stage.until("the answer", |studio| {
        studio.runtime.model_shelf.hub.trouble.is_some()
    });
    let repository = "stable-diffusion-v1-5/stable-diffusion-v1-5";
    let asked = server.asked();
    assert!(
        asked.iter().any(|asked| asked.path.contains(repository)),
        "{asked:?}"
    );
}

#[test]
fn modules_are_downloaded_after_their_terms() {
    let files = BTreeMap::from([
        ("README.md".to_owned(), b"Motion for pictures.".to_vec()),
        (
            "config.json".to_owned(),
            br#"{"_class_name": "MotionAdapter"}"#.to_vec(),
        ),
        (
            "diffusion_pytorch_model.safetensors".to_owned(),
            fs::read(module()).unwrap(),
        ),
    ]);
    let server = Server::start(files, Manners::default());
    let mut stage = Window::with_hub(Harness::builder(), |_| (), &server.base);
    stage.press_with(Modifiers::COMMAND, Key::M);
    stage
        .window
        .get_by_label("Check AnimateDiff v2, motion modules");
    stage.window.get_by_label("Repository").focus();
    stage.window.get_by_label("Repository").type_text(REPO);
    stage.window.run_steps(2);
    stage.click("Check the repository");
    stage.until("the offer", |studio| {
        studio.runtime.model_shelf.hub.offer.is_some()
    });
    says(&stage, "Motion for pictures.");
    stage.click("Accept and download");
    stage.until("the modules", |studio| is_module(studio, "tiny-svd"));
    let (_, origin) = entry(stage.studio(), "tiny-svd").expect("in the list");
    assert_eq!(origin, Origin::Fetched);
    assert!(
        stage.window.query_by_label("Use it").is_none(),
        "they are no model"
    );
    stage.window.get_by_label("Show models");
}
