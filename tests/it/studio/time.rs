//! Takes over time: played, compared, continued, put in a sequence, exported.
//!
//! - scrubbing shows the right frame in the next frame of the window, to the pixel
//! - the transport's keys: range, ping-pong, backwards
//! - clips are added, trimmed, faded, moved, split and removed, and all of it is undone
//! - an exported sequence, read back, contains each frame with its cross-fade
//! - two takes are compared in step; a take continues from a frame, and both takes are joined
//! - takes are starred, found, removed and made again; the first export asks for its settings, the next does not

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::playback::Repeat;
use kinora::app::state::Shown;
use kinora::engine::Runner;
use kinora::export::read_take;
use kinora::project::sequence::Sequence;

use super::Window;
use super::fakes::FakeRunner;

/// Keys held with another one.
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

impl Window {
    /// A window with this many finished takes of one picture, the last one on the stage and paused.
    pub(super) fn with_takes(count: usize) -> Self {
        let mut stage = Self::open();
        stage.make_takes(count);
        stage
    }

    /// Makes this many takes of a plain picture, the last one on the stage and paused.
    pub(super) fn make_takes(&mut self, count: usize) {
        self.begin();
        for number in 1..=count {
            if number > 1 {
                self.press(Key::Enter);
                self.until("the job", |studio| studio.running().is_some());
            }
            for _ in 0..super::STEPS {
                let _ = self.permits.send(());
            }
            self.until("the take", |studio| {
                studio.project.takes.len() == number && studio.shown_take().is_some()
            });
        }
        self.press(Key::Home);
    }

    /// Sets a slider as assistive technology does.
    fn set(&mut self, slider: &str, value: f64) {
        self.window
            .get_by_role_and_label(Role::Slider, slider)
            .set_value_accesskit(value);
        self.window.run_steps(3);
    }

    pub(super) fn sequence(&self) -> &Sequence {
        self.studio().sequence()
    }

    fn radio(&mut self, label: &str) {
        self.window
            .get_by_role_and_label(Role::RadioButton, label)
            .click();
        self.window.run_steps(3);
    }

    /// The names of all clips.
    pub(super) fn clips(&self) -> Vec<String> {
        let nodes = self.window.query_all_by_role(Role::ListItem);
        let mut names: Vec<_> = nodes
            .filter_map(|node| egui_kittest::kittest::NodeT::accesskit_node(&node).label())
            .filter(|name| name.starts_with("Clip "))
            .collect();
        names.sort();
        names
    }
}

#[test]
fn scrubbing_shows_the_right_frame_in_the_next_picture() {
    let mut stage = Window::with_takes(1);
    for frame in [3_u32, 1, 4, 2] {
        let slider = stage.window.get_by_role_and_label(Role::Slider, "Timeline");
        slider.set_value_accesskit(f64::from(frame));
        // The frame that handles the command, and the next one, which must show it.
        stage.window.step();
        stage.window.step();
        assert_eq!(stage.studio().playhead() + 1, frame as usize);
        let screen = stage
            .window
            .get_by_label(&format!("Take 1, frame {frame}"))
            .rect();
        let middle = screen.center();
        match stage.window.render() {
            Ok(picture) => {
                let pixel = picture.get_pixel(middle.x as u32, middle.y as u32).0;
                // Frame n of the fake engine has the green 40 · (n - 1).
                let expected = [200, 40 * (frame as u8 - 1), 90];
                for (found, expected) in pixel.iter().zip(expected) {
                    // Sampling a plain texture and blending each cause a rounding error of at most one.
                    assert!(
                        found.abs_diff(expected) <= 2,
                        "frame {frame}: {pixel:?} is not {expected}"
                    );
                }
            }
            Err(reason) => crate::skip::skip(&format!("nothing to draw with: {reason}")),
        }
    }
}

#[test]
fn the_transport_responds_to_its_keys() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::ArrowRight);
    stage.press(Key::I);
    stage.press(Key::End);
    stage.press(Key::ArrowLeft);
    stage.press(Key::O);
    assert_eq!(stage.studio().session.playback.range, Some((1, 2)));
    stage.press(Key::Home);
    assert_eq!(stage.studio().playhead(), 1, "the range begins there");
    stage.press(Key::Home);
    assert_eq!(stage.studio().playhead(), 0, "and all of it here");
    stage.press(Key::Space);
    for _ in 0..40 {
        stage.window.step();
        assert!(
            (1..=2).contains(&stage.studio().playhead()),
            "only the range plays"
        );
    }
    stage.press(Key::K);
    assert!(!stage.studio().session.playback.playing);
    stage.set("End of the range", 3.0);
    stage.set("Beginning of the range", 0.0);
    assert_eq!(
        stage.studio().session.playback.range,
        None,
        "all of it is no range"
    );
    stage.press(Key::P);
    assert_eq!(stage.studio().session.playback.repeat, Repeat::PingPong);
    // In ping-pong mode, playback would reverse before the check.
    stage.press(Key::P);
    assert_eq!(stage.studio().session.playback.repeat, Repeat::Loop);
    stage.press(Key::J);
    stage.press(Key::J);
    let playback = stage.studio().session.playback;
    assert!(playback.playing && playback.backwards);
    assert_eq!(playback.speed, 2.0);
    stage.press(Key::L);
    let playback = stage.studio().session.playback;
    assert!(!playback.backwards && (playback.speed - 1.0).abs() < 1e-6);
    stage.click("Onion skin");
    assert!(stage.studio().session.playback.onion);
}

#[test]
fn an_onion_skin_does_not_dim_what_does_not_move() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let data = folder.path().join("data");
    let nobody = "http://127.0.0.1:9";
    let white = |fake: FakeRunner| -> Box<dyn Runner> {
        Box::new(FakeRunner {
            ink: |_, _, _| [255; 3],
            ..fake
        })
    };
    let mut stage = Window::running(Harness::builder(), folder, data, nobody, white);
    stage.make_takes(1);
    stage.press(Key::ArrowRight);
    stage.press(Key::N);
    assert!(stage.studio().session.playback.onion);
    stage.window.run_steps(2);
    let screen = stage.window.get_by_label("Take 1, frame 2").rect();
    match stage.window.render() {
        Ok(picture) => {
            let middle = screen.center();
            let pixel = picture.get_pixel(middle.x as u32, middle.y as u32).0;
            assert_eq!(pixel[..3], [255; 3]);
        }
        Err(reason) => println!("skipped, nothing to draw with: {reason}"),
    }
}

#[test]
fn clips_are_edited_and_every_edit_is_undone() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::A);
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);
    stage.press(Key::A);
    assert_eq!(
        stage.clips(),
        [
            "Clip 1: take 2, frames 1 to 4",
            "Clip 2: take 1, frames 1 to 4"
        ]
    );
    stage.set("End of clip 1", 3.0);
    stage.set("Beginning of clip 2", 1.0);
    stage.set("Cross-fade into clip 2", 2.0);
    assert_eq!(
        stage.clips(),
        [
            "Clip 1: take 2, frames 1 to 3",
            "Clip 2: take 1, frames 2 to 4, 2-frame cross-fade"
        ]
    );
    stage.press(Key::Q);
    assert_eq!(stage.studio().session.shown, Shown::Sequence);
    assert_eq!(stage.studio().timing().map(|timing| timing.frames), Some(4));

    // With the pointer: the first clip's end is dragged to the left by a frame and a half, which rounds to two.
    let pitch = {
        let cells = |stage: &Window, label: &str| stage.window.get_by_label(label).rect().left();
        cells(&stage, "Frame 2") - cells(&stage, "Frame 1")
    };
    let end = stage.window.get_by_label("End of clip 2").rect().center();
    stage.window.drag_at(end);
    stage.window.step();
    stage.window.hover_at(end - egui::vec2(1.2 * pitch, 0.0));
    stage.window.step();
    stage.window.drop_at(end - egui::vec2(1.2 * pitch, 0.0));
    stage.window.run_steps(3);
    assert_eq!(
        stage.clips()[1],
        "Clip 2: take 1, frames 2 to 3, 1 frame of cross-fade"
    );
    stage.press_with(CTRL, Key::Z);
    assert_eq!(
        stage.clips()[1],
        "Clip 2: take 1, frames 2 to 4, 2-frame cross-fade",
        "one drag is one edit"
    );

    let second = stage
        .window
        .get_by_label("Clip 2: take 1, frames 2 to 4, 2-frame cross-fade");
    second.focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowLeft);
    assert_eq!(stage.clips()[0], "Clip 1: take 1, frames 2 to 4");
    stage.press(Key::Delete);
    assert_eq!(stage.clips(), ["Clip 1: take 2, frames 1 to 3"]);
    assert_eq!(stage.studio().history.undo_label(), Some("remove clip"));
    let mut undone = 0;
    while stage.studio().history.undo_label().is_some() && undone < 20 {
        stage.press_with(CTRL, Key::Z);
        undone += 1;
    }
    assert!(stage.sequence().is_empty());
    assert_eq!(
        undone, 8,
        "the picture, two clips, two trims, a fade, a move, a removal"
    );
    assert_eq!(
        stage.studio().project.takes.len(),
        2,
        "takes are not lost by undo"
    );
    for _ in 0..undone {
        stage.press_with(CTRL_SHIFT, Key::Z);
    }
    assert_eq!(stage.clips(), ["Clip 1: take 2, frames 1 to 3"]);
}

#[test]
fn a_split_plays_on_as_before() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::A);
    stage.press(Key::Q);
    stage.press(Key::Home);
    stage.press(Key::ArrowRight);
    stage.press(Key::ArrowRight);
    let before = stage.sequence().flatten();
    stage.press_with(CTRL, Key::B);
    assert_eq!(
        stage.clips(),
        [
            "Clip 1: take 1, frames 1 to 2",
            "Clip 2: take 1, frames 3 to 4"
        ]
    );
    let frames = |mixes: Vec<kinora::project::sequence::Mix>| -> Vec<_> {
        mixes
            .into_iter()
            .map(|mix| (mix.under.take, mix.under.frame))
            .collect()
    };
    assert_eq!(frames(stage.sequence().flatten()), frames(before));
}

#[test]
fn an_exported_sequence_holds_its_cross_fades() {
    let mut stage = Window::with_takes(2);
    stage.press(Key::A);
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);
    stage.press(Key::A);
    stage.set("Cross-fade into clip 2", 1.0);
    stage.press(Key::Q);
    stage.press_with(CTRL_SHIFT, Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(stage.folder.path().to_owned());
    stage.click("Change folder…");
    let folder = stage.folder.path().to_owned();
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_ref() == Some(&folder)
    });
    stage.radio("APNG");
    stage.radio("Once");
    assert_eq!(
        stage.window.unnamed_widgets(),
        Vec::<String>::new(),
        "the sheet"
    );
    stage.click("Export the sequence");
    stage.until("the file", |studio| studio.runtime.written.is_some());

    let path = stage.studio().runtime.written.clone().unwrap();
    assert_eq!(path, stage.folder.path().join("meadow sequence.apng"));
    let frames = read_take(&path).expect("its own file").frames;
    let greens: Vec<u8> = frames.iter().map(|frame| frame.rgb[1]).collect();
    // Frames 0 to 3 twice, with the green 40 · n; the first frame 3 and the second frame 0 are blended: (120 + 0) / 2.
    assert_eq!(greens, [0, 40, 80, 60, 40, 80, 120]);
    assert!(stage.window.query_all_by_label("Show in folder").count() > 0);
}

#[test]
fn the_first_export_asks_and_the_next_does_not() {
    let mut stage = Window::with_takes(1);
    stage.press_with(CTRL, Key::E);
    stage.window.get_by_label("Export the take");
    *stage.dialogs.folder.lock().unwrap() = Some(stage.folder.path().to_owned());
    stage.click("Change folder…");
    let folder = stage.folder.path().to_owned();
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_ref() == Some(&folder)
    });
    stage.radio("APNG");
    stage
        .window
        .get_by_label("There and back (ping-pong)")
        .click();
    stage.window.run_steps(3);
    stage.click("Export the take");
    stage.until("the file", |studio| studio.runtime.written.is_some());
    let first = stage.studio().runtime.written.clone().unwrap();
    assert_eq!(first, stage.folder.path().join("meadow take 1.apng"));
    assert_eq!(
        read_take(&first).expect("its own file").frames.len(),
        6,
        "there and back"
    );

    assert!(stage.studio().session.overlay.is_none());
    // Only the range is exported: frames 2 and 3.
    stage.press(Key::ArrowRight);
    stage.press(Key::I);
    stage.press(Key::ArrowRight);
    stage.press(Key::O);
    stage.press_with(CTRL, Key::E);
    stage.until("the second file", |studio| {
        studio
            .runtime
            .written
            .as_ref()
            .is_some_and(|path| *path != first)
    });
    let second = stage.studio().runtime.written.clone().unwrap();
    assert_eq!(
        second,
        stage.folder.path().join("meadow take 1 2.apng"),
        "nothing is overwritten"
    );
    let frames = read_take(&second).expect("its own file").frames;
    let greens: Vec<u8> = frames.iter().map(|frame| frame.rgb[1]).collect();
    assert_eq!(greens, [40, 80]);
}

#[test]
fn a_bad_place_is_reported_and_the_settings_stay() {
    let mut stage = Window::with_takes(1);
    stage.press_with(CTRL_SHIFT, Key::E);
    let blocked = stage.folder.path().join("meadow.png");
    *stage.dialogs.folder.lock().unwrap() = Some(blocked.clone());
    stage.click("Change folder…");
    stage.until("the folder", |studio| {
        studio.session.export.folder.as_ref() == Some(&blocked)
    });
    stage.click("Export the take");
    stage.until("the refusal", |studio| {
        let notices = &studio.runtime.notices;
        notices
            .iter()
            .any(|notice| notice.title == "Couldn't export the clip")
    });
    assert_eq!(stage.studio().session.export.folder, Some(blocked));
    assert!(stage.studio().runtime.export.is_none());
}

#[test]
fn two_takes_are_compared_in_step() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::C);
    stage.window.get_by_label("Nothing to compare with");
    let mut stage = Window::with_takes(2);
    stage.press(Key::C);
    stage.window.get_by_label("Take 2 and take 1, frame 1");
    stage.press(Key::ArrowRight);
    stage.window.get_by_label("Take 2 and take 1, frame 2");
    stage.set("Divider", 80.0);
    let divider = |stage: &Window| stage.studio().compared().unwrap().1.divider;
    assert!((divider(&stage) - 0.8).abs() < 1e-6);
    stage.window.get_by_label("Divider").focus();
    stage.window.run_steps(2);
    stage.press(Key::ArrowLeft);
    assert!((divider(&stage) - 0.79).abs() < 1e-6, "by the keyboard too");
    assert_eq!(
        stage.window.unnamed_widgets(),
        Vec::<String>::new(),
        "the wipe"
    );
    for way in ["Side by side", "Difference", "Wipe"] {
        stage.click(way);
        assert_eq!(
            stage.window.unnamed_widgets(),
            Vec::<String>::new(),
            "{way}"
        );
    }
    stage.click("Swap compared takes");
    stage.window.get_by_label("Take 1 and take 2, frame 2");
    stage.press(Key::C);
    assert!(stage.studio().compared().is_none());
    stage.window.get_by_label("Take 1, frame 2");
}

#[test]
fn a_frame_is_continued_and_both_takes_are_joined() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::ArrowRight);
    stage.press(Key::ArrowRight);
    stage.press(Key::X);
    stage.until("the picture", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.name == "Take 1 frame 3")
    });
    let picture = &stage.studio().picture().unwrap().picture;
    assert_eq!(picture.rgb[..3], [200, 80, 90], "the frame itself");
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    for _ in 0..super::STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("the joined takes", |studio| !studio.sequence().is_empty());
    assert_eq!(
        stage.studio().session.shown,
        Shown::Sequence,
        "and they are shown"
    );
    assert_eq!(
        stage.clips(),
        [
            "Clip 1: take 1, frames 1 to 3",
            "Clip 2: take 2, frames 2 to 4"
        ]
    );
    stage.window.get_by_label("Takes joined");
    stage.press_with(CTRL, Key::Z);
    assert!(stage.sequence().is_empty(), "joining can be undone");
    assert_eq!(stage.studio().project.takes.len(), 2, "the take stays");
}

#[test]
fn takes_are_starred_found_removed_and_made_again() {
    let mut stage = Window::with_takes(2);
    while stage.orders.try_recv().is_ok() {}
    stage.press(Key::S);
    stage.click("Only starred takes");
    assert!(stage.window.query_by_label("Take 1").is_none());
    stage.window.get_by_label("Take 2");
    stage.click("Only starred takes");
    let field = stage
        .window
        .get_by_role_and_label(Role::TextInput, "Find takes");
    field.focus();
    stage.window.run_steps(2);
    let field = stage
        .window
        .get_by_role_and_label(Role::TextInput, "Find takes");
    field.type_text("MEADOW take 1");
    stage.window.run_steps(3);
    stage.window.get_by_label("Take 1");
    assert!(stage.window.query_by_label("Take 2").is_none());
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);
    stage.press(Key::Delete);
    assert!(stage.window.query_by_label("Take 1").is_none());
    stage.press_with(CTRL, Key::Z);
    stage.window.get_by_label("Take 1").click();
    stage.window.run_steps(3);

    stage.click("Again with a new seed");
    let order = stage.orders.recv_timeout(std::time::Duration::from_secs(5));
    let order = order.expect("an order");
    assert_eq!(order.draft.seed, None);
    assert_eq!(order.draft.motion_bucket, Some(40.0));
    for _ in 0..super::STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("the third take", |studio| studio.project.takes.len() == 3);
    stage.press_with(Modifiers::SHIFT, Key::M);
    let order = stage.orders.recv_timeout(std::time::Duration::from_secs(5));
    let order = order.expect("an order");
    assert_eq!(order.draft.motion_bucket, Some(60.0), "half as much again");
    assert_eq!(order.draft.seed, Some(5), "and the same seed");
}

#[test]
fn a_recipe_is_applied_to_direction() {
    let mut stage = Window::with_takes(1);
    assert_eq!(stage.studio().direction().draft.seed, None);
    stage.press_with(Modifiers::SHIFT, Key::R);
    let draft = &stage.studio().direction().draft;
    assert_eq!(draft.seed, Some(5));
    assert_eq!(draft.frames, Some(4), "it differs from the model's own");
    stage.press_with(CTRL, Key::Z);
    assert_eq!(stage.studio().direction().draft.seed, None);
}

#[test]
fn a_frame_is_saved_where_the_dialog_says() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::ArrowRight);
    let place = stage.folder.path().join("still.png");
    *stage.dialogs.place.lock().unwrap() = Some(place.clone());
    stage.press_with(CTRL_SHIFT, Key::F);
    stage.until("the file", |studio| {
        let notices = &studio.runtime.notices;
        notices.iter().any(|notice| notice.title == "Frame saved")
    });
    assert_eq!(
        *stage.dialogs.suggested.lock().unwrap(),
        "meadow take 1 frame 2.png"
    );
    let still = image::open(&place).expect("a picture").to_rgb8();
    assert_eq!(still.get_pixel(5, 5).0, [200, 40, 90]);
}
