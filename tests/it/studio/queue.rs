//! Takes that wait, pause or fail:
//!
//! - the queue is cleared with one click, and restored with another
//! - three takes are queued, reordered with keys and with the pointer, copied, removed and edited
//! - the running take pauses after its step, says so, and resumes
//! - a failure says why and offers what to try next, which is then tried
//! - the end of a long take asks for attention, if the user works in another window
//! - a take that already exists is shown rather than made again, unless the user insists

use egui::{Key, Modifiers, Role, UserAttentionType, ViewportCommand, ViewportId};
use egui_kittest::kittest::Queryable as _;
use kinora::app::state::job::PauseState;
use kinora::error::GenerateError;
use kinora::system::clock::now;

use super::{PATIENCE, STEPS, TICK, Window};

/// Seeds of the waiting takes, which distinguish them.
fn waiting(stage: &Window) -> Vec<u64> {
    let waiting = &stage.studio().runtime.queue.waiting;
    waiting
        .iter()
        .map(|take| take.request.direction.draft.seed.unwrap_or(0))
        .collect()
}

fn type_seed(stage: &mut Window, seed: &str) {
    stage.unfold_all();
    let field = stage.window.get_by_role_and_label(Role::TextInput, "Seed");
    field.focus();
    stage.window.run_steps(2);
    stage.window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage
        .window
        .get_by_role_and_label(Role::TextInput, "Seed")
        .type_text(seed);
    stage.window.run_steps(2);
    stage.press(Key::Escape);
}

/// A window with one take that runs and waits for permits, and three waiting takes with the seeds 1, 2 and 3.
fn three(stage: &mut Window) {
    stage.begin();
    for seed in ["1", "2", "3"] {
        type_seed(stage, seed);
        stage.click("Add to queue");
    }
    assert_eq!(waiting(stage), [1, 2, 3]);
}

#[test]
fn three_are_queued_put_in_order_copied_edited_and_made() {
    let mut stage = Window::open();
    three(&mut stage);
    stage.open_queue();
    let row = stage.window.get_by_label("Waiting take 3 of 3, meadow.png");
    row.focus();
    stage.window.run_steps(2);
    stage.press_with(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(waiting(&stage), [1, 3, 2]);
    let row = stage.window.get_by_label("Waiting take 1 of 3, meadow.png");
    row.focus();
    stage.window.run_steps(2);
    stage
        .window
        .key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    stage.window.run_steps(3);
    assert_eq!(waiting(&stage), [3, 1, 2]);

    let from = stage
        .window
        .get_by_label("Waiting take 3 of 3, meadow.png")
        .rect();
    let to = stage
        .window
        .get_by_label("Waiting take 1 of 3, meadow.png")
        .rect();
    let grip = |rect: egui::Rect| rect.left_center() + egui::vec2(20.0, 0.0);
    stage.window.drag_at(grip(from));
    stage.window.run_steps(2);
    stage.window.hover_at(grip(from).lerp(grip(to), 0.5));
    stage.window.run_steps(2);
    stage.window.hover_at(grip(to));
    stage.window.run_steps(2);
    stage.window.drop_at(grip(to));
    stage.window.run_steps(3);
    assert_eq!(waiting(&stage), [2, 3, 1], "dragged to the front");

    stage
        .window
        .get_by_label_contains("Running take, meadow.png");
    stage.click("Duplicate waiting take 1");
    assert_eq!(waiting(&stage), [2, 2, 3, 1]);
    stage.click("Remove waiting take 2");
    assert_eq!(waiting(&stage), [2, 3, 1]);

    stage.click("Edit waiting take 2");
    assert_eq!(stage.studio().settings().unwrap().seed, Some(3));
    type_seed(&mut stage, "33");
    stage.click("Save changes");
    assert_eq!(waiting(&stage), [2, 33, 1]);
    assert_eq!(
        stage.studio().settings().unwrap().seed,
        Some(3),
        "what was in the direction before is there again"
    );

    for _ in 0..4 * STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("all takes", |studio| studio.project.takes.len() == 4);
    let seeds: Vec<u64> = stage
        .studio()
        .project
        .takes
        .iter()
        .map(|take| take.take.recipe.request.seed)
        .collect();
    assert_eq!(seeds[1..], [2, 33, 1]);
}

#[test]
fn the_queue_is_cleared_and_restored() {
    let mut stage = Window::open();
    three(&mut stage);
    stage.open_queue();
    stage.click("Clear the queue");
    assert_eq!(waiting(&stage), [0; 0]);
    assert!(
        stage.studio().running().is_some(),
        "the running take goes on"
    );
    stage.window.get_by_label("3 takes won't be made.");
    stage.click("Put them back");
    assert_eq!(waiting(&stage), [1, 2, 3]);

    // Takes that are removed one by one share one offer.
    stage.open_queue();
    stage.click("Remove waiting take 1");
    stage.window.get_by_label("This take won't be made.");
    stage.window.get_by_label("Put it back");
    stage.click("Remove waiting take 1");
    assert_eq!(waiting(&stage), [3]);
    stage.window.get_by_label("2 takes won't be made.");
    stage.click("Put them back");
    assert_eq!(waiting(&stage), [3, 1, 2]);
}

#[test]
fn the_running_take_pauses_after_its_step_and_resumes() {
    let mut stage = Window::open();
    stage.begin();
    stage.click("Pause after this step");
    stage.window.get_by_label("Pausing after step 1…");
    let _ = stage.permits.send(());
    stage.until("the pause", |studio| {
        studio
            .running()
            .is_some_and(|job| job.pause == PauseState::Paused)
    });
    stage.window.get_by_label("Paused after step 1 of 3");
    assert!(
        stage.studio().running().unwrap().preview.is_some(),
        "what there is can be looked at meanwhile"
    );
    stage.click("Resume");
    stage.finish();

    stage.press(Key::Enter);
    stage.until("the second job", |studio| studio.running().is_some());
    stage.click("Pause after this step");
    let _ = stage.permits.send(());
    stage.until("the second pause", |studio| {
        studio
            .running()
            .is_some_and(|job| job.pause == PauseState::Paused)
    });
    stage.click("Stop and keep");
    stage.until("what was kept", |studio| studio.project.takes.len() == 2);
    assert!(!stage.studio().project.takes[1].take.complete);
}

#[test]
fn a_failure_offers_the_next_thing_to_try() {
    let mut stage = Window::open();
    *stage.fault.lock().unwrap() = Some(GenerateError::DeviceFailed {
        place: "decoding the frames".to_owned(),
        reason: "out of memory".to_owned(),
    });
    stage.begin();
    for _ in 0..STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("the failure", |studio| !studio.runtime.notices.is_empty());
    stage.window.get_by_label("Couldn't make the take");
    let notice = &stage.studio().runtime.notices[0];
    assert!(
        notice.detail().contains("out of memory"),
        "{}",
        notice.detail()
    );
    let words: Vec<&str> = notice.actions().map(|offer| offer.words.as_str()).collect();
    assert_eq!(
        words,
        ["Try at 192 × 104", "Try again"],
        "it ran on the processor"
    );
    assert!(stage.studio().picture().is_some(), "nothing is cleared");

    let before = stage.orders.recv().expect("the first order");
    stage.click("Try at 192 × 104");
    let order = stage.orders.recv().expect("the second order");
    assert_eq!(
        (order.draft.width, order.draft.height),
        (Some(192), Some(104))
    );
    assert_eq!(order.draft.seed, before.draft.seed);
    assert!(
        stage.studio().runtime.notices.is_empty(),
        "it is dealt with"
    );
    stage.finish();
}

#[test]
fn a_take_that_exists_already_is_shown_rather_than_made_again() {
    let mut stage = Window::open();
    stage.begin();
    stage.finish();
    let _ = stage.orders.try_recv();
    // With the seed of the take.
    stage.press_with(Modifiers::SHIFT, Key::R);
    let picture = stage.studio().picture().map(|picture| picture.id);
    stage
        .window
        .get_by_role_and_label(Role::Button, "Picture meadow.png")
        .click_accesskit();
    stage.window.run_steps(3);
    stage.press(Key::Enter);
    stage.window.get_by_label("This take already exists");
    stage
        .window
        .get_by_label("Take 1 has the same picture, settings and seed.");
    assert!(stage.studio().running().is_none(), "nothing is made");
    assert!(stage.studio().shown_take().is_none());
    stage.click("Show");
    assert_eq!(stage.studio().shown_take().map(|take| take.number), Some(1));

    stage.press(Key::Enter);
    stage.click("New seed");
    let order = stage.orders.recv().expect("an order");
    assert_eq!(order.draft.seed, None, "drawn by the engine");
    assert_eq!(stage.studio().direction().draft.seed, None);
    stage.finish();
    stage.until("the second take", |studio| studio.project.takes.len() == 2);
    stage.press_with(Modifiers::COMMAND, Key::Z);
    assert!(
        stage.studio().direction().draft.seed.is_some(),
        "the seed was cleared by an edit that can be undone"
    );

    stage.press(Key::Enter);
    stage.click("Make it anyway");
    let order = stage.orders.recv().expect("an order");
    assert!(order.draft.seed.is_some());
    assert_eq!(stage.studio().picture().map(|picture| picture.id), picture);
    // Another setting, another take: nothing is asked.
    stage.slide("Motion", 90.0);
    stage.click("Add to queue");
    assert_eq!(stage.studio().runtime.queue.waiting.len(), 1);
    let asked = stage.window.query_by_label("This take already exists");
    assert!(asked.is_none());
}

#[test]
fn the_end_of_a_long_take_asks_for_attention() {
    let attention = |focused: bool, steps: usize| {
        let mut stage = Window::open();
        stage.begin();
        stage.window.input_mut().focused = focused;
        // Each takes a twentieth of a second.
        stage.window.run_steps(steps);
        for _ in 0..STEPS {
            let _ = stage.permits.send(());
        }
        let mut asked = false;
        let began = now();
        while began.elapsed() < PATIENCE {
            stage.window.step();
            let root = &stage.window.output().viewport_output[&ViewportId::ROOT];
            let wanted = ViewportCommand::RequestUserAttention(UserAttentionType::Informational);
            asked |= root.commands.contains(&wanted);
            if stage.studio().project.takes.len() == 1 {
                break;
            }
            let _ = stage.woken.recv_timeout(TICK);
        }
        for _ in 0..3 {
            stage.window.step();
        }
        assert_eq!(stage.studio().project.takes.len(), 1);
        asked
    };
    assert!(attention(false, 220), "eleven seconds, in another window");
    assert!(!attention(true, 220), "the user sees it");
    assert!(!attention(false, 20), "the user has not gone far");
}
