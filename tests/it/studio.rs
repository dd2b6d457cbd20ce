//! The studio window, used as a user would: by names on the screen and by keys.
//!
//! - first run: a dropped picture and Generate lead to previews and a playing take
//! - a bad file is rejected in the words of the command line, and nothing else changes
//! - stop keeps the frames so far, discard keeps nothing, and the studio continues
//! - settings go into the order and back to the model's defaults

mod accessibility;
mod again;
mod camera;
mod collected;
mod column;
mod crop;
mod curves;
mod drawing;
mod drop;
mod fakes;
mod film;
mod first_take;
mod fits;
pub(crate) mod fuzz;
mod hostile;
mod intake;
mod kept;
mod keyboard;
mod keys_only;
mod labels;
mod menus;
mod messages;
mod models;
mod motion_modules;
mod older;
mod paths;
mod persistence;
mod pointer;
mod quality;
mod queue;
mod remembered;
mod shelf;
mod snapshots;
mod steering;
mod textures;
mod time;
mod undo;
mod walk;
mod words;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use egui::{DroppedFile, HoveredFile, Key, Modifiers, Popup, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, HarnessBuilder};
use kinora::app::state::{Shown, Studio};
use kinora::app::{HubAccess, Parts};
use kinora::engine::Runner;
use kinora::engine::protocol::Order;
use kinora::error::GenerateError;
use kinora::hub::TokenStore;
use kinora::library::Library;
use kinora::media::fit::Fit;
use kinora::media::picture::Picture;
use kinora::pipeline::Stage;
use kinora::system::clock::now;
use kinora::ui::{StudioWindow, wake};

use fakes::{FakeClipboard, FakeDialogs, FakeRunner, STEPS, plain};

/// Maximum time without any progress while a test waits: a guard against hanging, many times what it takes on a busy
/// machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Simulated time between two frames while no worker reports anything, so that what depends on the window's own clock,
/// such as a save two seconds after an edit, is not waited for in real seconds.
const TICK: Duration = Duration::from_millis(5);

/// A file dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A window controlled by the test.
struct Window {
    window: Harness<'static, StudioWindow>,
    permits: Sender<()>,
    orders: Receiver<Order>,
    dialogs: FakeDialogs,
    clipboard: FakeClipboard,
    fault: Arc<Mutex<Option<GenerateError>>>,
    folder: tempfile::TempDir,
    /// Receives a signal when something has arrived for the window since it was last drawn.
    woken: Receiver<()>,
}

impl Window {
    /// A window without a reachable model hub.
    fn open() -> Self {
        Self::with(|_| ())
    }

    /// A window on a data folder that the test has prepared.
    fn with(prepare: impl FnOnce(&Path)) -> Self {
        Self::built(Harness::builder(), prepare)
    }

    fn built(builder: HarnessBuilder<StudioWindow>, prepare: impl FnOnce(&Path)) -> Self {
        Self::with_hub(builder, prepare, "http://127.0.0.1:9")
    }

    fn with_hub(
        builder: HarnessBuilder<StudioWindow>,
        prepare: impl FnOnce(&Path),
        hub: &str,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let data = folder.path().join("data");
        prepare(&data);
        Self::on(builder, folder, data, hub)
    }

    /// A window that stores its project and preferences in a folder that still exists when it has closed.
    fn at(data: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let nobody = "http://127.0.0.1:9";
        Self::on(Harness::builder(), folder, data.to_owned(), nobody)
    }

    fn on(
        builder: HarnessBuilder<StudioWindow>,
        folder: tempfile::TempDir,
        data: PathBuf,
        hub: &str,
    ) -> Self {
        Self::running(builder, folder, data, hub, |fake| Box::new(fake))
    }

    /// A window with a different runner from the fake one.
    fn running(
        builder: HarnessBuilder<StudioWindow>,
        folder: tempfile::TempDir,
        data: PathBuf,
        hub: &str,
        runner: impl FnOnce(FakeRunner) -> Box<dyn Runner>,
    ) -> Self {
        let mut opened = Self::begun(builder, folder, data, hub, runner, Vec::new());
        opened.ready();
        opened
    }

    /// A window that was started with `files` and has drawn its first frames.
    fn begun(
        builder: HarnessBuilder<StudioWindow>,
        folder: tempfile::TempDir,
        data: PathBuf,
        hub: &str,
        runner: impl FnOnce(FakeRunner) -> Box<dyn Runner>,
        files: Vec<PathBuf>,
    ) -> Self {
        let (permits, permitted) = bounded(64);
        let (told, orders) = bounded(64);
        let (arrived, woken) = bounded(1);
        let dialogs = FakeDialogs::default();
        let system = dialogs.clone();
        let clipboard = FakeClipboard::default();
        let pasted_from = clipboard.clone();
        let fault = Arc::new(Mutex::new(None));
        let failing = Arc::clone(&fault);
        let library = Library::at(data);
        let tokens = TokenStore::at(folder.path().join("hub-token"));
        let window = builder
            .with_size([1440.0, 900.0])
            .with_step_dt(0.05)
            .build_eframe(|cc| {
                let repaint = wake(&cc.egui_ctx);
                let parts = Parts {
                    runner: runner(FakeRunner {
                        permits: permitted,
                        orders: told,
                        fault: failing,
                        ink: plain,
                        pictures: 0,
                    }),
                    library,
                    dialogs: Box::new(system),
                    clipboard: Box::new(pasted_from),
                    hub: HubAccess {
                        base: Some(hub.to_owned()),
                        tokens,
                    },
                    wake: Arc::new(move || {
                        repaint();
                        // If it is full, the test has not looked since the previous signal.
                        let _ = arrived.try_send(());
                    }),
                };
                StudioWindow::new(&cc.egui_ctx, parts, files).expect("threads are to be had")
            });
        Self {
            window,
            permits,
            orders,
            dialogs,
            clipboard,
            fault,
            folder,
            woken,
        }
    }

    /// Waits for the samples and the model, which every window has.
    fn ready(&mut self) {
        self.until("samples and model", |studio| {
            studio.project.pictures.len() >= 4 && studio.model().is_some()
        });
    }

    /// Closes every menu and popover, so that the next key goes to the window.
    fn close_menus(&mut self) {
        Popup::close_all(&self.window.ctx);
        self.window.run_steps(2);
    }

    fn studio(&self) -> &Studio {
        self.window.state().studio()
    }

    /// Draws whenever a worker has reported something, until `met` is true.
    fn until(&mut self, what: &str, met: impl Fn(&Studio) -> bool) {
        self.wait(PATIENCE, what, met);
    }

    /// The same, with a timeout that is long enough for real computation.
    fn patiently(&mut self, what: &str, met: impl Fn(&Studio) -> bool) {
        self.wait(5 * PATIENCE, what, met);
    }

    fn wait(&mut self, patience: Duration, what: &str, met: impl Fn(&Studio) -> bool) {
        let asked = now();
        while asked.elapsed() < patience {
            self.window.step();
            if met(self.studio()) {
                // Another frame shows the latest change on the screen too.
                self.window.step();
                return;
            }
            let _ = self.woken.recv_timeout(TICK);
        }
        panic!(
            "waited in vain for {what}; the studio is {:#?}",
            self.studio().runtime
        );
    }

    /// Ends like a killed program, without being asked to close; its saved files remain.
    fn vanish(self) -> tempfile::TempDir {
        self.folder
    }

    /// Expands the sections of the direction, or opens the queue, if they hide a control.
    fn reveal(&mut self, role: Role, label: &str) {
        let hidden = self.window.query_all_by_role_and_label(role, label).count() == 0;
        if hidden && label.to_lowercase().contains("waiting take") {
            self.open_queue();
        } else if hidden && label.starts_with("Revert ") {
            self.reveal_chip(label);
        } else if hidden {
            self.unfold_all();
        }
    }

    /// Opens the queue, unless it is open.
    fn open_queue(&mut self) {
        // A click that is still being delivered would close what opens.
        self.window.run_steps(2);
        if self.window.query_by_label("Clear the queue").is_none() {
            let button = self.window.get_by_label("Show the queue");
            button.click_accesskit();
            self.window.run_steps(4);
        }
    }

    /// Expands every section of the direction.
    fn unfold_all(&mut self) {
        // A section may contain others.
        for _ in 0..3 {
            let heads = self.window.query_all_by_role(Role::DisclosureTriangle);
            let folded: Vec<_> = heads
                .filter(|head| head.accesskit_node().data().is_expanded() == Some(false))
                .collect();
            if folded.is_empty() {
                return;
            }
            for head in folded {
                head.click_accesskit();
            }
            self.window.run_steps(8);
        }
    }

    fn slide(&mut self, label: &str, value: f64) {
        self.reveal(Role::Slider, label);
        let slider = self.window.get_by_role_and_label(Role::Slider, label);
        slider.set_value_accesskit(value);
        self.window.run_steps(2);
    }

    /// Moves the keyboard focus to a slider, as assistive technology does.
    fn focus_slider(&mut self, label: &str) {
        self.reveal(Role::Slider, label);
        self.window
            .get_by_role_and_label(Role::Slider, label)
            .focus();
        self.window.run_steps(3);
    }

    fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_steps(3);
    }

    /// Clicks a button wherever it is, as a screen reader does: it may be scrolled out of sight.
    fn click(&mut self, label: &str) {
        self.reveal(Role::Button, label);
        self.window
            .get_by_role_and_label(Role::Button, label)
            .click_accesskit();
        self.window.run_steps(3);
    }

    fn press(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(3);
    }

    fn drop_file(&mut self, path: &Path) {
        let file = Arc::new(Dropped(path.to_owned()));
        self.window.input_mut().dropped_files.push(file);
        self.window.step();
    }

    /// A picture file, wider than the model's frame.
    fn picture(&self, name: &str) -> PathBuf {
        self.picture_of(name, 96, 40)
    }

    fn picture_of(&self, name: &str, width: u32, height: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        let pixels =
            image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 60]));
        pixels.save(&path).expect("a picture in the test's folder");
        path
    }

    /// A dropped picture and a job that waits for its first permit.
    fn begin(&mut self) {
        let path = self.picture("meadow.png");
        self.drop_file(&path);
        self.until("the picture", |studio| studio.picture().is_some());
        self.click("Generate");
        self.until("the job", |studio| {
            studio
                .running()
                .is_some_and(|job| job.stage == Some(Stage::Denoise))
        });
    }

    fn finish(&mut self) {
        for _ in 0..STEPS {
            let _ = self.permits.send(());
        }
        self.until("the take", |studio| studio.shown_take().is_some());
    }

    /// Opens the menu with the chips that do not fit, if it contains this one.
    fn reveal_chip(&mut self, label: &str) {
        if self.window.query_by_label(label).is_none() {
            let others = self.window.get_by_label_contains("more changed setting");
            others.click_accesskit();
            self.window.run_steps(4);
        }
    }
}

#[test]
fn first_run_leads_from_a_dropped_picture_to_a_playing_take() {
    let mut stage = Window::open();
    assert!(
        stage
            .window
            .get_by_label("Generate")
            .accesskit_node()
            .is_disabled(),
        "nothing to generate from yet"
    );
    let hovered = HoveredFile {
        path: Some(PathBuf::from("meadow.png")),
        ..HoveredFile::default()
    };
    stage.window.input_mut().hovered_files = vec![hovered];
    stage.window.run_steps(2);
    stage.window.get_by_label("Drop to open meadow.png");
    stage.window.input_mut().hovered_files.clear();

    stage.begin();
    assert_eq!(stage.studio().picture().unwrap().name, "meadow.png");
    assert!(matches!(stage.studio().session.shown, Shown::Job(_)));

    let _ = stage.permits.send(());
    stage.until("the first preview", |studio| studio.clip_source().is_some());
    stage.window.get_by_label("Preview after step 1 of 3");
    stage.window.get_by_label("Frame 1");
    stage.finish();
    stage.window.get_by_label("Take 1");
    assert!(stage.studio().runtime.job.is_none());
    assert!(
        stage.studio().session.playback.playing,
        "a new take plays by itself"
    );

    let before = stage.studio().session.playback.position;
    stage.window.run_steps(4);
    assert_ne!(
        stage.studio().session.playback.position,
        before,
        "time passes"
    );

    stage.window.get_by_label("Frame 3").click();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().playhead(), 2, "a click shows that frame");
    assert!(!stage.studio().session.playback.playing, "and holds it");
    stage.press(Key::ArrowRight);
    assert_eq!(stage.studio().playhead(), 3);
    stage.press(Key::Space);
    assert!(stage.studio().session.playback.playing);
    stage.window.run_steps(60);
    assert!(
        stage.studio().session.playback.playing,
        "it begins again at the end"
    );
}

#[test]
fn a_bad_file_is_refused_in_the_words_of_the_command_line() {
    let mut stage = Window::open();
    let path = stage.folder.path().join("notes.png");
    std::fs::write(&path, "no picture at all").expect("a file in the test's folder");
    let words = Picture::open(&path, [0; 3])
        .expect_err("it is no picture")
        .to_string();
    stage.drop_file(&path);
    stage.until("the notice", |studio| !studio.runtime.notices.is_empty());

    stage.window.get_by_label("Couldn't open notes.png");
    let detail = stage.studio().runtime.notices[0].detail().to_owned();
    assert_eq!(detail.to_lowercase(), words.to_lowercase());
    stage.window.get_by_label(&detail);
    assert_eq!(
        stage.studio().project.pictures.len(),
        4,
        "the shelf is as it was"
    );
    assert!(stage.studio().picture().is_none());
    stage.click("Dismiss");
    assert!(stage.studio().runtime.notices.is_empty());
}

#[test]
fn stop_keeps_what_there_is_and_discard_keeps_nothing() {
    let mut stage = Window::open();
    stage.begin();
    let _ = stage.permits.send(());
    stage.until("the first preview", |studio| studio.clip_source().is_some());
    stage.press_with(Modifiers::COMMAND, Key::Period);
    stage.until("what was kept", |studio| studio.shown_take().is_some());
    assert!(!stage.studio().shown_take().unwrap().take.complete);
    stage.window.get_by_label("Take 1, stopped");

    stage.press(Key::Enter);
    stage.until("the second job", |studio| studio.running().is_some());
    stage.click("Discard");
    stage.until("its end", |studio| studio.runtime.job.is_none());
    assert_eq!(
        stage.studio().project.takes.len(),
        1,
        "nothing of it is kept"
    );
    assert!(
        stage.studio().runtime.notices.is_empty(),
        "stopping is no failure"
    );

    stage.press(Key::Enter);
    stage.until("the third job", |studio| studio.running().is_some());
    stage.finish();
    assert!(
        stage.studio().shown_take().unwrap().take.complete,
        "the studio goes on"
    );
}

#[test]
fn settings_go_into_the_order_and_back_to_the_models_own() {
    let mut stage = Window::open();
    stage.unfold_all();
    let set = |stage: &mut Window, value: f64| {
        let slider = stage.window.get_by_role_and_label(Role::Slider, "Motion");
        slider.set_value_accesskit(value);
        stage.window.run_steps(3);
    };
    set(&mut stage, 180.0);
    assert_eq!(stage.studio().settings().unwrap().motion, 180.0);
    let dice = stage
        .window
        .get_by_role_and_label(Role::Button, "Roll the dice");
    dice.click_accesskit();
    stage.window.run_steps(3);
    let seed = stage.studio().settings().unwrap().seed;
    assert!(seed.is_some());
    stage
        .window
        .get_by_role_and_label(Role::RadioButton, "Fit")
        .click_accesskit();
    stage.window.run_steps(3);

    stage.window.get_by_label("Picture Citrus").click();
    stage.window.run_steps(3);
    stage.press(Key::Enter);
    let order = stage
        .orders
        .recv_timeout(Duration::from_secs(5))
        .expect("an order");
    assert_eq!(order.draft.motion_bucket, Some(180.0));
    assert_eq!(order.draft.seed, seed);
    assert_eq!(
        order.draft.steps, None,
        "what nobody chose is the model's to say"
    );
    assert_eq!(order.fit, Fit::Pad);
    let picture = order.picture.expect("a picture");
    assert_eq!((picture.width, picture.height), (1024, 640));

    stage.click("Reset to the model's motion");
    assert_eq!(stage.studio().direction().draft.motion_bucket, None);
    let lock = stage
        .window
        .get_by_role_and_label(Role::Button, "Use a new seed for each take");
    lock.click_accesskit();
    stage.window.run_steps(3);
    assert_eq!(stage.studio().direction().draft.seed, None);
}

#[test]
fn the_dialog_opens_pictures_and_a_second_job_waits() {
    let mut stage = Window::open();
    let path = stage.picture("from the dialog.png");
    *stage.dialogs.pictures.lock().unwrap() = Some(vec![path]);
    stage.click("Open pictures…");
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.press(Key::Enter);
    stage.until("the job", |studio| studio.running().is_some());
    stage.click("Add to queue");
    stage.until("the second job", |studio| {
        studio.runtime.queue.waiting.len() == 1
    });
    stage.open_queue();
    stage.window.get_by_label_contains("Waiting take 1 of 1");
    for _ in 0..2 * STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("both takes", |studio| studio.project.takes.len() == 2);
}
