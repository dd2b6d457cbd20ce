//! The cards of the direction panel:
//!
//! - the preset for few steps is offered only for models that were made for it
//! - presets change the settings that they name, the user's own presets are saved, and a chip resets one setting
//! - settings that are restored from a take are shown by the preset and the shape that set them
//! - the playback rate and the conditioning fps are two settings
//! - the cost of a take is shown before it is made

use std::time::Duration;

use egui::accesskit::Toggled;
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora::app::query::overrides::changed;
use kinora::app::{Choice, Command, Studio};
use kinora::media::rate::Rate;
use kinora::sampler::{SamplerKind, ScheduleKind};

use super::Window;
use super::kept::{drop_picture, folder, make, real};
use crate::cli::copy_folder;
use crate::support::golden;

fn choose(stage: &mut Window, label: &str) {
    stage.reveal(Role::RadioButton, label);
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, label)
        .click_accesskit();
    stage.window.run_steps(3);
}

fn set(stage: &mut Window, label: &str, value: f64) {
    stage.reveal(Role::Slider, label);
    let slider = stage.window.get_by_role_and_label(Role::Slider, label);
    slider.set_value_accesskit(value);
    stage.window.run_steps(3);
}

#[test]
fn presets_set_what_they_name_and_chips_reset_it() {
    let mut stage = Window::open();
    stage.until("presets", |studio| studio.runtime.presets.len() == 4);
    set(&mut stage, "Motion", 200.0);
    choose(&mut stage, "Fine");
    let draft = stage.studio().direction().draft.clone();
    let steps = |stage: &Window| stage.studio().settings().unwrap().steps;
    let standard = stage.studio().model().unwrap().defaults.steps;
    assert!(steps(&stage) > standard, "of this model's own");
    assert_eq!(draft.sampler, Some(SamplerKind::DpmPlusPlus2M));
    assert_eq!(draft.motion_bucket, Some(200.0), "no preset named it");
    choose(&mut stage, "Draft");
    assert!(steps(&stage) < standard, "of this model's own");
    assert_eq!(
        stage.studio().direction().draft.sigmas,
        Some(ScheduleKind::Ays)
    );

    stage.click("Revert motion");
    assert_eq!(stage.studio().direction().draft.motion_bucket, None);
    let chips = |stage: &Window| stage.window.query_all_by_label_contains("Revert ").count();
    assert_eq!(chips(&stage), 0, "what a preset set is shown by its name");
    stage.unfold_all();
    set(&mut stage, "Steps", 5.0);
    assert!(chips(&stage) > 0, "one's own mix is chips");
    stage.click("Revert steps");
    assert_eq!(stage.studio().direction().draft.steps, None);
    stage.window.get_by_label("Your own mix of settings");
    choose(&mut stage, "Standard");
    assert_eq!(chips(&stage), 0);
    assert_eq!(steps(&stage), standard);
}

/// What a preset decided is not shown as the artist's choice of numbers.
#[test]
fn restored_settings_are_shown_by_the_preset_that_was_chosen() {
    let data = folder();
    let mut stage = real(data.path());
    stage.until("presets", |studio| studio.runtime.presets.len() >= 3);
    let steps = |studio: &Studio| studio.settings().map(|settings| settings.steps);
    let path = stage.picture("meadow.png");
    drop_picture(&mut stage, &path);
    choose(&mut stage, "Draft");
    let draft = steps(stage.studio());
    make(&mut stage, 1);
    choose(&mut stage, "Fine");
    assert_ne!(steps(stage.studio()), draft);
    // The recipe holds the numbers of the preset, not its name.
    stage.press_with(Modifiers::SHIFT, Key::R);
    stage.until("its settings", |studio| steps(studio) == draft);
    let studio = stage.studio();
    let defaults = &studio.model().expect("a model").defaults;
    let chips = changed(studio.direction(), defaults, &studio.runtime.presets);
    let chips: Vec<&str> = chips.iter().map(|one| one.name).collect();
    for name in ["steps", "noise levels", "sampler"] {
        assert!(!chips.contains(&name), "{chips:?}");
    }
    let chosen = stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Draft");
    assert_eq!(chosen.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn few_steps_are_offered_for_models_that_were_made_for_them() {
    let mut stage = Window::with(|data| {
        copy_folder(&golden("tiny_svd"), &data.join("models/AnimateLCM-SVD-xt"));
    });
    stage.until("presets", |studio| studio.runtime.presets.len() == 4);
    stage.reveal(Role::RadioButton, "Fine");
    let offered = |stage: &Window| stage.window.query_by_label("Few steps").is_some();
    assert!(!offered(&stage), "Pocket was not");
    let model = |stage: &mut Window, name: &str| {
        let choice = Choice::Model(name.to_owned());
        let commands = stage.window.state().commands();
        commands.send(Command::Direct(choice));
        stage.until("the model", |studio| {
            studio.model().is_some_and(|card| card.name == name)
        });
        stage.window.run_steps(2);
    };
    model(&mut stage, "AnimateLCM-SVD-xt");
    choose(&mut stage, "Few steps");
    let settings = stage.studio().settings().unwrap();
    assert_eq!((settings.sampler, settings.steps), (SamplerKind::Lcm, 4));
    assert_eq!(settings.guidance, (1.0, 1.2), "the sampler's own");
    model(&mut stage, "pocket");
    assert!(offered(&stage), "what is in effect is shown");
    choose(&mut stage, "Standard");
    assert!(!offered(&stage));
}

#[test]
fn nothing_moves_under_the_pointer_when_something_is_chosen() {
    let mut stage = Window::open();
    stage.until("presets", |studio| studio.runtime.presets.len() == 4);
    let path = stage.picture("hill.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.unfold_all();
    let controls = [
        (Role::Slider, "Motion"),
        (Role::Slider, "Frames"),
        (Role::RadioButton, "Draft"),
        (Role::RadioButton, "Fit"),
        (Role::Button, "Generate"),
    ];
    let places = |stage: &Window| {
        controls.map(|(role, label)| stage.window.get_by_role_and_label(role, label).rect())
    };
    let before = places(&stage);
    for (role, label) in [
        (Role::RadioButton, "Fit"),
        (Role::RadioButton, "Draft"),
        (Role::RadioButton, "Fine"),
    ] {
        let control = stage.window.get_by_role_and_label(role, label);
        control.click_accesskit();
        stage.window.run_steps(4);
        assert_eq!(places(&stage), before, "{label} moved them");
    }
    for (label, value) in [
        ("Motion", 200.0),
        ("Frames", 3.0),
        ("Frames per second", 20.0),
    ] {
        set(&mut stage, label, value);
        assert_eq!(places(&stage), before, "{label} moved them");
    }
    // Chips that do not fit are in a menu.
    stage.window.get_by_label_contains("more changed setting");
}

#[test]
fn a_users_preset_is_saved_and_restored() {
    let mut stage = Window::open();
    stage.until("presets", |studio| studio.runtime.presets.len() == 4);
    set(&mut stage, "Motion", 12.0);
    stage
        .window
        .get_by_label("Save as preset…")
        .click_accesskit();
    stage.window.run_steps(3);
    let field = stage.window.get_by_label("Name of the preset");
    field.focus();
    stage.window.run_steps(2);
    stage
        .window
        .get_by_label("Name of the preset")
        .type_text("Barely there");
    stage.window.run_steps(2);
    stage.press(Key::Enter);
    stage.until("the preset", |studio| studio.runtime.presets.len() == 5);
    assert!(
        stage
            .folder
            .path()
            .join("data/presets/preset-barely-there.json")
            .is_file()
    );
    set(&mut stage, "Motion", 99.0);
    choose(&mut stage, "Barely there");
    assert_eq!(stage.studio().settings().unwrap().motion, 12.0);
}

#[test]
fn playback_rate_and_conditioning_fps_are_two_settings() {
    let mut stage = Window::open();
    stage.unfold_all();
    set(&mut stage, "Frames per second", 12.0);
    let settings = stage.studio().settings().unwrap();
    assert_eq!(settings.fps, Rate { num: 12, den: 1 });
    assert!(settings.fps_id_follows);
    set(&mut stage, "Frame-rate hint", 6.0);
    stage.unfold_all();
    set(&mut stage, "Decode batch", 2.0);
    choose(&mut stage, "Rise and fall");
    stage
        .window
        .get_by_role_and_label(Role::Slider, "Guidance, middle frame");

    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press(Key::Enter);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    assert_eq!(order.draft.fps, Some(Rate { num: 12, den: 1 }));
    // The conditioning fps is one less than the rate.
    assert_eq!(order.draft.fps_id, Some(5.0));
    assert_eq!(order.draft.decode_chunk, Some(2));
    assert!(order.draft.guidance_shape.is_some());
}

#[test]
fn the_cost_is_shown_before_the_take_is_made() {
    let mut stage = Window::open();
    stage.until("a forecast", |studio| {
        studio.runtime.forecast.latest.is_some()
    });
    let bytes = |stage: &Window| {
        let forecast = stage.studio().runtime.forecast.latest.as_ref().unwrap();
        forecast.peak_bytes()
    };
    let before = bytes(&stage);
    stage.window.get_by_label_contains("MB");
    set(&mut stage, "Frames", 16.0);
    stage.until("another forecast", |studio| {
        let forecast = studio.runtime.forecast.latest.as_ref().unwrap();
        forecast.peak_bytes() > before
    });
}
