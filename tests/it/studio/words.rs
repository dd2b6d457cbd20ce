//! Pictures from words:
//!
//! - five interactions lead from the empty stage to a running take, whose recipe says how its picture was made
//! - without a model, the sheet says what is needed and adds one
//! - a chosen picture is undone like any other, and its file in the project contains its recipe
//! - cancelling keeps what is finished; a failure is reported once, and can be tried again
//! - pictures wait for the running take and come before waiting ones
//! - what the model does not read of a long prompt is struck out; unusable prompts are refused in one sentence

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command as Program;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::Command;
use kinora::app::command::words::WordsCommand;
use kinora::app::state::models::EntryState;
use kinora::app::state::words::SlotState;
use kinora::app::state::{Shown, Studio};
use kinora::checkpoint::tokenizer::Tokenizer;
use kinora::engine::protocol::Still;
use kinora::error::GenerateError;
use kinora::export;
use kinora::media::picture::Picture;
use kinora::request::{Recipe, StillRecipe};

use super::Window;
use super::fakes::ink_of;
use super::kept::{clips, folder, make, real};
use crate::cli::copy_folder;
use crate::support::golden;

fn tiny() -> PathBuf {
    golden("sd/tiny")
}

/// A window with the tiny model for pictures among its installed models.
fn window() -> Window {
    let mut stage = Window::with(|data| copy_folder(&tiny(), &data.join("models/tiny")));
    stage.until("the model for pictures", |studio| {
        studio.words_model().is_some()
    });
    stage
}

fn write(stage: &mut Window, prompt: &str) {
    stage.window.get_by_label("Prompt").type_text(prompt);
    stage.window.run_steps(3);
}

fn send(stage: &mut Window, command: WordsCommand) {
    let commands = stage.window.state().commands();
    commands.send(Command::Words(command));
    stage.window.run_steps(3);
}

fn permit(stage: &Window, count: usize) {
    for _ in 0..count {
        let _ = stage.permits.send(());
    }
}

fn finished(studio: &Studio) -> Vec<&Still> {
    let slots = studio.runtime.words.slots.iter();
    let done = slots.filter_map(|slot| match &slot.state {
        SlotState::Done(still) => Some(&**still),
        SlotState::Waiting | SlotState::Making => None,
    });
    done.collect()
}

fn says(stage: &Window, part: &str) {
    let said = stage.window.query_all_by_label_contains(part).next();
    assert!(said.is_some(), "the window should say {part:?}");
}

#[test]
fn five_interactions_lead_from_words_to_a_running_take() {
    let mut stage = window();
    stage.click("From words…");
    write(&mut stage, "a lighthouse in a storm");
    stage.press(Key::Enter);
    permit(&stage, 4);
    stage.until("four pictures", |studio| finished(studio).len() == 4);
    let seeds: Vec<u64> = finished(stage.studio())
        .iter()
        .map(|still| still.made.request.seed)
        .collect();
    assert_eq!(seeds, [1, 2, 3, 4], "in the order in which they are made");
    stage.click("Use picture 3 of 4");
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press(Key::Enter);
    stage.until("the take", |studio| studio.running().is_some());

    let studio = stage.studio();
    assert_eq!(studio.session.overlay, None, "the sheet has closed");
    let picture = studio.picture().expect("a picture");
    assert_eq!(picture.name, "a lighthouse in a storm");
    assert_eq!(picture.picture.rgb[..3], ink_of(3));
    let order = stage.orders.recv().expect("an order");
    let made = order.first_frame.expect("it says how the picture was made");
    assert_eq!(made.prompt.text, "a lighthouse in a storm");
    assert_eq!((made.request.seed, made.model.name.as_str()), (3, "tiny"));
    stage.finish();
    let recipe = &stage.studio().shown_take().expect("a take").take.recipe;
    assert_eq!(recipe.first_frame.as_ref(), Some(&made));
    // The other three are still there.
    stage.press_with(Modifiers::COMMAND, Key::P);
    stage
        .window
        .get_by_label("Use picture 3 of 4, already on the shelf");
    stage.window.get_by_label("Use picture 4 of 4");
    assert_eq!(stage.faults("pictures from words"), Vec::<String>::new());
}

#[test]
fn without_a_model_the_sheet_says_what_is_needed() {
    let mut stage = Window::open();
    stage.click("From words…");
    stage.until("the inspection", |studio| {
        let mut entries = studio.runtime.model_shelf.entries.iter();
        entries.any(|entry| matches!(entry.state, EntryState::Usable(_)))
    });
    says(&stage, "None of your models makes pictures from words");
    says(&stage, "Stable Diffusion 1, Stable Diffusion 2 or SD-Turbo");
    stage.window.get_by_label_contains("SD-Turbo, pictures");
    *stage.dialogs.model.lock().unwrap() = Some(tiny());
    stage.click("Add a folder…");
    stage.until("the model", |studio| studio.words_model().is_some());
    stage.window.get_by_label("Make four pictures");
    // A model for pictures is not offered for takes.
    let names = stage.studio().take_models();
    let names: Vec<&str> = names.map(|entry| entry.title.as_str()).collect();
    assert_eq!(names, ["Pocket"]);
    stage.press_with(Modifiers::COMMAND, Key::M);
    stage
        .window
        .get_by_label("Make a picture from words with tiny");
    says(&stage, "made for pictures of 16 × 16");
    assert!(stage.window.query_by_label("Use tiny").is_none());
    stage.click("Make a picture from words with tiny");
    stage.window.get_by_label("Make four pictures");
}

#[test]
fn a_chosen_picture_is_undone_and_kept_with_its_recipe() {
    let mut stage = window();
    stage.until("the project", |studio| studio.project.home.is_some());
    stage.press_with(Modifiers::COMMAND, Key::P);
    write(&mut stage, "a boat");
    stage.window.get_by_label("Negative prompt").focus();
    stage.window.run_steps(2);
    stage
        .window
        .get_by_label("Negative prompt")
        .type_text("fog");
    stage.window.run_steps(3);
    let square = stage.window.get_by_role_and_label(Role::RadioButton, "1:1");
    square.click_accesskit();
    stage.window.run_steps(3);
    stage.click("Make four pictures");
    permit(&stage, 4);
    stage.until("four pictures", |studio| finished(studio).len() == 4);
    let made = finished(stage.studio())[0].made.clone();
    assert_eq!(made.prompt.negative, "fog");
    assert_eq!((made.request.width, made.request.height), (16, 16));
    stage.click("Use picture 1 of 4");
    stage.until("the picture", |studio| studio.picture().is_some());
    let fingerprint = stage.studio().picture().unwrap().fingerprint.clone();
    let home = stage.studio().project.home.clone().unwrap();
    let file = home.join(format!("pictures/picture-{fingerprint}.png"));
    stage.until("its file", |_| file.is_file());
    let text = export::read_recipe_text(&file).unwrap().expect("a recipe");
    let recipe = StillRecipe::read(&text).expect("of a picture from words");
    assert_eq!(recipe.of_pixels(&fingerprint), Some(made));

    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert!(stage.studio().picture().is_none());
    assert_eq!(stage.studio().project.pictures.len(), 5, "on the shelf");
    stage.press_with(Modifiers::COMMAND, Key::Y);
    assert_eq!(stage.studio().session.shown, Shown::Picture);
    assert!(stage.studio().picture().is_some());
}

#[test]
fn cancelling_keeps_what_is_finished_and_a_failure_is_told_once() {
    let mut stage = window();
    stage.click("From words…");
    write(&mut stage, "a boat");
    stage.click("Make four pictures");
    permit(&stage, 1);
    stage.until("one picture", |studio| finished(studio).len() == 1);
    stage.until("the second", |studio| studio.runtime.words.job.is_some());
    says(&stage, "Picture 2 of 4");
    stage.click("Cancel pictures");
    stage.until("the end", |studio| !studio.runtime.words.is_busy());
    assert_eq!(stage.studio().runtime.words.slots.len(), 1);
    assert!(
        stage.studio().runtime.notices.is_empty(),
        "that is no failure"
    );

    *stage.fault.lock().unwrap() = Some(GenerateError::NotFinite {
        place: "step 1 of 1".to_owned(),
    });
    stage.click("Make four pictures");
    permit(&stage, 1);
    stage.until("the failure", |studio| !studio.runtime.notices.is_empty());
    assert!(!stage.studio().runtime.words.is_busy());
    assert_eq!(stage.studio().runtime.notices.len(), 1);
    says(&stage, "Couldn't make the picture");
    stage.press(Key::Escape);
    stage.press(Key::Escape);
    stage.click("Try again");
    permit(&stage, 4);
    stage.until("four more", |studio| finished(studio).len() == 5);
    stage.click("Choose one…");
    stage.window.get_by_label("Use picture 5 of 5");
}

#[test]
fn pictures_wait_for_the_running_take_and_come_before_waiting_ones() {
    let mut stage = window();
    stage.begin();
    stage.click("Add to queue");
    stage.press_with(Modifiers::COMMAND, Key::P);
    write(&mut stage, "a boat");
    stage.press_with(Modifiers::COMMAND, Key::Enter);
    says(&stage, "Waiting for the running take to finish");
    permit(&stage, super::STEPS);
    stage.until("the first picture", |studio| {
        studio.runtime.words.job.is_some()
    });
    assert!(stage.studio().running().is_none());
    assert_eq!(stage.studio().runtime.queue.waiting.len(), 1);
    stage.press(Key::Escape);
    stage.press(Key::Escape);
    stage.open_queue();
    says(&stage, "Picture 1 of 4");
    stage.click("Cancel pictures from words");
    stage.until("the waiting take", |studio| studio.running().is_some());
}

#[test]
fn what_is_not_read_is_shown_and_unusable_prompts_are_refused() {
    let mut stage = window();
    stage.click("From words…");
    let disabled = |stage: &Window| {
        let button = stage.window.get_by_label("Make four pictures");
        button.accesskit_node().is_disabled()
    };
    assert!(disabled(&stage), "there are no words");
    says(&stage, "Write a prompt that describes the picture");
    let tokenizer = Tokenizer::of_model(&tiny()).unwrap();
    let counted = |stage: &mut Window, text: &str| {
        let tokens = tokenizer.encode(text).pieces;
        stage.until("the count", |studio| {
            let counts = studio.runtime.words.tokens.latest();
            counts.is_some_and(|[count, _]| count.tokens == tokens)
        });
        tokens
    };
    write(&mut stage, "a photo of a cat");
    let few = counted(&mut stage, "a photo of a cat");
    says(&stage, &format!("{few} of 75 tokens"));
    let each = tokenizer.encode("cat").pieces;
    let long = "cat ".repeat(100);
    send(&mut stage, WordsCommand::Text(long.clone()));
    let all = counted(&mut stage, &long);
    says(
        &stage,
        &format!("{all} tokens, but the model reads only 75"),
    );
    let read = stage.studio().runtime.words.tokens.read(&long);
    assert_eq!(
        read,
        75 / each * "cat ".len() - 1,
        "up to the last whole cat"
    );
    assert!(!disabled(&stage), "it is cut, not refused");

    for (prompt, told) in [
        ("word ".repeat(10_000), "shorten it"),
        ("ding\u{7}".to_owned(), "the control character U+0007"),
    ] {
        send(&mut stage, WordsCommand::Text(prompt));
        assert!(disabled(&stage));
        says(&stage, told);
        send(&mut stage, WordsCommand::Make);
        assert!(!stage.studio().runtime.words.is_busy(), "nor by a command");
    }
}

#[test]
fn a_computed_picture_and_its_take_are_made_again_from_their_recipes() {
    let user = folder();
    let data = user.path().join("kinora");
    copy_folder(&tiny(), &data.join("models/tiny"));
    let mut stage = real(&data);
    stage.until("the model for pictures", |studio| {
        studio.words_model().is_some()
    });
    stage.click("From words…");
    write(&mut stage, "the sea");
    stage.press(Key::Enter);
    stage.patiently("four pictures", |studio| finished(studio).len() == 4);
    let prints: BTreeSet<String> = finished(stage.studio())
        .iter()
        .map(|still| Picture::from(&still.frame).fingerprint())
        .collect();
    assert_eq!(prints.len(), 4, "four seeds give four pictures");
    stage.until("a forecast", |studio| studio.words_seconds().is_some());
    stage.click("Use picture 2 of 4");
    stage.until("the picture", |studio| studio.picture().is_some());
    make(&mut stage, 1);
    let home = stage.studio().project.home.clone().expect("a project");
    let fingerprint = stage.studio().picture().unwrap().fingerprint.clone();
    let picture = home.join(format!("pictures/picture-{fingerprint}.png"));
    let take = clips(&home).remove(0);
    drop(stage);

    let text = export::read_recipe_text(&take).unwrap().unwrap();
    let recipe = Recipe::read(&take, Some(&text)).unwrap();
    assert_eq!(recipe.first_frame.unwrap().prompt.text, "the sea");
    let again = |path: &Path| {
        let output = Program::new(env!("CARGO_BIN_EXE_kinora"))
            .env("XDG_DATA_HOME", user.path())
            .arg("reproduce")
            .arg(path)
            .output()
            .expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        assert_eq!(errors, "");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(again(&picture).contains("identical"));
    assert!(again(&take).contains("identical, 2 frames"));
    // Without the model for pictures, the picture itself will do.
    std::fs::remove_dir_all(data.join("models")).unwrap();
    assert!(again(&take).contains("identical, 2 frames"));

    // A project that is opened again knows how its picture was made, and so does any project that the file is opened in.
    let mut stage = real(&data);
    stage.until("the picture", |studio| studio.picture().is_some());
    let made = stage.studio().picture().unwrap().made.clone();
    assert_eq!(made.expect("its file says").prompt.text, "the sea");
}
