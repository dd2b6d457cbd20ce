//! Everything without a pointer:
//!
//! - Tab goes through the top bar, shelf, stage, direction and timeline and reaches every control; each control shows
//!   that it has the focus and is scrolled into view
//! - F6 goes from panel to panel, and Ctrl-Enter makes a take wherever the keyboard focus is
//! - Tab stays inside an open sheet; Escape closes it and restores the focus
//! - sliders, panel edges and crop handles respond to the arrow keys
//! - Escape closes what is open and never stops a take; Ctrl-. stops it
//! - film-makers' words find the actions that have other names here
//! - Enter in the label makes the shot; quitting asks if something would be lost

use std::collections::HashSet;

use egui::{Event, Id, Key, Modifiers, Popup, Role, Shape};
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::window::{Overlay, Panel};
use kinora::media::fit::Fit;

use super::Window;
use super::walk::Control;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// More than the number of controls in any state.
const MOST: usize = 400;

impl Window {
    /// Puts the focus on a control, as assistive technology does.
    fn focus(&mut self, role: Role, name: &str) {
        self.window.get_by_role_and_label(role, name).focus();
        self.window.run_steps(3);
    }

    fn tab(&mut self) -> Option<Control> {
        self.press(Key::Tab);
        self.focused()
    }

    /// The shapes that are painted in and around a control.
    fn painted(&self, control: &Control) -> Vec<Shape> {
        let near = control.seen.expand(4.0);
        let shapes = self.window.output().shapes.iter();
        shapes
            .filter(|shape| shape.shape.visual_bounding_rect().intersects(near))
            .map(|shape| shape.shape.clone())
            .collect()
    }

    /// Whether a control with the focus looks different from one without.
    fn shows_focus(&mut self, control: &Control) -> bool {
        let with = self.painted(control);
        let ctx = self.window.ctx.clone();
        ctx.memory_mut(|memory| memory.surrender_focus(control.id));
        self.window.step();
        let without = self.painted(control);
        ctx.memory_mut(|memory| memory.request_focus(control.id));
        self.window.run_steps(2);
        with != without
    }
}

#[test]
fn tab_follows_the_reading_order() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::A);
    stage.slide("Motion", 99.0);
    let mut reached: Vec<Control> = Vec::new();
    let mut faults = Vec::new();
    while let Some(control) = stage.tab() {
        if reached.first().is_some_and(|first| first.id == control.id) {
            break;
        }
        let (told, all, seen) = (control.describe(), control.rect, control.seen);
        if seen.width() < all.width().min(47.0) || seen.height() < all.height().min(23.0) {
            faults.push(format!("{told} is out of sight: {seen:?}"));
        }
        if !stage.shows_focus(&control) {
            faults.push(format!("{told} does not show the keyboard"));
        }
        reached.push(control);
        assert!(reached.len() < MOST, "Tab comes round");
    }
    let ids: HashSet<Id> = reached.iter().map(|control| control.id).collect();
    for control in stage.controls() {
        if !ids.contains(&control.id) {
            faults.push(format!("{} is not reached", control.describe()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Panel edges are between the regions.
    let inside = reached
        .iter()
        .filter(|control| control.role != Role::Splitter);
    let mut places: Vec<&str> = inside.map(Control::region).collect();
    places.dedup();
    assert_eq!(
        places,
        ["Top bar", "Shelf", "Stage", "Direction", "Timeline"]
    );
    for pair in reached.windows(2) {
        let (one, other) = (&pair[0], &pair[1]);
        let bar = one.region() == "Top bar" && other.region() == "Top bar";
        assert!(
            !bar || one.rect.left() < other.rect.left(),
            "{} is read before {}",
            one.describe(),
            other.describe()
        );
    }

    // Shift-Tab goes back.
    let first = stage.focused_name();
    stage.press_with(Modifiers::SHIFT, Key::Tab);
    assert_eq!(stage.focused_name(), reached.last().unwrap().name);
    assert_eq!(stage.tab().map(|control| control.name), Some(first));
}

#[test]
fn f6_goes_from_panel_to_panel_and_ctrl_enter_always_makes_a_take() {
    let mut stage = Window::with_takes(1);
    let region = |stage: &Window| {
        let control = stage.focused().expect("something has the keyboard");
        control.region().to_owned()
    };
    let order = ["Top bar", "Shelf", "Stage", "Direction", "Timeline"];
    for panel in order.into_iter().chain(["Top bar"]) {
        stage.press(Key::F6);
        assert_eq!(region(&stage), panel);
    }
    for panel in order.into_iter().rev() {
        stage.press_with(Modifiers::SHIFT, Key::F6);
        assert_eq!(region(&stage), panel);
    }
    // Enter alone would go to the field.
    stage.focus(Role::TextInput, "Find takes");
    stage.press_with(CTRL, Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
}

#[test]
fn tab_stays_inside_an_open_sheet_and_escape_restores_the_focus() {
    let mut stage = Window::with_takes(1);
    for (modifiers, key, overlay, title) in [
        (CTRL, Key::Comma, Overlay::Settings, "Settings"),
        (CTRL, Key::M, Overlay::Models, "Models"),
        (CTRL, Key::P, Overlay::Words, "Picture from words"),
        (CTRL_SHIFT, Key::E, Overlay::Export, "Export"),
        (
            Modifiers::NONE,
            Key::F1,
            Overlay::Shortcuts,
            "Keyboard shortcuts",
        ),
    ] {
        stage.focus_slider("Motion");
        stage.press_with(modifiers, key);
        assert_eq!(stage.studio().session.overlay, Some(overlay));
        let entered = stage.focused().expect("the sheet has the keyboard");
        assert_eq!(entered.region(), title, "{}", entered.describe());
        let mut reached = HashSet::from([entered.id]);
        let mut count = 0;
        loop {
            let control = stage.tab().expect("Tab goes on");
            assert_eq!(control.region(), title, "{}", control.describe());
            count += 1;
            assert!(count < MOST, "Tab comes round");
            if control.id == entered.id {
                break;
            }
            reached.insert(control.id);
        }
        let inside: Vec<Control> = stage
            .controls()
            .into_iter()
            .filter(|control| control.layer == entered.layer)
            .collect();
        for control in &inside {
            assert!(
                reached.contains(&control.id),
                "{} is not reached",
                control.describe()
            );
        }
        stage.press_with(Modifiers::SHIFT, Key::Tab);
        let back = stage.focused().expect("Shift and Tab go back");
        assert_eq!(back.region(), title, "{}", back.describe());
        stage.press(Key::Escape);
        assert_eq!(stage.studio().session.overlay, None);
        assert_eq!(stage.focused_name(), "Motion", "back behind {title}");
    }
    // The palette is a field with a list: Tab selects its entries.
    stage.press_with(CTRL, Key::K);
    stage.press(Key::Tab);
    assert_eq!(stage.focused_name(), "Find an action");
    stage.press(Key::Escape);
    assert_eq!(stage.focused_name(), "Motion", "back behind the palette");
}

#[test]
fn enter_exports_from_the_sheet() {
    let mut stage = Window::with_takes(1);
    stage.press_with(CTRL, Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(stage.folder.path().to_owned());
    stage.click("Change folder…");
    let folder = stage.folder.path().to_owned();
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_ref() == Some(&folder)
    });
    stage.press(Key::Enter);
    stage.until("the file", |studio| studio.runtime.written.is_some());
    assert!(stage.studio().runtime.job.is_none(), "and nothing else");
}

#[test]
fn sliders_edges_and_handles_respond_to_the_arrow_keys() {
    let mut stage = Window::with_takes(1);
    let motion = |stage: &Window| stage.studio().settings().unwrap().motion;
    let before = motion(&stage);
    stage.focus_slider("Motion");
    stage.press(Key::ArrowRight);
    assert_eq!(motion(&stage), before + 1.0);
    stage.press(Key::ArrowLeft);
    stage.press(Key::ArrowLeft);
    assert_eq!(motion(&stage), before - 1.0);
    stage.focus_slider("Timeline");
    stage.press(Key::ArrowRight);
    assert_eq!(stage.studio().playhead(), 1);

    let size = |stage: &Window, part| stage.studio().session.layout.of(part).size;
    for (name, part, more) in [
        ("Width of the shelf", Panel::Shelf, Key::ArrowRight),
        (
            "Width of the direction panel",
            Panel::Direction,
            Key::ArrowLeft,
        ),
        ("Height of the timeline", Panel::Timeline, Key::ArrowUp),
    ] {
        let before = size(&stage, part);
        stage.focus(Role::Splitter, name);
        stage.press(more);
        assert_eq!(size(&stage, part), before + 8.0, "{name}");
    }

    stage.click("Picture meadow.png");
    stage.unfold_all();
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Custom")
        .click_accesskit();
    stage.window.run_steps(3);
    let window = |stage: &Window| match stage.studio().direction().fit {
        Fit::Window(window) => window,
        other => panic!("{other} is no window"),
    };
    let before = window(&stage);
    stage.focus(Role::Button, "Crop, right edge");
    stage.press_with(Modifiers::SHIFT, Key::ArrowLeft);
    assert!(window(&stage).width < before.width);
}

#[test]
fn escape_closes_what_is_open_and_never_stops_a_take() {
    let mut stage = Window::open();
    stage.begin();
    let goes_on = |stage: &Window, state: &str| {
        let job = stage.studio().running();
        let goes_on = job.is_some_and(|job| job.stopping.is_none());
        assert!(goes_on, "the take goes on: {state}");
    };
    stage.focus(Role::Button, "Kinora");
    stage.press(Key::Enter);
    assert!(Popup::is_any_open(&stage.window.ctx));
    stage.press(Key::ArrowDown);
    assert_ne!(stage.focused_name(), "Kinora", "into the menu");
    stage.press(Key::Escape);
    assert!(!Popup::is_any_open(&stage.window.ctx), "it is closed");
    assert_eq!(stage.focused_name(), "Kinora", "and the keyboard is back");
    stage.press(Key::Escape);
    assert_eq!(stage.focused_name(), "", "it left the control");
    goes_on(&stage, "a menu");

    // Pressed twice in a row, as by reflex, and with another key held.
    let twice = |stage: &mut Window, state: &str| {
        for _ in 0..2 {
            stage.window.key_press(Key::Escape);
        }
        stage.window.run_steps(3);
        assert_eq!(stage.studio().session.overlay, None, "{state}");
        assert!(!stage.studio().session.camera.pad, "{state}");
        stage.press_with(Modifiers::SHIFT, Key::Escape);
        stage.press(Key::Escape);
        goes_on(stage, state);
    };
    twice(&mut stage, "nothing is open");
    for (modifiers, key, overlay) in [
        (CTRL, Key::K, Overlay::Palette),
        (CTRL, Key::Comma, Overlay::Settings),
        (CTRL, Key::M, Overlay::Models),
        (CTRL, Key::P, Overlay::Words),
        (CTRL, Key::Q, Overlay::Quit),
        (CTRL_SHIFT, Key::E, Overlay::Export),
        (Modifiers::NONE, Key::F1, Overlay::Shortcuts),
    ] {
        stage.press_with(modifiers, key);
        assert_eq!(stage.studio().session.overlay, Some(overlay));
        twice(&mut stage, &format!("{overlay:?}"));
    }

    // The pad, with and without the focus; a sheet over it is closed first.
    for on_it in [false, true] {
        stage.press(Key::G);
        assert!(stage.studio().session.camera.pad);
        if on_it {
            stage.focus(Role::Canvas, "Camera pad on the picture");
        }
        stage.press(Key::Escape);
        assert!(!stage.studio().session.camera.pad, "Escape closes the pad");
        goes_on(&stage, "the pad");
    }
    stage.press(Key::G);
    stage.press_with(CTRL, Key::Comma);
    stage.press(Key::Escape);
    assert_eq!(stage.studio().session.overlay, None);
    assert!(stage.studio().session.camera.pad, "one thing at a time");
    twice(&mut stage, "the pad below the settings");

    stage.unfold_all();
    stage.focus(Role::TextInput, "Seed");
    twice(&mut stage, "a field");
    stage.press_with(CTRL, Key::Period);
    stage.until("the end", |studio| studio.runtime.job.is_none());
}

#[test]
fn enter_in_the_label_makes_the_shot_and_no_second_line() {
    let mut stage = Window::open();
    stage.click("Picture Citrus");
    stage.unfold_all();
    stage.focus(Role::TextInput, "Label of the take");
    let text = |words: &str| Event::Text(words.to_owned());
    stage.window.event(text("one bee"));
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    let request = &stage.studio().running().unwrap().request;
    assert_eq!(request.direction.prompt, "one bee");
    let focused = stage.focused_name();
    assert_eq!(focused, "Label of the take", "the keyboard stays there");
    stage.window.event(Event::Paste(" in\nclover".to_owned()));
    stage.window.run_steps(2);
    assert_eq!(stage.studio().direction().prompt, "one bee in clover");
}

#[test]
fn quitting_does_not_ask_about_takes_that_wait() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::Enter);
    stage.until("a job", |studio| studio.running().is_some());
    stage.click("Add to queue");
    stage.click("Edit waiting take 1");
    stage.press_with(CTRL, Key::Period);
    stage.until("its end", |studio| studio.running().is_none());
    // The edited take waits, and nothing else is in progress.
    assert_eq!(stage.studio().runtime.queue.waiting.len(), 1);
    stage.press_with(CTRL, Key::Q);
    assert!(
        stage.studio().session.leaving.is_some(),
        "they are saved with the project"
    );
}

#[test]
fn a_control_is_not_lost_when_a_chip_appears_above_it() {
    let mut stage = Window::open();
    stage.unfold_all();
    let field = stage.window.get_by_role_and_label(Role::TextInput, "Seed");
    field.focus();
    stage.window.run_steps(2);
    for digit in ["4", "2"] {
        stage.window.event(egui::Event::Text(digit.to_owned()));
        stage.window.run_steps(2);
    }
    assert_eq!(stage.studio().direction().draft.seed, Some(42));
    stage.press(Key::Escape);

    let slider = stage.window.get_by_role_and_label(Role::Slider, "Motion");
    slider.scroll_to_me();
    stage.window.run_steps(4);
    let rail = stage
        .window
        .get_by_role_and_label(Role::Slider, "Motion")
        .rect();
    let at = |part: f32| egui::pos2(rail.left() + rail.width() * part, rail.center().y);
    stage.window.drag_at(at(0.2));
    stage.window.run_steps(2);
    for part in [0.4, 0.6, 0.8] {
        stage.window.hover_at(at(part));
        stage.window.run_steps(2);
    }
    stage.window.drop_at(at(0.8));
    stage.window.run_steps(3);
    let motion = stage.studio().settings().unwrap().motion;
    assert!(motion > 190.0, "dragged to the end: {motion}");
}

#[test]
fn film_makers_words_find_the_actions_that_have_other_names_here() {
    for (word, name) in [
        ("push", "Camera axis 3: Zoom"),
        ("truck", "Camera axis 1: Pan"),
        ("reproduce", "Use these settings"),
    ] {
        let mut stage = Window::open();
        stage.press_with(Modifiers::COMMAND, Key::K);
        stage.window.event(egui::Event::Text(word.to_owned()));
        stage.window.run_steps(3);
        let found = stage
            .window
            .query_by_role_and_label(Role::ListBoxOption, name);
        assert!(found.is_some(), "{word} finds {name}");
    }
}
